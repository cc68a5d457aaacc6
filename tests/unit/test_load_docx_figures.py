"""DOCX: figures stay the figures that are printed: breaks, marks, fields, formulas, alternatives, symbol fonts."""

from __future__ import annotations

from typing import Any

import pytest
from docx.oxml import parse_xml

from ingestion.blocks import Heading, Item, Loaded, Paragraph
from ingestion.load import load
from tests.fixtures.office_files import document

_SPACES = " ".join(
    f'xmlns:{name}="{uri}"'
    for name, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "new": "urn:of-a-later-word",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)


def run(text: str, look: str = "") -> str:
    return f"<w:r><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r>"


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


def read(*paragraphs: str) -> Loaded:
    def build(made: Any) -> None:
        for inner in paragraphs:
            made.element.body.insert(len(made.element.body) - 1, parse_xml(f"<w:p {_SPACES}>{inner}</w:p>"))

    return load("a.docx", document(build))


def said(*paragraphs: str) -> str:
    blocks = read(*paragraphs).blocks
    return "\n".join(block.text for block in blocks if isinstance(block, Heading | Item | Paragraph))


@pytest.mark.parametrize(
    ("between", "text"),
    [
        ('<w:r><w:br w:type="page"/></w:r>', "附件1\n200元/年"),
        ('<w:r><w:br w:type="column"/></w:r>', "附件1\n200元/年"),
        ("<w:r><w:drawing><wp:inline/></w:drawing></w:r>", "附件1 200元/年"),
        ("<w:r><w:drawing><wp:anchor/></w:drawing></w:r>", "附件1200元/年"),
        ("<w:r><w:object/></w:r>", "附件1 200元/年"),
        ('<w:r><w:sym w:font="Webdings" w:char="F061"/></w:r>', "附件1 200元/年"),
        ('<w:r><w:footnoteReference w:id="9"/></w:r>', "附件1 200元/年"),
        (run("9", '<w:color w:val="FFFFFF"/>'), "附件1 200元/年"),
        (run("9", "<w:strike/>"), "附件1 200元/年"),
        (run("9", "<w:vanish/>"), "附件1200元/年"),
        ("<w:del><w:r><w:delText>9</w:delText></w:r></w:del>", "附件1200元/年"),
        ("<w:r><w:lastRenderedPageBreak/></w:r>", "附件1200元/年"),
        ("", "附件1200元/年"),
    ],
)
def test_figures_run_into_each_other_only_where_nothing_stands_between_them(between: str, text: str) -> None:
    assert said(run("附件1") + between + run("200元/年")) == text


def test_a_picture_between_words_leaves_no_blank() -> None:
    assert said(run("手续费") + "<w:r><w:drawing><wp:inline/></w:drawing></w:r>" + run("每笔5元")) == "手续费每笔5元"


def test_the_instruction_of_a_field_is_hidden_and_told() -> None:
    loaded = read(
        run("年费") + mark("begin") + code(" QUOTE ") + run("对VIP全免"),
        run("一切免收") + mark("separate") + run("100元"),
        run("起") + mark("end") + run("。"),
    )
    assert loaded.blocks == (Paragraph("年费"), Paragraph("100元"), Paragraph("起。"))
    assert [one.text for one in loaded.left_out] == ["对VIP全免", "一切免收"]


def test_a_field_inside_an_instruction_is_hidden_and_one_inside_a_result_is_read() -> None:
    inner = mark("begin") + code(" MERGEFIELD level ") + mark("separate") + run("金卡") + mark("end")
    condition = mark("begin") + code(" IF ") + inner + code(' = "金卡" "0" "200" ') + mark("separate")
    loaded = read(run("年费") + condition + run("100元/") + inner + mark("end"))
    assert loaded.blocks == (Paragraph("年费100元/金卡"),)
    assert [one.text for one in loaded.left_out] == ["金卡"]


def test_a_field_without_a_result_is_hidden_and_one_that_never_ends_hides_nothing() -> None:
    assert said(run("年费") + mark("begin") + run("暗话") + mark("end")) == "年费"
    assert said(run("年费") + mark("begin") + run("100元"), run("起")) == "年费100元\n起"


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        (r" EQ \f(1,365)", "利息=1/365。"),
        (r" eq \f(本金×利率,365)", "利息=(本金×利率)/365。"),
        (r" EQ \f(a+b,\r(3,8))", "利息=(a+b)/(8^(1/3))。"),
        (r" EQ \r(2)", "利息=√2。"),
        (r" EQ \o\ac(○,1)", "利息=①。"),
        (r" EQ \a\al(甲,乙)", "利息=甲 乙。"),
        (r" EQ \b(1)\, 2", "利息=(1), 2。"),
        (r" DATE \@ yyyy", "利息=。"),
    ],
)
def test_what_an_equation_field_draws_is_read(equation: str, text: str) -> None:
    drawn = mark("begin") + code(equation) + mark("separate") + mark("end")
    assert said(run("利息=") + drawn + run("。")) == text


