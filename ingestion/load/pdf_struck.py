"""Which letters of a PDF page are struck out: by a line drawn through them or by an annotation that says so.

A strike begins and ends with the letters it goes through; lines of tables, ornaments and underlines do not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

import pypdfium2.raw as pdfium

from ingestion.load.pdf_frame import Frame
from ingestion.load.pdf_objects import Box, Rule, Shapes

_LOW, _HIGH = 0.32, 0.68  # of a letter's height from its bottom: underlines lie below, lines of cells above
_OVERHANG = 1.0  # of a letter's height: how far a strike may reach beyond its letters
_GAP = 1.2  # of a letter's height: how wide a blank it may go through
_NEAR = 1.0  # points
_MOST_NOTES = 500  # annotations of one page that are looked at
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


class Placed(Protocol):
    """A letter, or a word as one."""

    @property
    def left(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def bottom(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def centre(self) -> float: ...
    @property
    def middle(self) -> float: ...


class Strikes:
    """Answers for one page. page: a pypdfium2 PdfPage. rules: turned into the frame."""

    def __init__(self, page: Any, frame: Frame, rules: Shapes) -> None:
        self._lines = _joined(rules.horizontal)
        self._heights = [line.at for line in self._lines]
        self._vertical = rules.vertical
        self._boxes = [frame.box(*box) for box in _annotated(page)]

    def touch(self, letter: Placed) -> bool:
        """Whether the letter, or one of the word's, may be struck out."""
        return bool(self._through(letter)) or any(
            box[0] < letter.right and letter.left < box[2] and box[1] < letter.middle < box[3] for box in self._boxes
        )

    def of(self, letters: Sequence[Placed]) -> set[int]:
        """The places of those struck out. letters: words only where none of them is touched."""
        struck: set[int] = set()
        held: dict[Rule, list[int]] = {}
        for at, letter in enumerate(letters):
            if any(box[0] < letter.centre < box[2] and box[1] < letter.middle < box[3] for box in self._boxes):
                struck.add(at)
            for line in self._through(letter):
                if line.start <= letter.centre <= line.end:
                    held.setdefault(line, []).append(at)
        for line, places in held.items():
            if self._is_strike(line, sorted((letters[at] for at in places), key=lambda one: one.left)):
                struck.update(places)
        return struck

    def _through(self, letter: Placed) -> list[Rule]:
        first = bisect_left(self._heights, letter.bottom + _LOW * letter.height)
        last = bisect_right(self._heights, letter.bottom + _HIGH * letter.height)
        return [line for line in self._lines[first:last] if line.start < letter.right and letter.left < line.end]

    def _is_strike(self, line: Rule, letters: Sequence[Placed]) -> bool:
        size = max(letter.height for letter in letters)
        if line.start < letters[0].left - _OVERHANG * size or line.end > letters[-1].right + _OVERHANG * size:
            return False
        if any(after.left - before.right > _GAP * size for before, after in pairwise(letters)):
            return False
        start, end = line.start - _NEAR, line.end + _NEAR
        crossing = (one for one in self._vertical if start <= one.at <= end)
        return not any(one.start - _NEAR <= line.at <= one.end + _NEAR for one in crossing)


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """By height; what is drawn run by run is one line."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda one: (round(one.at, 1), one.start)):
        last = joined[-1] if joined else None
        if last is not None and abs(last.at - rule.at) <= 0.1 and rule.start <= last.end + _NEAR:
            joined[-1] = replace(last, end=max(last.end, rule.end))
        else:
            joined.append(rule)
    return sorted(joined, key=lambda one: one.at)


def _annotated(page: Any) -> Iterator[Box]:
    """The places that visible annotations strike out, in the file's coordinates."""
    points = pdfium.FS_QUADPOINTSF()
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_NOTES)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, at)
        if not note:
            continue
        try:
            if pdfium.FPDFAnnot_GetSubtype(note) != pdfium.FPDF_ANNOT_STRIKEOUT:
                continue
            if pdfium.FPDFAnnot_GetFlags(note) & _UNSEEN:
                continue
            for part in range(min(pdfium.FPDFAnnot_CountAttachmentPoints(note), _MOST_NOTES)):
                if pdfium.FPDFAnnot_GetAttachmentPoints(note, part, points):
                    xs, ys = (points.x1, points.x2, points.x3, points.x4), (points.y1, points.y2, points.y3, points.y4)
                    yield min(xs), min(ys), max(xs), max(ys)
        finally:
            pdfium.FPDFPage_CloseAnnot(note)
