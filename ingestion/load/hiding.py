"""Which HTML elements a reader cannot see: by tag, attribute, inline style or the page's own style sheet.

Text that people do not see must never become knowledge, so doubtful tricks (white, 1 px, off-screen) count as hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from ingestion.load.css import Style, declarations, matches, rules
from ingestion.load.html_furniture import is_furniture, names_what_it_opens

_UNSEEN_TAGS = {
    *("script", "style", "template", "noscript", "head", "nav", "svg", "canvas", "iframe", "object", "audio", "video"),
    *("select", "option", "input", "textarea", "datalist", "map"),
}
_DELETED_TAGS = {"del", "s", "strike"}
_UNSEEN_ROLES = {"navigation", "search", "menu", "menubar", "contentinfo", "banner"}
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%)?")
_SMALLEST = {"px": 2.0, "pt": 1.5, "em": 0.15, "rem": 0.15, "%": 15.0, "": 2.0}
_FAR_OFF = -500.0
_HOLDERS = {"div", "ul", "ol", "p", "td"}


class Hiding:
    """Answers for one page; the page's <style> sheets are read once. furnished: it may hold navigation and imprints."""

    def __init__(self, root: HtmlElement, *, furnished: bool = True) -> None:
        self._furnished = furnished
        self._rules = list(rules(root))
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
        # White letters are visible on a coloured ground of their own, of a parent, or of a table cell.
        return _is_white(style.get("color", "")) and not (
            _ground(style)
            or any(_ground(self._style(parent)) or parent.get("bgcolor") for parent in element.iterancestors())
        )

    def _style(self, element: HtmlElement) -> Style:
        if element not in self._styles:
            self._styles[element] = self._declared(element)
        return self._styles[element]

    def _declared(self, element: HtmlElement) -> Style:
        style: Style = {}
        for selector, declared in self._rules:
            if matches(element, selector):
                style |= declared
        style |= declarations(element.get("style") or "")
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
    if any((offset := _number(style.get(side))) and offset[0] <= _FAR_OFF for side in ("left", "top", "right")):
        return True
    if (indent := _number(style.get("text-indent"))) and indent[0] <= _FAR_OFF:
        return True
    if "scale(0)" in style.get("transform", "").replace(" ", ""):
        return True
    return _clipped_away(style)


def _is_struck(style: Style) -> bool:
    return any("line-through" in style.get(name, "") for name in ("text-decoration", "text-decoration-line"))


def _font_size(font: str) -> str:
    found = re.search(r"\d*\.?\d+(?:px|pt|em|rem|%)", font)
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


def _is_white(color: str) -> bool:
    color = color.replace(" ", "")
    if color in ("white", "transparent", "#fff", "#ffffff", "#ffff", "#ffffffff", "hsl(0,0%,100%)"):
        return True
    if found := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", color):
        digits = found.group(1)
        step = len(digits) // 3
        return all(int(digits[at : at + step] * (3 - step), 16) >= 0xF5 for at in range(0, len(digits), step))
    if found := re.fullmatch(r"rgba?\((\d+),(\d+),(\d+)(?:,([\d.]+)(%?))?\)", color):
        if found.group(4) and float(found.group(4)) / (100 if found.group(5) else 1) < 0.1:
            return True
        return all(int(part) >= 0xF5 for part in found.groups()[:3])
    return False


def _ground(style: Style) -> bool:
    ground = style.get("background-color") or style.get("background") or ""
    return bool(ground) and ground != "none" and not _is_white(ground.split()[0])
