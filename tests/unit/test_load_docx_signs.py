"""DOCX: what Word prints without storing it as text: numbers of every form, boxes to tick, notes of headings."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingestion.blocks import Block, Heading, Item, Paragraph
from ingestion.load import load

_FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"


def element(xml: str) -> Any:
    return parse_xml(xml.replace("{ns}", nsdecls("w")))


def read(document: Any) -> tuple[Block, ...]:
    buffer = io.BytesIO()
    document.save(buffer)
    return load("a.docx", buffer.getvalue()).blocks


def said(build: Callable[[Any], None]) -> str:
    document = docx.Document()
    build(document)
    return "\n".join(block.text for block in read(document) if isinstance(block, Heading | Paragraph | Item))


def level(depth: int, form: str, text: str, more: str = "") -> str:
    inner = f'<w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{depth}">{inner}</w:lvl>'


def add_list(document: Any, number: int, inner: str) -> None:
    numbering = document.part.numbering_part.element
    numbering.insert(0, element(f'<w:abstractNum {{ns}} w:abstractNumId="{number}">{inner}</w:abstractNum>'))
    numbering.append(element(f'<w:num {{ns}} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))


def add_item(document: Any, text: str, number: int, depth: int = 0) -> None:
    properties = document.add_paragraph(text)._p.get_or_add_pPr()
    properties.append(element(f'<w:numPr {{ns}}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'))


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("japaneseCounting", ("一", "二", "十", "二十一")),
        ("chineseCountingThousand", ("一", "二", "十", "二十一")),
        ("ideographDigital", ("一", "二", "一〇", "二一")),
        ("chineseLegalSimplified", ("壹", "贰", "壹拾", "贰拾壹")),
        ("ideographLegalTraditional", ("壹", "貳", "壹拾", "貳拾壹")),
        ("ideographTraditional", ("甲", "乙", "癸", "21")),
        ("decimalEnclosedCircle", ("①", "②", "⑩", "21")),
        ("decimalEnclosedParen", ("⑴", "⑵", "⑽", "21")),
    ],
)
def test_numbers_are_spelled_as_word_prints_them(form: str, printed: tuple[str, ...]) -> None:
    document = docx.Document()
    add_list(document, 90, level(0, form, "第%1项："))
    for _ in range(21):
        add_item(document, "条款", 90)
    blocks = read(document)
    shown = [blocks[at] for at in (0, 1, 9, 20)]
    assert shown == [Item(f"第{number}项：条款") for number in printed]


def test_a_list_that_points_to_a_list_style_is_numbered_by_it() -> None:
    document = docx.Document()
    add_list(document, 91, '<w:numStyleLink w:val="Clauses"/>')
    add_list(document, 90, '<w:styleLink w:val="Clauses"/>' + level(0, "japaneseCounting", "%1、"))
    for text in ("用途", "还款"):
        add_item(document, text, 91)
    assert read(document) == (Item("一、用途"), Item("二、还款"))


def test_clauses_are_counted_through_the_chapters_and_figures_stay_figures() -> None:
    document = docx.Document()
    chapter = level(0, "japaneseCounting", "%1、")
    clause = level(1, "japaneseCounting", "（%2）", '<w:lvlRestart w:val="0"/>')
    figures = level(2, "decimal", "%1.%3：", '<w:lvlRestart w:val="1"/><w:isLgl/>')
    add_list(document, 90, chapter + clause + figures)
    for depth in (0, 1, 2, 1, 2, 0, 1, 2):
        add_item(document, "甲", 90, depth)
    texts = [getattr(block, "text", "") for block in read(document)]
    assert texts == ["一、甲", "（一）甲", "1.1：甲", "（二）甲", "1.2：甲", "二、甲", "（三）甲", "2.1：甲"]


def test_the_footnote_of_a_heading_is_the_first_sentence_below_it() -> None:
    document = docx.Document()
    heading = document.add_heading("小额账户管理费", 1)
    heading._p.append(element('<w:r {ns}><w:footnoteReference w:id="2"/></w:r>'))
    document.add_paragraph("每季度3元。")
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>退休人员免收。</w:t></w:r></w:p></w:footnote>'
    content = f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>".encode()
    part = Part(PackURI("/word/footnotes.xml"), _KIND, content, document.part.package)
    document.part.relate_to(part, _FOOTNOTES)
    assert read(document) == (
        Heading("小额账户管理费", 1),
        Paragraph("注：退休人员免收。"),
        Paragraph("每季度3元。"),
    )


def test_ticked_and_empty_boxes_are_read() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("是否减免：")._p
    for xml in (
        '<w:sym w:font="Wingdings" w:char="F0FE"/><w:t>是</w:t>',
        '<w:sym w:font="Wingdings 2" w:char="00A3"/><w:t>否，比例</w:t>',
        '<w:sym w:font="Symbol" w:char="F0B3"/><w:t>5%</w:t>',
        '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>\uf0a8另议</w:t>',
        '<w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'
        '</w:ffData></w:fldChar><w:instrText>FORMCHECKBOX</w:instrText><w:fldChar w:fldCharType="end"/><w:t>同意</w:t>',
        '<w:sym w:font="Webdings" w:char="F041"/>',
    ):
        paragraph.append(element(f"<w:r {{ns}}>{xml}</w:r>"))
    assert read(document) == (Paragraph("是否减免：☑是☐否，比例≥5%☐另议☑同意"),)


def test_a_figure_raised_by_its_character_style_is_a_mark() -> None:
    def build(made: Any) -> None:
        style = '<w:style {ns} w:type="character" w:styleId="FR"><w:name w:val="mark"/>'
        made.styles.element.append(element(style + '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'))
        paragraph = made.add_paragraph("年费50")
        run = paragraph.add_run("1")
        run._r.get_or_add_rPr().append(element('<w:rStyle {ns} w:val="FR"/>'))
        paragraph.add_run("元。")

    assert "年费50〔1〕元。" in said(build)


@pytest.mark.parametrize(
    ("before", "figure", "read"),
    [
        ("终值＝本金×(1+i)", "12", "(1+i)^12"),
        ("现值＝本金×（1+年利率）", "-3", "（1+年利率）^-3"),
        ("约2×10", "8", "2×10^8"),
        ("方差为x", "2", "x^2"),
        ("赎回（T+1）", "1", "（T+1）〔1〕"),
        ("年费10", "1", "10〔1〕"),
        ("面积10m", "2", "10m2"),
    ],
)
def test_a_raised_figure_is_a_power_where_it_stands_on_a_base(before: str, figure: str, read: str) -> None:
    def build(made: Any) -> None:
        paragraph = made.add_paragraph(before)
        paragraph.add_run(figure).font.superscript = True
        paragraph.add_run("。")

    assert f"{read}。" in said(build)


@pytest.mark.parametrize(
    "second",
    [
        '<w:pPr><w:numPr><w:numId w:val="91"/></w:numPr></w:pPr>',
        '<w:basedOn w:val="One"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr>',
    ],
    ids=["the list names the style", "the style names only its level"],
)
def test_a_list_and_the_level_in_it_may_be_named_apart(second: str) -> None:
    def build(made: Any) -> None:
        levels = level(0, "chineseCounting", "第%1条", '<w:pStyle w:val="One"/>')
        add_list(made, 91, levels + level(1, "decimal", "%2)", '<w:pStyle w:val="Two"/>'))
        first = '<w:pPr><w:numPr><w:numId w:val="91"/></w:numPr></w:pPr>'
        for name, inside in (("One", first), ("Two", second)):
            style = f'<w:style {{ns}} w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/>{inside}</w:style>'
            made.styles.element.append(element(style))
        for text, name in (("总则。", "One"), ("甲。", "Two"), ("乙。", "Two"), ("分则。", "One")):
            properties = made.add_paragraph(text)._p.get_or_add_pPr()
            properties.insert(0, element(f'<w:pStyle {{ns}} w:val="{name}"/>'))

    assert said(build).split("\n") == ["第一条 总则。", "1)甲。", "2)乙。", "第二条 分则。"]
