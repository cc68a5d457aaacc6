"""How a page sets elements beside or below each other, whatever their tags: figures of two boxes never run together."""

from __future__ import annotations

from enum import Enum, auto

from lxml.html import HtmlElement

from ingestion.load.css import Style
from ingestion.load.css_lengths import Measure

_BLOCKS = {"block", "flex", "grid", "table", "list-item", "table-row", "table-caption", "flow-root", "-webkit-box"}
_BESIDE = {"inline-block", "inline-flex", "inline-grid", "inline-table", "table-cell", "-webkit-inline-box"}
_ROWS = {"flex", "grid", "inline-flex", "inline-grid", "-webkit-box", "-webkit-flex", "-webkit-inline-box"}
_SPACE = 4.0  # pixels between two words
_ALONE = {"a", "label", "button", "input", "select", "textarea"}  # two of them side by side are two things


class Box(Enum):
    """Of an element whose tag makes no block: a piece of its line, a box in it, a line of its own.

    SPACED: a piece of the line with a little room around it, which sets figures apart.
    """

    INLINE = auto()
    SPACED = auto()
    BESIDE = auto()
    BLOCK = auto()


def box_of(element: HtmlElement, style: Style, around: Style) -> Box:
    """around: the style of its parent."""
    display = style.get("display", "")
    if around.get("display", "") in _ROWS:
        return Box.BLOCK if "column" in around.get("flex-direction", "") else Box.BESIDE
    if style.get("float", "none") in ("left", "right", "inline-start", "inline-end"):
        return Box.BESIDE
    if style.get("position") in ("absolute", "fixed"):
        return Box.BESIDE
    if display in _BLOCKS:
        return Box.BLOCK
    if display in _BESIDE or "-" in str(element.tag):
        return Box.BESIDE
    return Box.SPACED if _keeps_away(style) or _follows_its_like(element) else Box.INLINE


def _keeps_away(style: Style) -> bool:
    spaces = [style.get(f"{name}-{side}") for name in ("margin", "padding") for side in ("left", "right")]
    for name in ("margin", "padding"):
        sides = style.get(name, "").split()
        spaces += [sides[min(1, len(sides) - 1)]] if sides else []
    return any(space is not None and space >= _SPACE for space in map(Measure().pixels, spaces))


def _follows_its_like(element: HtmlElement) -> bool:
    before = element.getprevious()
    return element.tag in _ALONE and before is not None and before.tag in _ALONE and not (before.tail or "").strip()
