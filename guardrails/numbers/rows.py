"""A number of a table belongs to its row and its column: "6个月的业绩比较基准是2.70%" is wrong where 2.70% stands in
the row of 12个月, "标准计划最高赔2,400元" where it stands under 优越计划.

A row is named by its first cell or a part of it, a column by its heading. A sentence that names some is held to them,
for numbers that the evidence has in that table alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from guardrails.numbers.clauses import CELL_NAME, names_cells
from guardrails.numbers.facts import Facts, Line, keys_of
from guardrails.numbers.quantities import Key, Quantity, read_quantities

_RULE = re.compile(r"[\s|:-]+")
_PARTS = re.compile(r"[、/,，()（）+和及与]|或者?")
# "2. 抵押快贷：最高1,000万元，年利率2.95%起": what stands before the colon names the row.
_HEADED = re.compile(r"\s*(?:[(（]?[\d一二三四五六七八九十]{1,2}[.、)）])?\s*([^:：,，。;；()（）\d|]{2,12})[:：]")
_DIGITS = re.compile(r"\d")
_SHORTEST = 2
# So many of a row's pairs of characters name it, if no other row has one.
_ENOUGH = 2
_KINDS = frozenset([
    "money", "percent", "months", "days", "workdays", "time", "phone", "plain",
    "次", "笔", "倍", "岁", "期", "分", "折", "个", "张",
])  # fmt: skip
# What is compared with it stands in another row.
_COMPARES = re.compile(
    "(?<![占对])比(?![例率重]|较基准)|(?<!比)较|不同|区别|相差|than|versus|compared|unlike|其他|另外|others?",
    re.IGNORECASE,
)
# "从29.39万降到14.59万" speaks of two rows.
_CHANGES = re.compile(r"[从由自][^,，;；。]{1,16}[降升减增涨跌变调缩延][到至成为]|from [^,;.]{1,20} to ", re.IGNORECASE)
_LATIN = re.compile("[A-Za-z]{3,}")
_Of = TypeVar("_Of")
_What = TypeVar("_What")
_WORD = re.compile("[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """row: the line's index; column: which heading it stands under, "" where none."""

    row: int
    column: str
    keys: frozenset[Key]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """names, pairs, keys: of each row the words and the numbers of its first cell, without what other rows share.
    columns: of each heading the pairs of characters that it alone has."""

    cells: tuple[Cell, ...]
    names: dict[int, frozenset[str]]
    pairs: dict[int, frozenset[str]]
    keys: dict[int, frozenset[Key]]
    columns: dict[str, frozenset[str]]


def of_another_row(
    text: str, quantities: Sequence[Quantity], supported: Sequence[Quantity], facts: Facts
) -> Quantity | None:
    """The first number that stands only in rows or columns which the sentence does not name, though it names some."""
    if not supported or _COMPARES.search(text) or _CHANGES.search(text):
        return None
    said = {key for one in quantities for key in one.keys}
    squeezed = text.replace(" ", "")
    for table in tables_of(facts):
        rows, columns = _rows_named(squeezed, said, table), _columns_named(squeezed, table)
        if not rows and not columns:
            continue
        labels = frozenset[Key]().union(*table.keys.values())
        # One that is said again and again is judged once.
        for one in {one.keys: one for one in reversed(supported)}.values():
            if one.kind not in _KINDS or not labels.isdisjoint(one.keys):
                continue
            places = {place.line for key in one.keys for place in facts.holds.get(key, ())}
            if places and places <= table.names.keys() and _is_stray(one, table, rows, columns, said):
                return one
    return None


def _is_stray(one: Quantity, table: Table, rows: frozenset[int], columns: frozenset[str], said: set[Key]) -> bool:
    cells = [cell for cell in table.cells if not cell.keys.isdisjoint(one.keys)]
    if not cells:
        return False
    if rows and not any(cell.row in rows for cell in cells):
        return any(cell.row in rows and one.kind in cell.kinds for cell in table.cells)
    alike = [
        cell
        for cell in table.cells
        if one.kind in cell.kinds and cell.column in columns and (not rows or cell.row in rows)
    ]
    # Where it says what stands under the heading that it names, its other numbers are of others.
    if not alike or any(not cell.keys.isdisjoint(said) for cell in alike):
        return False
    return not any(cell.column in columns for cell in cells if not rows or cell.row in rows)


def _rows_named(text: str, said: set[Key], table: Table) -> frozenset[int]:
    """None where no row is named beyond doubt; then every row that may be meant."""
    by_number = {row for row, keys in table.keys.items() if keys & said}
    found, left = set[str](), text
    for name in sorted(
        {name for names in table.names.values() for name in names if name in text}, key=len, reverse=True
    ):
        if name in left:  # 白金卡 names no 金卡
            found.add(name)
            left = left.replace(name, "\0")
    by_name = {row for row, names in table.names.items() if names & found}
    if any(table.names.values()) and any(table.keys.values()):
        sure = by_name & by_number if by_name and by_number else by_number if not by_name else set()
    else:
        sure = by_name | by_number
    if not sure:
        # "分行营业部", where the row is called 江城分行营业部.
        shared = {row: sum(pair in text for pair in pairs) for row, pairs in table.pairs.items()}
        most = [row for row, count in shared.items() if count]
        if len(most) != 1 or shared[most[0]] < _ENOUGH or 2 * shared[most[0]] < len(table.pairs[most[0]]):
            return frozenset()
        sure = set(most)
    maybe = {row for row, pairs in table.pairs.items() if any(pair in text for pair in pairs)}
    return frozenset(sure | by_name | by_number | maybe)


