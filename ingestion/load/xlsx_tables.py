"""Where the tables of a sheet lie: bands between empty rows, cut at empty columns, with the lines around each table.

A line above a table that holds one text is its title; one below is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingestion.blocks import Block, Heading, Paragraph
from ingestion.load.xlsx_sheet import Sheet
from ingestion.tables import table_from

_LONGEST_TITLE = 40
_LONGEST_NAME = 12
_REMARK = re.compile(
    r"(?:注|备注|说明|单位|币种|制表|更新|生效|日期|截至|数据)[\w（）()日期时间来源]{0,6}\s*[:：]|[（(].*[)）]$|\*|※"
)


def blocks_of(sheet: Sheet) -> Iterator[Block]:
    """Titles, tables and notes from top to bottom; of tables side by side the left one first."""
    rows: dict[int, list[int]] = {}
    for row, column in sorted(sheet.cells):
        rows.setdefault(row, []).append(column)
    found = [block for band in _bands(sorted(rows), sheet) for block in _band(band, rows, sheet)]
    yield from _settled(found)


def _settled(blocks: Sequence[Block]) -> Iterator[Block]:
    """A title right under a title is its subtitle; one that nothing follows is a line like any other."""
    for at, block in enumerate(blocks):
        if not isinstance(block, Heading):
            yield block
        elif all(isinstance(later, Heading) for later in blocks[at:]):
            yield Paragraph(block.text)
        else:
            yield Heading(block.text, 3 if at and isinstance(blocks[at - 1], Heading) else 2)


def _bands(rows: Sequence[int], sheet: Sheet) -> Iterator[list[int]]:
    """Runs of rows with something in them; hidden rows between two rows do not part them."""
    band: list[int] = []
    for row in rows:
        if band and any(between not in sheet.hidden_rows for between in range(band[-1] + 1, row)):
            yield band
            band = []
        band.append(row)
    if band:
        yield band


def _band(band: list[int], rows: dict[int, list[int]], sheet: Sheet) -> Iterator[Block]:
    if len(band) > 1 and all(_lone(sheet, row, rows[row]) for row in band):
        lines = [_first(sheet, rows, row) for row in band]
        opening = _title(lines[0])
        yield opening if isinstance(_title(lines[1]), Paragraph) else Paragraph(lines[0])
        yield from (Paragraph(line) for line in lines[1:])
        return
    while len(band) > 1 and _lone(sheet, band[0], rows[band[0]]):
        yield _title(_first(sheet, rows, band[0]))
        band = band[1:]
    notes: list[str] = []
    while len(band) > 1 and _lone(sheet, band[-1], rows[band[-1]]) and _is_remark(_first(sheet, rows, band[-1])):
        notes.insert(0, _first(sheet, rows, band[-1]))
        band = band[:-1]
    columns = sorted({column for row in band for column in rows[row]})
    for region in _regions(columns, sheet):
        yield from _region(band, region, sheet)
    yield from (Paragraph(note) for note in notes)


def _lone(sheet: Sheet, row: int, columns: Sequence[int]) -> bool:
    return len({sheet.cells[row, column] for column in columns}) == 1


def _first(sheet: Sheet, rows: dict[int, list[int]], row: int) -> str:
    return sheet.cells[row, rows[row][0]]


def _regions(columns: Sequence[int], sheet: Sheet) -> Iterator[list[int]]:
    region: list[int] = []
    for column in columns:
        if region and any(between not in sheet.hidden_columns for between in range(region[-1] + 1, column)):
            yield region
            region = []
        region.append(column)
    if region:
        yield region


def _region(band: Sequence[int], columns: Sequence[int], sheet: Sheet) -> Iterator[Block]:
    rows = [row for row in band if any((row, column) in sheet.cells for column in columns)]
    cells = [[sheet.cells.get((row, column), "") for column in columns] for row in rows]
    while len(cells) > 1 and len(set(filter(None, cells[0]))) == 1 and len(columns) > 1:
        yield _title(next(filter(None, cells[0])))
        rows, cells = rows[1:], cells[1:]
    if len(cells) == 1 or len(columns) == 1:
        for line in cells:
            text = "　".join(dict.fromkeys(filter(None, line)))
            yield _title(text) if len(cells) == 1 and len(columns) == 1 else Paragraph(text)
        return
    for at in range(1, len(cells) - 1):
        if not _names_what_follows(cells, at):
            continue
        if _is_header(rows[at + 1], columns, sheet) and (at + 2 < len(cells) or cells[at + 1] == cells[0]):
            yield from _region(rows[:at], columns, sheet)
            yield _title(cells[at][0])
            yield from _region(rows[at + 1 :], columns, sheet)
            return
        cells[at] = [cells[at][0]] * len(columns)  # a name for the rows below, as if it were merged over the table
    notes: list[str] = []
    while len(cells) > 1 and len(set(filter(None, cells[-1]))) == 1 and _is_remark(next(filter(None, cells[-1]))):
        notes.insert(0, next(filter(None, cells[-1])))
        rows, cells = rows[:-1], cells[:-1]
    table = table_from(cells, _header_rows(rows, columns, sheet))
    if table is not None:
        yield table
    yield from (Paragraph(note) for note in notes)


def _names_what_follows(cells: Sequence[Sequence[str]], at: int) -> bool:
    """One short text at the left of an otherwise empty row, and a row with more below it."""
    first, *others = cells[at]
    below = sum(1 for cell in cells[at + 1] if cell)
    return bool(first) and not any(others) and below > 1 and isinstance(_title(first), Heading)


def _is_header(row: int, columns: Sequence[int], sheet: Sheet) -> bool:
    """Every column has a short name, and none of them is a figure."""
    names = [sheet.cells.get((row, column), "") for column in columns]
    return all(0 < len(name) <= _LONGEST_NAME for name in names) and not _has_numbers(
        row, columns[0], columns[-1], sheet
    )


def _is_remark(text: str) -> bool:
    return bool(_REMARK.match(text)) or len(text) > _LONGEST_TITLE


def _title(text: str) -> Block:
    """A short line without punctuation names what follows; units and remarks are told with it instead."""
    if len(text) > _LONGEST_TITLE or _REMARK.match(text) or text[-1] in "。；;：:，" or "\n" in text:
        return Paragraph(text)
    return Heading(text, 2)


def _header_rows(rows: Sequence[int], columns: Sequence[int], sheet: Sheet) -> int | None:
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
            if wide and at + tall < len(rows) and not _has_numbers(rows[at + tall], left, right, sheet):
                deep = max(deep, at + tall + 1)
    if deep >= len(rows):
        return None
    return deep or None


def _has_numbers(row: int, left: int, right: int, sheet: Sheet) -> bool:
    return any((row, column) in sheet.numeric or _is_figure(sheet, row, column) for column in range(left, right + 1))


def _is_figure(sheet: Sheet, row: int, column: int) -> bool:
    """A value typed as text ("1.50%", "5元/笔") is one all the same."""
    text = sheet.cells.get((row, column), "")
    return bool(re.fullmatch(r"[-+¥￥$]?\d[\d,.]*\s*(?:%|‰|元|万元|元/笔|元/年|免费)?", text)) or text in (
        "免费",
        "-",
        "—",
    )
