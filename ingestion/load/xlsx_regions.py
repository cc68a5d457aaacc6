"""Which columns of a band are one table: an empty column parts two tables, or only spaces out one of them.

What stands right of the gap is a table of its own when it names its rows itself; else its row's name is on the left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingestion.load.xlsx_headings import is_figure
from ingestion.load.xlsx_sheet import Sheet

# Headings of values, which name no row.
_OF_VALUES = re.compile(
    r".*(?:优惠|减免|说明|备注|标准|金额|费率|利率|价格|费用|手续费|限额|起点|依据|条件|下限|上限)(?:[（(].*[）)])?"
)


def regions(columns: Sequence[int], band: Sequence[int], sheet: Sheet) -> list[list[int]]:
    """The columns of each table, from left to right."""
    found: list[list[int]] = []
    for region in _parted(columns, sheet):
        if found and _belongs(region, found[-1], band, sheet):
            found[-1] = [*found[-1], *region]
        else:
            found.append(region)
    return found


def _parted(columns: Sequence[int], sheet: Sheet) -> Iterator[list[int]]:
    region: list[int] = []
    for column in columns:
        if region and any(between not in sheet.hidden_columns for between in range(region[-1] + 1, column)):
            yield region
            region = []
        region.append(column)
    if region:
        yield region


def _belongs(right: Sequence[int], left: Sequence[int], band: Sequence[int], sheet: Sheet) -> bool:
    """True when the rows on the right have headings but no names of their own, and stand beside names on the left."""
    rows = [row for row in band if any((row, column) in sheet.cells for column in right)]
    headings = [sheet.cells.get((band[0], column), "") for column in (*left, *right)]
    if len(rows) < 2 or rows[0] != band[0] or not all(headings) or len(set(headings)) < len(headings):
        return False
    if any((row, left[0]) not in sheet.cells for row in rows) or any(map(is_figure, headings)):
        return False
    names = [sheet.cells.get((row, right[0]), "") for row in rows[1:]]
    own = all(names) and len(set(names)) == len(names) and not any(map(is_figure, names))
    return not own or bool(_OF_VALUES.fullmatch(headings[len(left)]))
