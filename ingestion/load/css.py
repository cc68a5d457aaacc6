"""The style sheets of a page, as far as they tell what a reader at a desk sees: plain selectors, media queries.

Rules for paper, telephones and narrow windows do not apply: what they hide stands on the page of a wide screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

Style = dict[str, str]
Weight = tuple[int, int, int]  # how many ids, classes and tags a selector names: the greater beats the smaller

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_IMPORTANT = re.compile(r"!\s*important")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTOR = re.compile(r"([a-zA-Z][\w-]*|\*)?((?:[.#][\w-]+)*)")
_MEDIA = re.compile(r"@(?:media|container)\b([^{};]*)\{", re.IGNORECASE)
_BRACE = re.compile(r"[{}]")
_FEATURE = re.compile(r"\(([^()]*)\)")
_LIMIT = re.compile(r"(min|max)-(?:device-)?(width|height):(\d*\.?\d+)(px|em|rem|pt|cm|in)?")
_RANGE = re.compile(r"(?:(\d*\.?\d+)(px|em|rem)(<=?|>=?))?(width|height)(?:(<=?|>=?)(\d*\.?\d+)(px|em|rem))?")
_PIXELS = {"px": 1.0, "em": 16.0, "rem": 16.0, "pt": 4 / 3, "cm": 37.8, "in": 96.0, "": 1.0}
_DESK = {"width": 1280.0, "height": 800.0}  # pixels of the window the page is read in
_NOT_AT_A_DESK = {
    *("orientation:portrait", "hover:none", "any-hover:none", "pointer:coarse", "pointer:none", "any-pointer:none"),
    *("prefers-color-scheme:dark", "prefers-reduced-motion:reduce", "prefers-contrast:more", "forced-colors:active"),
}
_TELLING = {
    *("display", "visibility", "opacity", "font-size", "font", "color", "background", "background-color", "left"),
    *("bottom", "inset", "margin", "margin-left", "margin-top", "translate", "zoom", "filter", "content-visibility"),
    *("background-image", "background-clip", "vertical-align", "padding", "padding-left"),
    *("top", "right", "text-indent", "clip", "clip-path", "height", "width", "max-height", "max-width", "overflow"),
    *("position", "transform", "text-decoration", "text-decoration-line"),
}
_SHORT = {
    "background": ("background-color", "background-image"),
    "font": ("font-size",),
    "margin": ("margin-left", "margin-top"),
    "inset": ("left", "top", "right", "bottom"),
    "text-decoration": ("text-decoration-line",),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """important: what beats all that is not, wherever it stands."""

    plain: Style
    important: Style


def rules(root: HtmlElement) -> Iterator[tuple[list[str], Weight, Declared]]:
    """Each rule that may hide or show something: its selector in parts, outermost first, and what it declares."""
    for sheet in root.iter("style"):
        if not _applies(sheet.get("media") or ""):
            continue
        for selectors, body in _RULE.findall(_applying(_COMMENT.sub("", sheet.text or ""))):
            declared = declarations(body)
            if not (declared.plain.keys() | declared.important.keys()) & _TELLING:
                continue
            for selector in selectors.split(","):
                parts = selector.replace(">", " ").split()
                if parts and all(_SELECTOR.fullmatch(part) for part in parts):
                    yield parts, _weight(parts), declared


def _applying(sheet: str) -> str:
    """The sheet without the blocks whose media query does not hold."""
    kept: list[str] = []
    start = 0
    for found in _MEDIA.finditer(sheet):
        if found.start() >= start and not _applies(found.group(1)):
            kept.append(sheet[start : found.start()])
            start = _end_of_block(sheet, found.end())
    return "".join((*kept, sheet[start:]))


def _end_of_block(sheet: str, start: int) -> int:
    depth = 1
    for brace in _BRACE.finditer(sheet, start):
        depth += 1 if brace.group() == "{" else -1
        if not depth:
            return brace.end()
    return len(sheet)


def _applies(query: str) -> bool:
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
        size = _DESK[found.group(2)]
        return size >= limit if found.group(1) == "min" else size <= limit
    if found := _RANGE.fullmatch(feature):
        low, low_unit, low_sign, side, sign, high, unit = found.groups()
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return (low is None or _compares(side, turned[low_sign], float(low) * _PIXELS[low_unit])) and (
            high is None or _compares(side, sign, float(high) * _PIXELS[unit])
        )
    return feature not in _NOT_AT_A_DESK


def _compares(side: str, sign: str, limit: float) -> bool:
    size = _DESK[side]
    return (sign.endswith("=") and size == limit) or (size < limit if sign[0] == "<" else size > limit)


def declarations(text: str) -> Declared:
    plain: Style = {}
    important: Style = {}
    for declaration in text.split(";"):
        name, _, value = declaration.partition(":")
        if value:
            said, urged = _IMPORTANT.subn("", value.lower())
            (important if urged else plain)[name.strip().lower()] = said.strip()
    return Declared(plain, important)


def _weight(parts: list[str]) -> Weight:
    selector = " ".join(parts)
    tags = sum(part[0] not in ".#*" for part in parts)
    return selector.count("#"), selector.count("."), tags


def lay_over(style: Style, declared: Style) -> None:
    """Add what a stronger rule declares; a shorthand also sets all that it does not name."""
    for short, parts in _SHORT.items():
        if short in declared:
            for part in parts:
                style.pop(part, None)
    style |= declared


def matches(element: HtmlElement, parts: list[str]) -> bool:
    if not _is(element, parts[-1]):
        return False
    remaining = parts[:-1]
    for parent in element.iterancestors():
        if not remaining:
            break
        if _is(parent, remaining[-1]):
            remaining = remaining[:-1]
    return not remaining


def _is(element: HtmlElement, selector: str) -> bool:
    found = _SELECTOR.fullmatch(selector)
    if found is None or not isinstance(element.tag, str):
        return False
    tag, marks = found.group(1), re.findall(r"([.#])([\w-]+)", found.group(2))
    if tag not in (None, "*") and tag.lower() != element.tag:
        return False
    if not tag and not marks:
        return False
    classes = (element.get("class") or "").split()
    return all(name in classes if sign == "." else name == element.get("id") for sign, name in marks)
