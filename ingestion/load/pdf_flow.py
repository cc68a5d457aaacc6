"""Lines and tables in reading order into blocks: paragraphs over line and page breaks, headings, tables over pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingestion.blocks import Block, Heading, Paragraph, Row, Table
from ingestion.load.pdf_columns import Piece
from ingestion.load.pdf_lines import Line
from ingestion.load.pdf_tables import PlacedTable, joined_text
from ingestion.structure import opens_block
from ingestion.tables import table_from

_LARGER = 1.12
_LONGEST_HEADING = 60
_LONGEST_BOLD = 40
_MOST_BOLD = 0.35  # of all letters: where more is bold, bold names nothing
_CLOSING = "。！？；：!?;:”』」"
_CONTENTS = re.compile(r"(?:\.{4,}|…{2,}|·{4,}|(?:\. ){4,})\s*[\dⅠ-Ⅹivx]+$")  # an entry of a table of contents
_EDGE_SHIFT = 6.0


@dataclass(frozen=True, slots=True)
class _Passage:
    """Lines that belong together. bold: all of them are, and nothing says that they are a sentence."""

    text: str
    size: float
    bold: bool
    page: int
    joined: int


class Flow:
    """Takes the pages' pieces as they come and keeps no more of them than their words."""

    def __init__(self) -> None:
        self._done: list[_Passage | Table] = []
        self._sizes: Counter[float] = Counter()
        self._bold_letters = 0
        self._held: list[Line] = []
        self._pitch = 0.0
        self._table: PlacedTable | None = None
        self._rows: list[tuple[tuple[str, ...], int]] = []

    def add(self, column: Sequence[Piece]) -> None:
        """One column of one page, from top to bottom."""
        written = [piece for piece in column if isinstance(piece, Line)]
        pitch = _pitch(written) or self._pitch
        for piece in column:
            if isinstance(piece, PlacedTable):
                self._end_paragraph()
                self._add_table(piece)
                continue
            if _CONTENTS.search(piece.text):
                continue
            self._sizes[round(piece.size, 1)] += len(piece.text)
            self._bold_letters += len(piece.text) * piece.bold
            if self._held and not _goes_on(self._held[-1], piece, pitch, self._held[0]):
                self._end_paragraph()
            self._end_table()
            self._held.append(piece)
        self._pitch = pitch

    def blocks(self) -> Iterator[Block]:
        """Everything, once all pages are in: only then is it known what the usual letters look like."""
        self._end_paragraph()
        self._end_table()
        body = self._sizes.most_common(1)[0][0] if self._sizes else 0.0
        by_weight = self._bold_letters <= _MOST_BOLD * self._sizes.total()
        ranks = sorted(
            {_rank(one) for one in self._done if isinstance(one, _Passage) and _is_heading(one, body, by_weight)},
            reverse=True,
        )
        for one in self._done:
            if isinstance(one, Table):
                yield one
            elif _is_heading(one, body, by_weight):
                yield Heading(one.text, ranks.index(_rank(one)) + 1, one.page)
            else:
                yield Paragraph(one.text, one.page)

    def _end_paragraph(self) -> None:
        if not self._held:
            return
        text = self._held[0].text
        for line in self._held[1:]:
            text += (" " if text[-1].isascii() and line.text[0].isascii() and text[-1].isalnum() else "") + line.text
        first = self._held[0]
        bold = all(line.bold for line in self._held)
        self._done.append(_Passage(text, round(first.size, 1), bold, first.page, len(self._held)))
        self._held = []

    def _add_table(self, piece: PlacedTable) -> None:
        """A table that goes on at the top of the next page is one table; its repeated header is dropped."""
        if self._table is not None and _goes_on_as(self._table, piece):
            self._take_rows(piece)
        else:
            self._end_table()
            self._rows = [(row, piece.page) for row in piece.cells]
        first = self._table or piece
        self._table = replace(first, page=piece.page, bottom=piece.bottom)

    def _take_rows(self, piece: PlacedTable) -> None:
        assert self._table is not None
        rows = [_onto(row, piece, self._table) for row in piece.cells]
        head = [row for row, _ in self._rows[: self._table.headed or 1]]
        if piece.caption == self._table.caption and rows[: len(head)] == head:
            rows = rows[len(head) :]
        if rows and not rows[0][0] and self._rows:
            last, page = self._rows[-1]
            if any(not cell for cell in rows[0][1:]) or len(rows[0]) == 2:  # a row cut by the page's end
                self._rows[-1] = (tuple(map(joined_text, last, rows[0])), page)
                rows = rows[1:]
            else:  # a name that was merged over rows on both pages
                rows[0] = (last[0], *rows[0][1:])
                for at in range(1, len(rows)):
                    if rows[at][0]:
                        break
                    rows[at] = (last[0], *rows[at][1:])
        self._rows += [(row, piece.page) for row in rows]

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is None:
            return
        made = table_from([row for row, _ in self._rows], table.headed)
        if made is not None:
            self._done.append(Table(made.header, _with_pages(made.rows, self._rows), table.caption))
        self._rows = []


