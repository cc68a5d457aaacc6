"""The order in which a page is read: full-width parts from top to bottom, columns of prose one after the other.

Columns are told from tables by what they hold: prose fills its lines up to the column's edge, cells do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from ingestion.load.pdf_lines import Line, Segment, together
from ingestion.load.pdf_tables import PlacedTable

Piece = Line | PlacedTable
_Box = Segment | PlacedTable

_FEWEST = 4  # lines in a column
_MOST_CROSSING = 0.4  # of the lines may run across the gutter: titles, tables
_NARROWEST = 8.0  # points of white between columns
_PROSE = 10  # letters in the middle one of a column's lines
_FEWEST_FULL = 3
_SHORTEST = 0.7  # of the page's width: full lines end no further to the left
_FULL = 0.45  # of a column's lines reach its edge


def in_reading_order(pieces: Sequence[Piece], page: int, width: float) -> list[list[Piece]]:
    """Columns and full-width parts one after the other, each from top to bottom; lines know their column's edges.

    width: of the page, in points.
    """
    boxes: list[_Box] = []
    for piece in pieces:
        boxes.extend(piece.segments if isinstance(piece, Line) else [piece])
    return [_column(part, page, _SHORTEST * width) for part in _parts(boxes) if part]


def _column(boxes: Sequence[_Box], page: int, end: float) -> list[Piece]:
    """end: where full lines end at least, unless several show that they end earlier."""
    edges = min(box.left for box in boxes), max(box.right for box in boxes)
    full = sum(isinstance(box, Segment) and box.right > edges[1] - 1.5 * box.size for box in boxes)
    if full < _FEWEST_FULL:
        edges = edges[0], max(end, edges[1])
    written = [replace(line, edges=edges) for line in together((b for b in boxes if isinstance(b, Segment)), page)]
    drawn = [box for box in boxes if isinstance(box, PlacedTable)]
    return sorted([*written, *drawn], key=lambda piece: -piece.top)


def _parts(boxes: Sequence[_Box]) -> Iterator[Sequence[_Box]]:
    gutter = _gutter(boxes)
    if gutter is None:
        yield boxes
        return
    held: list[_Box] = []
    for band, is_beside in _bands(boxes, gutter):
        left, right = [box for box in band if box.right <= gutter], [box for box in band if box.left >= gutter]
        if is_beside and _is_prose(left) and _is_prose(right):
            yield held
            held = []
            yield from _parts(left)
            yield from _parts(right)
        else:
            held.extend(band)
    yield held


def _gutter(boxes: Sequence[_Box]) -> float | None:
    """The middle of the widest white strip in the middle of the page that few lines run across."""
    if len(boxes) < 2 * _FEWEST:
        return None
    start, end = min(box.left for box in boxes), max(box.right for box in boxes)
    width = int(end - start) + 2
    steps = [0] * (width + 1)
    for box in boxes:
        steps[int(box.left - start)] += 1
        steps[min(width, int(box.right - start) + 1)] -= 1
    crossing = list(accumulate(steps))[:width]
    inner = range(int(0.2 * width), int(0.8 * width))
    if not inner:
        return None
    fewest = min(crossing[x] for x in inner)
    if fewest > _MOST_CROSSING * len(boxes) / 2:
        return None
    best, first = (0, 0), None
    for x in [*inner, inner[-1] + 1]:
        if x in inner and crossing[x] <= fewest:
            first = x if first is None else first
        elif first is not None:
            best, first = max(best, (x - first, first)), None
    return start + best[1] + best[0] / 2 if best[0] >= _NARROWEST else None


def _bands(boxes: Sequence[_Box], gutter: float) -> Iterator[tuple[list[_Box], bool]]:
    """From top to bottom: what runs across the gutter (False), and what stands beside it in between (True)."""
    band: list[_Box] = []
    for box in sorted(boxes, key=lambda one: -one.top):
        if box.left < gutter < box.right:
            if band:
                yield band, True
                band = []
            yield [box], False
        else:
            band.append(box)
    if band:
        yield band, True


def _is_prose(boxes: Sequence[_Box]) -> bool:
    written = [box for box in boxes if isinstance(box, Segment)]
    if len(written) < _FEWEST:
        return False
    lengths = sorted(len(box.text) for box in written)
    if lengths[len(lengths) // 2] < _PROSE:
        return False
    edge = max(box.right for box in written)
    full = sum(box.right > edge - 2.5 * box.size for box in written)
    inner = _gutter(written)
    if inner is not None:  # columns again: each is judged by itself when it is parted
        return True
    return full >= _FULL * len(written)
