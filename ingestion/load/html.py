"""HTML: visible headings, paragraphs, lists and tables of a page, without navigation, scripts and hidden elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml.html import HtmlElement

from app.knowledge.preparing import PreparationFailed
from app.knowledge.visible import BACKWARDS, ENDS
from ingestion.blocks import Block, Heading, Item, LeftOut, Loaded, Paragraph, Table
from ingestion.decoding import decode
from ingestion.load.css_boxes import Box
from ingestion.load.hiding import Hiding
from ingestion.load.html_fields import FIELDS, field_text
from ingestion.load.html_furniture import states_an_amount
from ingestion.load.html_lists import list_markers
from ingestion.load.html_math import formula_text
from ingestion.load.html_source import parsed
from ingestion.load.html_tables import row_span, span, table_rows, values_below
from ingestion.load.merged_names import merged_header_rows
from ingestion.notes import raised
from ingestion.tables import Cell, grid, rows_as_text, table_from

_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)  # one that is not closed goes on to the end
_SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_WIDTHLESS = re.compile("[\\u00ad\\u200b\\u2060\\ufeff]")  # where a line may or may not break
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCK_TAGS = {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "ol", "p", "pre"),
    *("section", "summary", "table", "ul", "caption", "tr", "td", "th", "tbody", "thead", "tfoot", "button"),
    *("legend", "hgroup", "search", "menu", "dir", "optgroup", "listing", "xmp", *_HEADINGS),
}
_PICTURES = {"img", "svg", "canvas", "iframe", "object", "video", "audio", "embed", "button", "del", "s", "strike"}
_ROOM = re.compile("[ \x01]*\x01[ \x01]*")
_GAP, _BETWEEN = "\x01", "\x02"  # room between two things in one line; room between two figures or Latin words only
_AS_WRITTEN = str.maketrans({"\v": "\n", _GAP: " ", _BETWEEN: " "})
_SET_APART = re.compile("(?<=[0-9A-Za-z])\x02+(?=[0-9A-Za-z])")


def load(content: bytes, *, furnished: bool = True) -> Loaded:
    """As page, of the bytes of a file."""
    return page(_text_of(content), furnished=furnished)


def page(text: str, *, furnished: bool = True) -> Loaded:
    """The page of this source. furnished: there may be navigation and imprints around what it has to say.

    Raises PreparationFailed: no_text.
    """
    comments = [LeftOut("comment_left_out", comment) for comment in _comments(text)]
    try:
        root = parsed(text)
    except PreparationFailed:
        if not comments:
            raise
        return Loaded((), left_out=tuple(comments))
    title = " ".join((root.findtext(".//title") or "").split())
    reader = _Page(root, furnished=furnished)
    mains = [main for main in root.iter("main") if furnished and not reader.hiding.hides(main)]
    body = root.find("body") if root.find("body") is not None else root
    left_out = [LeftOut(why, text) for why, text in reader.hiding.texts(body)]
    starts = [*_beside(mains[0], reader.hiding)] if len(mains) == 1 else [body]
    blocks = tuple(block for start in starts for block in reader.blocks(start))
    return Loaded(blocks, title=title, left_out=(*left_out, *comments))


def _beside(main: HtmlElement, hiding: Hiding) -> list[HtmlElement]:
    """The main part of a page, between what states an amount before and behind it."""
    found = [main]
    for holder in (main, *(parent for parent in main.iterancestors() if parent.tag not in ("body", "html"))):
        for before in (True, False):
            for other in holder.itersiblings(preceding=before):
                if isinstance(other.tag, str) and states_an_amount(other) and not hiding.hides(other):
                    found.insert(0 if before else len(found), other)
    return found


def _comments(text: str) -> Iterator[str]:
    """Comments that say something; marks of templates and switched-off pieces of the page do not."""
    for found in _COMMENT.finditer(_SCRIPT.sub("", text)):
        said = " ".join(re.sub(r"<[^>]{0,1000}>", " ", found.group(1)).split())
        if re.search(r"[\u3400-\u9fff]|\w \w", said) and not said.startswith("[if"):
            yield said


def _text_of(content: bytes) -> str:
    declared = _CHARSET.search(content[:2048])
    return decode(content, declared.group(1).decode() if declared else "")


class _Page:
    def __init__(self, root: HtmlElement, *, furnished: bool) -> None:
        self.hiding = Hiding(root, furnished=furnished)
        self._told: set[HtmlElement] = set()  # tables of values, read together with their names

    def blocks(self, element: HtmlElement) -> Iterator[Block]:
        if self.hiding.hides(element):
            return
        tag = element.tag
        if tag in _HEADINGS:
            if text := self.text(element):
                yield Heading(text, _HEADINGS[tag])
        elif tag in ("ul", "ol"):
            yield from self._list(element, 0)
        elif tag == "dl":
            yield from self._definitions(element)
        elif tag == "table":
            yield from self._table(element)
        elif tag == "pre":
            if text := self.text(element, keep_lines=True):
                yield Paragraph(text)
        else:
            yield from self._flow(element)

    def _flow(self, element: HtmlElement) -> Iterator[Block]:
        """Runs of inline content become paragraphs; block children speak for themselves."""
        turned = BACKWARDS if self.hiding.turns(element) else ""
        run: list[str] = [turned, element.text or ""]
        for child in element:
            if isinstance(child.tag, str) and self._is_block(child):
                if text := _clean("".join(run)):
                    yield Paragraph(text)
                run = [turned]
                yield from self.blocks(child)
            else:
                self._gather(child, run)
            run.append(child.tail or "")
        if text := _clean("".join(run)):
            yield Paragraph(text)

    def _is_block(self, element: HtmlElement) -> bool:
        if element.tag in _BLOCK_TAGS or self.hiding.box(element) is Box.BLOCK:
            return True
        return any(self._is_block(child) for child in element if _is_tag(child))

    def _list(self, element: HtmlElement, depth: int) -> Iterator[Block]:
        items = [child for child in element if not self.hiding.hides(child)]
        markers = iter(list_markers(element, [child for child in items if child.tag not in ("ul", "ol")]))
        for child in items:
            if child.tag in ("ul", "ol"):
                yield from self._list(child, depth + 1)
            else:
                yield from self._item(child, next(markers), depth)

    def _item(self, element: HtmlElement, marker: str, depth: int) -> Iterator[Block]:
        """The item's words up to what stands in blocks of its own; what it says below them is a paragraph."""
        pieces: list[str] = [element.text or ""]

        def said() -> Iterator[Block]:
            nonlocal marker
            if text := _clean("".join(pieces)):
                yield Item(marker + text, depth) if marker else Paragraph(text)
                marker = ""
            pieces.clear()

        for part in element:
            if part.tag in ("ul", "ol", "table", "pre") and not self.hiding.hides(part):
                yield from said()
                yield from self._list(part, depth + 1) if part.tag in ("ul", "ol") else self.blocks(part)
            else:
                self._gather(part, pieces)
            pieces.append(part.tail or "")
        yield from said()

    def _definitions(self, element: HtmlElement) -> Iterator[Block]:
        term, answered = "", True
        for child in element.iter("dt", "dd"):
            if self.hiding.hides(child):
                continue
            text = self.text(child)
            if child.tag == "dt":
                if not answered:
                    yield Item(term)
                term, answered = text, not text
            elif term.endswith(("：", "？", "?")) and answered:
                yield Paragraph(text)  # the answer goes on
            else:
                joint = "\n" if not term or term.endswith(("：", "？", "?")) else "："
                yield Item(f"{term}{joint}{text}".strip())
                answered = True
        if not answered:
            yield Item(term)

    def _table(self, element: HtmlElement) -> Iterator[Block]:
        if self.hiding.hides(element) or element in self._told:
            return
        if element.get("role") == "presentation" or (element.find(".//table") is not None and not _is_data(element)):
            yield from (block for cell in element.iter("td", "th") for block in self._layout(cell, element))
            return
        table, caption = self._table_of(element), element.find("caption")
        if table is not None:
            text = self.text(caption) if caption is not None else ""
            yield replace(table, caption="\n".join(filter(None, (text, table.caption))))

    def _table_of(self, element: HtmlElement) -> Table | None:
        values = values_below(element, self.hiding.hides)
        if values is not None:
            self._told.add(values)
        rows: list[list[Cell]] = []
        headed = 0
        row_headed = False
        for row, cells in (pair for part in (element, values) if part is not None for pair in self._rows(part)):
            parent = row.getparent()
            if headed == len(rows) and (
                (parent is not None and parent.tag == "thead") or all(cell.tag == "th" for cell in cells)
            ):
                headed = len(rows) + 1
            elif cells[0].tag == "th":
                row_headed = True  # names stand at the left: the first row is a value like the others
            rows.append([Cell(self.text(cell), span(cell, "colspan"), self._row_span(cell)) for cell in cells])
        if headed == len(rows) > 1:  # where every cell is marked as a name, the marks say nothing
            headed = 0
        headed = max(headed, merged_header_rows(rows))
        return table_from(grid(rows), headed if headed or row_headed else None)

    def _rows(self, table: HtmlElement) -> Iterator[tuple[HtmlElement, list[HtmlElement]]]:
        return table_rows(table, self.hiding.hides)

    def _row_span(self, cell: HtmlElement) -> int:
        return row_span(cell, self.hiding.hides)

    def _layout(self, cell: HtmlElement, table: HtmlElement) -> Iterator[Block]:
        owner = next(cell.iterancestors("table"))
        if owner is table:
            yield from self.blocks(cell)

    def text(self, element: HtmlElement, *, keep_lines: bool = False) -> str:
        pieces: list[str] = [BACKWARDS if self.hiding.turns(element) else "", element.text or ""]
        for child in element:
            self._gather(child, pieces)
            pieces.append(child.tail or "")
        if keep_lines:
            return _WIDTHLESS.sub("", "".join(pieces)).translate(_AS_WRITTEN).strip("\n")
        return _clean("".join(pieces))

    def _gather(self, element: HtmlElement, pieces: list[str]) -> None:
        if not _is_tag(element):
            return
        if element.tag in ("br", "hr"):
            pieces.append("\v")
            return
        if self.hiding.hides(element) or element in self._told:
            pieces.append(_BETWEEN if element.tag in _PICTURES else "")  # something stands between the words
            return
        if element.tag in FIELDS or element.tag == "math":
            said = field_text(element) if element.tag in FIELDS else formula_text(element, self.hiding.hides)
            pieces.append(f"{_GAP}{said}{_GAP}")
            return
        if element.tag == "table":  # inside a cell or a line: each value beside its heading
            inner = self._table_of(element)
            pieces.extend(f"\v{'；'.join(cells)}\v" for cells in (rows_as_text(inner) if inner is not None else ()))
            return
        if element.tag == "sup" or (element.tag not in _BLOCK_TAGS and self.hiding.raises(element)):
            pieces.append(raised(" ".join(self.text(element).split()), "".join(pieces[-1:])))
            return
        if element.tag not in _BLOCK_TAGS and self.hiding.lowers(element):
            pieces.append(_lowered(" ".join(self.text(element).split()), "".join(pieces[-3:]), element.tail or ""))
            return
        box = Box.BLOCK if element.tag in _BLOCK_TAGS else self.hiding.box(element)
        if element.tag in _PICTURES:
            box = Box.SPACED if box is Box.INLINE else box
        around = {Box.BLOCK: "\v", Box.BESIDE: _GAP, Box.SPACED: _BETWEEN, Box.INLINE: ""}[box]
        pieces.append(around)
        turned = self.hiding.turns(element)
        pieces.append((BACKWARDS if turned else "") + (element.text or ""))
        for child in element:
            self._gather(child, pieces)
            pieces.append(child.tail or "")
        if turned:
            pieces.append(ENDS)
        pieces.append(around)


