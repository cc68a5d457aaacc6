"""Media queries of a page: which hold for a reader at a desk.

Rules for paper, telephones and narrow windows do not: what they hide stands on the page of a wide screen.
"""

from __future__ import annotations

import re

_FEATURE = re.compile(r"\(([^()]*)\)")
_LIMIT = re.compile(r"(min|max)-(?:device-)?(width|height):(\d*\.?\d+)(px|em|rem|pt|cm|in)?")
_RANGE = re.compile(r"(?:(\d*\.?\d+)(px|em|rem)(<=?|>=?))?(width|height)(?:(<=?|>=?)(\d*\.?\d+)(px|em|rem))?")
_PIXELS = {"px": 1.0, "em": 16.0, "rem": 16.0, "pt": 4 / 3, "cm": 37.8, "in": 96.0, "": 1.0}
DESK = {"width": 1280.0, "height": 800.0}  # pixels of the window the page is read in
_NOT_AT_A_DESK = {
    *("orientation:portrait", "hover:none", "any-hover:none", "pointer:coarse", "pointer:none", "any-pointer:none"),
    *("prefers-color-scheme:dark", "prefers-reduced-motion:reduce", "prefers-contrast:more", "forced-colors:active"),
}


def applies(query: str) -> bool:
    """Whether one of these queries holds at a desk; one that is not understood does."""
    return not query.strip() or any(_holds(part.strip().lower()) for part in query.split(","))


def _holds(query: str) -> bool:
    negated, words = query.startswith("not "), query.removeprefix("not ").removeprefix("only ").split()
    if "or" in words:
        return True
    holds = words[:1] not in (["print"], ["speech"])
    for feature in _FEATURE.findall(query):
        holds = holds and _has("".join(feature.split()))
    return holds != negated


def _has(feature: str) -> bool:
    if found := _LIMIT.fullmatch(feature):
        limit = float(found.group(3)) * _PIXELS[found.group(4) or ""]
        size = DESK[found.group(2)]
        return size >= limit if found.group(1) == "min" else size <= limit
    if found := _RANGE.fullmatch(feature):
        low, low_unit, low_sign, side, sign, high, unit = found.groups()
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return (low is None or _compares(side, turned[low_sign], float(low) * _PIXELS[low_unit])) and (
            high is None or _compares(side, sign, float(high) * _PIXELS[unit])
        )
    return feature not in _NOT_AT_A_DESK


def _compares(side: str, sign: str, limit: float) -> bool:
    size = DESK[side]
    return (sign.endswith("=") and size == limit) or (size < limit if sign[0] == "<" else size > limit)
