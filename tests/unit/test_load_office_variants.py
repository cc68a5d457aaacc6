"""Office files as other programs write them: strict packages, documents that hold a page, old forms, other lists."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.oxml import parse_xml as parse_slide_xml
from pptx.util import Inches

from ingestion.blocks import Block, Heading, Item, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import contract, deck, document, fee_workbook, product_deck, workbook
from tests.fixtures.office_variants import strict, with_chunk

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def texts(blocks: tuple[Block, ...]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Heading | Paragraph | Item))


def rows(blocks: tuple[Block, ...]) -> list[tuple[str, ...]]:
    return [row.cells for block in blocks if isinstance(block, Table) for row in block.rows if isinstance(row, Row)]


@pytest.mark.parametrize(("path", "make"), [("a.xlsx", fee_workbook), ("a.pptx", product_deck), ("a.docx", contract)])
def test_a_strict_package_says_what_the_usual_one_says(path: str, make: Callable[[], bytes]) -> None:
    usual = make()
    other = strict(usual)
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(other)).read("_rels/.rels")
    made, expected = load(path, other), load(path, usual)
    assert made.blocks
    assert texts(made.blocks) == texts(expected.blocks)
    assert rows(made.blocks) == rows(expected.blocks)
    assert (made.left_out, made.warnings) == (expected.left_out, expected.warnings)


def test_a_date_written_out_in_the_file_is_shown_by_its_format() -> None:
    def build(book: Any) -> None:
        book.iso_dates = True
        sheet = book.active
        for row in (["项目", "生效日"], ["工本费", date(2026, 3, 1)], ["年费", date(2026, 4, 15)]):
            sheet.append(row)
        sheet["B2"].number_format = sheet["B3"].number_format = 'yyyy"年"m"月"d"日"'

    content = workbook(build)
    assert b't="d"' in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert rows(load("a.xlsx", content).blocks) == [("工本费", "2026年3月1日"), ("年费", "2026年4月15日")]


_PAGE = """<html><head><meta charset="utf-8"><title>收费公告</title></head><body><h1>收费公告</h1>
<table><tr><th>项目</th><th>收费</th></tr><tr><td>挂失</td><td>每张10元</td></tr></table>
<p style="display:none">内部底价</p></body></html>"""
_ARCHIVE = (
    'MIME-Version: 1.0\nContent-Type: multipart/related;\n    type="text/html";\n    boundary="----=part"\n\n\n'
    '------=part\nContent-Type: text/html;\n    charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n'
    "Content-Location: file:///C:/fake/document.html\n\n" + _PAGE.replace("=", "=3D") + "\n------=part--\n"
)


@pytest.mark.parametrize(("kind", "content"), [("text/html", _PAGE), ("message/rfc822", _ARCHIVE)])
def test_a_page_held_in_a_document_is_read_where_it_stands(kind: str, content: str) -> None:
    loaded = load("a.docx", with_chunk(kind, content.encode()))
    assert texts(loaded.blocks) == "前面的话。\n收费公告\n后面的话。"
    assert rows(loaded.blocks) == [("挂失", "每张10元")]
    assert [(left.code, left.text) for left in loaded.left_out] == [("hidden_text", "内部底价")]
    assert loaded.title == "收费公告"


def test_a_document_held_in_a_document_is_read_and_those_in_it_are_not() -> None:
    inner = with_chunk("text/html", _PAGE.encode())
    loaded = load("a.docx", with_chunk(_WORD, inner))
    assert texts(loaded.blocks) == "前面的话。\n前面的话。\n后面的话。\n后面的话。"


@pytest.mark.parametrize(("kind", "content"), [("application/rtf", b"{\\rtf1 x}"), (_WORD, b"PK\x03\x04broken")])
def test_a_held_file_that_cannot_be_read_is_told(kind: str, content: bytes) -> None:
    loaded = load("a.docx", with_chunk(kind, content))
    assert texts(loaded.blocks) == "前面的话。\n后面的话。"
    assert [notice.code for notice in loaded.warnings] == ["embedded_left_out"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("", "缴费方式：按年"),
        ('<w:result w:val="2"/>', "缴费方式：趸交"),
        ('<w:default w:val="1"/>', "缴费方式：按月"),
        ('<w:result w:val="9"/>', "缴费方式："),
    ],
)
def test_the_choice_made_in_an_old_form_is_part_of_the_text(state: str, said: str) -> None:
    entries = "".join(f'<w:listEntry w:val="{name}"/>' for name in ("按年", "按月", "趸交"))
    field = (
        f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList>{state}{entries}</w:ddList>'
        "</w:ffData></w:fldChar></w:r>"
    )

    def build(made: Any) -> None:
        made.add_paragraph("缴费方式：")._p.append(parse_xml(field))

    assert texts(load("a.docx", document(build)).blocks) == said


def numbered(*paragraphs: tuple[str, str]) -> str:
    """A slide's text box. paragraphs: (text, what stands in its a:pPr)."""

    def build(made: Any) -> None:
        slide = made.slides.add_slide(made.slide_layouts[6])
        frame = slide.shapes.add_textbox(0, 0, Inches(5), Inches(3)).text_frame
        body = frame._txBody
        body.remove(body.p_lst[0])
        for text, look in paragraphs:
            attributes, _, inner = look.partition("|")
            body.append(
                parse_slide_xml(
                    f"<a:p {_DRAWING}><a:pPr {attributes}>{inner}</a:pPr><a:r><a:rPr/><a:t>{text}</a:t></a:r></a:p>"
                )
            )

    return texts(load("a.pptx", deck(build)).blocks)


