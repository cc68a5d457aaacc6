"""DOCX: headings, numbered lists, tables, footnotes and endnotes as a reader sees them in the final view.

Headers, footers, field codes and tables of contents stay out; so do comments, deletions (tracked or struck through)
and letters that nobody sees (vanish, in the colour of their ground, 2 pt and less, beside the page): they are reported.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from app.knowledge.preparing import Notice
from ingestion.blocks import Block, Heading, Item, LeftOut, Loaded, Paragraph, Table
from ingestion.failures import failure
from ingestion.left_out import graphics
from ingestion.load.docx_chunk import chunk
from ingestion.load.docx_color import PAPER
from ingestion.load.docx_graphics import count, diagram_texts, is_hidden, is_hidden_shape, is_unsaid, settle
from ingestion.load.docx_ground import box_ground, page_ground, shade
from ingestion.load.docx_look import NOTHING, Look, Properties
from ingestion.load.docx_numbering import Numbering
from ingestion.load.docx_place import Page, is_flat
from ingestion.load.docx_text import Letters
from ingestion.load.package import parsed, sound_package, texts_of_parts
from ingestion.structure import opens_clause
from ingestion.tables import header_depth, leading_titles, rows_as_text, table_from

_COMMENTS = re.compile(r"word/comments\.xml")
_NOTES = {"/footnotes": qn("w:footnote"), "/endnotes": qn("w:endnote")}


@dataclass(frozen=True, slots=True)
class _Around:
    """What a cell, a box or the page gives to the letters in it: the colour behind them, a table style's looks."""

    ground: str = PAPER
    letters: Properties = NOTHING


_Place = Callable[[int, int, int], _Around]  # row, column, places it covers


def load(content: bytes, *, inside: bool = False) -> Loaded:
    """inside: the file stands in another one, and those in it are not read.

    Raises PreparationFailed: encrypted, corrupt, archive_bomb, entity_bomb.
    """
    content = sound_package(content)
    try:
        document = docx.Document(BytesIO(content))
        settle(document.element.body)
        reader = _Reader(document, inside=inside)
        blocks = tuple(reader.blocks(document.element.body, reader.around))
        charts, pictures = count(document.element.body)
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError, AttributeError):
        raise failure("corrupt") from None
    comments = dict.fromkeys(texts_of_parts(content, _COMMENTS, ("comment",)))
    left_out = [*reader.left_out, *(LeftOut("comment_left_out", text) for text in comments)]
    warnings = (*reader.warnings, *graphics(charts=charts, pictures=pictures))
    return Loaded(blocks, title=reader.title, warnings=warnings, left_out=tuple(left_out))


