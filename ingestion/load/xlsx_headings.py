"""Which rows of a sheet name its columns, and which go on under the names of the table above them.

A blank row or a section's name parts the rows of one table as often as it parts two tables: a value must not become
a heading only because it stands below a gap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.load.xlsx_sheet import Place, Sheet

_LONGEST_NAME = 12
_BARE, _DIGIT = re.compile(r"[\d,.]+$"), re.compile(r".*\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_AMOUNT = re.compile(r"\d\s*(?:%|‰|元)(?!以|[（(]含|及|至|[-~—])")  # "1万元以下" may head a column


@dataclass(frozen=True, slots=True)
class Headed:
    """A table that was read: its columns, their names ("" for none), the header's last row and the rows below it."""

    columns: Sequence[int]
    header: tuple[str, ...]
    head: int | None
    rows: Sequence[int]


def goes_on(above: Headed, row: int, sheet: Sheet) -> bool:
    """True when a row below a gap holds values of the table above it rather than names for a table of its own.

    Where its words do not tell, its look does: headings are bold or shaded and values are not.
    """
    columns = above.columns
    names = [sheet.cells.get((row, column), "") for column in columns]
    if tuple(names) == above.header:
        return False
    filled = [column for column, name in zip(columns, names, strict=True) if name]
    figures = [column for column in filled if has_numbers(row, column, column, sheet)]
    if not all(_YEAR.fullmatch(sheet.cells[row, column]) for column in figures) or any(map(_AMOUNT.search, names)):
        # Two cells alone may as well be a line of their own: 客服电话 | 95500.
        return len(filled) > 2 or any(_is_of_a_kind(above, row, column, sheet) for column in filled)
    strong = [(row, column) in sheet.strong for column in filled]
    body = any((below, column) in sheet.strong for below in above.rows for column in columns[1:])
    if above.head is not None and not body and all((above.head, column) in sheet.strong for column in columns):
        return not all(strong)
    if all(strong):
        return False
    if any(len(name) > _LONGEST_NAME and name[-1] in "。；，" for name in names):
        return True
    return any(
        name and name == sheet.cells.get((below, column))
        for below in above.rows
        for name, column in list(zip(names, columns, strict=True))[1:]
    )


def _is_of_a_kind(above: Headed, row: int, column: int, sheet: Sheet) -> bool:
    """The column holds figures above, and a bare number where this is one."""
    text = sheet.cells[row, column]
    bodies = [sheet.cells.get((below, column), "") for below in above.rows]
    if not any(char.isdigit() for char in text) or not bodies:
        return bool(not bodies or (is_figure(text) and any(map(is_figure, bodies))))
    pattern = _BARE if _BARE.fullmatch(text) else _DIGIT
    return any(map(pattern.match, bodies))


def hidden_header(rows: Sequence[int], columns: Sequence[int], sheet: Sheet) -> Headed | None:
    """A hidden row of names right above the first row. Its names are hidden text, so the columns have none."""
    above = rows[0] - 1
    texts = [sheet.concealed.get((above, column), "") for column in columns]
    if not all(0 < len(text) <= _LONGEST_NAME for text in texts) or len(set(texts)) == 1:
        return None
    if any((above, column) in sheet.numeric or is_figure(text) for column, text in zip(columns, texts, strict=True)):
        return None
    return Headed(columns, ("",) * len(columns), None, rows[1:])


def is_header(row: int, columns: Sequence[int], sheet: Sheet) -> bool:
    """Every column has a short name, and none of them is a figure."""
    names = [sheet.cells.get((row, column), "") for column in columns]
    return all(0 < len(name) <= _LONGEST_NAME for name in names) and not has_numbers(
        row, columns[0], columns[-1], sheet
    )


def header_rows(rows: Sequence[int], columns: Sequence[int], sheet: Sheet) -> int | None:
    """As deep as the merged headings reach. None: nothing is merged, the first row decides."""
    deep = 0
    first, last = columns[0], columns[-1]
    for at, row in enumerate(rows[:4]):
        if at > deep or (at and at == deep):
            break
        for top, left, bottom, right in sheet.merges:
            if top != row or right < first or left > last or (left <= first and right >= last):
                continue
            tall = sum(1 for below in rows if top <= below <= bottom)
            wide = right > left
            if at == 0 and tall > 1 and not any((row, column) in sheet.numeric for column in range(left, right + 1)):
                deep = max(deep, tall)
            if wide and at + tall < len(rows) and _parts(rows, at + tall, left, right, columns, sheet):
                deep = max(deep, at + tall + 1)
    if deep >= len(rows):
        return None
    return deep or None


def _parts(rows: Sequence[int], at: int, left: int, right: int, columns: Sequence[int], sheet: Sheet) -> bool:
    """Whether the row at this place parts a wide name above it (left to right) into names, and holds no values.

    A row that names itself at its left is one of values, unless the figures begin only below it.
    """
    row, corner = rows[at], columns[0]
    if is_across(row, columns, sheet):
        return False
    reaches_down = _owner(row, corner, sheet) == _owner(rows[at - 1], corner, sheet)
    if (row, corner) not in sheet.cells or reaches_down:
        return not _has_values(row, left, right, sheet)
    below = rows[at + 1 :][:3]
    return (
        not has_numbers(row, corner, columns[-1], sheet)
        and bool(below)
        and all(has_numbers(one, left, right, sheet) for one in below)
    )


def is_across(row: int, columns: Sequence[int], sheet: Sheet) -> bool:
    """A line merged across the whole table."""
    return any(
        top <= row <= bottom and left <= columns[0] < columns[-1] <= right for top, left, bottom, right in sheet.merges
    )


def _has_values(row: int, left: int, right: int, sheet: Sheet) -> bool:
    """Figures that are no years: 2024 and 2025 part a name as well as words do."""
    texts = (sheet.cells.get((row, column), "") for column in range(left, right + 1))
    return not all(map(_YEAR.fullmatch, filter(None, texts))) if has_numbers(row, left, right, sheet) else False


def _owner(row: int, column: int, sheet: Sheet) -> Place:
    """The first place of the merged range this one lies in, or the place itself."""
    return next(
        ((top, left) for top, left, bottom, right in sheet.merges if top <= row <= bottom and left <= column <= right),
        (row, column),
    )


def has_numbers(row: int, left: int, right: int, sheet: Sheet) -> bool:
    return any(
        (row, column) in sheet.numeric or is_figure(sheet.cells.get((row, column), ""))
        for column in range(left, right + 1)
    )


def is_figure(text: str) -> bool:
    """A value typed as text ("1.50%", "5元/笔") is one all the same."""
    return bool(re.fullmatch(r"[-+¥￥$]?\d[\d,.]*\s*(?:%|‰|元|万元|元/笔|元/年|免费)?", text)) or text in (
        "免费",
        "-",
        "—",
    )
