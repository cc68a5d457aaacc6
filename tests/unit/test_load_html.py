"""HTML: what a reader sees, tables with their merged cells, and nothing that is hidden from the eye."""

from __future__ import annotations

import pytest

from app.knowledge.preparing import PreparationFailed
from ingestion.blocks import Heading, Item, Paragraph, Row, Table
from ingestion.load import load

PAGE = """<!DOCTYPE html><html><head><title>大额存单 - 网站</title><style>.x{color:red}</style></head><body>
<header><a href="/">首页</a></header><nav><ul><li>产品</li></ul></nav>
<main><h1>大额存单</h1><p>起购 <b>20万元</b>，<br>按期计息。</p>
<ol start="3"><li>登录</li><li>购买<ul><li>阅读协议</li></ul></li></ol>
<table><caption>利率表</caption><thead><tr><th rowspan="2">期限</th><th colspan="2">年利率</th></tr>
<tr><th>普通</th><th>转让</th></tr></thead><tbody><tr><td>一年</td><td>1.5%</td><td>1.4%</td></tr></tbody></table>
<dl><dt>币种</dt><dd>人民币</dd></dl></main>
<footer>版权所有</footer><script>var a = "脚本";</script></body></html>"""


def body(inner: str, style: str = "") -> str:
    blocks = load("a.html", f"<html><head><style>{style}</style></head><body>{inner}</body></html>".encode()).blocks
    return "|".join(getattr(block, "text", "") for block in blocks)


def test_the_page_is_read_without_its_furniture() -> None:
    loaded = load("a.html", PAGE.encode())
    assert loaded.title == "大额存单 - 网站"
    assert loaded.blocks == (
        Heading("大额存单", 1),
        Paragraph("起购 20万元，\n按期计息。"),
        Item("3. 登录", 0),
        Item("4. 购买", 0),
        Item("- 阅读协议", 1),
        Table(("期限", "年利率·普通", "年利率·转让"), (Row(("一年", "1.5%", "1.4%")),), "利率表"),
        Item("币种：人民币"),
    )


def test_a_page_in_gb18030_is_read_by_its_declaration() -> None:
    page = '<html><head><meta charset="gb2312"></head><body><p>存款利率</p></body></html>'
    assert load("a.html", page.encode("gb18030")).blocks == (Paragraph("存款利率"),)


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">暗话</p>',
        '<p style="visibility:hidden">暗话</p>',
        "<p hidden>暗话</p>",
        '<p style="font-size:1px">暗话</p>',
        '<p style="font: 0.5pt serif">暗话</p>',
        '<p style="opacity:0">暗话</p>',
        '<p style="color:#FFF">暗话</p>',
        '<p style="color: rgb(254, 254, 254)">暗话</p>',
        '<p style="color:rgba(0,0,0,0)">暗话</p>',
        '<font color="white">暗话</font>',
        '<p style="position:absolute;left:-9999px">暗话</p>',
        '<p style="text-indent:-9999px">暗话</p>',
        '<div style="height:0;overflow:hidden"><p>暗话</p></div>',
        '<p class="off">暗话</p>',
        '<div class="wrap"><p id="ghost">暗话</p></div>',
        "<template>暗话</template>",
        "<noscript>暗话</noscript>",
        "<!-- 暗话 -->",
        "<del>暗话</del>",
        '<p style="text-decoration: line-through red">暗话</p>',
        '<p class="old">暗话</p>',
        "<dialog>暗话</dialog>",
        '<p class="gone row">暗话</p>',
        '<p id="gone" class="row">暗话</p>',
        '<p style="display:none !important" class="shown">暗话</p>',
        '<div style="background:#036"><div style="background:#fff"><p style="color:#fff">暗话</p></div></div>',
        '<div style="background:#f0f2f5"><p style="color:white">暗话</p></div>',
        '<p style="color:#1f4e79;background:#1f4e79">暗话</p>',
        '<p style="background:#036;color:transparent">暗话</p>',
        '<p style="font:0/0 a">暗话</p>',
        '<p style="margin-left:-9999px">暗话</p>',
        '<p style="margin:0 0 0 -999em">暗话</p>',
        '<p style="transform:translateX(-9999px)">暗话</p>',
        '<p style="position:absolute;bottom:-9999px">暗话</p>',
        '<p style="position:absolute;inset:0 auto auto -9999px">暗话</p>',
        '<p style="zoom:0">暗话</p>',
        '<p style="filter:opacity(0)">暗话</p>',
        '<p style="content-visibility:hidden">暗话</p>',
    ],
)
def test_hidden_text_never_becomes_knowledge(hidden: str) -> None:
    style = "/* x */ .off { display : none !important } .wrap #ghost, .other { font-size: 1pt }"
    style += ".old { text-decoration-line: line-through } .gone, #gone { display: none !important }"
    style += "#gone { display: none } .row { display: flex } .shown { display: block !important }"
    assert body(f"<p>明话</p>{hidden}<p>结束</p>", style) == "明话|结束"


