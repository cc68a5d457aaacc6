"""Text of DrawingML, the language of slides and diagrams (SmartArt): which letters are read, in which order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ingestion.load.package import parsed

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_SMALLEST = 200  # hundredths of a point


def why_left_out(look: Any, painted: bool) -> str:
    """The code for letters that are crossed out or cannot be seen, "" for all others. look: a:rPr or None."""
    if look is not None and look.get("strike") in ("sngStrike", "dblStrike"):
        return "tracked_deletion"
    return "hidden_text" if _is_unseen(look, painted) else ""


def is_raised(look: Any) -> bool:
    """look: a:rPr or None. baseline counts thousandths of a percent (30000), or percent (30%)."""
    baseline = (look.get("baseline") or "") if look is not None else ""
    return bool(re.fullmatch(r"[1-9][\d.]*%?", baseline))


def diagrams(element: Any) -> list[str]:
    """The relations to the data of the diagrams inside this element."""
    return [ids.get(_RELATION) for ids in element.iter(f"{_DIAGRAM}relIds") if ids.get(_RELATION)]


def diagram_lines(data: bytes) -> Iterator[tuple[str, int, str]]:
    """(text, depth, why it is left out or "") of each shape of a diagram, every one before those it leads to."""
    root = parsed(data)
    points = {point.get("modelId") or f"#{at}": point for at, point in enumerate(root.iter(f"{_DIAGRAM}pt"))}
    below: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for link in root.iter(f"{_DIAGRAM}cxn"):
        if link.get("type", "parOf") == "parOf":
            order = link.get("srcOrd", "0")
            below[link.get("srcId", "")].append((int(order) if order.isdigit() else 0, link.get("destId", "")))
    told: set[str] = set()
    tops = [name for name, point in points.items() if point.get("type") == "doc"]
    for top in (*tops, *points):
        waiting = [(top, -1 if top in tops else 0)]
        while waiting:
            name, depth = waiting.pop()
            if name in told or name not in points:
                continue
            told.add(name)
            if points[name].get("type", "node") in ("node", "asst"):
                yield from _lines(points[name], max(0, depth))
            waiting.extend((child, depth + 1) for _, child in sorted(below[name], reverse=True))


def _lines(point: Any, depth: int) -> Iterator[tuple[str, int, str]]:
    for paragraph in point.iter(f"{_DRAWING}p"):
        said: list[str] = []
        for run in paragraph.iter(f"{_DRAWING}r", f"{_DRAWING}fld", f"{_DRAWING}br"):
            text = " " if run.tag == f"{_DRAWING}br" else "".join(run.itertext(f"{_DRAWING}t"))
            why = why_left_out(run.find(f"{_DRAWING}rPr"), painted=True)
            if not why:
                said.append(text)
            elif text.strip():
                yield text.strip(), depth, why
        if text := " ".join("".join(said).split()):
            yield text, depth, ""


def _is_unseen(look: Any, painted: bool) -> bool:
    if look is None:
        return False
    if (size := look.get("sz")) is not None and size.isdigit() and int(size) <= _SMALLEST:
        return True
    outline = look.find(f"{_DRAWING}ln")
    drawn = outline is not None and outline.find(f"{_DRAWING}noFill") is None  # the letters' edges
    if look.find(f"{_DRAWING}noFill") is not None:
        return not drawn
    fill = look.find(f"{_DRAWING}solidFill")
    if fill is None:
        return False
    thick = fill.find(f"*/{_DRAWING}alpha")
    if thick is not None and not drawn and re.fullmatch(r"\d{1,4}|\d%", thick.get("val") or ""):
        return True  # below a tenth
    if painted:
        return False
    color = fill.find(f"{_DRAWING}srgbClr")
    theme = fill.find(f"{_DRAWING}schemeClr")
    if color is not None:
        return bool(re.fullmatch(r"(?:F[5-9A-F]){3}", (color.get("val") or "").upper()))
    return theme is not None and theme.get("val") in ("bg1", "lt1") and not len(theme)
