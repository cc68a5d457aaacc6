"""DOCX: headings, numbered lists, tables, footnotes and endnotes as a reader sees them in the final view.

Headers, footers, field codes and tables of contents stay out; so do comments, deletions (tracked or struck through)
and hidden letters (vanish, white, 2 pt and less), which are reported.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from app.knowledge.preparing import Notice
from app.knowledge.visible import BACKWARDS, ENDS
from ingestion.blocks import Block, Heading, Item, LeftOut, Loaded, Paragraph, Table
from ingestion.failures import failure
from ingestion.left_out import graphics
from ingestion.load.docx_chunk import chunk
from ingestion.load.docx_formula import FORMULA, formula_text
from ingestion.load.docx_graphics import COMPATIBILITY, DELETED, count, diagram_texts, is_hidden, is_unsaid
from ingestion.load.docx_ground import is_painted
from ingestion.load.docx_look import Look, Properties
from ingestion.load.docx_numbering import Numbering
from ingestion.load.docx_symbols import form_field, in_unicode, symbol
from ingestion.load.package import parsed, sound_package, texts_of_parts
from ingestion.notes import raised
from ingestion.structure import opens_clause
from ingestion.tables import header_depth, leading_titles, rows_as_text, table_from

_COMMENTS = re.compile(r"word/comments\.xml")
_NOTES = {"/footnotes": qn("w:footnote"), "/endnotes": qn("w:endnote")}
_REFERENCES = {qn("w:footnoteReference"): "/footnotes", qn("w:endnoteReference"): "/endnotes"}
_UNSEEN = {
    *(qn("w:del"), qn("w:moveFrom"), qn("w:rPr"), qn("w:pPr"), qn("w:instrText"), qn("w:delText")),
    *(f"{COMPATIBILITY}Fallback", qn("w:txbxContent")),
}
_SIGNS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): " "}

_Painted = Callable[[int, int], bool]  # whether the table's style paints a cell from this column over so many


def load(content: bytes, *, inside: bool = False) -> Loaded:
    """inside: the file stands in another one, and those in it are not read.

    Raises PreparationFailed: encrypted, corrupt, archive_bomb, entity_bomb.
    """
    content = sound_package(content)
    try:
        document = docx.Document(BytesIO(content))
        reader = _Reader(document, inside=inside)
        blocks = tuple(reader.blocks(document.element.body))
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
        self._look = Look(_related(part, "/styles"))
        self._numbering = Numbering(_related(part, "/numbering"))
        self.left_out: list[LeftOut] = []
        self._last_left_out: Any = None
        self._notes: dict[tuple[str, str], str] = {}
        for kind, tag in _NOTES.items():
            notes = _related(part, kind)
            for note in notes.iter(tag) if notes is not None else ():
                if note.get(qn("w:type")) in (None, "normal"):
                    lines = (self._text(paragraph)[0] for paragraph in note.iter(qn("w:p")))
                    self._notes[kind, note.get(qn("w:id"))] = " ".join(line for line in lines if line)

    def blocks(self, parent: Any) -> Iterator[Block]:
        for element in parent:
            if element.tag == qn("w:p"):
                yield from self._paragraph(element)
            elif element.tag == qn("w:tbl"):
                yield from self._table(element)
            elif element.tag == qn("w:sdt"):
                if not _is_contents(element) and (inner := element.find(qn("w:sdtContent"))) is not None:
                    yield from self.blocks(inner)
            elif element.tag == qn("w:altChunk") and not self._inside:
                yield from self._chunk(element)
            elif element.tag in (qn("w:ins"), qn("w:moveTo"), qn("w:customXml"), qn("w:smartTag")):
                yield from self.blocks(element)

    def _chunk(self, element: Any) -> Iterator[Block]:
        loaded = chunk(self._parts.get(element.get(qn("r:id"))), partial(load, inside=True))
        self.left_out += loaded.left_out
        self.warnings += loaded.warnings
        self.title = self.title or loaded.title
        yield from loaded.blocks

    def _paragraph(self, element: Any) -> Iterator[Block]:
        look = self._look.of_paragraph(element)
        if look.is_contents:
            return
        text, notes = self._text(element, look)
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
                yield from self.blocks(box)
        yield from (Item(f"- {text}", depth) for text, depth in self._diagrams(element))

    def _label(self, paragraph: Any, look: Properties, text: str) -> str:
        """The number printed before it: a paragraph that is struck through keeps its own."""
        if look.number_id is not None and (text or self._look.strikes(paragraph, look)):
            return self._numbering.label(look.number_id, self._depth(look))
        return ""

    def _depth(self, look: Properties) -> int:
        if look.depth is not None:
            return look.depth
        return self._numbering.depth(look.number_id or "0", look.numbered_by)

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

    def _leaves_out_box(self, element: Any) -> bool:
        """True inside a drawing that is hidden, or that hangs on hidden letters and has been told with them."""
        for parent in element.iterancestors():
            if parent.tag == qn("w:tc"):
                return False  # what lies around a cell is not looked at again for each of its paragraphs
            if parent.tag in (qn("wp:anchor"), qn("wp:inline")) and is_hidden(parent):
                self._leave_out("hidden_text", element)
                return True
            if parent.tag == qn("w:r"):
                paragraph = next(parent.iterancestors(qn("w:p")), None)
                if paragraph is not None and self._look.of_run(parent, self._look.of_paragraph(paragraph)).vanish:
                    return True
        return False

    def _text(self, paragraph: Any, look: Properties | None = None, *, grounded: bool = False) -> tuple[str, list[str]]:
        """The visible text of a paragraph and the footnotes it refers to."""
        look = look or self._look.of_paragraph(paragraph)
        pieces: list[str] = []
        notes: list[str] = []
        self._gather(paragraph, look, pieces, notes, grounded)
        lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
        return "\n".join(line for line in lines if line), notes

    def _gather(self, element: Any, look: Properties, pieces: list[str], notes: list[str], grounded: bool) -> None:
        for child in element:
            if child.tag == FORMULA:
                pieces.append(formula_text(child))
                continue
            if child.tag in _UNSEEN:
                if child.tag in DELETED:
                    self._leave_out("tracked_deletion", child)
                continue
            if child.tag == qn("w:r"):
                own = self._look.of_run(child, look)
                if own.struck:
                    self._leave_out("tracked_deletion", child)
                elif not own.hidden or (grounded and not own.vanish and not _tiny(own)):
                    start = len(pieces)
                    self._gather(child, own, pieces, notes, grounded)
                    if own.raised:
                        pieces[start:] = [raised("".join(pieces[start:]), "".join(pieces[:start]))]
                else:
                    self._leave_out("hidden_text", child)
            elif child.tag == qn("w:t"):
                pieces.append(in_unicode(child.text or "", element))
            elif child.tag == qn("w:bdo") and child.get(qn("w:val")) == "rtl":
                pieces.append(BACKWARDS)
                self._gather(child, look, pieces, notes, grounded)
                pieces.append(ENDS)
            elif child.tag == qn("w:sym"):
                pieces.append(symbol(child))
            elif child.tag == qn("w:fldChar"):
                pieces.append(form_field(child))
            elif child.tag in _SIGNS:
                if child.get(qn("w:type")) not in ("page", "column"):
                    pieces.append(_SIGNS[child.tag])
            elif child.tag in _REFERENCES:
                if note := self._notes.get((_REFERENCES[child.tag], child.get(qn("w:id")))):
                    notes.append(note)
            else:
                self._gather(child, look, pieces, notes, grounded)

    def _leave_out(self, code: str, element: Any) -> None:
        """Neighbouring pieces of one kind are one find: Word cuts a sentence into runs as it likes."""
        text = "".join(element.itertext(qn("w:t"), qn("w:delText"))).strip()
        if not text:
            return
        last = self.left_out[-1] if self.left_out else None
        before = element.getprevious()
        if last is not None and last.code == code and before is not None and before is self._last_left_out:
            self.left_out[-1] = LeftOut(code, last.text + text)
        else:
            self.left_out.append(LeftOut(code, text))
        self._last_left_out = element

    def _table(self, table: Any) -> Iterator[Block]:
        made = self._table_of(table)
        if made is not None:
            yield made

    def _table_of(self, table: Any) -> Table | None:
        elements: list[Any] = []
        headed: int | None = None
        for row in table.iter(qn("w:tr")):
            if next(row.iterancestors(qn("w:tbl"))) is not table:
                continue  # not a row of a table inside; a row may stand in a content control
            properties = row.find(qn("w:trPr"))
            if properties is not None and properties.find(qn("w:del")) is not None:
                self._leave_out("tracked_deletion", row)
                continue
            if properties is not None and properties.find(qn("w:tblHeader")) is not None:
                headed = len(elements) + 1 if (headed or 0) == len(elements) else headed
            elements.append(row)
        style = self._look.table_style(table, headed or 0)
        columns = len(table.findall(f"{qn('w:tblGrid')}/{qn('w:gridCol')}"))
        rows: list[list[tuple[str, object]]] = []
        for at, row in enumerate(elements):

            def painted(column: int, span: int, at: int = at) -> bool:
                last = column + span >= columns > 1
                return bool(style.paints(at, len(elements), columns - 1 if last else column, columns))

            rows.append(self._cells(row, rows[-1] if rows else [], painted))
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

    def _cells(self, row: Any, above: list[tuple[str, object]], painted: _Painted) -> list[tuple[str, object]]:
        """For each place its text and the cell that covers it, which may have begun in a row above."""
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
                self._leave_out("tracked_deletion", cell)
                place = ("", cell)
            elif beside is not None and beside.get(qn("w:val")) != "restart" and cells:
                place = cells[-1]
            elif merged is not None and merged.get(qn("w:val")) != "restart" and at < len(above):
                place = above[at]
            else:
                own = properties is not None and properties.find(qn("w:shd")) is not None
                place = (self._cell_text(cell, is_painted(properties) if own else painted(at, span)), cell)
            cells.extend([place] * span)
        return cells

    def _cell_text(self, cell: Any, painted: bool) -> str:
        """The cell's paragraphs; a table inside it is told row by row, each value beside its heading."""
        lines: list[str] = []
        for element in cell.iter(qn("w:p"), qn("w:tbl")):
            if next(element.iterancestors(qn("w:tc"))) is not cell or is_unsaid(element):
                continue
            if self._leaves_out_box(element):
                continue
            if element.tag == qn("w:tbl"):
                inner = self._table_of(element)
                lines.extend("；".join(cells) for cells in (rows_as_text(inner) if inner is not None else ()))
                continue
            look = self._look.of_paragraph(element)
            text, notes = self._text(element, look, grounded=painted)
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


def _tiny(look: Properties) -> bool:
    return look.half_points is not None and look.half_points <= 4


def _is_contents(element: Any) -> bool:
    gallery = element.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return gallery is not None and "contents" in (gallery.get(qn("w:val")) or "").lower()


def _related(part: Any, ending: str) -> Any:
    """The root element of the part this one relates to by type, or None."""
    for relation in part.rels.values():
        if relation.reltype.endswith(ending) and not relation.is_external:
            return parsed(relation.target_part.blob)
    return None