def _columns_named(text: str, table: Table) -> frozenset[str]:
    return frozenset(name for name, pairs in table.columns.items() if any(pair in text for pair in pairs))


def tables_of(facts: Facts) -> list[Table]:
    """Every table of the evidence with at least two rows; read once."""
    if facts.tables is None:
        facts.tables = [table for lines in _grouped(facts.lines) if (table := _table(lines)) is not None]
    tables: list[Table] = facts.tables
    return tables


def _grouped(lines: Sequence[Line]) -> Iterator[list[tuple[int, Line]]]:
    group: list[tuple[int, Line]] = []
    kind = ""
    for at, line in enumerate(lines):
        now = "|" if "|" in line.text else ";" if names_cells(line.text) else ":" if _HEADED.match(line.text) else ""
        if now != kind or (group and group[-1][1].piece != line.piece):
            if kind:
                yield group
            group, kind = [], now
        if now and not _RULE.fullmatch(line.text):
            group.append((at, line))
    if kind:
        yield group


def _table(lines: Sequence[tuple[int, Line]]) -> Table | None:
    headings: list[str] = []
    if lines and "|" in lines[0][1].text:
        headings = [cell.strip() for cell in lines[0][1].text.strip().strip("|").split("|")]
        lines = lines[1:]
    if len(lines) < 2:
        return None
    cells: list[Cell] = []
    names: dict[int, frozenset[str]] = {}
    keys: dict[int, frozenset[Key]] = {}
    heads = [match[1] for _, line in lines if (match := _head_of(line)) is not None]
    if len(heads) == len(lines) > len(set(heads)):
        return None  # "甲支行：…。乙支行：…。甲支行：…": none of them is a row of its own
    for at, line in lines:
        label = ""
        if (headed := _head_of(line)) is not None:
            label = headed[1].strip()
            keys[at] = frozenset()
            names[at] = frozenset({label.replace(" ", "")})
            held = frozenset(key for one in line.quantities for key in keys_of(one))
            cells.append(Cell(at, "", held, frozenset(one.kind for one in line.quantities)))
            continue
        for number, (start, end, heading, value) in enumerate(_cells(line.text, headings)):
            if not number:
                label = value
            inside = [one for one in line.quantities if start <= one.start and one.end <= end]
            held = frozenset(key for one in inside for key in keys_of(one))
            cells.append(Cell(at, heading, held, frozenset(one.kind for one in inside)))
        told = read_quantities(label)
        # A tier ("100万元以下") is no name of its row.
        tier = len(told) > 1 or any(one.bound for one in told)
        keys[at] = frozenset(() if tier else (key for one in told for key in keys_of(one)))
        begins = _DIGITS.split(label)[0].strip()
        begins = begins if len(begins) > _SHORTEST else ""
        parts = (part.strip().replace(" ", "") for part in (label, begins, *_PARTS.split(label)))
        names[at] = frozenset(name for name in parts if len(name) >= _SHORTEST and not any(map(str.isdigit, name)))
    columns = {name: _pairs(name) for name in dict.fromkeys(cell.column for cell in cells) if name}
    return Table(
        tuple(cells),
        _apart(names),
        _apart({at: frozenset(pair for name in group for pair in _pairs(name)) for at, group in names.items()}),
        _apart(keys),
        _apart(columns),
    )


def _head_of(line: Line) -> re.Match[str] | None:
    """What names a line that is no row of cells."""
    return None if "|" in line.text or names_cells(line.text) else _HEADED.match(line.text)


def _apart(groups: dict[_Of, frozenset[_What]]) -> dict[_Of, frozenset[_What]]:
    """Without what more than one of them has."""
    count: dict[_What, int] = {}
    for group in groups.values():
        for one in group:
            count[one] = count.get(one, 0) + 1
    return {of: frozenset(one for one in group if count[one] == 1) for of, group in groups.items()}


def _pairs(name: str) -> frozenset[str]:
    chinese = {first + second for run in _WORD.findall(name) for first, second in pairwise(run)}
    return frozenset({*chinese, *_LATIN.findall(name)})


def _cells(text: str, headings: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, heading and value of each cell."""
    if "|" in text:
        start = len(text) - len(text.lstrip(" |"))
        for number, cell in enumerate(text[start:].rstrip(" |").split("|")):
            yield start, start + len(cell), headings[number] if number < len(headings) else "", cell.strip()
            start += len(cell) + 1
        return
    start = 0
    for cell in re.split("[;；]", text):
        head = CELL_NAME.match(cell)
        value = cell[head.end() :] if head else cell
        yield start, start + len(cell), head.group().strip(" :：") if head else "", value.strip()
        start += len(cell) + 1
