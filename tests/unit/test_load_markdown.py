"""Markdown: headings, nested lists, tables; nothing that is struck out or commented."""

from __future__ import annotations

from ingestion.blocks import Heading, Item, Paragraph, Row, Table
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
