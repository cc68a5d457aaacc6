"""The tree of a page as a browser builds it, whatever its source leaves out: a body, and groups of table rows."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingestion.failures import failure

_OF_A_HEAD = {"title", "meta", "link", "base", "style", "script", "noscript", "template", "basefont", "bgsound"}


def parsed(text: str) -> HtmlElement:
    """Raises PreparationFailed: no_text."""
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)  # lxml refuses a text that names an encoding
    try:
        root = document_fromstring(text, parser=HTMLParser(remove_comments=True, remove_pis=True, huge_tree=False))
    except etree.ParserError:
        raise failure("no_text") from None
    _give_body(root)
    _group_rows(root)
    return root


def _give_body(root: HtmlElement) -> None:
    """libxml2 knows no tags of HTML 5: without a <body> it leaves a <section> after a <style> in the head."""
    head, body = root.find("head"), root.find("body")
    if root.tag != "html":
        return
    if body is None and root.find("frameset") is None:
        body = etree.SubElement(root, "body")
    if head is None or body is None:
        return
    at = next((at for at, child in enumerate(head) if child.tag not in _OF_A_HEAD), None)
    said = next((at for at, child in enumerate(head) if (child.tail or "").strip()), None)
    if said is not None and (at is None or said < at):
        at, words = said + 1, head[said].tail
        head[said].tail = None
    else:
        words = None
    if at is None:
        return
    moved = list(head)[at:]
    if moved:
        moved[-1].tail = (moved[-1].tail or "") + (body.text or "")
        body.text = words
    else:
        body.text = (words or "") + (body.text or "")
    for place, child in enumerate(moved):
        body.insert(place, child)


def _group_rows(root: HtmlElement) -> None:
    """Rows right in a table stand in a <tbody>, which selectors (tbody > tr) and places (:nth-child) reckon with."""
    for table in list(root.iter("table")):
        group: HtmlElement | None = None
        for child in list(table):
            if child.tag != "tr":
                group = None if isinstance(child.tag, str) else group
                continue
            if group is None:
                group = table.makeelement("tbody", {})
                child.addprevious(group)
            group.append(child)