def _with_pages(rows: Sequence[Row], source: Sequence[tuple[tuple[str, ...], int]]) -> tuple[Row, ...]:
    """Each row with the page it came from: rows keep their order, though a sheet's are parted in two."""
    paged: list[Row] = []
    at = len(source) - len(rows) if len(rows) <= len(source) else 0
    for row in rows:
        while len(rows) > len(source) and at + 1 < len(source) and not set(row.cells) <= set(source[at][0]):
            at += 1
        paged.append(Row(row.cells, source[min(at, len(source) - 1)][1]))
        at += len(rows) <= len(source)
    return tuple(paged)


def _is_heading(one: _Passage, body: float, by_weight: bool) -> bool:
    if one.size >= _LARGER * body:
        return len(one.text) <= _LONGEST_HEADING
    return (
        by_weight
        and one.bold
        and one.joined == 1
        and one.size >= 0.95 * body
        and len(one.text) <= _LONGEST_BOLD
        and one.text[-1] not in _CLOSING + "，,、."
    )


def _rank(one: _Passage) -> tuple[float, bool]:
    """Larger letters are outermost; bold ones of the same size stand above the others."""
    return one.size, one.bold


def _pitch(written: Iterable[Line]) -> float:
    """The usual distance from one line to the next, in points."""
    steps = sorted(a.bottom - b.bottom for a, b in pairwise(written) if a.bottom > b.bottom)
    return steps[len(steps) // 2] if steps else 0.0


def _goes_on(last: Line, line: Line, pitch: float, first: Line) -> bool:
    """True when the line continues the paragraph that `last` belongs to."""
    if abs(last.size - line.size) > 0.08 * last.size or opens_block(line.text):
        return False
    if last.bold != line.bold and (last.bold or len(last.text) < 12):
        return False
    if last.right < last.edges[1] - 2.0 * last.size:
        return False
    if line.page != last.page or line.top > last.top or line.edges != last.edges:
        return last.text[-1] not in _CLOSING
    if last.bottom - line.bottom > 1.45 * pitch and last.bottom - line.bottom > 2.2 * last.size:
        return False
    return line.left <= min(first.left, last.left) + 1.2 * line.size or last.text[-1] not in _CLOSING


def _goes_on_as(first: PlacedTable, second: PlacedTable) -> bool:
    """The same columns on the next page, or a part of them where its rows are merged."""
    if second.page != first.page + 1 or first.drawn != second.drawn:
        return False
    if not first.drawn:
        return len(first.edges) == len(second.edges) and all(
            abs(a - b) < 3 * _EDGE_SHIFT for a, b in zip(first.edges, second.edges, strict=True)
        )
    if abs(first.right - second.right) > _EDGE_SHIFT or abs(first.left - second.left) > _EDGE_SHIFT:
        return False
    return all(any(abs(a - b) < _EDGE_SHIFT for a in first.edges) for b in second.edges)


def _onto(row: tuple[str, ...], piece: PlacedTable, table: PlacedTable) -> tuple[str, ...]:
    """The row in the columns of the table it goes on: a wider cell stands in every column it covers."""
    if len(piece.edges) == len(table.edges):
        return row
    near = _EDGE_SHIFT
    return tuple(row[max(at for at, b in enumerate(piece.edges) if b <= a + near)] for a in table.edges)
