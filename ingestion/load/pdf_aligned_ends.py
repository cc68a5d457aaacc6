"""Where one table without drawn lines ends and the next begins: at the title between them.

A group's name inside a table looks the same, so what stands below decides too: names for columns, or the next values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingestion.load.pdf_lines import Line
from ingestion.load.pdf_tables import PlacedTable

_FURTHER = 1.35  # times the usual step from row to row


def ends_above(
    title: Line, run: Sequence[Line], below: Sequence[Line | PlacedTable], separators: Sequence[float]
) -> bool:
    """True when a line of a single piece below the rows of `run` names another table.

    below: the next few pieces. separators: heights of lines and shaded stripes drawn on the page.
    """
    rows = [line for line in run if len(line.segments) > 1]
    following = _next_row(below)
    if not rows or following is None or title.left > min(row.segments[0].right for row in rows):
        return False
    if not _fits(following, rows):
        return True
    if any(char.isdigit() for segment in following.segments for char in segment.text):
        return False
    return (
        title.text.endswith(("：", ":"))
        or _stands_apart(title, run[-1], rows)
        or _is_ruled_off(run[-1], following, rows, separators)
    )


def _next_row(below: Sequence[Line | PlacedTable]) -> Line | None:
    for piece in below:
        if not isinstance(piece, Line):
            return None
        if len(piece.segments) > 1:
            return piece
    return None


def _fits(following: Line, rows: Sequence[Line]) -> bool:
    """Every piece stands in a column of the rows above, and no two in one."""
    counts = Counter(len(row.segments) for row in rows)
    usual = max(counts, key=lambda width: (counts[width], width))
    stacks = list(zip(*(row.segments for row in rows if len(row.segments) == usual), strict=True))
    columns = [(min(one.left for one in stack), max(one.right for one in stack)) for stack in stacks]
    if any(first[1] > second[0] for first, second in pairwise(columns)):
        return True  # columns that run into each other tell nothing
    if len(following.segments) > usual:
        return False
    taken = -1
    for segment in following.segments:
        over = [at for at, (left, right) in enumerate(columns) if segment.left < right and segment.right > left]
        if over and over[0] <= taken:
            return False
        taken = over[-1] if over else taken
    return True


def _stands_apart(title: Line, last: Line, rows: Sequence[Line]) -> bool:
    steps = [above.bottom - below.bottom for above, below in pairwise(rows)]
    return bool(steps) and last.bottom - title.bottom > _FURTHER * median(steps)


def _is_ruled_off(last: Line, following: Line, rows: Sequence[Line], separators: Sequence[float]) -> bool:
    """A drawn line on either side of the title, in a table whose own rows have none between them."""
    inner = list(pairwise(rows[1:]))
    if not inner or any(_parts(above, below, separators) for above, below in inner):
        return False
    return _parts(last, following, separators)


def _parts(above: Line, below: Line, separators: Sequence[float]) -> bool:
    return any(below.top - 2 < at < above.bottom + 2 for at in separators)
