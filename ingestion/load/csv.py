"""CSV: rows of question and answer become FAQ pairs; any other CSV is read as one table.

Columns are found by their heading in Chinese or English; the delimiter is the one that cuts the heading line best.
"""

from __future__ import annotations

import csv
import io

from app.knowledge.preparing import Notice
from ingestion.blocks import Block, Loaded, Pair, Row, Table
from ingestion.decoding import decode
from ingestion.failures import failure
from ingestion.load.xlsx_sheet import Sheet
from ingestion.load.xlsx_tables import blocks_of

_QUESTION = {"问题", "标准问", "标准问题", "常见问题", "提问", "问", "question", "q", "questions"}
_ANSWER = {"答案", "标准答案", "回答", "回复", "答复", "答", "answer", "a", "reply", "answers"}
_CATEGORY = {"类别", "分类", "类目", "栏目", "业务", "业务类型", "主题", "category", "topic", "type"}
_COUNTER = {"序号", "编号", "id", "no", "no.", "#"}

_LOOKED_AT = 30  # lines that tell the delimiter

csv.field_size_limit(10_000_000)


def load(content: bytes) -> Loaded:
    everything = _rows(decode(content))
    rows = [row for row in everything if any(row)]
    if not rows:
        raise failure("no_text")
    header = tuple(rows[0])
    names = [name.strip().lower() for name in header]
    question, answer, category = _find(names, _QUESTION), _find(names, _ANSWER), _find(names, _CATEGORY)
    if question is None or answer is None:
        if not all(header):  # a title or merged headings stand above the table, as spreadsheets export them
            return Loaded(tuple(blocks_of(_sheet(everything))))
        return Loaded((_table(header, rows[1:]),), warnings=_overlong(rows))
    extra = [
        place
        for place, name in enumerate(names)
        if name and place not in (question, answer, category) and name not in _COUNTER
    ]
    pairs: list[Block] = []
    incomplete = 0
    for cells in rows[1:]:
        row = _widened(cells, len(header))
        if not row[question] or not row[answer]:
            incomplete += 1
            continue
        lines = [row[answer], *(f"{header[place]}：{row[place]}" for place in extra if row[place])]
        pairs.append(Pair(row[question], "\n".join(lines), row[category] if category is not None else ""))
    if not pairs:
        raise failure("no_text")
    warnings = _overlong(rows)
    if incomplete:
        warnings = (*warnings, Notice("incomplete_rows", f"有 {incomplete} 行缺少问题或答案，未收录。"))
    return Loaded(tuple(pairs), warnings=warnings)


def _overlong(rows: list[list[str]]) -> tuple[Notice, ...]:
    count = sum(any(row[len(rows[0]) :]) for row in rows)
    if not count:
        return ()
    return (Notice("extra_cells", f"有 {count} 行的列数多于表头，多出的内容未收录，请检查是否缺少引号。"),)


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.strip()][:_LOOKED_AT]
    delimiter = max(",\t;|，", key=lambda sign: _fit(lines, sign))
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error:
        raise failure("corrupt") from None


def _fit(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines a delimiter cuts alike, and into how many pieces the usual line."""
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
    usual = max(set(widths), key=widths.count, default=0)
    return widths.count(usual), usual


def _sheet(lines: list[list[str]]) -> Sheet:
    cells = {(down, across): cell for down, row in enumerate(lines) for across, cell in enumerate(row) if cell}
    return Sheet(cells)


def _find(names: list[str], wanted: set[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name in wanted), None)


def _widened(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _table(header: tuple[str, ...], rows: list[list[str]]) -> Table:
    return Table(header, tuple(Row(tuple(_widened(row, len(header))[: len(header)])) for row in rows))
