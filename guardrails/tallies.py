"""Adds up rows of whole numbers, fast: each row is packed into one integer, so that a sum of rows is a sum of integers.

A sentence has a hundred n-grams and a handful of reasons: too few for an array library to be worth its calls.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence

# Bits a column: sums of up to 2 ** 15 rows of entries below 2 ** 16.
_BITS = 32
_HALF = 1 << (_BITS - 1)


class Tallies:
    """rows: name -> entries, all rows of the same length, each entry between -65,535 and 65,535."""

    def __init__(self, rows: Mapping[str, Sequence[int]], columns: int) -> None:
        # One more column counts the rows, so that no row is nothing.
        self._get: Callable[[str], int | None] = {name: _packed([*row, 1]) for name, row in rows.items()}.get
        self._columns = struct.Struct(f"<{columns}I")
        # A column below zero would borrow from the next one: all are lifted above it before they are taken apart.
        self._lift = _packed([_HALF] * columns)
        self._entries = (1 << (_BITS * columns)) - 1

    def add_up(self, names: Iterable[str]) -> list[int] | None:
        """The sum of the rows of these names, exact in any order; None when none of them is known."""
        total = sum(filter(None, map(self._get, names)))
        if not total:
            return None
        lifted = ((total + self._lift) & self._entries).to_bytes(self._columns.size, "little")
        return [column - _HALF for column in self._columns.unpack(lifted)]


def _packed(row: Sequence[int]) -> int:
    return sum(entry << (_BITS * at) for at, entry in enumerate(row))
