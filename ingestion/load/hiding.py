"""Which HTML elements a reader cannot see: by tag, attribute, inline style or the page's own style sheet.

Text that people do not see must never become knowledge, so doubtful tricks (white, 1 px, off-screen) count as hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import itemgetter

from lxml.html import HtmlElement

from ingestion.load.css import Style, declarations, lay_over, matches, rules
from ingestion.load.css_color import PAPER, THINNEST, Ground, ground_of, rgb
from ingestion.load.html_furniture import is_furniture, names_what_it_opens

_UNSEEN_TAGS = {
    *("script", "style", "template", "noscript", "head", "nav", "svg", "canvas", "iframe", "object", "audio", "video"),
    *("select", "option", "input", "textarea", "datalist", "map"),
    *("rt", "rp", "rtc"),  # how a word is read, set above it
}
_DELETED_TAGS = {"del", "s", "strike"}
_UNSEEN_ROLES = {"navigation", "search", "menu", "menubar", "contentinfo", "banner"}
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%)?")
_SMALLEST = {"px": 2.0, "pt": 1.5, "em": 0.15, "rem": 0.15, "%": 15.0, "": 2.0}
_FAR_OFF, _FARTHER_OFF = -500.0, -5000.0  # pixels
_PIXELS = {"px": 1, "": 1, "pt": 4 / 3, "em": 16, "rem": 16}
_MOVED = re.compile(r"translate(?:x|y|3d)?\(([^()]*)\)")
_HOLDERS = {"div", "ul", "ol", "p", "td"}


class Hiding:
    """Answers for one page; the page's <style> sheets are read once. furnished: it may hold navigation and imprints."""

    def __init__(self, root: HtmlElement, *, furnished: bool = True) -> None:
        self._furnished = furnished
        self._rules = sorted(rules(root), key=itemgetter(1))
        self._known: dict[HtmlElement, str] = {}
        self._styles: dict[HtmlElement, Style] = {}

    def hides(self, element: HtmlElement) -> bool:
        """True when this element, whatever its parents, is not shown to a reader."""
        return bool(self.why(element))

    def why(self, element: HtmlElement) -> str:
        """Why an element is not read: "furniture" of the page, "tracked_deletion", "hidden_text"; "" when it is."""
        if not isinstance(element.tag, str):
            return "furniture"
        if element not in self._known:
            self._known[element] = self._why(element)
        return self._known[element]

    def raises(self, element: HtmlElement) -> bool:
        """True for letters above the line that no tag sets there, but a style."""
        return self._style(element).get("vertical-align") == "super"

    def turns(self, element: HtmlElement) -> bool:
        """True for letters that are shown from the right to the left, whatever they are: 002 for a 200."""
        style = self._style(element)
        backwards = (style.get("direction") or element.get("dir") or "").lower() == "rtl"
        return backwards and (element.tag == "bdo" or style.get("unicode-bidi", "").endswith("override"))

    def texts(self, root: HtmlElement) -> Iterator[tuple[str, str]]:
        """(why, text) of everything under root that is written down but not shown, furniture aside."""
        why = self.why(root)
        if why:
            text = " ".join(root.text_content().split()) if why != "furniture" else ""
            if text:
                yield why, text
            return
        for child in root:
            yield from self.texts(child)

    def _why(self, element: HtmlElement) -> str:
        if element.tag in _DELETED_TAGS:
            return "tracked_deletion"
        if element.tag in _UNSEEN_TAGS or (element.get("role") or "").lower() in _UNSEEN_ROLES:
            return "furniture"
        if element.tag == "button" and not names_what_it_opens(element):
            return "furniture"
        if element.get("hidden") is not None or (element.tag == "dialog" and element.get("open") is None):
            return "hidden_text"
        if self._furnished and element.tag in _HOLDERS and is_furniture(element):
            return "furniture"
        if self._furnished and element.tag in ("header", "footer", "aside") and not _inside_article(element):
            return "furniture" if element.tag != "header" or not element.xpath(".//h1") else ""
        if self._is_unseen(element):
            return "hidden_text"
        return "tracked_deletion" if _is_struck(self._style(element)) else ""

    def _is_unseen(self, element: HtmlElement) -> bool:
        style = self._style(element)
        if _unseen(style):
            return True
        color = rgb(style.get("color", ""))
        if color is None:
            return False
        ground = self._ground(element)
        if color.alpha < THINNEST:  # seen only where the letters cut their shape out of a ground
            return "text" not in (style.get("background-clip") or style.get("-webkit-background-clip") or "")
        if color.is_white:  # doubtful on all that is nearly as pale
            return not ground.carries_white
        return ground.color is not None and color.is_like(ground.color)

    def _ground(self, element: HtmlElement) -> Ground:
        """The nearest ground that is declared for the element or around it; the paper is white."""
        for holder in (element, *element.iterancestors()):
            if (ground := ground_of(self._style(holder), holder.get("bgcolor") or "")) is not None:
                return ground
        return PAPER

    def _style(self, element: HtmlElement) -> Style:
        if element not in self._styles:
            self._styles[element] = self._declared(element)
        return self._styles[element]

    def _declared(self, element: HtmlElement) -> Style:
        style: Style = {}
        own = declarations(element.get("style") or "")
        applying = [declared for selector, _, declared in self._rules if matches(element, selector)]
        for plain in (*(declared.plain for declared in applying), own.plain):
            lay_over(style, plain)
        for important in (*(declared.important for declared in applying), own.important):
            lay_over(style, important)
        if element.tag == "font" and (color := element.get("color")):
            style.setdefault("color", color.lower())
        return style


