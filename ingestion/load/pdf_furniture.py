"""Running headers, footers and page numbers: what stands in the margin, again and again at the same place.

They are told by repetition over the neighbouring pages, digits aside, never by their words.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingestion.load.pdf_columns import Piece
from ingestion.load.pdf_lines import Line
from ingestion.load.pdf_tables import PlacedTable

_MARGIN = 0.12  # of the page's height, where running lines stand
_EDGE = 0.085  # where a page number stands even in a document of one page
_LONG = 40  # letters: a longer line that differs by a digit may be one of the text
_AROUND = 16  # pages before and after that are compared
_PAGE_NUMBER = re.compile(
    r"[-—–·\s]*(?:第?\s*\d+\s*页?\s*(?:[,，/|共]\s*共?\s*\d+\s*页?)?|page\s*\d+(?:\s*of\s*\d+)?|[ivxlc]{1,6})[-—–·\s]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page's pieces from top to bottom in no particular order; separators: heights that may part table rows."""

    number: int
    width: float
    height: float
    pieces: list[Piece]
    separators: tuple[float, ...]


def without_furniture(sheets: Iterable[Sheet]) -> Iterator[Sheet]:
    """The sheets in order, each as soon as its neighbours are known."""
    near: deque[tuple[Sheet, frozenset[str]]] = deque()
    counts: Counter[str] = Counter()
    done = 0  # sheets in `near` that have already been given
    for sheet in sheets:
        outlines = frozenset(_outline(piece) for piece in sheet.pieces if _in_margin(piece, sheet)) - {""}
        near.append((sheet, outlines))
        counts.update(outlines)
        if len(near) - done > _AROUND:
            yield _cleaned(near[done][0], counts, len(near))
            near[done] = (_emptied(near[done][0]), near[done][1])
            done += 1
        if done > _AROUND:
            counts.subtract(near.popleft()[1])
            done -= 1
    for sheet, _ in list(near)[done:]:
        yield _cleaned(sheet, counts, len(near))


def _cleaned(sheet: Sheet, counts: Counter[str], pages: int) -> Sheet:
    enough = max(2, min(4, round(0.4 * pages)))
    kept = [
        piece
        for piece in sheet.pieces
        if not (
            (_in_margin(piece, sheet) and counts[_outline(piece)] >= enough)
            or (isinstance(piece, Line) and _at_edge(piece, sheet) and _PAGE_NUMBER.fullmatch(piece.text))
        )
    ]
    return Sheet(sheet.number, sheet.width, sheet.height, kept, sheet.separators)


def _emptied(sheet: Sheet) -> Sheet:
    return Sheet(sheet.number, sheet.width, sheet.height, [], ())


def _in_margin(piece: Piece, sheet: Sheet) -> bool:
    return piece.bottom > (1 - _MARGIN) * sheet.height or piece.top < _MARGIN * sheet.height


def _at_edge(piece: Piece, sheet: Sheet) -> bool:
    return piece.bottom > (1 - _EDGE) * sheet.height or piece.top < _EDGE * sheet.height


def _outline(piece: Piece) -> str:
    """What a running line has in common with itself on other pages; the head of a table that goes on is none."""
    if isinstance(piece, PlacedTable):
        return ""
    text = piece.text if len(piece.text) > _LONG else re.sub(r"[\d\s]+", "#", piece.text)
    return f"{text} at {piece.bottom / 2:.0f}"