def test_white_letters_on_a_coloured_ground_are_visible() -> None:
    assert body('<div style="background:#003366"><p style="color:white">限时公告</p></div>') == "限时公告"


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="background:#fff"><p class="banner">明话</p></div>',
        '<div class="banner"><div style="background:rgba(255,255,255,.1)"><p style="color:#fff">明话</p></div></div>',
        '<div style="background:#fff"><p class="card blue">明话</p></div>',
        '<p style="color:transparent;background-clip:text;background:linear-gradient(red,blue)">明话</p>',
        '<p style="margin:0 -9999px;padding:0 9999px">明话</p>',
        '<div style="transform:translate3d(-2400px,0,0)"><p>明话</p></div>',
        '<p style="font:400 14px/1.5 serif">明话</p>',
        '<p class="off" id="on">明话</p>',
    ],
)
def test_what_a_page_shows_is_read(shown: str) -> None:
    style = ".banner { background-image: url(a.png); color: #fff } .card { background-color: #fff }"
    style += ".card.blue { background: #036; color: #fff } #on { display: block } .off { display: none }"
    assert body(shown, style) == "明话"


def test_hidden_rows_and_cells_are_left_out_of_tables() -> None:
    page = (
        '<table><tr><th>项目</th><th>费用</th></tr><tr style="display:none"><td>暗项</td><td>9元</td></tr>'
        '<tr><td>补卡<span style="font-size:0">暗话</span></td><td>5元</td></tr></table>'
    )
    assert load("a.html", page.encode()).blocks == (Table(("项目", "费用"), (Row(("补卡", "5元")),)),)


def test_names_at_the_left_make_the_first_row_a_value() -> None:
    page = "<table><tr><th>产品名称</th><td>稳健一号</td></tr><tr><th>期限</th><td>一年</td></tr></table>"
    assert load("a.html", page.encode()).blocks == (
        Table(("", ""), (Row(("产品名称", "稳健一号")), Row(("期限", "一年")))),
    )


def test_a_layout_table_is_read_as_its_contents() -> None:
    inner = "<table><tr><td>甲</td><td>乙</td></tr><tr><td>1</td><td>2</td></tr></table>"
    page = f"<table><tr><td><h2>公告</h2><p>正文在此。</p></td></tr><tr><td>{inner}</td></tr></table>"
    blocks = load("a.html", page.encode()).blocks
    assert blocks[:2] == (Heading("公告", 2), Paragraph("正文在此。"))
    assert blocks[2] == Table(("甲", "乙"), (Row(("1", "2")),))


def test_an_empty_page_has_no_text() -> None:
    with pytest.raises(PreparationFailed) as failure:
        load("a.html", b"<!-- nothing -->")
    assert failure.value.code == "no_text"


def test_what_a_page_hides_is_told_with_its_reason() -> None:
    page = (
        "<style>.no{display:none} thead{background:#036} th{color:#fff}</style><nav>首页</nav><p>年费10元。</p>"
        "<p class='no'>暗话一</p><p style='color:white'>暗话二</p><p><del>旧价20元</del></p><!-- 暗话三 -->"
        "<script>var a = '<!-- 不算 -->'</script>"
        "<table><thead><tr><th>项目</th><th>标准</th></tr></thead><tr><td>挂失</td><td>10元</td></tr></table>"
    )
    loaded = load("a.html", page.encode())
    assert loaded.blocks == (Paragraph("年费10元。"), Table(("项目", "标准"), (Row(("挂失", "10元")),)))
    assert [(item.code, item.text) for item in loaded.left_out] == [
        ("hidden_text", "暗话一"),
        ("hidden_text", "暗话二"),
        ("tracked_deletion", "旧价20元"),
        ("comment_left_out", "暗话三"),
    ]