def auto(kind: str, more: str = "") -> str:
    return f'|<a:buAutoNum type="{kind}" {more}/>'


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("arabicPeriod", "1. 登录", "2. 购买"),
        ("arabicParenR", "1) 登录", "2) 购买"),
        ("arabicParenBoth", "(1) 登录", "(2) 购买"),
        ("alphaLcParenR", "a) 登录", "b) 购买"),
        ("romanUcPeriod", "I. 登录", "II. 购买"),
        ("ea1ChsPeriod", "一. 登录", "二. 购买"),
        ("circleNumDbPlain", "① 登录", "② 购买"),
    ],
)
def test_a_slide_is_numbered_as_it_shows(kind: str, first: str, second: str) -> None:
    assert numbered(("登录", auto(kind)), ("购买", auto(kind))) == f"{first}\n{second}"


def test_a_list_of_a_slide_goes_on_after_what_stands_below_its_items() -> None:
    said = numbered(
        ("登录", auto("arabicPeriod", 'startAt="3"')),
        ("凭手机号", 'lvl="1"' + auto("alphaLcPeriod")),
        ("凭卡号", 'lvl="1"' + auto("alphaLcPeriod")),
        ("购买", auto("arabicPeriod", 'startAt="3"')),
        ("凭短信", 'lvl="1"' + auto("alphaLcPeriod")),
        ("另行通知", "|"),
        ("重新开始", auto("arabicPeriod")),
    )
    assert said.split("\n") == [
        *("3. 登录", "a. 凭手机号", "b. 凭卡号", "4. 购买", "a. 凭短信", "另行通知", "1. 重新开始"),
    ]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<ol><li>甲<li value=7>乙<li>丙</ol>", "1. 甲\n7. 乙\n8. 丙"),
        ("<ol reversed><li>甲<li>乙</ol>", "2. 甲\n1. 乙"),
        ("<ol type=a start=2><li>甲<li type=I>乙</ol>", "b. 甲\nIII. 乙"),
        ("<ol><li>甲<li style='display:none'>无<li>乙</ol>", "1. 甲\n2. 乙"),
        ("<ol start=0><li>甲<li>乙</ol>", "0. 甲\n1. 乙"),
        ("<ol start=x><li value=''>甲<li value=1.5>乙</ol>", "1. 甲\n2. 乙"),
    ],
)
def test_a_list_of_a_page_is_numbered_as_it_shows(page: str, said: str) -> None:
    assert texts(load("a.html", page.encode()).blocks) == said
