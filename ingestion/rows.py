"""The rows of a long table in a third of the memory: their words as one text, each row made anew when it is asked for.

A fee schedule of two thousand pages has fifty thousand rows; as objects they take more room than their words.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import overload

from ingestion.blocks import Row

_CELL = "\x1f"  # the separators ASCII has for this; a text that holds one is not packed
_NO_PAGE = -1


def packed_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """The same rows. They are of one width (Table) and may not be changed."""
    if not rows or any(_CELL in cell for row in rows for cell in row.cells) or not rows[0].cells:
        return tuple(rows)
    return _PackedRows(rows)


def words_of(rows: Sequence[Row]) -> list[str]:
    """What all the cells say, in as few texts as possible."""
    return rows.words if isinstance(rows, _PackedRows) else [cell for row in rows for cell in row.cells]


class _PackedRows(Sequence[Row]):
    __slots__ = ("_across", "_ends", "_mostly", "_pages", "_text")

    def __init__(self, rows: Sequence[Row]) -> None:
        lines = [_CELL.join(row.cells) for row in rows]
        self._text = "".join(lines)
        self._ends = array("I", accumulate(map(len, lines)))
        self._mostly = Counter(row.across for row in rows).most_common(1)[0][0]
        self._across = {at: row.across for at, row in enumerate(rows) if row.across is not self._mostly}
        pages = [_NO_PAGE if row.page is None else row.page for row in rows]
        # Most tables stand on one page.
        self._pages = array("i", pages[:1] if len(set(pages)) == 1 else pages)

    @property
    def words(self) -> list[str]:
        return [self._text.replace(_CELL, "\n")]

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return tuple(self[one] for one in range(*at.indices(len(self))))
        if at < 0:
            at += len(self)
        if not 0 <= at < len(self):
            raise IndexError(at)
        page = self._pages[at if len(self._pages) > 1 else 0]
        words = self._text[self._ends[at - 1] if at else 0 : self._ends[at]]
        return Row(tuple(words.split(_CELL)), None if page == _NO_PAGE else page, self._across.get(at, self._mostly))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Iterable) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