class _Reader:
    def __init__(self, document: Any, *, inside: bool) -> None:
        part = document.part
        self._inside = inside
        self.warnings: list[Notice] = []
        self._parts = part.related_parts
        self.title = ""
        self._look = Look(_related(part, "/styles"), _related(part, "/theme"))
        self._numbering = Numbering(_related(part, "/numbering"))
        self._page = Page(document.element.body)
        self.around = _Around(page_ground(document.element, _related(part, "/settings"), self._look.theme))
        self.left_out: list[LeftOut] = []
        self._letters = Letters(self._look, self._page, self.left_out)
        self._letters.fields.add(document.element.body)
        for kind, tag in _NOTES.items():
            notes = _related(part, kind)
            for note in notes.iter(tag) if notes is not None else ():
                if note.get(qn("w:type")) in (None, "normal"):
                    self._letters.notes[kind, note.get(qn("w:id"))] = self._note(note)

    def _note(self, note: Any) -> str:
        settle(note)
        self._letters.fields.add(note)
        lines = (self._letters.of(paragraph, None, self.around.ground)[0] for paragraph in note.iter(qn("w:p")))
        return " ".join(line for line in lines if line)

    def blocks(self, parent: Any, around: _Around) -> Iterator[Block]:
        for element in parent:
            if element.tag == qn("w:p"):
                yield from self._paragraph(element, around)
            elif element.tag == qn("w:tbl"):
                yield from self._table(element, around)
            elif element.tag == qn("w:sdt"):
                if not _is_contents(element) and (inner := element.find(qn("w:sdtContent"))) is not None:
                    yield from self.blocks(inner, around)
            elif element.tag == qn("w:altChunk") and not self._inside:
                yield from self._chunk(element)
            elif element.tag in (qn("w:ins"), qn("w:moveTo"), qn("w:customXml"), qn("w:smartTag")):
                yield from self.blocks(element, around)

    def _chunk(self, element: Any) -> Iterator[Block]:
        loaded = chunk(self._parts.get(element.get(qn("r:id"))), partial(load, inside=True))
        self.left_out += loaded.left_out
        self.warnings += loaded.warnings
        self.title = self.title or loaded.title
        yield from loaded.blocks

    def _paragraph(self, element: Any, around: _Around) -> Iterator[Block]:
        look = self._look.of_paragraph(element, around.letters)
        if look.is_contents:
            return
        text, notes = self._letters.of(element, look, around.ground)
        label = self._label(element, look, text)
        if text:
            body = "\n".join([label + text, *(f"注：{note}" for note in notes)])
            if look.is_title or look.level:
                self.title = self.title or (text if look.is_title else "")
                yield Heading(label + text.replace("\n", " "), look.level or 1)
                yield from (Paragraph(f"注：{note}") for note in notes)
            elif label and not opens_clause(label + text):
                yield Item(body, self._depth(look))
            else:
                yield Paragraph(body)
        for box in self._boxes(element):
            if not self._leaves_out_box(box):
                yield from self.blocks(box, self._in_box(box, around))
        yield from (Item(f"- {text}", depth) for text, depth in self._diagrams(element))

    def _label(self, paragraph: Any, look: Properties, text: str) -> str:
        """The number printed before it: a paragraph that is struck through keeps its own."""
        if look.number_id is not None and (text or self._look.strikes(paragraph, look)):
            return self._numbering.label(look.number_id, self._depth(look))
        return ""

    def _depth(self, look: Properties) -> int:
        if look.depth is not None:
            return look.depth
        return self._numbering.depth(look.number_id or "0", look.numbered_by or "")

    def _diagrams(self, paragraph: Any) -> Iterator[tuple[str, int]]:
        for text, depth, why in diagram_texts(paragraph, self._parts):
            if why:
                self.left_out.append(LeftOut(why, text))
            else:
                yield text, depth

    def _boxes(self, element: Any) -> Iterator[Any]:
        """Boxes inside a box belong to the paragraphs of that box."""
        boxes = (box for box in element.iter(qn("w:txbxContent")) if not is_unsaid(box))
        return (box for box in boxes if next(box.iterancestors(qn("w:p"))) is element)

    def _in_box(self, box: Any, around: _Around) -> _Around:
        ground = box_ground(box, self._look.theme)
        return _Around(around.ground if ground is None else ground, around.letters)

    def _leaves_out_box(self, element: Any) -> bool:
        """True inside a drawing that is hidden, or that hangs on hidden letters and has been told with them."""
        for parent in element.iterancestors():
            if parent.tag == qn("w:tc"):
                return False  # what lies around a cell is not looked at again for each of its paragraphs
            if self._hides(parent):
                self._letters.leave_out("hidden_text", element)
                return True
            if parent.tag == qn("w:r"):
                paragraph = next(parent.iterancestors(qn("w:p")), None)
                if paragraph is not None and self._look.of_run(parent, self._look.of_paragraph(paragraph)).vanish:
                    return True
        return False

    def _hides(self, parent: Any) -> bool:
        if parent.tag in (qn("wp:anchor"), qn("wp:inline")):
            return is_hidden(parent) or self._page.loses_drawing(parent)
        return "vml" in parent.tag and (is_hidden_shape(parent) or self._page.loses_drawing(parent))

    def _table(self, table: Any, around: _Around) -> Iterator[Block]:
        made = self._table_of(table, around)
        if made is not None:
            yield made

    def _table_of(self, table: Any, around: _Around) -> Table | None:
        if self._page.loses_table(table):
            self._letters.leave_out("hidden_text", table)
            return None
        elements, headed = self._rows_of(table)
        rows: list[list[tuple[str, object]]] = []
        place = self._places_of(table, len(elements), headed or 0, around)
        for at, row in enumerate(elements):
            rows.append(self._cells(row, rows[-1] if rows else [], partial(place, at), around.ground))
        width = max((len(row) for row in rows), default=0)
        places = [row + [("", None)] * (width - len(row)) for row in rows]
        cells = [[text for text, _ in row] for row in places]
        titles = leading_titles(cells)
        if headed == len(cells):
            headed = None  # every row is marked as a header: then the mark says nothing
        deep = header_depth([[owner for _, owner in row] for row in places[titles:]], cells[titles:])
        if deep > 1:  # often only the first row is marked
            headed = max(headed or 0, titles + deep)
        across = [len({owner for _, owner in row}) == 1 < len(row) for row in places]
        return table_from(cells, headed, across=across)

    def _rows_of(self, table: Any) -> tuple[list[Any], int | None]:
        """Its rows that are seen, and how many of them are marked as a header."""
        elements: list[Any] = []
        headed: int | None = None
        for row in table.iter(qn("w:tr")):
            if next(row.iterancestors(qn("w:tbl"))) is not table:
                continue  # not a row of a table inside; a row may stand in a content control
            properties = row.find(qn("w:trPr"))
            if properties is not None and properties.find(qn("w:del")) is not None:
                self._letters.leave_out("tracked_deletion", row)
                continue
            if properties is not None and is_flat(properties):
                self._letters.leave_out("hidden_text", row)
                continue
            if properties is not None and properties.find(qn("w:tblHeader")) is not None:
                headed = len(elements) + 1 if (headed or 0) == len(elements) else headed
            elements.append(row)
        return elements, headed

    def _places_of(self, table: Any, rows: int, headed: int, around: _Around) -> _Place:
        """What the table's style gives to the letters at a place."""
        style = self._look.of_table(table, headed)
        columns = len(table.findall(f"{qn('w:tblGrid')}/{qn('w:gridCol')}"))

        def place(at: int, column: int, span: int) -> _Around:
            last = column + span >= columns > 1
            where = (at, rows, columns - 1 if last else column, columns)
            letters = style.letters_at(*where)
            ground = style.ground(*where)
            look = self._look.of_letters(letters) if letters else NOTHING
            return _Around(around.ground if ground is None else ground, look)

        return place

    def _cells(
        self, row: Any, above: list[tuple[str, object]], styled: Callable[[int, int], _Around], under: str
    ) -> list[tuple[str, object]]:
        """For each place its text and the cell that covers it, which may have begun in a row above.

        under: the colour that lies under the table.
        """
        cells: list[tuple[str, object]] = [("", None)] * _places(row.find(qn("w:trPr")), "w:gridBefore", 0)
        place: tuple[str, object]
        for cell in row.iter(qn("w:tc")):
            if next(cell.iterancestors(qn("w:tr"))) is not row:
                continue  # a table inside a cell is read as that cell's text
            properties = cell.find(qn("w:tcPr"))
            merged, beside, deleted = (
                properties.find(qn(name)) if properties is not None else None
                for name in ("w:vMerge", "w:hMerge", "w:cellDel")
            )
            at, span = len(cells), max(1, _places(properties, "w:gridSpan", 1))
            if deleted is not None:
                self._letters.leave_out("tracked_deletion", cell)
                place = ("", cell)
            elif beside is not None and beside.get(qn("w:val")) != "restart" and cells:
                place = cells[-1]
            elif merged is not None and merged.get(qn("w:val")) != "restart" and at < len(above):
                place = above[at]
            else:
                around = styled(at, span)
                if properties is not None and properties.find(qn("w:shd")) is not None:
                    ground = shade(properties, self._look.theme)
                    around = replace(around, ground=under if ground is None else ground)
                place = (self._cell_text(cell, around), cell)
            cells.extend([place] * span)
        return cells

    def _cell_text(self, cell: Any, around: _Around) -> str:
        """The cell's paragraphs; a table inside it is told row by row, each value beside its heading."""
        lines: list[str] = []
        boxed = next(cell.iter(qn("w:txbxContent")), None) is not None
        for element in cell.iter(qn("w:p"), qn("w:tbl")):
            if next(element.iterancestors(qn("w:tc"))) is not cell or is_unsaid(element):
                continue
            if self._leaves_out_box(element):
                continue
            inside = around
            for box in reversed(list(element.iterancestors(qn("w:txbxContent"))) if boxed else []):
                inside = self._in_box(box, inside)
            if element.tag == qn("w:tbl"):
                inner = self._table_of(element, inside)
                lines.extend("；".join(cells) for cells in (rows_as_text(inner) if inner is not None else ()))
                continue
            look = self._look.of_paragraph(element, inside.letters)
            text, notes = self._letters.of(element, look, inside.ground)
            label = self._label(element, look, text)
            lines.extend([label + text, *(f"（注：{note}）" for note in notes)] if text else [])
            if look.number_id is not None and not text and _is_all_of(cell, element):
                number = self._numbering.label(look.number_id, self._depth(look)).strip()
                lines.extend([number] if number != "-" else [])
            lines.extend(text for text, _ in self._diagrams(element))
        return "\n".join(lines)


def _places(properties: Any, name: str, default: int) -> int:
    """How many columns of the table's grid this property names."""
    found = properties.find(qn(name)) if properties is not None else None
    value = found.get(qn("w:val"), "") if found is not None else ""
    return min(int(value), 100) if value.isdigit() else default


def _is_all_of(cell: Any, paragraph: Any) -> bool:
    """An empty paragraph is all the cell holds: a column of running numbers is made this way."""
    return len(list(cell.iter(qn("w:p")))) == 1 and not list(
        paragraph.iter(qn("w:t"), qn("w:delText"), qn("w:drawing"))
    )


def _is_contents(element: Any) -> bool:
    gallery = element.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return gallery is not None and "contents" in (gallery.get(qn("w:val")) or "").lower()


def _related(part: Any, ending: str) -> Any:
    """The root element of the part this one relates to by type, or None."""
    for relation in part.rels.values():
        if relation.reltype.endswith(ending) and not relation.is_external:
            return parsed(relation.target_part.blob)
    return None