def _inside_article(element: HtmlElement) -> bool:
    return any(parent.tag in ("article", "main", "section") for parent in element.iterancestors())


def _unseen(style: Style) -> bool:
    if not style:
        return False
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if (opacity := _number(style.get("opacity"))) is not None and opacity[0] < 0.1:
        return True
    size = _number(style.get("font-size") or _font_size(style.get("font", "")))
    if size is not None and size[0] <= _SMALLEST.get(size[1], 0.0):
        return True
    if _is_moved_away(style):
        return True
    if "scale(0)" in style.get("transform", "").replace(" ", "") or style.get("content-visibility") == "hidden":
        return True
    if (zoom := _number(style.get("zoom"))) is not None and zoom[0] < (10 if zoom[1] == "%" else 0.1):
        return True
    if (faded := re.search(r"opacity\(\s*(\d*\.?\d+)(%?)", style.get("filter", ""))) is not None:
        return float(faded.group(1)) < (10 if faded.group(2) else 0.1)
    return _clipped_away(style)


def _is_moved_away(style: Style) -> bool:
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
    return any(place[0] <= _FAR_OFF for place in filter(None, map(_number, places))) or any(
        move[0] * _PIXELS.get(move[1], 0) <= _FARTHER_OFF for move in filter(None, map(_number, moved))
    )


def _is_struck(style: Style) -> bool:
    return any("line-through" in style.get(name, "") for name in ("text-decoration", "text-decoration-line"))


def _font_size(font: str) -> str:
    found = re.search(r"(?<![\w.#-])(?:\d*\.?\d+(?:px|pt|em|rem|%)|0(?=[\s/]))", font)
    return found.group() if found else ""


def _number(value: str | None) -> tuple[float, str] | None:
    found = _LENGTH.match(value.strip()) if value else None
    return (float(found.group(1)), found.group(2) or "") if found else None


def _clipped_away(style: Style) -> bool:
    if re.match(r"rect\(\s*(?:0|1)(?:px)?[\s,]", style.get("clip", "")) or "inset(100%)" in style.get("clip-path", ""):
        return True
    if style.get("overflow") not in ("hidden", "clip"):
        return False
    sizes = [_number(style.get(side)) for side in ("height", "width", "max-height", "max-width")]
    return any(size is not None and size[0] <= 1 and size[1] != "em" for size in sizes)
