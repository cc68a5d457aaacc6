"""How the shapes of a slide lie over each other: which ones cover a text, and which carry its white letters.

Shapes are drawn in the order of the file; those of master and layout lie under all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pptx.oxml.ns import qn

from ingestion.load import pptx_ground

_RECTANGLES = ("rect", "roundRect", "snip1Rect", "round1Rect", "flowChartProcess")
_BEHIND = 0.1  # of a text's box: a ground under less of it is not the text's
_ALL = 0.99
_OFF = ("0", "false")


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape with its place on the slide, groups undone. EMU. hidden: by its own mark or that of a group around it."""

    shape: Any
    left: float
    top: float
    wide: float
    high: float
    hidden: bool

    def share_under(self, other: Placed) -> float:
        """How much of this shape lies within the other one's box."""
        across = min(self.left + self.wide, other.left + other.wide) - max(self.left, other.left)
        down = min(self.top + self.high, other.top + other.high) - max(self.top, other.top)
        area = self.wide * self.high
        return max(0.0, across) * max(0.0, down) / area if area else 0.0


class Layers:
    """One slide's shapes. painted: its ground carries white letters."""

    def __init__(self, slide: Any, painted: bool) -> None:
        self._painted = painted
        self.shapes = list(leaves(slide.shapes))
        self._order = {id(placed.shape._element): at for at, placed in enumerate(self.shapes)}
        self._moved = {target.get("spid") for target in slide._element.iter(qn("p:spTgt"))}
        self._part = slide.part
        self._slide = slide
        self._below: list[Placed] | None = None
        self._lids: list[tuple[int, Placed]] | None = None

    def covers(self, placed: Placed) -> bool:
        """True when a later shape lies over all of this one. What comes or goes while showing covers nothing."""
        if self._lids is None:
            self._lids = [(at, one) for at, one in enumerate(self.shapes) if self._is_lid(one)]
        own = self._order[id(placed.shape._element)]
        return any(at > own and placed.share_under(one) >= _ALL for at, one in self._lids)

    def carries_white(self, placed: Placed) -> bool:
        """Whether white letters of this shape can be read on its own fill or on what lies under it."""
        own = pptx_ground.paint_of(placed.shape)
        if own is not None:
            return own
        under = (*self._furniture(), *self.shapes[: self._order[id(placed.shape._element)]])
        for one in reversed(under):
            share = placed.share_under(one)
            paint = None if one.hidden or share < _BEHIND else pptx_ground.paint_of(one.shape)
            if paint:
                return True
            if paint is False and share >= _ALL:
                return False
        return self._painted

    def _furniture(self) -> Sequence[Placed]:
        """What master and layout draw; their placeholders are only forms."""
        if self._below is None:
            layout = self._slide.slide_layout
            sheets = [] if self._slide._element.get("showMasterSp") in _OFF else [layout]
            if sheets and layout._element.get("showMasterSp") not in _OFF:
                sheets.insert(0, layout.slide_master)
            drawn = (placed for sheet in sheets for placed in leaves(sheet.shapes))
            self._below = [placed for placed in drawn if not placed.shape.is_placeholder]
        return self._below

    def _is_lid(self, placed: Placed) -> bool:
        element = placed.shape._element
        if placed.hidden or self._is_moved(element) or _is_turned(element):
            return False
        form = element.find(f"{qn('p:spPr')}/{qn('a:prstGeom')}")
        if form is None or form.get("prst") not in _RECTANGLES:
            return False
        if element.tag == qn("p:pic"):
            return self._is_opaque(element)
        return element.tag == qn("p:sp") and pptx_ground.is_solid(element)

    def _is_moved(self, element: Any) -> bool:
        """By the animation of the slide, by itself or in a group."""
        groups = element.iterancestors(qn("p:grpSp"))
        return bool(self._moved) and any(_mark(one).get("id") in self._moved for one in (element, *groups))

    def _is_opaque(self, picture: Any) -> bool:
        """JPEGs, and PNGs without a channel or a colour that lets the ground through."""
        blip = picture.find(f"{qn('p:blipFill')}/{qn('a:blip')}")
        relation = blip.get(qn("r:embed")) if blip is not None else None
        if relation not in self._part.rels or any(child.tag != qn("a:extLst") for child in blip):
            return False
        content: bytes = self._part.related_part(relation).blob
        plain = content[:8] == b"\x89PNG\r\n\x1a\n" and content[25:26] in (b"\x00", b"\x02", b"\x03")
        return content[:2] == b"\xff\xd8" or (plain and b"tRNS" not in content)


def leaves(
    shapes: Any, scale: tuple[float, float, float, float] = (1.0, 1.0, 0.0, 0.0), *, hidden: bool = False
) -> Iterator[Placed]:
    """Every shape that is no group, in the slide's own coordinates. scale: factors and offsets of the groups around."""
    by_x, by_y, from_x, from_y = scale
    for shape in shapes:
        left, top = (shape.left or 0) * by_x + from_x, (shape.top or 0) * by_y + from_y
        unseen = hidden or _mark(shape._element).get("hidden") in ("1", "true")  # in the selection pane
        if shape._element.tag != qn("p:grpSp"):
            yield Placed(shape, left, top, (shape.width or 0) * by_x, (shape.height or 0) * by_y, unseen)
            continue
        inner = shape._element.find(f"{qn('p:grpSpPr')}/{qn('a:xfrm')}")
        start = inner.find(qn("a:chOff")) if inner is not None else None
        size = inner.find(qn("a:chExt")) if inner is not None else None
        x, y = (int(start.get("x")), int(start.get("y"))) if start is not None else (0, 0)
        wide, high = (int(size.get("cx")), int(size.get("cy"))) if size is not None else (0, 0)
        x_factor = by_x * (shape.width / wide if wide else 1.0)
        y_factor = by_y * (shape.height / high if high else 1.0)
        within = (x_factor, y_factor, left - x * x_factor, top - y * y_factor)
        yield from leaves(shape.shapes, within, hidden=unseen)


def _mark(element: Any) -> Any:
    """The name and number of a shape; the first ones within a group are its own."""
    found = element.find(f".//{qn('p:cNvPr')}")
    return found if found is not None else {}


def _is_turned(element: Any) -> bool:
    frame = element.find(f"{qn('p:spPr')}/{qn('a:xfrm')}")
    return frame is not None and frame.get("rot", "0") != "0"
