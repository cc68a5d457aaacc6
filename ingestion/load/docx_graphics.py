"""What stands in a Word document as a drawing: pictures and charts, which are counted, and diagrams (SmartArt)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.drawing_text import diagram_lines, diagrams

COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
DELETED = {qn("w:del"), qn("w:moveFrom")}
_UNSAID = {f"{COMPATIBILITY}Fallback", *DELETED}
_CHARTS = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
)
_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_SMALLEST = 3 * 360_000**2  # EMU: pictures below three square centimetres are icons and ornaments


def is_unsaid(element: Any) -> bool:
    """True inside a deletion, and inside what only an old Word shows in the place of a drawing: it says the same."""
    return any(parent.tag in _UNSAID for parent in element.iterancestors())


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
