"""CSV: rows of question and answer become FAQ pairs; any other CSV is read as one table.

The delimiter is the one that cuts the lines most alike, unless the file names it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

from app.knowledge.preparing import Notice
from ingestion.blocks import Heading, Loaded, Paragraph, Row, Table
from ingestion.decoding import decode
from ingestion.failures import failure
from ingestion.load.xlsx_sheet import Sheet
from ingestion.load.xlsx_tables import blocks_of
from ingestion.questions import asks, pairs
from ingestion.tables import table_from

_LOOKED_AT = 30  # lines that tell the delimiter
_TITLES = 5  # rows that may stand above the headings
_SAID = re.compile(r"sep=(.)[ \t]*(?:\n|\Z)", re.IGNORECASE)  # what Excel writes for itself to read

_AS_TEXT = re.compile(r'="([^"]*)"')  # how figures are written that a spreadsheet must not count with (="00123")
_BELOW = "."

csv.field_size_limit(10_000_000)


def load(content: bytes) -> Loaded:
    text, delimiter = _delimited(decode(content))
    loaded = _read(_rows(text, delimiter))
    if not _is_open(text, delimiter):
        return loaded
    told = Notice("unclosed_quote", "有一个引号没有结束，其后的各行并入了同一个单元格，请检查引号。")
    return replace(loaded, warnings=(*loaded.warnings, told))


def _read(everything: list[list[str]]) -> Loaded:
    rows = [row for row in everything if any(row)]
    if not rows:
        raise failure("no_text")
    at = next((at for at, row in enumerate(rows[:_TITLES]) if asks(row)), None)
    if at is None:
        return _tables(everything, rows)
    above, rows = rows[:at], rows[at:]
    table = _table(tuple(rows[0]), rows[1:])
    made, incomplete = pairs(table.header, table.rows)
    if not made:
        raise failure("no_text")
    warnings = _overlong(rows)
    if incomplete:
        warnings = (*warnings, Notice("incomplete_rows", f"有 {len(incomplete)} 行缺少问题或答案，未收录。"))
    lines = ("　".join(filter(None, row)) for row in above)
    titles = [Paragraph(line) if at else Heading(line, 1) for at, line in enumerate(lines)]
    return Loaded((*titles, *made), warnings=warnings)


def _tables(everything: list[list[str]], rows: list[list[str]]) -> Loaded:
    """Titles, notes and merged headings stand around a table as spreadsheets export them, with commas or without."""
    header = tuple(rows[0])
    widths = [_filled(row) for row in rows]
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    if all(header) and len(header) >= usual and not (len(header) > 2 and any(sum(map(bool, row)) == 1 for row in rows)):
        sheet = table_from(rows, None) if all(len(row) == 2 for row in rows) and _names_values(rows) else None
        return Loaded((sheet or _table(header, rows[1:]),), warnings=_overlong(rows))
    named = next((_filled(row) for row in rows if sum(map(bool, row)) > 1), usual)
    longer = sum(width > named for width in widths)
    told = f"有 {longer} 行的列数多于表头，多出的内容没有列名，请检查是否缺少引号。"
    return Loaded(tuple(blocks_of(_sheet(everything))), warnings=(Notice("extra_cells", told),) if longer else ())


def _names_values(rows: list[list[str]]) -> bool:
    """Names and values side by side (产品名称 | 稳健一号, 产品代码 | WY001): more than one row begins with such a name.

    Two headings (网点名称 | 地址) look like one such row.
    """
    return sum(_names_value(row[0]) for row in rows) > 1


def _names_value(name: str) -> bool:
    """Whether it names what stands beside it, whatever that is."""
    made = table_from([[name, "甲"], ["", "乙"]], None)
    return made is not None and not any(made.header)


def _filled(row: list[str]) -> int:
    """How far the row reaches: spreadsheets write commas for the empty rest of it."""
    return max((place for place, cell in enumerate(row, 1) if cell), default=0)


def _overlong(rows: list[list[str]]) -> tuple[Notice, ...]:
    count = sum(any(row[len(rows[0]) :]) for row in rows)
    if not count:
        return ()
    return (Notice("extra_cells", f"有 {count} 行的列数多于表头，多出的内容未收录，请检查是否缺少引号。"),)


def _delimited(text: str) -> tuple[str, str]:
    """The text and what parts its cells."""
    if said := _SAID.match(text):
        return text[said.end() :], said.group(1)
    lines = [line for line in text.split("\n") if line.strip()][:_LOOKED_AT]
    return text, max(",\t;|，", key=lambda sign: _fit(lines, sign))


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return [[_shown(cell.strip()) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error:
        raise failure("corrupt") from None


def _shown(cell: str) -> str:
    found = _AS_TEXT.fullmatch(cell)
    return found.group(1) if found else cell


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a quote swallows the end of the text: what is put below it then does not come out alone."""
    if text.count('"') % 2 == 0:
        return False
    *_, last = csv.reader(io.StringIO(f"{text}\n{_BELOW}"), delimiter=delimiter)
    return last != [_BELOW]


def _fit(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines a delimiter cuts alike, and into how many pieces the usual line."""
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
    usual = max(set(widths), key=widths.count, default=0)
    return widths.count(usual), usual


def _sheet(lines: list[list[str]]) -> Sheet:
    cells = {(down, across): cell for down, row in enumerate(lines) for across, cell in enumerate(row) if cell}
    return Sheet(cells)


def _widened(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _table(header: tuple[str, ...], rows: list[list[str]]) -> Table:
    return Table(header, tuple(Row(tuple(_widened(row, len(header))[: len(header)])) for row in rows))
