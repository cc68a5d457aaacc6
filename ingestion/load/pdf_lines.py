"""Letters into lines, each line cut into segments where a wide gap parts columns or cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median_high

from ingestion.load.pdf_page import Letter
from ingestion.notes import raised

_SEGMENT_GAP = 1.4  # in letter heights: further apart means another column
_SPACE_GAP = 0.18
_RAISED = 0.8  # of the line's letters: smaller ones above the line are marks of notes
_LOWERED = 0.1  # of the line's letters: how far below their baseline a lowered one stands at least
_DESCENT = 0.2  # of a letter's height, from its bottom to its baseline
_WORD_GAP = 0.75  # the gap that separates words between Chinese letters


@dataclass(frozen=True, slots=True)
class Segment:
    """Letters of one line without a wide gap between them. size: the usual letter height. bold: all of it is."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool = False

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Segments side by side. page: 1-based. edges: where lines of its column begin and end, once that is known."""

    segments: tuple[Segment, ...]
    page: int
    edges: tuple[float, float] = (0.0, 0.0)

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def left(self) -> float:
        return self.segments[0].left

    @property
    def right(self) -> float:
        return self.segments[-1].right

    @property
    def bottom(self) -> float:
        return min(segment.bottom for segment in self.segments)

    @property
    def top(self) -> float:
        return max(segment.top for segment in self.segments)

    @property
    def size(self) -> float:
        return max(self.segments, key=lambda segment: len(segment.text)).size

    @property
    def bold(self) -> bool:
        return all(segment.bold for segment in self.segments)


def lines(letters: Iterable[Letter], page: int) -> list[Line]:
    """Letters gathered by height, top to bottom, each line cut at its wide gaps."""
    rows: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda one: -one.middle):
        row = rows[-1] if rows else None
        if row is not None and abs(row[0].middle - letter.middle) < 0.45 * max(row[0].height, letter.height):
            row.append(letter)
        else:
            rows.append([letter])
    return [Line(tuple(_segments(_with_notes(sorted(row, key=lambda one: one.left)))), page) for row in rows]


def together(segments: Iterable[Segment], page: int) -> list[Line]:
    """Segments of one column gathered into lines again, top to bottom."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda one: -one.middle):
        row = rows[-1] if rows else None
        if row is not None and abs(row[0].middle - segment.middle) < 0.45 * max(row[0].size, segment.size):
            row.append(segment)
        else:
            rows.append([segment])
    return [Line(tuple(sorted(row, key=lambda one: one.left)), page) for row in rows]


def _with_notes(row: Sequence[Letter]) -> Sequence[Letter]:
    """Raised figures become the bracketed marks of footnotes, and so do lowered ones that follow a figure (10₂)."""
    size = max(letter.height for letter in row)
    if min(letter.height for letter in row) > _RAISED * size:
        return row
    base = min(letter.bottom for letter in row if letter.height > _RAISED * size)
    marked: list[Letter] = []
    for shift, run in groupby(row, key=lambda one: _shift(one, base, size)):
        letters = list(run)
        text = "".join(one.sign for one in letters)
        before = marked[-1].sign if marked else ""
        if not shift or (shift < 0 and not (text.isdigit() and before[-1:].isdigit())):
            marked += letters
            continue
        marked.append(replace(letters[0], sign=raised(text, before), right=letters[-1].right))
    return marked


def _shift(letter: Letter, base: float, size: float) -> int:
    """1 for a letter that is smaller than the line's and raised, -1 for a lowered one. base, size: of the line's."""
    if letter.height > _RAISED * size:
        return 0
    if letter.bottom > base + 0.15 * size:
        return 1
    return -1 if letter.bottom < base + _DESCENT * (size - letter.height) - _LOWERED * size else 0


def _segments(row: Sequence[Letter]) -> Iterable[Segment]:
    size = median_high(letter.height for letter in row)
    part: list[Letter] = []
    text = ""
    twice = 0
    for letter in row:
        if part:
            before = part[-1]
            if letter.sign == before.sign and letter.left - before.left < 0.15 * size:
                twice += 1  # bold made by printing it again, a hair apart
                continue
            gap = letter.left - before.right
            if gap > _SEGMENT_GAP * size:
                yield _segment(part, text, twice)
                part, text, twice = [], "", 0
            elif gap > (_SPACE_GAP if before.sign[-1].isascii() and letter.sign[0].isascii() else _WORD_GAP) * size:
                text += " "
        part.append(letter)
        text += letter.sign
    yield _segment(part, text, twice)


def _segment(part: Sequence[Letter], text: str, twice: int) -> Segment:
    return Segment(
        text,
        part[0].left,
        max(letter.right for letter in part),
        min(letter.bottom for letter in part),
        max(letter.top for letter in part),
        median_high(letter.height for letter in part),
        twice >= len(part) or all(letter.bold for letter in part),
    )