@pytest.mark.parametrize(
    ("before", "figure", "look", "text"),
    [
        ("年费100", "1", '<w:position w:val="8"/><w:sz w:val="12"/>', "年费100〔1〕元"),
        ("年费100", "1", '<w:position w:val="8"/>', "年费1001元"),
        ("代码10", "2", '<w:vertAlign w:val="subscript"/>', "代码10〔2〕元"),
        ("代码10", "2", '<w:position w:val="-6"/><w:sz w:val="12"/>', "代码10〔2〕元"),
        ("H", "2", '<w:vertAlign w:val="subscript"/>', "H2元"),
        ("log", "2</w:t></w:r><w:r><w:t>8", '<w:vertAlign w:val="subscript"/>', "log2 8元"),
        ("年费100", "123", '<w:vertAlign w:val="superscript"/>', "年费100 123元"),
    ],
)
def test_a_figure_above_or_below_the_line_never_joins_the_one_before(
    before: str, figure: str, look: str, text: str
) -> None:
    assert said(run(before) + run(figure, look) + run("元")) == text


def math(text: str, look: str = "") -> str:
    return f"<m:r>{look}<m:t>{text}</m:t></m:r>"


def part(name: str, *inner: str) -> str:
    return f"<m:{name}>{''.join(inner)}</m:{name}>"


def formula(*inner: str) -> str:
    return said(run("费=") + part("oMath", *inner) + run("。"))


def test_hidden_and_deleted_parts_of_a_formula_are_left_out_and_told() -> None:
    hidden = math("9", "<w:rPr><w:vanish/></w:rPr>") + math("8", '<w:rPr><w:color w:val="FFFFFF"/></w:rPr>')
    phantom = '<m:phant><m:phantPr><m:show m:val="0"/></m:phantPr><m:e><m:r><m:t>7</m:t></m:r></m:e></m:phant>'
    deleted = f"<w:del>{math('6')}</w:del>"
    loaded = read(run("费=") + part("oMath", math("1"), hidden, phantom, deleted, math("元")))
    assert loaded.blocks == (Paragraph("费=1元"),)
    assert [one.text for one in loaded.left_out] == ["987", "6"]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (part("eqArr", part("e", math("1")), part("e", math("200"))), "费=1；200。"),
        (part("m", *(part("mr", part("e", math(a)), part("e", math("0"))) for a in "12")), "费=1，0；2，0。"),
        (part("d", part("e", math("1")), part("e", math("2"))), "费=(1|2)。"),
        (part("limLow", part("e", math("max")), part("lim", math("5"))) + math("10"), "费=max5 10。"),
        (part("sSub", part("e", math("10")), part("sub", math("2"))), "费=10_2。"),
        (part("sSub", part("e", math("H")), part("sub", math("2"))) + math("O"), "费=H2O。"),
        (math("5") + part("f", part("num", math("1")), part("den", math("2"))) + math("8"), "费=5 1/2 8。"),
        (math("1") + math("00"), "费=100。"),
    ],
)
def test_the_parts_of_a_formula_do_not_run_into_one_figure(inner: str, text: str) -> None:
    assert formula(inner) == text


def test_a_letter_of_a_picture_font_is_the_sign_it_prints() -> None:
    fonts = '<w:rFonts w:ascii="{0}" w:hAnsi="{0}"/>'
    ticks = run("P", fonts.format("Wingdings 2")) + run("同意") + run("£", fonts.format("Wingdings 2")) + run("不同意")
    assert said(ticks + run("IGNORE", fonts.format("Wingdings"))) == "√同意☐不同意"
    assert said(run("说明：", fonts.format("Wingdings")) + run("100元", fonts.format("Arial"))) == "说明：100元"


def choice(needs: str, *, inner: str = "免费") -> str:
    return (
        f'<mc:AlternateContent><mc:Choice Requires="{needs}">{run(inner)}</mc:Choice>'
        f"<mc:Fallback>{run('100元')}</mc:Fallback></mc:AlternateContent>"
    )


def test_of_two_alternatives_the_one_that_word_shows_is_read() -> None:
    assert said(run("年费") + choice("new")) == "年费100元"
    assert said(run("年费") + choice("wps")) == "年费免费"
    assert said(run("年费") + choice("wps new")) == "年费100元"


def test_word_art_is_read_unless_it_is_hidden() -> None:
    art = '<w:r><w:pict><v:shape style="{}"><v:textpath string="年利率3.65%"/></v:shape></w:pict></w:r>'
    assert said(run("甲") + art.format("width:10pt")) == "甲\n年利率3.65%"
    loaded = read(run("甲") + art.format("visibility:hidden"))
    assert loaded.blocks == (Paragraph("甲"),)
    assert [one.text for one in loaded.left_out] == ["年利率3.65%"]
