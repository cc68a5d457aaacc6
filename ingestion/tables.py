"""Tables of every format: merged cells spread over their columns, header rows folded into one name a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.blocks import Row, Table
from ingestion.rows import packed_rows
from ingestion.table_remarks import as_line, is_about_table, is_signature

_WIDEST = 200
_MOST_HEADERS = 4

# Headings of two-column sheets that name no quantity: "项目 | 内容" says nothing that "产品代码：WY001" lacks.
_GENERIC = re.compile(
    r"(?:产品|服务|基本|具体)?(?:项目|要素|条目|事项|名称|字段|参数|指标|内容|说明|信息|详情|值|描述|规定|要求|)"
)

_IDENTITY = re.compile(r"(?:名称|代码|编号|全称|简称)$")
_QUANTITY = re.compile(
    r"(?:名称|代码|等级|类型|期限|费率|利率|标准|金额|限额|日期|时间|方式|对象|渠道|比例|范围|说明|内容|[（(][^）)]+[）)])$"
)

# "0.65%", "3个月", "10元/笔": a figure with at most its unit. "7日年化收益率" is a name.
_FIGURE = re.compile(r"[-+(（¥￥$≥≤<>]*\d(?:[^A-Za-z\u4e00-\u9fff]*[A-Za-z\u4e00-\u9fff]){0,3}[^A-Za-z\u4e00-\u9fff]*")
_TERM = re.compile(r"(?:19|20)\d\d\s*年?(?:度|末|\d{1,2}\s*月末?)?|\d{1,3}\s*(?:个月|年|天|日)")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    columns: int = 1
    rows: int = 1


def grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """A rectangle: the text of a merged cell stands in every place it covers."""
    filled: dict[tuple[int, int], str] = {}
    for down, row in enumerate(rows):
        across = 0
        for cell in row:
            while (down, across) in filled:
                across += 1
            for below in range(down, min(down + cell.rows, len(rows))):
                for beside in range(across, min(across + cell.columns, _WIDEST)):
                    filled[below, beside] = cell.text
            across += cell.columns
    width = max((across for _, across in filled), default=-1) + 1
    return [[filled.get((down, across), "") for across in range(width)] for down in range(len(rows))]


def table_from(
    cells: Sequence[Sequence[str]],
    headed: int | None,
    pages: Sequence[int | None] | None = None,
    across: Sequence[bool] | None = None,
) -> Table | None:
    """headed: how many leading rows are headers; None = the source does not say, then the first row decides.

    pages: one a row of cells. Rows across the whole table above its header are its caption.
    across: for each row whether one cell covers all of it; None = the source does not say, then equal words do.
    """
    paged = pages if pages is not None else [None] * len(cells)
    merged = across if across is not None else [None] * len(cells)
    rows = [_row(row, page, one) for row, page, one in zip(cells, paged, merged, strict=True) if any(row)]
    if not rows:
        return None
    if headed is not None:  # an empty header row (| | |) says that the columns have no names
        headed -= sum(not any(row) for row in cells[:headed])
    titles = leading_titles([row.cells for row in rows])
    caption = "\n".join(as_line(row.cells) for row in rows[:titles])
    rows = rows[titles:]
    if len(rows) > 2 and is_signature(rows[-1].cells):
        rows[-1] = Row((as_line(rows[-1].cells),) * len(rows[-1].cells), rows[-1].page, across=True)
    headed = (headed - titles if headed > titles else None) if titles and headed is not None else headed
    if headed is None and _is_wide_sheet([row.cells for row in rows]):
        rows = [_row(pair, row.page, row.across) for row in rows for pair in _pairs(row.cells)]
    if headed is None:
        headed = 0 if len(rows[0].cells) == 1 or _is_sheet([row.cells for row in rows]) else 1
    headed = min(headed, len(rows) - 1)
    width = len(rows[0].cells)
    header = tuple(_folded([row.cells[column] for row in rows[:headed]]) for column in range(width))
    return Table(header, packed_rows(rows[headed:]), caption)


def _row(cells: Sequence[str], page: int | None, across: bool | None) -> Row:
    return Row(tuple(cells), page, is_across(Row(tuple(cells), across=across)))


def is_across(row: Row) -> bool:
    """One cell covers the row. Where the source does not say, the same words are one cell's and figures are not."""
    if row.across is not None:
        return row.across
    first, *others = row.cells
    if not others or not first or set(others) != {first}:
        return False
    return not (_FIGURE.fullmatch(first) or re.fullmatch(r"\W+|免费|无", first))


def leading_titles(cells: Sequence[Sequence[str]]) -> int:
    """How many of the first rows are about the whole table: its name across all columns, its unit, its date."""
    count = 0
    while count < len(cells) - 1 and len(cells[count]) > 1:
        if len(set(cells[count])) > 1 and not is_about_table(cells[count], cells[count + 1]):
            break
        count += 1
    return count if any(len(set(row)) > 1 for row in cells[count : count + 1]) else 0


