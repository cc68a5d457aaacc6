"""Where the styles of Word and PowerPoint tables paint the cells, so that white letters are read only on a ground."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_LEAST_CONTRAST = 1.5  # of white letters (WCAG 2: 1 to 21); on paler grounds nobody reads them


@dataclass(frozen=True, slots=True)
class TableStyle:
    """painted: for each region the style gives a ground to (names of ECMA-376), whether white can be read on it.

    switched_on: the regions this table uses. headers: leading rows that all look like the first one.
    """

    painted: Mapping[str, bool] = field(default_factory=dict)
    switched_on: frozenset[str] = frozenset()
    headers: int = 1
    band: int = 1

    def paints(self, row: int, rows: int, column: int, columns: int) -> bool | None:
        """What the region says that counts at this place; None when the style gives it no ground."""
        for region in self._regions(row, rows, column, columns):
            if region in self.painted:
                return self.painted[region]
        return None

    def _regions(self, row: int, rows: int, column: int, columns: int) -> Iterator[str]:
        """The regions a place lies in, the one that beats the others first."""
        first_row = "firstRow" in self.switched_on and row < self.headers
        first_column = "firstCol" in self.switched_on and column == 0
        last_row = "lastRow" in self.switched_on and row == rows - 1
        last_column = "lastCol" in self.switched_on and column == columns - 1
        for name, holds in (
            ("nwCell", first_row and first_column),
            ("neCell", first_row and last_column),
            ("swCell", last_row and first_column),
            ("seCell", last_row and last_column),
            ("firstRow", first_row),
            ("lastRow", last_row),
            ("firstCol", first_column),
            ("lastCol", last_column),
        ):
            if holds:
                yield name
        if "horizontal" in self.switched_on:
            below = row - (self.headers if "firstRow" in self.switched_on else 0)
            yield f"band{below // self.band % 2 + 1}Horz"
        if "vertical" in self.switched_on:
            yield f"band{(column - ('firstCol' in self.switched_on)) % 2 + 1}Vert"
        yield "wholeTable"


def carries_white(color: str) -> bool:
    """True when white letters can be read on this colour (RRGGBB)."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        return False
    parts = (int(color[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= _LEAST_CONTRAST
