"""Where the tables of a sheet lie: bands between empty rows, cut at empty columns, with the lines around each table.

A line above a table that holds one text is its title; one below is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingestion.blocks import Block, Heading, Paragraph
from ingestion.load.xlsx_headings import Headed, goes_on, header_rows, hidden_header, is_across, is_header
from ingestion.load.xlsx_regions import regions
from ingestion.load.xlsx_sheet import Sheet
from ingestion.table_remarks import as_line, is_about_table
from ingestion.tables import table_from

_LIKE = 50  # rows of a table that tell what its other rows are like
_LONGEST_TITLE = 40
_REMARK = re.compile(
    r"(?:注|备注|说明|单位|币种|制表|更新|生效|日期|截至|数据)[\w（）()日期时间来源]{0,6}\s*[:：]|[（(].*[)）]$|\*|※"
)

_LABEL = re.compile(r"(?:注|备注|说明)(?:意事项)?\s*[:：]?")  # in a cell of its own, the remark beside it


def blocks_of(sheet: Sheet) -> Iterator[Block]:
    """Titles, tables and notes from top to bottom; of tables side by side the left one first."""
    rows: dict[int, list[int]] = {}
    for row, column in sorted(sheet.cells):
        rows.setdefault(row, []).append(column)
    found: list[Block] = []
    above: list[Headed] = []
    for band in _bands(sorted(rows), sheet):
        read: list[Headed] = []
        found += _band(band, rows, sheet, above, read)
        above = read or above
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


def _band(
    band: list[int], rows: dict[int, list[int]], sheet: Sheet, above: Sequence[Headed], read: list[Headed]
) -> Iterator[Block]:
    """above: the tables of the band before, whose rows may go on here. read: takes the tables of this one."""
    if len(band) > 1 and all(_lone(sheet, row, rows[row]) for row in band):
        lines = [_first(sheet, rows, row) for row in band]
        opening = _title(lines[0])
        yield opening if isinstance(_title(lines[1]), Paragraph) else Paragraph(lines[0])
        yield from (Paragraph(line) for line in lines[1:])
        return
    while len(band) > 1 and _lone(sheet, band[0], rows[band[0]]):
        yield _title(_first(sheet, rows, band[0]))
        band = band[1:]
    notes = _notes([[sheet.cells[row, column] for column in rows[row]] for row in band])
    band = band[: len(band) - len(notes)]
    columns = sorted({column for row in band for column in rows[row]})
    for region, goes_under in _shared_out(columns, band, sheet, above):
        yield from _region(band, region, sheet, read, goes_under)
    yield from (Paragraph(note) for note in notes)


def _shared_out(
    columns: list[int], band: Sequence[int], sheet: Sheet, above: Sequence[Headed]
) -> Iterator[tuple[Sequence[int], Headed | None]]:
    """The band's columns table by table; those that go on with one above keep its columns, filled or not."""
    shares: list[tuple[Sequence[int], Headed | None]] = []
    for table in above:
        own = [column for column in columns if table.columns[0] <= column <= table.columns[-1]]
        first = next(
            (row for row in band if len({sheet.cells.get((row, column)) for column in own} - {None}) > 1), None
        )
        if first is not None and set(own) <= set(table.columns) and goes_on(table, first, sheet):
            shares.append((table.columns, table))
            columns = [column for column in columns if column not in own]
    shares += [(region, None) for region in regions(columns, band, sheet)]
    yield from sorted(shares, key=lambda share: share[0][0])


def _lone(sheet: Sheet, row: int, columns: Sequence[int]) -> bool:
    return len({sheet.cells[row, column] for column in columns}) == 1


def _first(sheet: Sheet, rows: dict[int, list[int]], row: int) -> str:
    return sheet.cells[row, rows[row][0]]


