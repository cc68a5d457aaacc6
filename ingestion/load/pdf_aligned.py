"""Tables without drawn lines: text that stands under one another in columns parted by white space.

Columns come from the fullest lines; every other line is laid over them, so that empty, spanning and wrapped cells find
their place. Prose never qualifies: its pieces are long and do not line up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.load.pdf_aligned_ends import ends_above
from ingestion.load.pdf_lines import Line, Segment
from ingestion.load.pdf_tables import PlacedTable, joined_text

_LONGEST_CELL = 24  # letters in a column's middle cell: longer aligned text is prose
_LONGEST_PAIR = 20  # the same when there are only two columns and both are long
_FEWEST_ROWS = 3
_WIDE_GAP = 2.6  # line heights: further below stands something else
_WRAPPED = 1.3  # the gap between rows is so much larger than inside a wrapped cell
_MOST_HEADERS = 3
_MOST_WRAPPED = 4


@dataclass(slots=True)
class _Column:
    left: float
    right: float


def aligned(flow: Sequence[Line | PlacedTable], separators: Sequence[float]) -> list[Line | PlacedTable]:
    """Runs of lines whose pieces stand under one another become tables; everything else stays as it is.

    separators: heights of lines and shaded stripes drawn on the page.
    """
    placed: list[Line | PlacedTable] = []
    position = 0
    while position < len(flow):
        run = _run(flow, position, separators)
        table = _table(run, separators) if len(run) >= 2 else None
        if table is not None:
            placed.append(table)
            position += len(run)
        else:
            placed.append(flow[position])
            position += 1
    return placed


def _run(flow: Sequence[Line | PlacedTable], position: int, separators: Sequence[float]) -> list[Line]:
    """Lines that could be one table: pieces side by side, and between them single pieces that belong to one cell."""
    run: list[Line] = []
    full = 0
    for at, piece in enumerate(flow[position:], position + 1):
        if not isinstance(piece, Line) or (run and run[-1].bottom - piece.bottom > _WIDE_GAP * 1.5 * piece.size):
            break
        if len(piece.segments) > 1:
            full = len(run) + 1
        elif not run:
            if not _could_head(piece, flow, position):
                break
        elif not _could_be_cell(piece, len(run) - full) or ends_above(piece, run, flow[at : at + 4], separators):
            break
        run.append(piece)
    if run and not full:
        return []
    return run[: full + _wrapped_end(run, full)]


def _could_be_cell(line: Line, since: int) -> bool:
    """since: how many single pieces stand between it and the last full line."""
    return since < _MOST_WRAPPED and line.right - line.left <= 0.75 * (line.edges[1] - line.edges[0])


def _could_head(line: Line, flow: Sequence[Line | PlacedTable], position: int) -> bool:
    """A single piece above the right part of the first full line is the name of several columns."""
    following = flow[position + 1] if position + 1 < len(flow) else None
    if not isinstance(following, Line) or len(following.segments) < 2 or len(line.text) > _LONGEST_CELL:
        return False
    if line.bottom - following.bottom > 2.2 * line.size or abs(line.size - following.size) > 0.1 * following.size:
        return False
    first = following.segments[0].right if len(following.segments) > 2 else following.segments[0].left - 1
    return line.left > first and sum(s.right > line.left - 4 * line.size for s in following.segments) >= 2


def _wrapped_end(run: Sequence[Line], full: int) -> int:
    """How many single pieces after the last full line belong to its cells: close below, and not in the first column."""
    count = 0
    cells = [one for line in run[:full] for one in (line.segments if len(line.segments) == 1 else line.segments[1:])]
    names = min((line.segments[0].left for line in run[:full]), default=0.0)
    for before, line in pairwise(run[full - 1 :]):
        beside = line.left > names + line.size and any(abs(line.left - one.left) < one.size for one in cells)
        if not beside or before.bottom - line.bottom > 1.9 * line.size:
            break
        count += 1
    return count


def _table(run: Sequence[Line], separators: Sequence[float]) -> PlacedTable | None:
    columns = _columns(run)
    if columns is None:
        return None
    full = next(at for at, line in enumerate(run) if len(line.segments) == len(columns))
    cells = [_laid(line, columns, names=at < full) for at, line in enumerate(run)]
    if any(row is None for row in cells):
        return None
    laid = [row for row in cells if row is not None]
    inside = [at for at in separators if run[-1].bottom < at < run[0].top]
    groups = _groups(run, laid, inside)
    if len(groups) < 2 or (len(groups) < _FEWEST_ROWS and (len(columns) < 3 or not _has_figures(run))):
        return None
    rows, spans = _rows(groups, laid)
    headed = _headed(rows, spans, groups, run, inside)
    _fill_down(rows, headed)
    return PlacedTable(
        tuple(map(tuple, rows)),
        run[0].top,
        run[-1].bottom,
        tuple(column.left for column in columns),
        run[0].page,
        right=columns[-1].right,
        headed=headed if headed > 1 else None,
        drawn=False,
    )


def _columns(run: Sequence[Line]) -> list[_Column] | None:
    """Where the columns stand, from the lines with the most pieces; None when these do not stand under one another."""
    counts = Counter(len(line.segments) for line in run if len(line.segments) > 1)
    if not counts:
        return None
    total = sum(counts.values())
    most = max((width for width, count in counts.items() if count >= max(2, 0.25 * total)), default=0)
    if most < 2:
        return None
    anchors = [line.segments for line in run if len(line.segments) == most]
    columns = [_Column(min(s.left for s in stack), max(s.right for s in stack)) for stack in zip(*anchors, strict=True)]
    if any(first.right > second.left for first, second in pairwise(columns)):
        return None
    middle = [sorted(len(s.text) for s in stack)[len(anchors) // 2] for stack in zip(*anchors, strict=True)]
    if min(middle) > _LONGEST_CELL or (most == 2 and min(middle) > _LONGEST_PAIR):
        return None
    if not all(_stands_aligned(stack) for stack in zip(*anchors, strict=True)):
        return None
    return columns


def _stands_aligned(stack: Sequence[Segment]) -> bool:
    """Most pieces of a column share their left edge, their middle or their right edge."""
    near = 0.9 * stack[0].size
    for places in zip(*((one.left, (one.left + one.right) / 2, one.right) for one in stack), strict=True):
        usual = sorted(places)[len(places) // 2]
        if sum(abs(place - usual) < near for place in places) >= 0.6 * len(stack):
            return True
    return False


def _laid(line: Line, columns: Sequence[_Column], *, names: bool) -> list[tuple[int, int, str]] | None:
    """(first column, last column, text) of each piece; None when two pieces meet in one column.

    names: the line stands above the first full one, so that a piece centred over several columns names them all.
    """
    laid: list[tuple[int, int, str]] = []
    for segment in line.segments:
        over = [at for at, c in enumerate(columns) if segment.left < c.right - 1 and segment.right > c.left + 1]
        if names and len(over) <= 1 and (spread := _spread(segment, columns, after=laid[-1][1] if laid else 0)):
            over = list(range(spread[0], spread[1] + 1))
        if not over:
            centre = (segment.left + segment.right) / 2
            over = [min(range(len(columns)), key=lambda at: abs((columns[at].left + columns[at].right) / 2 - centre))]
        if laid and laid[-1][1] >= over[0]:
            if laid[-1][0] == laid[-1][1] == over[0] == over[-1]:
                laid[-1] = (over[0], over[0], f"{laid[-1][2]} {segment.text}")
                continue
            return None
        laid.append((over[0], over[-1], segment.text))
    return laid


def _spread(segment: Segment, columns: Sequence[_Column], after: int) -> tuple[int, int] | None:
    """The columns that a short piece is centred over, unless it lines up with a single one.

    Cells may stand left, right or in the middle of their columns, which are wider than their words: each is tried.
    """
    near = 0.8 * segment.size
    centre = (segment.left + segment.right) / 2
    if any(
        min(abs(segment.left - c.left), abs(segment.right - c.right), abs(centre - (c.left + c.right) / 2)) < near / 2
        for c in columns
    ):
        return None
    found: list[tuple[float, tuple[int, int]]] = []
    for first in range(after + 1 if after else 0, len(columns)):
        for last in range(first + 1, len(columns)):
            start, end = columns[first], columns[last]
            middles = [(start.left + end.right) / 2]
            if last + 1 < len(columns):
                middles.append((start.left + columns[last + 1].left) / 2)
            if first:
                middles.append((columns[first - 1].right + end.right) / 2)
            if segment.left > start.left - near and segment.right < end.right + near:
                found.append((min(abs(middle - centre) for middle in middles), (first, last)))
    best = min(found, default=None)
    return best[1] if best is not None and best[0] < 1.5 * near else None


_Laid = list[tuple[int, int, str]]


def _groups(run: Sequence[Line], laid: Sequence[_Laid], inside: Sequence[float]) -> list[list[int]]:
    """Which lines make one row: parted by drawn lines, else by wider gaps, else by what stands in the first column."""
    drawn = _cut(run, lambda a, b: any(b.top - 2 < at < a.bottom + 2 for at in inside))
    if len(drawn) >= _FEWEST_ROWS and all(_names(group, laid) <= 1 for group in drawn[1:]):
        return drawn
    gaps = sorted(a.bottom - b.bottom for a, b in pairwise(run))
    steps = [(b / a, (a + b) / 2) for a, b in pairwise(gaps) if a > 0]
    if steps and max(steps)[0] >= _WRAPPED:
        limit = max(steps)[1]
        spaced = _cut(run, lambda a, b: a.bottom - b.bottom > limit)
        if len(spaced) >= _FEWEST_ROWS and all(_names(group, laid) <= 1 for group in spaced):
            return spaced
    groups: list[list[int]] = []
    width = max(last for row in laid for _, last, _ in row) + 1
    for at, row in enumerate(laid):
        fresh = row[0][0] == 0 or len(row) >= max(2, width - 1) or not groups or len(groups) == 1
        if fresh:
            groups.append([at])
        else:
            groups[-1].append(at)
    return groups


def _cut(run: Sequence[Line], parted: Callable[[Line, Line], bool]) -> list[list[int]]:
    groups = [[0]]
    for at in range(1, len(run)):
        if parted(run[at - 1], run[at]):
            groups.append([at])
        else:
            groups[-1].append(at)
    return groups


def _names(group: Sequence[int], laid: Sequence[_Laid]) -> int:
    return sum(laid[at][0][0] == 0 for at in group)


def _has_figures(run: Sequence[Line]) -> bool:
    return any(char.isdigit() for line in run for segment in line.segments[1:] for char in segment.text)


def _rows(groups: Sequence[Sequence[int]], laid: Sequence[_Laid]) -> tuple[list[list[str]], list[bool]]:
    """The rows' cells, and for each row whether it has a cell that spans some columns but not all."""
    width = max(last for row in laid for _, last, _ in row) + 1
    rows, spans = [], []
    for group in groups:
        cells = [""] * width
        spanning = False
        for at in group:
            for first, last, text in laid[at]:
                spanning |= 0 < last - first < width - 1
                for column in range(first, last + 1):
                    cells[column] = joined_text(cells[column], text)
        rows.append(cells)
        spans.append(spanning)
    return rows, spans


def _headed(
    rows: Sequence[Sequence[str]],
    spans: Sequence[bool],
    groups: Sequence[Sequence[int]],
    run: Sequence[Line],
    inside: Sequence[float],
) -> int:
    """How many rows name the columns: those above the first drawn line, else a row of spanning names and the next."""
    depth = 1
    while depth < min(_MOST_HEADERS, len(rows) - 1) and spans[depth - 1]:
        depth += 1
    for count in range(1, min(_MOST_HEADERS, len(rows) - 1) + 1):
        above, below = run[groups[count - 1][-1]], run[groups[count][0]]
        if any(below.top - 2 < at < above.bottom + 2 for at in inside):
            return max(count, depth) if count <= 2 or spans[0] else depth
    return depth


def _fill_down(rows: list[list[str]], headed: int) -> None:
    """A row that is complete but for its first cell belongs to the name above it."""
    for at in range(headed + 1, len(rows)):
        if not rows[at][0] and len(rows[at]) > 2 and all(rows[at][1:]):
            rows[at][0] = rows[at - 1][0]
