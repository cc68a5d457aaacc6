"""How the letters of an element look on its page: what it declares itself and what it inherits."""

from __future__ import annotations

import re
from typing import NamedTuple

from lxml.html import HtmlElement

from ingestion.load.css import Sheets, Style, with_variables
from ingestion.load.css_color import PAPER, THINNEST, Color, Ground, ground_of, rgb
from ingestion.load.css_lengths import Measure, share

_INHERITING = {"inherit", "unset", "currentcolor", "revert", "revert-layer"}
_SIZES = {
    **{"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0},
    **{"xx-large": 32.0, "xxx-large": 48.0, "initial": 16.0},
}
_SIZE = re.compile(r"(?<![\w.#-])(?:\d*\.?\d+(?:[a-z]+|%)|0(?=[\s/])|(?:calc|min|max|clamp)\(.*?\))(?=[\s/]|$)")
_SMALLEST = 2.4  # pixels
_LINK = Color(0, 0, 238)
_SETS_ROOT = re.compile(r"documentElement[\s\S]{0,400}fontSize|fontSize[\s\S]{0,400}documentElement|\.style\.fontSize")


class Look(NamedTuple):
    """size: pixels, None where the page does not say. color: None for one that is not understood."""

    size: float | None
    visible: bool
    color: Color | None
    fill: Color | None
    named: str  # the colour's own word (navy), "" for one in figures
    ground: Ground
    ground_named: str
    opacity: float


_FIRST = Look(16.0, True, Color(0, 0, 0), None, "", PAPER, "", 1.0)


class Looks:
    """Answers for one page; its sheets are read once, each element is asked once."""

    def __init__(self, root: HtmlElement) -> None:
        self._sheets = Sheets(root)
        self._styles: dict[HtmlElement, Style] = {}
        self._looks: dict[HtmlElement, Look] = {}
        # Pages for telephones set the size of their root by a script: nobody knows then what a rem is.
        scripted = any(_SETS_ROOT.search(script.text or "") for script in root.iter("script"))
        declared = self.style(root)
        self.rem = None if scripted and "font-size" not in declared else self._size(declared, 16.0, 16.0)

    def style(self, element: HtmlElement) -> Style:
        if element not in self._styles:
            style = self._sheets.declared(element)
            for name, said in _attributes(element):
                style.setdefault(name, said.strip().lower())
            self._styles[element] = with_variables(style, map(self.style, element.iterancestors()))
        return self._styles[element]

    def look(self, element: HtmlElement) -> Look:
        if element not in self._looks:
            parent = element.getparent()
            around = self.look(parent) if parent is not None else _FIRST
            self._looks[element] = self._look(element, around)
        return self._looks[element]

    def measure(self, element: HtmlElement, whole: float | None = None) -> Measure:
        size = self.look(element).size
        return Measure(16.0 if size is None else size, self.rem, whole)

    def is_inked(self, element: HtmlElement) -> bool:
        """False where the letters of the element itself cannot be seen: hidden, tiny, or of the colour they lie on."""
        look = self.look(element)
        if not look.visible or (look.size is not None and look.size <= _SMALLEST):
            return False
        if look.named and look.named == look.ground_named:
            return False
        ink = look.fill or look.color
        if ink is None:
            return True
        if ink.alpha < THINNEST:  # seen only where the letters cut their shape out of a ground
            return any("text" in _clip(self.style(holder)) for holder in (element, *element.iterancestors()))
        if ink.is_white:  # doubtful on all that is nearly as pale
            return look.ground.carries_white
        return look.ground.color is None or not ink.is_like(look.ground.color)

    def _look(self, element: HtmlElement, around: Look) -> Look:
        style = self.style(element)
        link = element.tag == "a" and element.get("href") is not None and "color" not in style
        if not style and not link and not element.get("bgcolor"):
            return around
        visibility = style.get("visibility", "inherit")
        color, named = (_LINK, "") if link and around.color != _LINK else (around.color, around.named)
        said = style.get("color", "inherit")
        if said not in _INHERITING:
            color = rgb(said) if said != "initial" else _FIRST.color
            named = said if color is None and said.isalpha() else ""
        filled = style.get("-webkit-text-fill-color", "inherit")
        ground = ground_of(style, element.get("bgcolor") or "")
        word = style.get("background-color") or style.get("background") or (element.get("bgcolor") or "").lower()
        return Look(
            self._size(style, around.size, self.rem),
            around.visible if visibility in _INHERITING else visibility not in ("hidden", "collapse"),
            color,
            (None if filled == "currentcolor" else around.fill) if filled in _INHERITING else rgb(filled),
            named,
            ground or around.ground,
            around.ground_named if ground is None else word,
            around.opacity * _opacity(style),
        )

    def _size(self, style: Style, around: float | None, rem: float | None) -> float | None:
        said = style.get("font-size") or _font_size(style.get("font", ""))
        if not said or said in _INHERITING:
            return around
        if said in _SIZES:
            return _SIZES[said]
        if said in ("smaller", "larger"):
            return around if around is None else around * (5 / 6 if said == "smaller" else 1.2)
        return Measure(16.0 if around is None else around, rem, around).pixels(said)


def _attributes(element: HtmlElement) -> list[tuple[str, str]]:
    """What old pages say of colours without a style."""
    name = {"font": "color", "body": "text"}.get(str(element.tag))
    return [("color", element.get(name) or "")] if name and element.get(name) else []


def _font_size(font: str) -> str:
    found = _SIZE.search(font)
    return found.group() if found else ""


def _opacity(style: Style) -> float:
    opacity = share(style.get("opacity"))
    faded = re.search(r"opacity\(([^()]*)\)", style.get("filter", ""))
    through = share(faded.group(1)) if faded else None
    return min(1.0, 1.0 if opacity is None else opacity) * min(1.0, 1.0 if through is None else through)


def _clip(style: Style) -> str:
    return style.get("background-clip") or style.get("-webkit-background-clip") or ""
