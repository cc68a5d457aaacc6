"""What of a page only serves to move about in it: rows of short links, imprints, buttons. None of it is knowledge."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

_LONGEST_FURNITURE = 400  # characters, blanks among them
_FEWEST_LINKS = 3
_LONGEST_LINK = 12
_LONGEST_IMPRINT = 150
_FURTHEST_HEADING = 100  # elements before a list that are looked at
_IMPRINT = re.compile(r"ICP备\d|公网安备\d|版权所有.{2,20}(?:公司|银行)|[Cc]opyright(?:©|\(c\)|\d{4})", re.IGNORECASE)
_AMOUNT = re.compile(r"\d\s*(?:万|亿)?(?:元|美元|%|％|‰)|[¥￥$]\s*\d")
_PATH = re.compile(r"[>›»/|｜]")  # 首页 > 个人 > 存款
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


def is_furniture(element: HtmlElement) -> bool:
    """A row of short links, or the page's imprint: told by what they hold, whatever the page calls them."""
    held, size = [], 0
    for text in element.itertext():
        held.append(text)
        size += len(text)
        if size > _LONGEST_FURNITURE:
            return False
    text = "".join("".join(held).split())
    if _IMPRINT.search(text) and len(text) <= _LONGEST_IMPRINT:
        return not _AMOUNT.search(text)
    links = ["".join(link.text_content().split()) for link in element.iter("a")]
    words = re.sub(r"[\W_]+", "", text)
    linked = sum(len(re.sub(r"[\W_]+", "", link)) for link in links)
    short = (
        bool(words)
        and len(links) >= _FEWEST_LINKS
        and linked >= 0.9 * len(words)
        and max(map(len, links)) <= _LONGEST_LINK
        and not _AMOUNT.search(text)  # 挂失10元 补卡5元 says something itself
    )
    return short and not _is_told(element)


def states_an_amount(element: HtmlElement) -> bool:
    """True for what says how much something costs or bears, wherever on the page it stands."""
    return _AMOUNT.search(element.text_content()) is not None


def names_what_it_opens(button: HtmlElement) -> bool:
    """True for the button of an accordion or a tab: its words are the heading of what it shows."""
    if button.get("aria-expanded") is not None or button.get("aria-controls") is not None:
        return True
    holder = next((parent for parent in button.iterancestors() if parent.tag in {*_HEADINGS, "summary"}), None)
    return holder is not None and _words(holder) == "".join(map(_words, holder.iter("button")))


def _is_told(links: HtmlElement) -> bool:
    """A list that the page itself presents (贷款产品: three links), or a value of a table with headings."""
    parents = list(links.iterancestors())
    if any(parent.tag in ("main", "article") for parent in parents):
        return not any(_PATH.search(link.tail or "") for link in links.iter("a"))
    table = next((parent for parent in parents if parent.tag == "table"), None)
    headed = any(map(_ends_with_heading, links.iter(*_HEADINGS))) or _follows_heading(links)
    return headed or (table is not None and table.find(".//th") is not None)


def _follows_heading(element: HtmlElement) -> bool:
    """True when the last words before it are a heading; the name of the site, a link to its first page, is none."""
    at: HtmlElement | None = element
    for _ in range(_FURTHEST_HEADING):
        if at is None:
            return False
        before = at.getprevious()
        if before is None:
            at = at.getparent()
            if at is None or (at.text or "").strip():
                return False
            continue
        if (before.tail or "").strip():
            return False
        if _words(before):
            return _ends_with_heading(before)
        at = before
    return False


def _ends_with_heading(element: HtmlElement) -> bool:
    while element.tag not in _HEADINGS:
        if not len(element) or (element[-1].tail or "").strip():
            return False
        element = element[-1]
    return element.tag != "h1" or _words(element) != "".join(map(_words, element.iter("a")))


def _words(element: HtmlElement) -> str:
    return "".join(element.text_content().split())