@pytest.mark.parametrize(
    ("query", "hides"),
    [
        ("(max-width: 768px)", False),
        ("only screen and (max-device-width:48em)", False),
        ("(width <= 768px)", False),
        ("(400px<width<=1000px)", False),
        ("print", False),
        ("screen and (orientation: portrait)", False),
        ("not all and (min-width: 768px)", False),
        ("(max-width: 2000px)", True),
        ("(min-width: 992px)", True),
        ("(768px <= width)", True),
        ("screen", True),
        ("print, screen and (min-width:1px)", True),
        ("not print", True),
    ],
)
def test_a_style_sheet_hides_what_it_hides_from_a_reader_at_a_desk(query: str, hides: bool) -> None:
    sheet = f"@media {query} {{ .a{{color:red}} .fees{{display:none}} }} @font-face{{src:none}} .off{{display:none}}"
    shown = "费用" if not hides else ""
    assert body('<p class="fees">费用</p><p class="off">暗话</p>', sheet) == shown
    assert body(f'<style media="{query}">.fees{{display:none}}</style><p class="fees">费用</p>') == shown


def test_what_only_a_telephone_shows_is_hidden() -> None:
    sheet = ".phone{display:none} @media (max-width:768px){.phone{display:block}} @supports (x:y){.on{color:red}}"
    assert body('<p class="phone">下载手机银行</p><p class="on">年费</p>', sheet) == "年费"
    assert (
        body('<p class="wide">年费</p>', ".wide{display:none} @media (min-width:768px){.wide{display:block}}") == "年费"
    )


def test_the_button_of_an_accordion_is_its_heading() -> None:
    page = (
        '<h2><button class="x">挂失手续费是多少？</button></h2><div class="collapse">每笔10元。</div>'
        "<h2>转账<button>复制</button></h2>"
        '<div><button aria-expanded="false">谁可以减免？</button><p>退休人员。</p></div>'
        "<details><summary><button>期限</button></summary>一年</details><button>立即申请</button>"
    )
    assert load("a.html", page.encode()).blocks == (
        Heading("挂失手续费是多少？", 2),
        Paragraph("每笔10元。"),
        Heading("转账", 2),
        Paragraph("谁可以减免？"),
        Paragraph("退休人员。"),
        Paragraph("期限"),
        Paragraph("一年"),
    )


_LINKS = "<ul><li><a>住房贷款</a></li><li><a>消费贷款</a></li><li><a>经营贷款</a></li></ul>"
_PRODUCTS = "- 住房贷款|- 消费贷款|- 经营贷款"


def test_a_list_of_links_that_the_page_presents_is_no_furniture() -> None:
    assert body(f"<div><h2>贷款产品</h2><div>{_LINKS}</div></div><p>以上均可办理。</p>").split("|", 1)[1] == (
        f"{_PRODUCTS}|以上均可办理。"
    )
    path = "<div><a>首页</a> &gt; <a>个人</a> &gt; <a>贷款</a></div>"
    assert body(f"<main>{path}<p>贷款</p>{_LINKS}</main>") == f"贷款|{_PRODUCTS}"
    channels = "<td><a>手机银行</a><br><a>网上银行</a><br><a>柜面</a></td>"
    page = f"<table><tr><th>业务</th><th>渠道</th></tr><tr><td>挂失</td>{channels}</tr></table>"
    (table,) = load("a.html", page.encode()).blocks
    assert table == Table(("业务", "渠道"), (Row(("挂失", "手机银行\n网上银行\n柜面")),))


def test_a_row_of_links_around_the_text_is_furniture() -> None:
    assert body(f'<div><h1><a href="/">××银行</a></h1>{_LINKS}</div><p>正文</p>{_LINKS}') == "正文"
    assert body(f"<div><h2>贷款</h2>{_LINKS.replace('款', '款业务')}</div>").startswith("贷款|- 住房贷款业务")