def _lowered(text: str, before: str, after: str) -> str:
    """A figure below the line is marked where it would run into another (10₂ is not 102); H₂O stays H2O."""
    if not text[:1].isdigit():
        return text
    if before.rstrip()[-1:].isascii() and before.rstrip()[-1:].isalpha():
        return text + (_GAP if after[:1].isdigit() else "")
    return f"〔{text}〕"


def _is_data(table: HtmlElement) -> bool:
    """A table whose first row names columns, though tables stand in some of its cells; others only lay out a page."""
    row = next((row for row in table.iter("tr") if next(row.iterancestors("table")) is table), None)
    cells = [cell for cell in row if cell.tag in ("td", "th")] if row is not None else []
    return len(cells) > 1 and all(cell.tag == "th" for cell in cells)


def _is_tag(element: HtmlElement) -> bool:
    return isinstance(element.tag, str)


def _clean(text: str) -> str:
    """White space as a browser shows it; \\v stands for a line break that the page really has."""
    text = _WIDTHLESS.sub("", text)
    if _BETWEEN in text:
        text = _SET_APART.sub(" ", text).replace(_BETWEEN, "")
    lines = (" ".join(line.split()) for line in text.replace("\u00a0", " ").split("\v"))
    text = "\n".join(line for line in lines if line)
    text = re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", text)
    return _ROOM.sub(_room, text) if _GAP in text else text


def _room(found: re.Match[str]) -> str:
    """A blank, but not at the edge of a line, or before what never begins a word."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() : found.end() + 1]
    return "" if before in "\n" or after in "\n.,%％‰，。；：、）)" else " "
