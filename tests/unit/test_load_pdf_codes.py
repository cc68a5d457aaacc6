"""Letters that a PDF has read as something else than it shows, and letters whose font does not tell what they are."""

from __future__ import annotations

import pytest

from app.knowledge.preparing import PreparationFailed
from eval.pdf_file import PdfPage, pdf_file
from ingestion.blocks import Block, Loaded, Paragraph
from ingestion.load import load

# A font of glyphs alone: no table tells which letters they are.
_CODELESS = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Glyphs /Encoding /Identity-H /DescendantFonts [<< /Type /Font "
    b"/Subtype /CIDFontType2 /BaseFont /AAAAAA+Glyphs /DW 1000 /CIDToGIDMap /Identity /CIDSystemInfo "
    b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor << /Type /FontDescriptor "
    b"/FontName /AAAAAA+Glyphs /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 "
    b"/CapHeight 700 /StemV 80 >> >>] >>"
)


def marked(text: str, *shown: str) -> PdfPage:
    """Letters with another text in their place, in one piece or several."""
    page = PdfPage()
    page.drawn.append(b"/Span << /ActualText <FEFF%s> >> BDC" % text.encode("utf-16-be").hex().encode())
    for at, piece in enumerate(shown):
        page.write(60 + 11 * sum(map(len, shown[:at])), 700, piece)
    page.drawn.append(b"EMC")
    return page


def read(page: PdfPage) -> Loaded:
    return load("a.pdf", pdf_file([page.write(60, 600, "管理费为每年0.30%。")]))


def codeless(page: PdfPage) -> Loaded:
    """The page's letters in /F2 are glyphs without codes."""
    content = pdf_file([page])
    named = b"/Font << /F1 3 0 R >>"
    made = content.replace(named, b"/Font << /F1 3 0 R /F2 %s >>" % _CODELESS)
    assert made != content
    return load("a.pdf", made)


def glyphs(page: PdfPage, x: float, y: float, numbers: list[int]) -> PdfPage:
    codes = b"".join(b"%04X" % number for number in numbers)
    page.drawn.append(b"BT /F2 11 Tf %.1f %.1f Td <%s> Tj ET" % (x, y, codes))
    return page


def words(blocks: tuple[Block, ...]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize("shown", [("托管费为每年0.10%。",), ("托管费为", "每年0.10%。")])
def test_what_stands_in_the_place_of_readable_letters_is_hidden_text(shown: tuple[str, ...]) -> None:
    loaded = read(marked("本产品保证本金不受损失。", *shown))
    assert words(loaded.blocks).split("\n")[0] == "托管费为每年0.10%。"
    assert [(left.code, left.text, left.page) for left in loaded.left_out] == [
        ("hidden_text", "本产品保证本金不受损失。", 1)
    ]


def test_what_stands_in_the_place_of_letters_is_found_however_deep_it_is_nested() -> None:
    page = PdfPage([b"/P << /MCID 0 >> BDC"] * 40)
    page.drawn += marked("本产品保证本金不受损失。", "托管费为每年0.10%。").drawn
    loaded = read(page)
    assert "保证" not in words(loaded.blocks)
    assert [left.text for left in loaded.left_out] == ["本产品保证本金不受损失。"]


def test_no_letter_goes_because_nothing_is_said_in_its_place() -> None:
    loaded = read(marked("", "本产品不保本。"))
    assert "本产品不保本。" in words(loaded.blocks)


@pytest.mark.parametrize(
    ("text", "shown", "said"),
    [
        ("托管费为每年0.10%。", "托管费为每年0.10%。", "托管费为每年0.10%。"),  # it says the same
        ("托管费 为每年0.10%。", "托管费为每年0.10%。", "托管费为每年0.10%。"),
        ("fi", "f", "fi"),  # a ligature whose glyph has the code of its first letter
        ("ffi", "f", "ffi"),
        ("50", "5", "5"),
        ("存款—公告", "存款\u2015公告", "存款—公告"),
        ("风险由客户承担", "\u2edb险由客\u2f3e承担", "风险由客户承担"),
        ("fit for everyone", "f", "f"),
    ],
)
def test_what_says_the_same_or_completes_a_ligature_is_told_to_nobody(text: str, shown: str, said: str) -> None:
    loaded = read(marked(text, shown))
    assert words(loaded.blocks).split("\n")[0] == said
    assert bool(loaded.left_out) == (said not in (text, text.replace(" ", "")))


def test_glyphs_without_codes_are_read_by_what_stands_in_their_place() -> None:
    page = PdfPage().write(60, 700, "赎回费为").write(200, 650, "三个工作日内到账，不收其他费用。")
    page.drawn.append(b"/Span << /ActualText (0.50%) >> BDC")
    glyphs(page, 104, 700, [0x2001, 0x2002, 0x2003, 0x2004, 0x2005])
    page.drawn.append(b"EMC")
    loaded = codeless(page)
    assert "赎回费为0.50%" in words(loaded.blocks).replace(" ", "")
    assert [notice.code for notice in loaded.warnings] == []


@pytest.mark.parametrize(
    "numbers", [[19, 20, 21], [0x2001, 0x2002, 0x2003], [0x4E00, 0x4E01, 0x4E02], [0x41, 0x42, 0x43]]
)
def test_glyphs_without_codes_are_marked_and_told(numbers: list[int]) -> None:
    page = PdfPage().write(60, 700, "年费为").write(130, 700, "元，三个工作日内到账，不收取其他费用。")
    loaded = codeless(glyphs(page, 95, 700, numbers))
    assert words(loaded.blocks).replace(" ", "") == "年费为���元，三个工作日内到账，不收取其他费用。"
    assert [(notice.code, "第 1 页" in notice.title) for notice in loaded.warnings] == [("unreadable_letters", True)]


def test_a_page_of_glyphs_without_codes_has_no_text() -> None:
    with pytest.raises(PreparationFailed) as raised:
        codeless(glyphs(PdfPage(), 60, 700, list(range(0x31, 0x60))))
    assert raised.value.code == "no_text"


def test_glyphs_numbered_by_their_letters_are_read() -> None:
    page = PdfPage().write(60, 700, "年费为").write(130, 700, "元，三个工作日内到账，不收取其他费用。")
    loaded = codeless(glyphs(page, 95, 700, [ord(sign) for sign in "200"]))
    assert words(loaded.blocks).replace(" ", "") == "年费为200元，三个工作日内到账，不收取其他费用。"
    assert loaded.warnings == ()