def test_marks_raised_by_a_style_never_run_into_a_number() -> None:
    assert body('<p>年费60<span class="note">3</span>元</p>', ".note{vertical-align:super}") == "年费60〔3〕元"
    assert body('<p>年费60<b style="vertical-align: super">3</b>元<sup>1<del>2</del></sup></p>') == "年费60〔3〕元〔1〕"


def tables_of(page: str) -> list[Table]:
    return [block for block in load("a.html", page.encode()).blocks if isinstance(block, Table)]


def table_of(*rows: str) -> Table:
    (table,) = tables_of(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
    return table


@pytest.mark.parametrize("name", ["td", "th"])
def test_names_over_others_are_told_by_merged_cells(name: str) -> None:
    top = f"<{name} rowspan=2>期限</{name}><{name} colspan=2>利率</{name}>"
    table = table_of(top, "<td>普通</td><td>优惠</td>", "<td>一年</td><td>1.5%</td><td>1.6%</td>")
    assert table == Table(("期限", "利率·普通", "利率·优惠"), (Row(("一年", "1.5%", "1.6%")),))


def test_a_name_over_a_pair_of_values_makes_no_names_of_them() -> None:
    table = table_of("<th>项目</th><th colspan=2>标准</th>", "<td>挂失</td><td>10</td><td>元/笔</td>")
    assert table == Table(("项目", "标准", "标准"), (Row(("挂失", "10", "元/笔")),))


def test_cells_all_marked_as_names_are_told_apart_by_their_place() -> None:
    table = table_of("<th>项目</th><th>费</th>", "<th>挂失</th><th>10元</th>", "<th>转账</th><th>5元</th>")
    assert table == Table(("项目", "费"), (Row(("挂失", "10元")), Row(("转账", "5元"))))


def test_a_cell_may_reach_to_the_end_of_its_group() -> None:
    head = "<thead><tr><th>渠道</th><th>项目</th></tr></thead>"
    rows = "<tr><th rowspan=0>柜台</th><td>挂失</td></tr><tr><td>转账</td></tr>"
    last = "<tbody><tr><td>手机</td><td>年费</td></tr></tbody>"
    (table,) = tables_of(f"<table>{head}<tbody>{rows}</tbody>{last}</table>")
    assert [row.cells for row in table.rows] == [("柜台", "挂失"), ("柜台", "转账"), ("手机", "年费")]


@pytest.mark.parametrize(("between", "last"), [("", ""), ("", "<th></th>"), ("<p>另：</p>", "")])
def test_names_and_values_in_two_tables_are_one(between: str, last: str) -> None:
    names = f"<div><table><thead><tr><th>期限</th><th>利率</th>{last}</tr></thead></table></div>"
    values = "<div><table><tr><td>一年</td><td>1.5%</td></tr><tr><td>两年</td><td>1.7%</td></tr></table></div>"
    tables = tables_of(f"<div>{names}{between}{values}</div><table><tr><td>甲</td><td>乙</td></tr></table>")
    if between:
        assert len(tables) == 3
    else:
        assert [row.cells[:2] for row in tables[0].rows] == [("一年", "1.5%"), ("两年", "1.7%")]
        assert tables[0].header[:2] == ("期限", "利率")
        assert len(tables) == 2


def test_each_meaning_of_a_term_is_told_with_it() -> None:
    fees = "<dt>挂失费</dt><dd>10元</dd><dd>金卡免费</dd><dt>年费</dt>"
    assert (
        body(f"<dl>{fees}<dt>收费吗？</dt><dd>收。</dd><dd>每年。</dd></dl>")
        == "挂失费：10元|挂失费：金卡免费|年费|收费吗？\n收。|每年。"
    )


def test_what_has_no_width_and_what_is_set_above_a_word_is_no_part_of_it() -> None:
    assert body("<p>年利\u200b率1&#8203;.5%，存款<ruby>利<rp>(</rp><rt>lì</rt><rp>)</rp></ruby>率</p>") == (
        "年利率1.5%，存款利率"
    )
