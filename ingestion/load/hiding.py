"""Which HTML elements a reader cannot see: by tag, attribute, inline style or the page's own style sheet.

Text that people do not see must never become knowledge, so doubtful tricks (white, 1 px, off-screen) count as hidden.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.html import HtmlElement

from ingestion.load.css import Style
from ingestion.load.css_boxes import Box, box_of
from ingestion.load.css_color import THINNEST
from ingestion.load.css_looks import Looks
from ingestion.load.css_unseen import is_unseen
from ingestion.load.html_fields import FIELDS
from ingestion.load.html_furniture import is_furniture, names_what_it_opens, states_an_amount
from ingestion.load.html_math import is_drawn_twice, stands_for_drawing

_UNSEEN_TAGS = {
    *("script", "style", "template", "noscript", "head", "nav", "svg", "canvas", "iframe", "object", "audio", "video"),
    *("option", "datalist", "map"),
    *("rt", "rp", "rtc"),  # how a word is read, set above it
}
_OF_OLD_BROWSERS = {"noframes", "noembed"}  # no browser of today shows what is in them
_DELETED_TAGS = {"del", "s", "strike"}
_UNSEEN_ROLES = {"navigation", "search", "menu", "menubar", "contentinfo", "banner"}
_HOLDERS = {"div", "ul", "ol", "p", "td"}


class Hiding:
    """Answers for one page; the page's <style> sheets are read once. furnished: it may hold navigation and imprints."""

    def __init__(self, root: HtmlElement, *, furnished: bool = True) -> None:
        self._furnished = furnished
        self._looks = Looks(root)
        self._known: dict[HtmlElement, str] = {}
        self._seen: dict[HtmlElement, bool] = {}
        self._part_unseen_words(root)

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
        return self._looks.style(element).get("vertical-align") == "super"

    def lowers(self, element: HtmlElement) -> bool:
        """True for letters below the line, by tag or style."""
        said = self._looks.style(element).get("vertical-align")
        return said == "sub" or (element.tag == "sub" and said is None)

    def box(self, element: HtmlElement) -> Box:
        """How the page sets an element beside or below its neighbours, its tag aside."""
        parent = element.getparent()
        around: Style = self._looks.style(parent) if parent is not None else {}
        return box_of(element, self._looks.style(element), around)

    def turns(self, element: HtmlElement) -> bool:
        """True for letters that are shown from the right to the left, whatever they are: 002 for a 200."""
        style = self._looks.style(element)
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
        if element.tag in _OF_OLD_BROWSERS:
            return "hidden_text"
        if is_drawn_twice(element):
            return "furniture"
        if element.tag in _UNSEEN_TAGS or (element.get("role") or "").lower() in _UNSEEN_ROLES:
            return "furniture"
        if element.tag == "button" and not names_what_it_opens(element):
            return "furniture"
        if element.get("hidden") is not None or (element.tag == "dialog" and element.get("open") is None):
            return "hidden_text"
        if self._furnished and element.tag in _HOLDERS and is_furniture(element):
            return "furniture"
        if self._furnished and _is_margin(element):
            return "furniture"
        if self._is_unseen(element) and not stands_for_drawing(element):
            return "hidden_text" if element.tag not in FIELDS else "furniture"
        return "tracked_deletion" if _is_struck(self._looks.style(element)) else ""

    def _is_unseen(self, element: HtmlElement) -> bool:
        if self._is_gone(element):
            return True
        return not self._looks.is_inked(element) and not any(self._is_seen(child) for child in element)

    def _is_gone(self, element: HtmlElement) -> bool:
        """Out of sight with all that is in it, whatever that declares itself."""
        looks = self._looks
        style = looks.style(element)
        return bool(style) and (looks.look(element).opacity < THINNEST or is_unseen(style, looks.measure(element)))

    def _is_seen(self, element: HtmlElement) -> bool:
        """True when letters of the element, or of one in it, look like letters: a child may undo what it inherits."""
        if not isinstance(element.tag, str) or self._is_gone(element):
            return False
        if element not in self._seen:
            own = bool(_own_words(element)) and self._looks.is_inked(element)
            self._seen[element] = own or any(self._is_seen(child) for child in element)
        return self._seen[element]

    def _part_unseen_words(self, root: HtmlElement) -> None:
        """Words nobody sees beside a child that is seen stand in an element of their own from here on."""
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        unseen = [one for one in elements if not self._looks.is_inked(one) and _own_words(one)]
        for element in [one for one in unseen if any(self._is_seen(child) for child in one)]:
            for place, child in reversed(list(enumerate(element))):
                if (child.tail or "").strip():
                    element.insert(place + 1, _hidden(element, child.tail or ""))
                    child.tail = None
            if (element.text or "").strip():
                element.insert(0, _hidden(element, element.text or ""))
                element.text = None


def _own_words(element: HtmlElement) -> str:
    return "".join((element.text or "", *(child.tail or "" for child in element))).strip()


def _hidden(holder: HtmlElement, words: str) -> HtmlElement:
    element: HtmlElement = holder.makeelement("span", {"hidden": ""})
    element.text = words
    return element


def _is_margin(element: HtmlElement) -> bool:
    """What stands around the text of a page, unless it bears its heading or says what something costs."""
    if element.tag not in ("header", "footer", "aside") or _inside_article(element):
        return False
    return not (element.tag == "header" and element.xpath(".//h1")) and not states_an_amount(element)


def _inside_article(element: HtmlElement) -> bool:
    return any(parent.tag in ("article", "main", "section") for parent in element.iterancestors())


def _is_struck(style: Style) -> bool:
    return any("line-through" in style.get(name, "") for name in ("text-decoration", "text-decoration-line"))
