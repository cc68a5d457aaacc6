"""A table as an author lays it out: header rows with merged headings, typed values, units and notes around it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEFT, UP = "<", "^"  # "belongs to the cell at the left", "… above"


@dataclass(frozen=True, slots=True)
class Shown:
    """A stored number and how a spreadsheet shows it."""

    value: object
    code: str


Cell = str | Shown


@dataclass(frozen=True, slots=True)
class Layout:
    """header and rows: LEFT and UP mark the places that a merged cell covers."""

    title: str
    header: Sequence[Sequence[str]]
    rows: Sequence[Sequence[Cell]]
    unit: str = ""
    note: str = ""

    @property
    def grid(self) -> list[list[Cell]]:
        return [list(row) for row in (*self.header, *self.rows)]


def merges(grid: Sequence[Sequence[Cell]]) -> Iterator[tuple[int, int, int, int]]:
    """(row, column, rows, columns) of every cell that covers more than its own place."""
    for row, cells in enumerate(grid):
        for column, cell in enumerate(cells):
            if cell in (LEFT, UP):
                continue
            wide = 1
            while column + wide < len(cells) and cells[column + wide] == LEFT:
                wide += 1
            high = 1
            while row + high < len(grid) and grid[row + high][column] == UP:
                high += 1
            if wide > 1 or high > 1:
                yield row, column, high, wide


def settled(content: bytes) -> bytes:
    """The package without the moment it was made: equal documents have equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?", b"2026-01-01T00:00:00Z", data)
            made.writestr(zipfile.ZipInfo(info.filename, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
