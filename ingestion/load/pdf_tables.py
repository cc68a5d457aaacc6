"""Tables drawn with lines on a PDF page: merged cells are spread over what they cover, header rows are counted."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.load.pdf_lines import lines
from ingestion.load.pdf_objects import Rule
from ingestion.load.pdf_page import Letter, Page
from ingestion.tables import header_depth, leading_titles

_NEAR = 3.0
_OPEN = 12.0  # points: lines that reach this far beyond the outermost crossing line leave the table's side open
_DOUBLE = 8.0  # points: narrower than any column, the space between lines drawn double
_UNPARTED = 3  # lines of text in a row that no line parts, side by side in every column: rows of their own
_MOST_PLACES = 20_000

Place = tuple[int, int]
Cells = list[list[str]]


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """cells: a rectangle of text. edges: the columns' left edges; right: the last one's end, to know it again.

    headed: how many rows name the columns; None = the first row's words decide. drawn: it has lines.
    owners: for each place of `cells` the one its cell begins at, where lines tell.
    """

    cells: tuple[tuple[str, ...], ...]
    top: float
    bottom: float
    edges: tuple[float, ...]
    page: int
    right: float
    headed: int | None = None
    caption: str = ""
    drawn: bool = True
    owners: tuple[tuple[Place, ...], ...] = ()

    @property
    def left(self) -> float:
        return self.edges[0]


@dataclass(slots=True)
class _Frame:
    horizontal: list[Rule]
    vertical: list[Rule]


def ruled(page: Page) -> tuple[list[PlacedTable], list[Letter]]:
    """The tables drawn on the page, and the letters that belong to none of them."""
    if len(page.vertical) < 2 or len(page.horizontal) < 2:
        return [], list(page.letters)
    tables: list[PlacedTable] = []
    rest = list(page.letters)
    for frame in _frames(_joined(page.horizontal), _joined(page.vertical)):
        xs, ys = _grid_lines(frame)
        if len(xs) < 3 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) > _MOST_PLACES:
            continue
        inside = [one for one in rest if xs[0] <= one.centre <= xs[-1] and ys[-1] <= one.middle <= ys[0]]
        table = _table(frame, xs, ys, inside, page.number)
        if table is None:
            continue
        taken = set(map(id, inside))
        rest = [one for one in rest if id(one) not in taken]
        tables.append(table)
    return tables, rest


def joined_text(text: str, following: str) -> str:
    """A cell's lines joined; only words of Latin letters are parted by a blank."""
    between = text and following and text[-1].isascii() and text[-1].isalpha() and following[0].isascii()
    return text + (" " if between else "") + following


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Pieces of one line, drawn cell by cell, become one rule."""
    joined: list[Rule] = []
    level: list[Rule] = []
    for rule in sorted(rules, key=lambda one: one.at):
        if level and rule.at - level[0].at > _NEAR:
            joined += _end_to_end(level)
            level = []
        level.append(rule)
    return joined + _end_to_end(level)


def _end_to_end(level: Sequence[Rule]) -> list[Rule]:
    joined: list[Rule] = []
    for rule in sorted(level, key=lambda one: one.start):
        last = joined[-1] if joined else None
        if last is not None and rule.start <= last.end + _NEAR:
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
    return sorted(frames, key=lambda frame: -max(rule.at for rule in frame.horizontal))


def _grid_lines(frame: _Frame) -> tuple[list[float], list[float]]:
    """Where columns (left to right) and rows (top to bottom) part, the ends of tables with open sides included."""
    xs, ys = _places(frame.vertical), _places(frame.horizontal)
    starts, ends = sorted(r.start for r in frame.horizontal), sorted(r.end for r in frame.horizontal)
    if starts[len(starts) // 2] < xs[0] - _OPEN:
        xs.insert(0, starts[len(starts) // 2])
    if ends[len(ends) // 2] > xs[-1] + _OPEN:
        xs.append(ends[len(ends) // 2])
    lows, highs = sorted(r.start for r in frame.vertical), sorted(r.end for r in frame.vertical)
    if lows[len(lows) // 2] < ys[0] - _OPEN:
        ys.insert(0, lows[len(lows) // 2])
    if highs[len(highs) // 2] > ys[-1] + _OPEN:
        ys.append(highs[len(highs) // 2])
    return xs, ys[::-1]


def _reaches(rule: Rule, place: float) -> bool:
    return rule.start - _NEAR <= place <= rule.end + _NEAR


def _places(rules: Sequence[Rule]) -> list[float]:
    places: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not places or at - places[-1] > _NEAR:
            places.append(at)
    return places


def _table(frame: _Frame, xs: list[float], ys: list[float], letters: list[Letter], page: int) -> PlacedTable | None:
    owner = _owners(frame, xs, ys)
    held: dict[Place, list[Letter]] = {}
    downwards = [-y for y in ys]
    for letter in letters:
        across = min(max(bisect_right(xs, letter.centre) - 1, 0), len(xs) - 2)
        down = min(max(bisect_right(downwards, -letter.middle) - 1, 0), len(ys) - 2)
        held.setdefault(owner[down, across], []).append(letter)
    if len({place[1] for place in held}) < 2 and len(xs) > 3:
        return None
    cells, owners = _filled(owner, held, len(xs) - 1, len(ys) - 1, page)
    kept = [row for row in range(len(cells)) if any(cells[row])]
    cells, owners = [cells[row] for row in kept], [owners[row] for row in kept]
    if len(cells) < 2:
        return None
    titles = leading_titles(cells) if len(set(owners[0])) == 1 else 0
    if len(cells) - titles < 2:
        titles = 0
    caption, cells, owners = "\n".join(row[0] for row in cells[:titles]), cells[titles:], owners[titles:]
    cells, owners, edges = _without_empty_columns(cells, owners, xs)
    headed = header_depth(owners)
    return PlacedTable(
        tuple(map(tuple, cells)),
        ys[0],
        ys[-1],
        edges,
        page,
        xs[-1],
        headed if headed > 1 else None,
        caption,
        owners=tuple(map(tuple, owners)),
    )


def _owners(frame: _Frame, xs: list[float], ys: list[float]) -> Mapping[Place, Place]:
    """For every place of the grid the first place of its cell: without a line between them, neighbours are one."""
    columns, rows = len(xs) - 1, len(ys) - 1
    owner = {(row, column): (row, column) for row in range(rows) for column in range(columns)}

    def root(place: Place) -> Place:
        while owner[place] != place:
            place = owner[place]
        return place

    def join(first: Place, second: Place) -> None:
        low, high = sorted((root(first), root(second)))
        owner[high] = low

    for row in range(rows):
        for column in range(columns):
            middle_x, middle_y = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if column and not _drawn(frame.vertical, xs[column], middle_y):
                join((row, column - 1), (row, column))
            if row and not _drawn(frame.horizontal, ys[row], middle_x):
                join((row - 1, column), (row, column))
    return {place: root(place) for place in owner}


def _drawn(rules: Sequence[Rule], at: float, across: float) -> bool:
    return any(abs(rule.at - at) <= _NEAR and _reaches(rule, across) for rule in rules)


def _filled(
    owner: Mapping[Place, Place], held: Mapping[Place, Sequence[Letter]], columns: int, rows: int, page: int
) -> tuple[Cells, list[list[Place]]]:
    """Every place's text, and its cell; rows that no line parts are told by their lines of text."""
    written = {place: lines(inside, page) for place, inside in held.items()}
    texts = {place: _cell_text([line.text for line in cell]) for place, cell in written.items()}
    cells: Cells = []
    owners: list[list[Place]] = []
    for row in range(rows):
        places = [owner[row, column] for column in range(columns)]
        parts = [written.get(place, []) for place in dict.fromkeys(places)]
        counts = Counter(len(part) for part in parts if part)
        if rows <= 2 and row == rows - 1 and len(counts) == 1 and max(counts) >= _UNPARTED and len(parts) == columns:
            for at in range(max(counts)):
                cells.append([written[place][at].text if place in written else "" for place in places])
                owners.append([(row + at, column) for column in range(columns)])
            continue
        cells.append([texts.get(place, "") for place in places])
        owners.append(places)
    return cells, owners


def _cell_text(parts: Sequence[str]) -> str:
    text = ""
    for part in parts:
        text = joined_text(text, part)
    return text


def _without_empty_columns(
    cells: Cells, owners: list[list[Place]], xs: Sequence[float]
) -> tuple[Cells, list[list[Place]], tuple[float, ...]]:
    """Lines drawn double leave columns that hold nothing, or only repeat the cell beside them."""
    kept = [
        at
        for at in range(len(xs) - 1)
        if (any(row[at] for row in cells) or xs[at + 1] - xs[at] > _DOUBLE)
        and (not at or any(row[at] != row[at - 1] for row in owners))
    ]
    if len(kept) < 2:
        kept = list(range(len(xs) - 1))
    pick = [[row[at] for at in kept] for row in cells]
    return pick, [[row[at] for at in kept] for row in owners], tuple(xs[at] for at in kept)
