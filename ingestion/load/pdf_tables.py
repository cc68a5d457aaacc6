"""Tables on a PDF page: first those drawn with lines (merged cells too), then text aligned in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.load.pdf_page import Letter, Line, Page, Rule, lines

_NEAR = 3.0
_LONGEST_CELL = 24  # letters: longer aligned text is two columns of prose, not a table
_FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """cells: a rectangle of text. edges: the columns' left edges, to recognise the table on the next page."""

    cells: tuple[tuple[str, ...], ...]
    top: float
    bottom: float
    edges: tuple[float, ...]
    page: int


@dataclass(slots=True)
class _Frame:
    horizontal: list[Rule]
    vertical: list[Rule]


def ruled(page: Page) -> tuple[list[PlacedTable], list[Letter]]:
    """The tables drawn on the page, and the letters that belong to none of them."""
    tables: list[PlacedTable] = []
    rest = list(page.letters)
    for frame in _frames(_joined(page.horizontal), _joined(page.vertical)):
        xs, ys = _places(frame.vertical), _places(frame.horizontal)[::-1]
        if len(xs) < 3 or len(ys) < 3:
            continue
        inside = [one for one in rest if xs[0] <= one.centre <= xs[-1] and ys[-1] <= one.middle <= ys[0]]
        cells = _filled(frame, xs, ys, inside, page.number)
        if sum(any(row) for row in cells) < 2:
            continue
        taken = set(map(id, inside))
        rest = [one for one in rest if id(one) not in taken]
        tables.append(PlacedTable(tuple(map(tuple, cells)), ys[0], ys[-1], tuple(xs[:-1]), page.number))
    return tables, rest


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Pieces of one line, drawn cell by cell, become one rule."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda one: (round(one.at / _NEAR), one.start)):
        last = joined[-1] if joined else None
        if last is not None and abs(last.at - rule.at) <= _NEAR and rule.start <= last.end + _NEAR:
            joined[-1] = Rule(last.at, last.start, max(last.end, rule.end))
        else:
            joined.append(rule)
    return joined


def _frames(horizontal: list[Rule], vertical: list[Rule]) -> list[_Frame]:
    """Rules that touch one another, gathered into tables."""
    frames: list[_Frame] = []
    for rule in horizontal:
        crossing = [v for v in vertical if _reaches(rule, v.at) and _reaches(v, rule.at)]
        if not crossing:
            continue
        touched = [frame for frame in frames if any(v in frame.vertical for v in crossing)]
        frames = [frame for frame in frames if frame not in touched]
        verticals = dict.fromkeys([v for frame in touched for v in frame.vertical] + crossing)
        frames.append(_Frame([h for frame in touched for h in frame.horizontal] + [rule], list(verticals)))
    return frames


def _reaches(rule: Rule, place: float) -> bool:
    return rule.start - _NEAR <= place <= rule.end + _NEAR


def _places(rules: Sequence[Rule]) -> list[float]:
    places: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not places or at - places[-1] > _NEAR:
            places.append(at)
    return places


def _filled(frame: _Frame, xs: list[float], ys: list[float], letters: Sequence[Letter], page: int) -> list[list[str]]:
    """Every place of the grid with its cell's text; a place without a line to its neighbour shares the neighbour's."""
    columns, rows = len(xs) - 1, len(ys) - 1
    owner = {(row, column): (row, column) for row in range(rows) for column in range(columns)}

    def root(place: tuple[int, int]) -> tuple[int, int]:
        while owner[place] != place:
            place = owner[place]
        return place

    for row in range(rows):
        for column in range(columns):
            middle_x, middle_y = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if column and not _drawn(frame.vertical, xs[column], middle_y):
                owner[root((row, column))] = root((row, column - 1))
            if row and not _drawn(frame.horizontal, ys[row], middle_x):
                owner[root((row, column))] = root((row - 1, column))

    held: dict[tuple[int, int], list[Letter]] = {}
    for letter in letters:
        across = next((at for at, (a, b) in enumerate(pairwise(xs)) if a <= letter.centre <= b), None)
        down = next((at for at, (a, b) in enumerate(pairwise(ys)) if b <= letter.middle <= a), None)
        if across is not None and down is not None:
            held.setdefault(root((down, across)), []).append(letter)
    texts = {place: _cell_text(lines(inside, page)) for place, inside in held.items()}
    return [[texts.get(root((row, column)), "") for column in range(columns)] for row in range(rows)]


def _drawn(rules: Sequence[Rule], at: float, across: float) -> bool:
    return any(abs(rule.at - at) <= _NEAR and _reaches(rule, across) for rule in rules)


def _cell_text(cell: Sequence[Line]) -> str:
    text = ""
    for line in cell:
        text += (" " if _between_words(text, line.text) else "") + line.text
    return text


def _between_words(text: str, following: str) -> bool:
    return bool(text) and text[-1].isascii() and text[-1].isalpha() and following[0].isascii()


def aligned(flow: Sequence[Line]) -> list[PlacedTable | Line]:
    """Runs of lines whose pieces stand under one another become tables; the other lines stay as they are."""
    placed: list[PlacedTable | Line] = []
    position = 0
    while position < len(flow):
        run = _run(flow, position)
        if len(run) >= _FEWEST_ROWS:
            cells = tuple(tuple(segment.text for segment in line.segments) for line in run)
            edges = tuple(segment.left for segment in run[0].segments)
            placed.append(PlacedTable(cells, run[0].top, run[-1].bottom, edges, run[0].page))
            position += len(run)
        else:
            placed.append(flow[position])
            position += 1
    return placed


def _run(flow: Sequence[Line], position: int) -> list[Line]:
    run: list[Line] = []
    for line in flow[position:]:
        width = len(line.segments)
        if width < 2 or any(len(segment.text) > _LONGEST_CELL for segment in line.segments):
            break
        if run and (width != len(run[0].segments) or not _stands_under(run[0], line)):
            break
        run.append(line)
    return run


def _stands_under(first: Line, second: Line) -> bool:
    """Columns meet at their left edge, their middle or their right edge."""
    near = 0.8 * first.size
    return all(
        min(abs(a.left - b.left), abs(a.right - b.right), abs(a.left + a.right - b.left - b.right) / 2) < near
        for a, b in zip(first.segments, second.segments, strict=True)
    )
