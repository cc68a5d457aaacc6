"""PDF: letters under annotations, strokes, shadings and odd clips are hidden; coloured letters are seen."""

from __future__ import annotations

import pytest

from ingestion.blocks import Heading, Paragraph
from ingestion.load import load

SHOWN, TRIED = "The visible fee is 5 yuan each.", "An old fee 999 percent"
WHITE_SHADE = (
    "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 595 0]/Extend[true true]"
    "/Function<</FunctionType 2/Domain[0 1]/C0[1 1 1]/C1[1 1 1]/N 1>>>>"
)
WHITE_BOX = "1 1 1 rg 0 0 400 30 re f"
LAYER = "/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>"


def stream(content: str, entries: str = "") -> str:
    return f"<<{entries}/Length {len(content)}>>\nstream\n{content}\nendstream"


def form(content: str) -> str:
    return stream(content, "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>")


def page(
    before: str = "", after: str = "", *objects: str, page: str = "", resources: str = "", root: str = ""
) -> bytes:
    """A page with two lines of text, the second between `before` and `after`. objects: from number 6 on."""
    text = f"BT /F1 12 Tf 60 780 Td ({SHOWN}) Tj ET q {before} BT /F1 12 Tf 60 700 Td ({TRIED}) Tj ET Q {after}"
    every = (
        f"<</Type/Catalog/Pages 2 0 R{root}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        f"/Resources<</Font<</F1 5 0 R/Z<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>>>{resources}>>{page}>>",
        stream(text),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *objects,
    )
    body = "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate(every, 1))
    return f"%PDF-1.6\n{body}trailer<</Size {len(every) + 1}/Root 1 0 R>>\n%%EOF".encode()


def annotated(kind: str, shows: str, entries: str = "/F 4", root: str = "") -> bytes:
    note = f"<</Type/Annot/Subtype/{kind}/Rect[50 690 450 720]/AP<</N 7 0 R>>{entries}>>"
    shape = stream(shows, "/Type/XObject/Subtype/Form/BBox[0 0 400 30]/Resources<</Font<</F1 5 0 R>>>>")
    return page("", "", note, shape, page="/Annots[6 0 R]", root=root)


def seen(content: bytes) -> list[str]:
    return [block.text for block in load("a.pdf", content).blocks if isinstance(block, Heading | Paragraph)]


def hidden(content: bytes) -> str:
    return " ".join(item.text for item in load("a.pdf", content).left_out if item.code == "hidden_text")


@pytest.mark.parametrize("kind", ["Square", "FreeText", "Stamp", "Redact", "Ink"])
def test_letters_under_an_annotation_that_covers_them_are_hidden(kind: str) -> None:
    content = annotated(kind, WHITE_BOX)
    assert (seen(content), hidden(content)) == ([SHOWN], TRIED)


def test_letters_under_a_filled_field_are_hidden() -> None:
    content = annotated("Widget", WHITE_BOX, "/F 4/FT/Tx/T(a)/V(800)", "/AcroForm<</Fields[6 0 R]>>")
    assert (seen(content), hidden(content)) == ([SHOWN], TRIED)


@pytest.mark.parametrize(
    ("kind", "shows", "entries"),
    [
        ("Square", "2 w 1 0 0 RG 1 1 398 28 re S", "/F 4"),  # a frame around them
        ("Square", WHITE_BOX, "/F 2"),  # hidden itself
        ("Square", WHITE_BOX, "/F 32"),  # only printed
        ("Stamp", "1 0 0 rg BT /F1 24 Tf 300 5 Td (VOID) Tj ET", "/F 4"),
        ("Widget", "0 0 400 30 re S", "/F 4/FT/Tx/T(a)"),
        ("Highlight", "/G gs 1 1 0 rg 0 0 400 30 re f", "/F 4/C[1 1 0]/QuadPoints[50 720 450 720 50 690 450 690]"),
        ("Link", "", "/Border[0 0 0]"),
    ],
)
def test_letters_under_an_annotation_that_does_not_cover_them_are_seen(kind: str, shows: str, entries: str) -> None:
    if kind == "Highlight":
        shape = stream(
            shows,
            "/Type/XObject/Subtype/Form/BBox[0 0 400 30]/Group<</S/Transparency>>"
            "/Resources<</ExtGState<</G<</BM/Multiply>>>>>>",
        )
        note = f"<</Type/Annot/Subtype/{kind}/Rect[50 690 450 720]/AP<</N 7 0 R>>{entries}>>"
        content = page("", "", note, shape, page="/Annots[6 0 R]")
    else:
        content = annotated(kind, shows, entries, "/AcroForm<</Fields[6 0 R]>>" if kind == "Widget" else "")
    assert (seen(content), hidden(content)) == ([SHOWN, TRIED], "")


