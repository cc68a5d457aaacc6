"""What stands in a Word document as a drawing: pictures and charts, which are counted, and diagrams (SmartArt)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.drawing_text import diagram_lines, diagrams

_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# What the Word of today understands; of any other alternative it shows the one for older programs.
_UNDERSTOOD = re.compile(
    r"http://(schemas\.microsoft\.com/office/([a-z]+/20\d\d/|mac/)|schemas\.openxmlformats\.org/|purl\.oclc\.org/ooxml/)"
    r"|urn:schemas-microsoft-com:"
)
DELETED = {qn("w:del"), qn("w:moveFrom")}
_CHARTS = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
)
_VML = "{urn:schemas-microsoft-com:vml}"
_IMAGE = f"{_VML}imagedata"
WORD_ART = f"{_VML}textpath"
_HIDDEN_SHAPE = re.compile(r"(?:^|;)\s*visibility\s*:\s*hidden", re.IGNORECASE)
_SMALLEST = 3 * 360_000**2  # EMU: pictures below three square centimetres are icons and ornaments


def settle(root: Any) -> None:
    """Puts in the place of each choice between alternatives (mc:AlternateContent) the one that Word shows."""
    for choice in list(root.iter(f"{_COMPATIBILITY}AlternateContent")):
        parent = choice.getparent()
        if parent is None:
            continue
        shown = next((one for one in choice if _is_shown(one)), None)
        at = parent.index(choice)
        parent[at : at + 1] = list(shown) if shown is not None else []


def _is_shown(alternative: Any) -> bool:
    if alternative.tag == f"{_COMPATIBILITY}Fallback":
        return True
    needed = (alternative.get("Requires") or "").split()
    spaces = (alternative.nsmap.get(name) for name in needed)
    return alternative.tag == f"{_COMPATIBILITY}Choice" and all(_UNDERSTOOD.match(one) for one in spaces if one)


def is_unsaid(element: Any) -> bool:
    """True inside a deletion."""
    return any(parent.tag in DELETED for parent in element.iterancestors())


def stands_in_the_line(drawing: Any) -> bool:
    """False for what floats beside the letters. drawing: w:drawing, w:pict or w:object."""
    if drawing.tag == qn("w:drawing"):
        return drawing.find(qn("wp:inline")) is not None
    shapes = (one for one in drawing if str(one.tag).startswith(_VML))
    return not any("position:absolute" in (one.get("style") or "").replace(" ", "") for one in shapes)


def word_art(path: Any) -> str:
    """The letters of a v:textpath, which stand in an attribute."""
    return "" if path.get("on") in ("f", "false") else " ".join((path.get("string") or "").split())


def is_hidden_shape(shape: Any) -> bool:
    """shape: an element of VML."""
    return bool(_HIDDEN_SHAPE.search(shape.get("style") or ""))


def is_hidden(drawing: Any) -> bool:
    """drawing: wp:anchor or wp:inline, which the selection pane can hide."""
    named = drawing.find(qn("wp:docPr"))
    return named is not None and named.get("hidden", "0") in ("1", "true")


def count(body: Any) -> tuple[int, int]:
    """(charts, pictures). An embedded object, a formula of an old editor among them, is a picture of itself."""
    charts = pictures = 0
    for drawing in body.iter(qn("w:drawing"), qn("w:pict"), qn("w:object")):
        if is_unsaid(drawing):
            continue
        if next(drawing.iter(*_CHARTS), None) is not None:
            charts += 1
        elif drawing.tag == qn("w:drawing"):
            pictures += next(drawing.iter(qn("pic:pic")), None) is not None and _area(drawing) >= _SMALLEST
        else:
            pictures += next(drawing.iter(_IMAGE), None) is not None
    return charts, pictures


def diagram_texts(paragraph: Any, parts: Any) -> Iterator[tuple[str, int, str]]:
    """(text, depth, why it is left out or "") of the paragraph's diagrams. parts: by relation."""
    for drawing in paragraph.iter(qn("w:drawing")):
        if next(drawing.iterancestors(qn("w:p"))) is paragraph and not is_unsaid(drawing):
            for relation in diagrams(drawing):
                if relation in parts:
                    yield from diagram_lines(parts[relation].blob)


def _area(drawing: Any) -> int:
    extent = next(drawing.iter(qn("wp:extent")), None)
    if extent is None:
        return _SMALLEST
    wide, high = extent.get("cx", ""), extent.get("cy", "")
    return int(wide) * int(high) if wide.isdigit() and high.isdigit() else _SMALLEST
