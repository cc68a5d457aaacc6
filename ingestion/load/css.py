"""What the style sheets of a page and its elements' own styles declare, the stronger over the weaker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from ingestion.load.css_media import applies
from ingestion.load.css_selectors import Selector, selectors, unescaped
from ingestion.load.css_sheets import plain, rules

Style = dict[str, str]

_IMPORTANT = re.compile(r"!\s*important")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
_DEEPEST = 5  # variables within variables
_TELLING = {
    *("display", "visibility", "opacity", "font-size", "font", "color", "background", "background-color", "left"),
    *("bottom", "inset", "margin", "margin-left", "margin-top", "translate", "zoom", "filter", "content-visibility"),
    *("background-image", "background-clip", "vertical-align", "padding", "padding-left", "-webkit-background-clip"),
    *("top", "right", "text-indent", "clip", "clip-path", "height", "width", "max-height", "max-width", "overflow"),
    *("position", "transform", "text-decoration", "text-decoration-line", "float", "scale", "overflow-x", "overflow-y"),
    *("-webkit-text-fill-color", "line-height", "mso-hide", "direction", "unicode-bidi", "flex-direction"),
    *("margin-right", "padding-right", "white-space"),
}
_SHORT = {
    "background": ("background-color", "background-image"),
    "font": ("font-size", "line-height"),
    "margin": ("margin-left", "margin-top", "margin-right"),
    "padding": ("padding-left", "padding-right"),
    "inset": ("left", "top", "right", "bottom"),
    "overflow": ("overflow-x", "overflow-y"),
    "text-decoration": ("text-decoration-line",),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """important: what beats all that is not, wherever it stands."""

    plain: Style
    important: Style


@dataclass(frozen=True, slots=True)
class _Rule:
    selector: Selector
    place: int
    declared: Declared


class Sheets:
    """The rules of a page that may hide or show something, kept by what they ask of an element itself."""

    def __init__(self, root: HtmlElement) -> None:
        self._kept: defaultdict[str, list[_Rule]] = defaultdict(list)
        for place, (selector, declared) in enumerate(_telling(root)):
            last = selector.last
            mark = f"#{last.id}" if last.id else f".{min(last.classes)}" if last.classes else last.tag
            self._kept[mark].append(_Rule(selector, place, declared))

    def declared(self, element: HtmlElement) -> Style:
        """All that is declared for this element, as it is written."""
        style: Style = {}
        applying = self._applying(element)
        if said := element.get("style"):
            applying.append(declarations(plain(said)))
        for declared in applying:
            lay_over(style, declared.plain)
        for declared in applying:
            lay_over(style, declared.important)
        return style

    def _applying(self, element: HtmlElement) -> list[Declared]:
        if not self._kept:
            return []
        marks = ["", str(element.tag), *(f".{name}" for name in set((element.get("class") or "").split()))]
        if identity := element.get("id"):
            marks.append(f"#{identity}")
        found = [rule for mark in marks for rule in self._kept.get(mark, ()) if rule.selector.selects(element)]
        found.sort(key=lambda rule: (rule.selector.weight, rule.place))
        return [rule.declared for rule in found]


def _telling(root: HtmlElement) -> Iterator[tuple[Selector, Declared]]:
    for sheet in root.iter("style"):
        if not applies(sheet.get("media") or ""):
            continue
        for selected, body in rules(sheet.text or ""):
            declared = declarations(body)
            if any(name in _TELLING or name.startswith("--") for name in (*declared.plain, *declared.important)):
                yield from ((selector, declared) for selector in selectors(selected))


def declarations(text: str) -> Declared:
    plain_ones: Style = {}
    important: Style = {}
    for declaration in text.split(";"):
        name, _, value = declaration.partition(":")
        if value:
            said, urged = _IMPORTANT.subn("", unescaped(value).lower())
            lay_over(important if urged else plain_ones, {unescaped(name.strip()).lower(): said.strip()})
    return Declared(plain_ones, important)


def lay_over(style: Style, declared: Style) -> None:
    """Add what a stronger rule declares; a shorthand also sets all that it does not name."""
    for short, parts in _SHORT.items():
        if short in declared:
            for part in parts:
                style.pop(part, None)
    style |= declared


def with_variables(style: Style, around: Iterable[Style]) -> Style:
    """The style with the values of its variables (var(--x)); what has none is not declared at all."""
    if not any("var(" in value for value in style.values()):
        return style
    holders = (style, *around)

    def value_of(found: re.Match[str]) -> str:
        held = next((holder[found.group(1)] for holder in holders if found.group(1) in holder), found.group(2))
        return held if held is not None else "var()"

    resolved: Style = {}
    for name, value in style.items():
        for _ in range(_DEEPEST):
            if "var(" not in value or len(value) > 1_000:
                break
            value = _VARIABLE.sub(value_of, value)
        if "var(" not in value:
            resolved[name] = value.strip()
    return resolved
