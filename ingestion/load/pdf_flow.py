"""Lines and tables in reading order into blocks: paragraphs over line and page breaks, headings, tables over pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from ingestion.blocks import Block, Heading, Paragraph, Table
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
_CONTINUED = re.compile(r"[（(]?续\s*上?\s*表.*|.*[（(]续(?:上表|表)?[）)]")
_LONGEST_MARK = 40
_EDGE_SHIFT = 6.0
_FOOTNOTE = re.compile(r"〔?(\d{1,2}|[①-⑳*])〕?\s*(?=\D)")


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
        self._aside: list[_Passage] = []

    def add_aside(self, notes: Iterable[Sequence[Line]]) -> None:
        """Notes in a margin, kept once: they wait until the paragraph or the table that they would break has ended."""
        self._aside += [_passage(note) for note in notes]
        if not self._held and self._table is None:
            self._let_in()

    def add(self, column: Sequence[Piece]) -> None:
        """One column of one page, from top to bottom."""
        written = [piece for piece in column if isinstance(piece, Line)]
        pitch = _pitch(written) or self._pitch
        for at, piece in enumerate(column):
            if isinstance(piece, PlacedTable):
                self._end_paragraph()
                self._add_table(piece)
                continue
            if _CONTENTS.search(piece.text) or self._says_that_table_goes_on(column[at : at + 2]):
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
        for one in _with_footnotes(self._done, body):
            if isinstance(one, Table):
                yield one
            elif _is_heading(one, body, by_weight):
                yield Heading(one.text, ranks.index(_rank(one)) + 1, one.page)
            else:
                yield Paragraph(one.text, one.page)

    def _end_paragraph(self) -> None:
        if not self._held:
            return
        self._done.append(_passage(self._held))
        self._held = []
        self._let_in()

    def _let_in(self) -> None:
        self._done += self._aside
        self._aside = []

    def _add_table(self, piece: PlacedTable) -> None:
        """A table that goes on at the top of the next page is one table; its repeated header is dropped."""
        if self._table is not None and _goes_on_as(self._table, piece):
            self._take_rows(piece)
        else:
            self._end_table()
            self._rows = [(row, piece.page) for row in piece.cells]
        first = self._table or piece
        self._table = replace(first, page=piece.page, bottom=piece.bottom)

    def _says_that_table_goes_on(self, pieces: Sequence[Piece]) -> bool:
        """A line like 续表1 between two parts of one table says nothing else."""
        if self._table is None or len(pieces) < 2:
            return False
        line, piece = pieces
        return (
            isinstance(line, Line)
            and isinstance(piece, PlacedTable)
            and len(line.text) <= _LONGEST_MARK
            and _CONTINUED.fullmatch(line.text) is not None
            and _goes_on_as(self._table, piece)
        )

    def _take_rows(self, piece: PlacedTable) -> None:
        assert self._table is not None
        rows = [_onto(row, piece, self._table) for row in piece.cells]
        head = [row for row, _ in self._rows[: self._table.headed or 1]]
        if piece.caption == self._table.caption and rows[: len(head)] == head:
            rows = rows[len(head) :]
        tall = _reach(piece, len(piece.cells) - len(rows), len(self._table.edges))
        if rows and self._rows:
            last, page = self._rows[-1]
            if _is_rest(rows[0], tall):
                self._rows[-1] = (tuple(map(joined_text, last, rows[0])), page)
                rows, tall = rows[1:], [max(0, reach - 1) for reach in tall]
            rows = _filled_down(rows, self._rows[-1][0], tall)
        self._rows += [(row, piece.page) for row in rows]

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is None:
            return
        made = table_from([row for row, _ in self._rows], table.headed, [page for _, page in self._rows])
        if made is not None:
            self._done.append(replace(made, caption="\n".join(filter(None, (table.caption, made.caption)))))
        self._rows = []
        self._let_in()


def _passage(lines: Sequence[Line]) -> _Passage:
    first = lines[0]
    text = first.text
    for line in lines[1:]:
        text += (" " if text[-1].isascii() and line.text[0].isascii() and text[-1].isalnum() else "") + line.text
    return _Passage(text, round(first.size, 1), all(line.bold for line in lines), first.page, len(lines))


def _with_footnotes(done: Sequence[_Passage | Table], body: float) -> list[_Passage | Table]:
    """A footnote follows the paragraph that refers to it, as long as both stand on one page."""
    kept: list[_Passage | Table] = []
    for one in done:
        found = _FOOTNOTE.match(one.text) if isinstance(one, _Passage) and one.size < 0.95 * body else None
        at = _referring(kept, found.group(1), one) if found is not None and isinstance(one, _Passage) else None
        if at is None or found is None or not isinstance(one, _Passage):
            kept.append(one)
            continue
        above = kept[at]
        assert isinstance(above, _Passage)
        kept[at] = replace(above, text=f"{above.text}\n注〔{found.group(1)}〕：{one.text[found.end() :]}")
    return kept


def _referring(kept: Sequence[_Passage | Table], mark: str, note: _Passage) -> int | None:
    for at in range(len(kept) - 1, -1, -1):
        one = kept[at]
        if isinstance(one, Table):
            continue
        if one.page < note.page - 1:
            return None
        if f"〔{mark}〕" in one.text[1:]:
            return at
    return None


def _reach(piece: PlacedTable, start: int, columns: int) -> list[int]:
    """For each column how many rows the cell at `start` covers, where lines tell."""
    owners = piece.owners[start:]
    if not owners or len(owners[0]) != columns:
        return [1] * columns
    return [_run_length(row[column] for row in owners) for column in range(columns)]


def _run_length(places: Iterable[object]) -> int:
    several = iter(places)
    first = next(several)
    return 1 + sum(1 for _ in takewhile(lambda place: place == first, several))


def _is_rest(row: tuple[str, ...], tall: Sequence[int]) -> bool:
    """The end of a row that the page's end has cut: what is no merged name is mostly empty."""
    if row[0]:
        return False
    single = [cell for cell, reach in zip(row, tall, strict=True) if reach == 1]
    if len(row) == 2:
        return tall[0] == 1
    return 2 * sum(not cell for cell in single) >= len(single) and len(single) > 1


def _filled_down(rows: Sequence[tuple[str, ...]], above: tuple[str, ...], tall: Sequence[int]) -> list[tuple[str, ...]]:
    """The rows with what was merged over the page's end: cells that reach over several rows, and the first name."""
    named = sum(1 for _ in takewhile(lambda row: not row[0], rows))
    return [
        tuple(
            above[column] if not cell and (1 < tall[column] > at or (not column and at < named)) else cell
            for column, cell in enumerate(row)
        )
        for at, row in enumerate(rows)
    ]


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
