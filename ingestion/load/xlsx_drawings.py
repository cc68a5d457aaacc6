"""What floats over the cells of a sheet: text boxes, shapes and diagrams are read, pictures are counted.

A box lies where its anchor is: over a hidden row or column nobody sees it.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingestion.blocks import LeftOut, Paragraph
from ingestion.load.drawing_text import diagram_lines, diagrams, why_left_out
from ingestion.load.package import parsed

_MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PLACED = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MOST_UNDER = 10_000  # rows or columns under one box that are looked at
_ORNAMENT = 1_080_000**2  # EMU, a square of 3 cm: smaller pictures are logos and icons
_FILLS = tuple(f"{_MAIN}{name}" for name in ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill"))


@dataclass(slots=True)
class Floating:
    """shown: boxes from top to bottom. left_out: what is hidden, white or struck through in them."""

    shown: list[Paragraph] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    pictures: int = 0


def floating(package: zipfile.ZipFile, sheet_path: str, hidden_rows: set[int], hidden_columns: set[int]) -> Floating:
    """sheet_path: the sheet's part. hidden_rows, hidden_columns: 1-based."""
    read = Floating()
    for drawing in _targets(package, sheet_path, "/drawing").values():
        parts = _targets(package, drawing, "/diagramData")
        for anchor in sorted(_root(package, drawing), key=_place):
            under = _is_under(anchor, hidden_rows, hidden_columns)
            for box in _boxes(anchor):
                if box.tag == f"{_PLACED}pic":
                    read.pictures += not under and _is_large(box)
                elif box.tag == f"{_PLACED}graphicFrame":
                    for part in filter(None, map(parts.get, diagrams(box))):
                        _take_diagram(read, box, package.read(part), under=under)
                else:
                    _take(read, box, box.iter(f"{_PLACED}txBody"), under=under, painted=_is_painted(box))
    return read


def _targets(package: zipfile.ZipFile, part: str, kind: str) -> dict[str, str]:
    """The parts that one refers to by relations of a kind, by their ids."""
    folder, _, name = part.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in package.namelist():
        return {}
    found = {}
    for relation in _root(package, relations):
        if relation.get("Type", "").endswith(kind) and relation.get("TargetMode") != "External":
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            if path in package.namelist():
                found[relation.get("Id", "")] = path
    return found


def _root(package: zipfile.ZipFile, part: str) -> Any:
    return parsed(package.read(part))


def _place(anchor: Any, corner: str = "from") -> tuple[int, int]:
    row, column = (anchor.findtext(f"{_PLACED}{corner}/{_PLACED}{name}") for name in ("row", "col"))
    return int(row or 0), int(column or 0)


def _is_under(anchor: Any, hidden_rows: set[int], hidden_columns: set[int]) -> bool:
    """Whether it shrinks with its cells, and all of their rows or all of their columns are hidden."""
    if anchor.tag != f"{_PLACED}twoCellAnchor" or anchor.get("editAs", "twoCell") != "twoCell":
        return False
    (top, left), (bottom, right) = _place(anchor), _place(anchor, "to")
    rows = range(top + 1, min(max(top, bottom), top + _MOST_UNDER) + 2)
    columns = range(left + 1, min(max(left, right), left + _MOST_UNDER) + 2)
    return all(row in hidden_rows for row in rows) or all(column in hidden_columns for column in columns)


def _boxes(anchor: Any) -> Iterator[Any]:
    for box in anchor.iter(f"{_PLACED}sp", f"{_PLACED}pic", f"{_PLACED}graphicFrame"):
        if not any(True for _ in box.iterancestors(_FALLBACK)):
            yield box


def _is_large(picture: Any) -> bool:
    size = picture.find(f"{_PLACED}spPr/{_MAIN}xfrm/{_MAIN}ext")
    if size is None:
        size = next(picture.iterancestors(f"{_PLACED}oneCellAnchor", f"{_PLACED}absoluteAnchor"), picture)
        size = size.find(f"{_PLACED}ext")
    return size is None or int(size.get("cx", 0)) * int(size.get("cy", 0)) >= _ORNAMENT


def _is_hidden(box: Any) -> bool:
    """By its own mark, or by that of a group it is in."""
    groups = (group.find(f"{_PLACED}nvGrpSpPr/{_PLACED}cNvPr") for group in box.iterancestors(f"{_PLACED}grpSp"))
    marks = (box.find(f".//{_PLACED}cNvPr"), *groups)
    return any(mark is not None and mark.get("hidden") in ("1", "true") for mark in marks)


def _take_diagram(read: Floating, box: Any, data: bytes, *, under: bool) -> None:
    hidden = under or _is_hidden(box)
    shown: list[str] = []
    for text, _, why in diagram_lines(data):
        if code := "hidden_text" if hidden else why:
            read.left_out.append(LeftOut(code, text))
        else:
            shown.append(text)
    if shown:
        read.shown.append(Paragraph("\n".join(shown)))


def _take(read: Floating, box: Any, bodies: Any, *, under: bool, painted: bool) -> None:
    hidden = under or _is_hidden(box)
    default = box.find(f"{_PLACED}style/{_MAIN}fontRef")
    shown: list[str] = []
    for body in bodies:
        for paragraph in body.iter(f"{_MAIN}p"):
            line = ""
            for run in paragraph.iter(f"{_MAIN}r", f"{_MAIN}fld", f"{_MAIN}br"):
                text = run.findtext(f"{_MAIN}t") or ("\n" if run.tag == f"{_MAIN}br" else "")
                code = "hidden_text" if hidden else _fate(run.find(f"{_MAIN}rPr"), default, painted)
                if not code:
                    line += text
                elif text.strip():
                    read.left_out.append(LeftOut(code, text.strip()))
            shown += [" ".join(part.split()) for part in line.split("\n") if part.strip()]
    if shown:
        read.shown.append(Paragraph("\n".join(shown)))


def _fate(look: Any, default: Any, painted: bool) -> str:
    """The code that leaves a run out: it is white on no ground, too small to read or struck through."""
    own = look.find(f"{_MAIN}solidFill") if look is not None else None
    if not painted and _is_white(own if own is not None else default):
        return "hidden_text"
    return why_left_out(look, painted=True)


def _is_painted(shape: Any) -> bool:
    properties = shape.find(f"{_PLACED}spPr")
    fill = next((child for child in properties if child.tag in _FILLS), None) if properties is not None else None
    if fill is None:
        styled = shape.find(f"{_PLACED}style/{_MAIN}fillRef")
        return styled is not None and styled.get("idx") != "0" and not _is_white(styled)
    return fill.tag != f"{_MAIN}noFill" and not _is_white(fill)


def _is_white(holder: Any) -> bool:
    color = next(iter(holder), None) if holder is not None else None
    if color is None or any(child.tag in (f"{_MAIN}lumMod", f"{_MAIN}shade") for child in color):
        return False
    if color.tag == f"{_MAIN}schemeClr":
        return color.get("val") in ("bg1", "lt1")
    value = color.get("lastClr" if color.tag == f"{_MAIN}sysClr" else "val", "").upper()
    return len(value) == 6 and all(value[at] == "F" and value[at + 1] >= "5" for at in (0, 2, 4))