@pytest.mark.parametrize("kind", ["Stamp", "FreeText"])
def test_an_annotation_whose_letters_cannot_be_had_is_told(kind: str) -> None:
    def told(content: bytes) -> list[str]:
        return [item.text for item in load("a.pdf", content).left_out if item.code == "comment_left_out"]

    letters = "BT /F1 12 Tf 300 5 Td (VOID) Tj ET"
    (text,) = told(annotated(kind, letters))
    assert "文字" in text
    assert told(annotated(kind, letters, "/F 2")) == told(annotated(kind, "300 5 20 20 re S")) == []
    assert told(annotated(kind, letters, "/F 4/Contents(VOID)")) == ["VOID"]


@pytest.mark.parametrize("ink", ["1 0 0", "0.86 0 0.35"])
@pytest.mark.parametrize("way", ["over an image", "in a form"])
def test_coloured_letters_as_bright_as_their_ground_are_seen(way: str, ink: str) -> None:
    if way == "over an image":
        image = "q 400 0 0 40 50 690 cm BI /W 1 /H 1 /CS /RGB /BPC 8 /F /AHx ID 007060> EI Q"
        content = page(f"{image} {ink} rg")
    else:
        inner = f"0 0.44 0.376 rg 50 640 400 40 re f {ink} rg BT /F1 16 Tf 60 650 Td (Coloured) Tj ET"
        content = page("", "/X Do", form(inner), resources="/XObject<</X 6 0 R>>")
    assert hidden(content) == ""
    assert len(seen(content)) == (2 if way == "over an image" else 3)


HIDING = {
    "a thick white stroke": page("", "30 w 1 1 1 RG 50 705 m 450 705 l S"),
    "a thick white stroke, made large": page(
        "", "q 100 0 0 100 0 0 cm .3 w 1 1 1 RG .5 7.05 m 4.5 7.05 l 4.5 7.1 l S Q"
    ),
    "white outlines": page("1 1 1 RG 1 Tr"),
    "outlines without a colour": page("/G gs 1 Tr", resources="/ExtGState<</G<</CA 0>>>>"),
    "pale yellow": page("1 1 0.87 rg"),
    "a shading": page("", "q 50 690 400 30 re W n /S sh Q", resources=f"/Shading<</S {WHITE_SHADE}>>"),
    "a white glyph": page("", "1 1 1 rg BT /Z 200 Tf 40 610 Td (n) Tj ET"),
    "a clip without an area": page("40 690 m 500 690 l 500 720 l 500 690 l h W n"),
    "a layer inside other marks": page(
        "/A BMC " * 7 + "/OC /O BDC",
        "EMC " * 8,
        "<</Type/OCG/Name(x)>>",
        resources="/Properties<</O 6 0 R>>",
        root=LAYER,
    ),
}


@pytest.mark.parametrize("content", HIDING.values(), ids=HIDING)
def test_what_hides_letters_is_found(content: bytes) -> None:
    assert seen(content) == [SHOWN]
    assert all(word in hidden(content) for word in TRIED.split())


SHOWING = {
    "dark outlines": page("1 1 1 rg 1 Tr"),
    "strong yellow on white": page("1 0.8 0 rg"),
    "a thin line": page("", "1 w 50 696 m 450 696 l S"),
    "a frame": page("", "1 1 1 RG 3 w 50 690 400 30 re S"),
    "a shading below": page(
        "q 50 690 400 30 re W n /S sh Q", resources=f"/Shading<</S {WHITE_SHADE.replace('1 1 1]', '.8 .9 1]')}>>"
    ),
    "a clip with round corners": page("40 690 m 500 690 l 510 695 l 510 715 l 500 720 l 40 720 l h W n"),
}


@pytest.mark.parametrize("content", SHOWING.values(), ids=SHOWING)
def test_letters_that_are_seen_stay(content: bytes) -> None:
    assert (seen(content), hidden(content)) == ([SHOWN, TRIED], "")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ("(rate 10) Tj /F1 8 Tf -3 Ts (2) Tj", "rate 10〔2〕"),
        ("(H) Tj /F1 8 Tf -3 Ts (2) Tj 0 Ts /F1 12 Tf (O) Tj", "H2O"),
        ("(rate 3.) Tj /F1 8 Tf (65) Tj", "rate 3.65"),  # smaller, on the same line
    ],
)
def test_a_lowered_figure_does_not_run_into_the_number_before_it(parts: str, text: str) -> None:
    assert seen(page("", f"BT /F1 12 Tf 60 650 Td {parts} ET"))[-1] == text