def header_depth(owners: Sequence[Sequence[object]], texts: Sequence[Sequence[str]] | None = None) -> int:
    """How many rows name the columns: more than one while a name spans columns that the next row parts.

    owners: for each place the cell that covers it. texts: what stands there, where it is known.

    Every other name of such a row reaches down beside them; a row of names and values (产品名称 | 甲 甲 甲) does not.
    A name said anew beside them (人民币 over 活期 and 定期, 外币 over 定期) is one too where the corner reaches down
    just as far as the names do.
    """
    strict, loose = (_depth(owners, texts, corner_alone=alone) for alone in (False, True))
    if loose > strict:
        goes_on = owners[loose][0] is not None and owners[loose][0] == owners[loose - 1][0]
        return strict if goes_on else loose
    return strict


def _depth(owners: Sequence[Sequence[object]], texts: Sequence[Sequence[str]] | None, *, corner_alone: bool) -> int:
    """corner_alone: only the name at the left has to reach down."""
    depth = 1
    while depth < min(_MOST_HEADERS, len(owners) - 1):
        above, below = owners[depth - 1], owners[depth]
        spans = Counter(above)
        parted = {
            a
            for a in spans
            if 1 < spans[a] < len(above) and len({b for x, b in zip(above, below, strict=True) if x == a}) > 1
        }
        beside = [
            a == b or (corner_alone and texts is not None and not texts[depth][at])
            for at, (a, b) in enumerate(zip(above, below, strict=True))
            if a not in parted and (at == 0 or not corner_alone)
        ]
        if not parted or not all(beside) or (corner_alone and not beside):
            break
        if texts is not None and (corner_alone or not beside) and _holds_values(texts[depth]):
            break
        depth += 1
    return depth


def _holds_values(row: Sequence[str]) -> bool:
    """Figures stand in it that are neither years nor terms."""
    return any(_FIGURE.fullmatch(text) and not _TERM.fullmatch(text) for text in row)


def _folded(names: Sequence[str]) -> str:
    """Stacked headings of one column, outermost first, a merged one named once."""
    return "·".join(dict.fromkeys(name.replace("\n", "") for name in names if name))


def _is_sheet(rows: Sequence[Sequence[str]]) -> bool:
    """Two columns of name and value whose first row already is such a pair (产品代码 | WY001), not two headings."""
    if len(rows[0]) != 2:
        return False
    first, second = rows[0]
    if not first or not second or first == second or _QUANTITY.search(second) or _GENERIC.fullmatch(second):
        return False
    if _GENERIC.fullmatch(first) and not _IDENTITY.search(first) and _TERM.fullmatch(second):
        return False  # 指标 | 2026年: what the column is called, not what the indicator is
    return bool(_IDENTITY.search(first) or re.search(r"[\dA-Za-z。；%]", second) or len(second) > 12)


def _is_wide_sheet(rows: Sequence[Sequence[str]]) -> bool:
    """A sheet of name and value on a wider grid: two sheets side by side, values merged over the rest of the row."""
    if len(rows[0]) < 3:
        return False
    if len(_runs(rows[0])) == 2 and _is_sheet([_runs(rows[0])]):
        return all(len(_runs(row)) <= 4 for row in rows)
    halves = [row for row in rows if len(row) == 4 and len(_runs(row)) == 4]
    if any(_FIGURE.fullmatch(name) for row in halves for name in (row[0], row[2])):
        return False  # 期限 | 3个月 | 6个月 | 1年: a sheet's third column names what stands beside it
    return bool(halves) and all(_is_sheet([half]) for half in (rows[0][:2], halves[0][:2], halves[0][2:]))


def _runs(row: Sequence[str]) -> list[str]:
    """The row's cells; what is merged over neighbouring columns is said once."""
    return [cell for at, cell in enumerate(row) if not at or cell != row[at - 1]]


def _pairs(row: Sequence[str]) -> list[list[str]]:
    """The names and values of a wide sheet's row; a name that is parted further is named in full."""
    match _runs(row):
        case [alone]:
            return [[alone, alone]]
        case [name, part, value] if name and value:
            return [[f"{name}·{part}" if part else name, value]]
        case [name, value, other, its]:
            return [pair for pair in ([name, value], [other, its]) if any(pair)]
        case [name, *values]:
            return [[name, " ".join(filter(None, values))]]
        case _:
            return []


def rows_as_text(table: Table) -> list[list[str]]:
    """For each row its cells as "列名：值"; a cell that spans the whole table stands alone, empty ones are left out.

    This is the passage's text for tables: the words are the source's own, the order is the row's, and every value
    stands beside its column's name, so that a quoted line needs no header above it.
    """
    header = table.header
    sheet = len(header) == 2 and all(_GENERIC.fullmatch(name) for name in header)
    lines: list[list[str]] = []
    for row in table.rows:
        filled = [(name, " ".join(cell.split("\n"))) for name, cell in zip(header, row.cells, strict=True) if cell]
        if filled and len(header) > 1 and is_across(row):
            lines.append([filled[0][1]])
        elif sheet and len(filled) == 2:
            lines.append([f"{filled[0][1].rstrip('：:')}：{filled[1][1]}"])
        else:
            lines.append(_labelled(filled))
    return lines


def _labelled(filled: Sequence[tuple[str, str]]) -> list[str]:
    """Neighbouring columns that a merged cell covers are said once, under all their names."""
    said: list[tuple[list[str], str]] = []
    for name, cell in filled:
        if said and said[-1][1] == cell and name not in said[-1][0] and len(cell) > 8:
            said[-1][0].append(name)
        else:
            said.append(([name], cell))
    return [f"{'、'.join(names)}：{cell}" if any(names) else cell for names, cell in said]
