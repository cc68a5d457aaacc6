"""Styles that take an element with all that is in it out of sight: not displayed, moved away, shrunk, cut off."""

from __future__ import annotations

import math
import re

from ingestion.load.css import Style
from ingestion.load.css_lengths import Measure, share
from ingestion.load.css_media import DESK
from ingestion.load.css_selectors import parted

_FAR_OFF, _FARTHER_OFF = -500.0, -5000.0  # pixels
_SMALLEST_SCALE = 0.1
_MOVED = re.compile(r"translate(?:x|y|3d)?\(([^()]*)\)")
_FUNCTION = re.compile(r"([a-z0-9-]+)\(([^()]*)\)")
_SHAPE = re.compile(r"(circle|ellipse|inset|polygon)\((.*)\)")


def is_unseen(style: Style, measure: Measure) -> bool:
    if not style:
        return False
    if style.get("display") == "none" or style.get("content-visibility") == "hidden" or style.get("mso-hide") == "all":
        return True
    if (zoom := share(style.get("zoom"))) is not None and zoom < 0.1:
        return True
    if _is_moved_away(style, measure) or _is_flat(style):
        return True
    return _is_clipped_away(style, measure)


def _is_moved_away(style: Style, measure: Measure) -> bool:
    """Out of the window, to the left or above it.

    A row of pictures shown one by one is moved by their widths, so moves and margins must be longer than that; a margin
    that a padding takes back (a stripe as wide as the window) moves nothing.
    """
    places = [style.get(name) for name in ("left", "top", "right", "bottom", "text-indent")]
    places += style.get("inset", "").split()
    moves = [style.get("translate"), *_MOVED.findall(style.get("transform", ""))]
    if not re.search(r"\d{3}", style.get("padding", "") + style.get("padding-left", "")):
        margins = style.get("margin", "").split()
        moves += [style.get("margin-left"), style.get("margin-top"), *margins[:1], *(margins[3:] or margins[1:2])]
    moved = [part for move in moves if move for part in re.split(r"[\s,]+", move.strip())]
    return (
        any(place is not None and place <= _FAR_OFF for place in map(measure.pixels, places))
        or any(move is not None and move <= _FARTHER_OFF for move in map(measure.pixels, moved))
        or _is_outside_window(style, measure)
    )


def _is_outside_window(style: Style, measure: Measure) -> bool:
    """Placed a whole window, or more, to the left or above, or very far to the right."""
    if style.get("position") not in ("absolute", "fixed", "relative", "sticky"):
        return False
    for name, side in (("left", "width"), ("top", "height")):
        place = Measure(measure.em, measure.rem, DESK[side]).pixels(style.get(name))
        if place is not None and (place <= -DESK[side] or place >= -_FARTHER_OFF):
            return True
    return False


def _is_flat(style: Style) -> bool:
    """Shrunk to a point or a line."""
    for name, inner in (*_FUNCTION.findall(style.get("transform", "")), ("scale", style.get("scale", ""))):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", inner)]
        if name in ("scale", "scalex", "scaley", "scale3d"):
            if any(abs(number) < _SMALLEST_SCALE for number in numbers[:2]):
                return True
        elif name == "matrix" and len(numbers) == 6:
            if abs(numbers[0] * numbers[3] - numbers[1] * numbers[2]) < _SMALLEST_SCALE**2:
                return True
        elif name in ("rotatex", "rotatey") and numbers and "deg" in inner and numbers[0] % 180 == 90:
            return True
    return False


def _is_clipped_away(style: Style, measure: Measure) -> bool:
    if re.match(r"rect\(\s*(?:0|1)(?:px)?[\s,]", style.get("clip", "")) or _has_no_area(style.get("clip-path", "")):
        return True
    hiding = {style.get(name, "").split(" ")[0] for name in ("overflow", "overflow-x", "overflow-y")}
    if not hiding & {"hidden", "clip"}:
        return False
    sizes = [measure.pixels(style.get(side)) for side in ("height", "width", "max-height", "max-width")]
    if any(size is not None and size <= 1 for size in sizes):
        return True
    if style.get("line-height") in ("0", "0px", "0%") and style.get("height", "auto") == "auto":
        return True
    indent = Measure(measure.em, measure.rem, 100.0).pixels(style.get("text-indent"))
    return style.get("white-space") == "nowrap" and style.get("text-indent", "").endswith("%") and (indent or 0) >= 100


def _has_no_area(path: str) -> bool:
    found = _SHAPE.search(path)
    if found is None:
        return False
    kind, inner = found.groups()
    inner = inner.split(" at ")[0].split("round")[0].strip()
    if kind == "polygon":
        return _is_line([tuple(map(_number, point.split())) for point in parted(inner.split("evenodd,")[-1])])
    parts = [_number(part) for part in inner.split()]
    if kind in ("circle", "ellipse"):
        return any(part is not None and part <= 0 for part in parts)
    if not parts or "%" not in inner:
        return False
    sides = [part if part is not None else 0.0 for part in parts]
    top, right = sides[0], sides[min(1, len(sides) - 1)]
    bottom, left = sides[2] if len(sides) > 2 else top, sides[3] if len(sides) > 3 else right
    return top + bottom >= 100 or right + left >= 100


def _is_line(points: list[tuple[float | None, ...]]) -> bool:
    """True for points, all known, that enclose nothing."""
    if not points or any(len(point) != 2 or None in point for point in points):
        return False
    known = [(point[0] or 0.0, point[1] or 0.0) for point in points]
    pairs = zip(known, (*known[1:], known[0]), strict=True)
    return math.isclose(sum(one[0] * two[1] - two[0] * one[1] for one, two in pairs), 0.0, abs_tol=1e-6)


def _number(value: str) -> float | None:
    found = re.fullmatch(r"(-?\d*\.?\d+)(?:px|%)?", value.strip())
    return float(found.group(1)) if found else None