def _region(
    band: Sequence[int], columns: Sequence[int], sheet: Sheet, read: list[Headed], under: Headed | None = None
) -> Iterator[Block]:
    """under: the table above whose column names hold here too."""
    rows = [row for row in band if any((row, column) in sheet.cells for column in columns)]
    cells = [[sheet.cells.get((row, column), "") for column in columns] for row in rows]
    while len(cells) > 1 and len(set(filter(None, cells[0]))) == 1 and len(columns) > 1:
        yield _title(next(filter(None, cells[0])))
        rows, cells = rows[1:], cells[1:]
    while under is None and len(cells) > 2 and is_about_table(cells[0], cells[1]):
        yield Paragraph(as_line(cells[0]))
        rows, cells = rows[1:], cells[1:]
    if under is None and (len(cells) == 1 or len(columns) == 1):
        for line in cells:
            text = "　".join(dict.fromkeys(filter(None, line)))
            yield _title(text) if len(cells) == 1 and len(columns) == 1 else Paragraph(text)
        return
    across = [is_across(row, columns, sheet) for row in rows]
    for at in range(1, len(cells) - 1):
        if not _names_what_follows(cells, at):
            continue
        if is_header(rows[at + 1], columns, sheet) and (at + 2 < len(cells) or cells[at + 1] == cells[0]):
            yield from _region(rows[:at], columns, sheet, read, under)
            yield _title(cells[at][0])
            yield from _region(rows[at + 1 :], columns, sheet, read)
            return
        cells[at] = [cells[at][0]] * len(columns)  # a name for the rows below, as if it were merged over the table
        across[at] = True
    notes = _notes(cells)
    kept = len(rows) - len(notes)
    rows, cells, across = rows[:kept], cells[:kept], across[:kept]
    under = under or _under_hidden_header(rows, columns, sheet)
    if under is None:
        table = table_from(cells, header_rows(rows, columns, sheet), across=across)
    elif any(under.header):
        table = table_from([under.header, *cells], 1, across=[False, *across])
    else:
        table = table_from(cells, 0, across=across)
    if table is not None:
        yield table
        if len(table.header) == len(columns):
            body = rows[-len(table.rows) :]
            head = rows[-len(table.rows) - 1] if len(rows) > len(table.rows) else None
            read.append(under or Headed(columns, table.header, head, body[:_LIKE]))
    yield from (Paragraph(note) for note in notes)


def _under_hidden_header(rows: Sequence[int], columns: Sequence[int], sheet: Sheet) -> Headed | None:
    hidden = hidden_header(rows, columns, sheet)
    return hidden if hidden is not None and goes_on(hidden, rows[0], sheet) else None


def _names_what_follows(cells: Sequence[Sequence[str]], at: int) -> bool:
    """One short text at the left of an otherwise empty row, and a row with more below it."""
    first, *others = cells[at]
    below = sum(1 for cell in cells[at + 1] if cell)
    return bool(first) and not any(others) and below > 1 and isinstance(_title(first), Heading)


def _notes(cells: Sequence[Sequence[str]]) -> list[str]:
    """The last lines below a table, from the first remark on: what is numbered after it belongs to it."""
    lines: list[str] = []
    for row in reversed(cells[1:]):
        texts = list(dict.fromkeys(filter(None, row)))
        if len(texts) > 1 and not (len(texts) == 2 and _LABEL.fullmatch(texts[0])):
            break
        lines.insert(0, "".join(texts))
    first = next((at for at, line in enumerate(lines) if _is_remark(line)), len(lines))
    return lines[first:]


def _is_remark(text: str) -> bool:
    return bool(_REMARK.match(text)) or len(text) > _LONGEST_TITLE


def _title(text: str) -> Block:
    """A short line without punctuation names what follows; units and remarks are told with it instead."""
    if len(text) > _LONGEST_TITLE or _REMARK.match(text) or text[-1] in "。；;：:，" or "\n" in text:
        return Paragraph(text)
    return Heading(text, 2)
