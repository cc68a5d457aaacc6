"""Markdown: headings, nested lists, tables; nothing that is struck out or commented."""

from __future__ import annotations

import pytest

from ingestion.blocks import Block, Heading, Item, LeftOut, Paragraph, Row, Table
from ingestion.load import load

SOURCE = """---
title: 不进入正文
---
# 借记卡

持卡人可以**随时**挂失，详见[服务指南](https://example.invalid/secret-target)。
第二行接着写。

## 材料

1. 身份证
   - 原件
2. 银行卡

| 项目 | 金额 |
|---|---|
| 补卡 | 5元<br>首次免收 |

<!-- 注释里的话 -->
[//]: # (也是注释)
旧价~~8元~~5元。
"""


def test_structure_is_read_and_markup_is_not() -> None:
    assert load("a.md", SOURCE.encode()).blocks == (
        Heading("借记卡", 1),
        Paragraph("持卡人可以随时挂失，详见服务指南。第二行接着写。"),
        Heading("材料", 2),
        Item("1. 身份证", 0),
        Item("- 原件", 1),
        Item("2. 银行卡", 0),
        Table(("项目", "金额"), (Row(("补卡", "5元\n首次免收")),)),
        Paragraph("旧价5元。"),
    )


def test_html_inside_markdown_is_read_as_html() -> None:
    page = "<table><tr><th>级别</th><th>门槛</th></tr><tr><td>金卡</td><td>5万元</td></tr></table>"
    hidden = '<p style="display:none">看不见</p>'
    (table,) = load("a.md", f"{page}\n\n{hidden}\n".encode()).blocks
    assert table == Table(("级别", "门槛"), (Row(("金卡", "5万元")),))


def read(text: str) -> tuple[Block, ...]:
    return load("a.md", text.encode()).blocks


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">暗话</span>',
        "<del>暗话</del>",
        "~~暗话~~",
        '<div style="display:none">\n\n暗话\n\n- 暗话\n\n</div>\n\n',
        "<style>.x{display:none}</style>\n<div class='x'>\n\n暗话\n\n</div>\n\n",
        "<!-- 暗话 -->",
    ],
)
def test_what_html_hides_in_markdown_is_left_out_and_told(hidden: str) -> None:
    loaded = load("a.md", f"明话\n\n{hidden}\n\n| 项目 | 标准 |\n|---|---|\n| 挂失 | 10元 |\n".encode())
    assert loaded.blocks == (Paragraph("明话"), Table(("项目", "标准"), (Row(("挂失", "10元")),)))
    assert loaded.left_out


def test_what_is_hidden_in_a_cell_is_not_read() -> None:
    (table,) = read('| 项目 | 标准 |\n|---|---|\n| 挂失 | <s>20元</s> 10元<span style="display:none">内部7元</span> |')
    assert table == Table(("项目", "标准"), (Row(("挂失", "10元")),))


def test_comments_by_convention_are_told() -> None:
    loaded = load("a.md", "明话\n[//]: # (暗话一)\n\n[注]: 暗话二\n\n[附件]: <https://example.invalid/暗>\n".encode())
    assert loaded.blocks == (Paragraph("明话"),)
    assert loaded.left_out == (LeftOut("comment_left_out", "暗话一"), LeftOut("comment_left_out", "注：暗话二"))


def test_a_footnote_is_told_where_the_text_refers_to_it() -> None:
    text = """# 年费[^年]

对VIP免费[^1]，详见**公告**[^1]。

- 挂失[^2]
- 补卡

| 项目 | 标准 |
|---|---|
| 销户 | 0元[^3] |

```
[^1]: 代码
```
## 其他

[^1]: 仅限金卡以上客户，
普通客户不适用。

    每年核定一次。
[^2]: 补卡<span style="display:none">暗话</span>另收。
[^3]: 首次。
[^年]: 每年一月收取。
[^9]: 没有引用的注。

完。[^没有]
"""
    assert read(text) == (
        Heading("年费", 1),
        Paragraph("注：每年一月收取。"),
        Paragraph("对VIP免费，详见公告。\n注：仅限金卡以上客户，普通客户不适用。每年核定一次。"),
        Item("- 挂失\n注：补卡另收。"),
        Item("- 补卡"),
        Table(("项目", "标准"), (Row(("销户", "0元（注：首次。）")),)),
        Paragraph("[^1]: 代码"),
        Heading("其他", 2),
        Paragraph("注：没有引用的注。"),
        Paragraph("完。[^没有]"),
    )


def test_a_text_of_ones_own_has_no_furniture() -> None:
    assert read("[存款](a)、[贷款](b)、[理财](c)\n\n<footer>客服热线请见官网。</footer>") == (
        Paragraph("存款、贷款、理财"),
        Paragraph("客服热线请见官网。"),
    )


def test_a_table_without_headings_has_none() -> None:
    assert read("| | |\n|---|---|\n| 期限 | 一年 |\n| 币种 | 人民币 |") == (
        Table(("", ""), (Row(("期限", "一年")), Row(("币种", "人民币")))),
    )


def test_lines_are_joined_with_a_space_between_latin_words_only() -> None:
    assert read("每笔\n5元 for **VIP**\nonly\n客户") == (Paragraph("每笔5元 for VIP only客户"),)


def test_lines_of_an_item_keep_their_order() -> None:
    assert read("1. 材料：\n   - 原件\n\n   以上一式两份。\n\n   ```\n   利息=本金×利率\n   税=0\n   ```\n2. 费用") == (
        Item("1. 材料："),
        Item("- 原件", 1),
        Paragraph("以上一式两份。"),
        Paragraph("利息=本金×利率\n税=0"),
        Item("2. 费用"),
    )


@pytest.mark.parametrize(
    "text",
    ["利息=本金*年利率*天数/360", "利息=(1+r)*12*(a)", "金额10*2*5元", "手续费1%~~2%，期限3~~5年", "*注：本金*利率"],
)
def test_signs_between_figures_are_no_markup(text: str) -> None:
    loaded = load("a.md", text.encode())
    assert (loaded.blocks, loaded.left_out) == ((Paragraph(text),), ())


def test_markup_beside_words_stays_markup() -> None:
    assert read("按**年**计息，*每年*一次，***不***保本，旧价10~~元~~，~~原价10~~5元") == (
        Paragraph("按年计息，*每年*一次，不保本，旧价10，5元"),
    )
    assert read("按 *年* 计息。*重点*") == (Paragraph("按年计息。重点"),)


def test_a_note_right_below_a_table_is_no_row_of_it() -> None:
    table = "| 项目 | 标准 |\n|---|---|\n| 挂失 | 10元 |\n"
    rows = (Row(("挂失", "10元")),)
    assert read(f"{table}注：每笔，\n含税。\n\n完") == (
        Table(("项目", "标准"), rows),
        Paragraph("注：每笔，含税。"),
        Paragraph("完"),
    )
    assert read(f"{table}补卡\n| 年费 | 5元 |") == (
        Table(("项目", "标准"), (*rows, Row(("补卡", "")), Row(("年费", "5元")))),
    )
