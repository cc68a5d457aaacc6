"""Running headers, footers and page numbers: what stands in the margin, again and again at the same place.

They are told by repetition over the neighbouring pages, never by their words, and no figure is put aside but the
page's own number. What such a line states (a fee, a sentence) stays once.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ingestion.load.pdf_columns import Piece
from ingestion.load.pdf_lines import Line

_MARGIN = 0.12  # of the page's height, where running lines stand
_EDGE = 0.085  # where a page number stands even in a document of one page
_AROUND = 16  # pages before and after that are compared
_LINE_GAP = 0.8  # of a line's height, from one line of a paragraph to the next
_ROW_GAP = 1.5  # from one row of a table to the next
_PAGE_NUMBER = re.compile(
    r"[-—–·\s]*(?:第?\s*\d{1,4}\s*页?\s*(?:[,，/|共]\s*共?\s*\d{1,4}\s*页?)?|page\s*\d+(?:\s*of\s*\d+)?|[ivxlc]{1,6})"
    r"[-—–·\s]*",
    re.IGNORECASE,
)
_SAYS_PAGE = re.compile(r"[第共]\s*\d+\s*(?:[/／]\s*\d+\s*)?页|page\s*\d+(?:\s*of\s*\d+)?", re.IGNORECASE)
# A figure that may be the page's number: at one end of the line, or a piece of its own (between tabs).
_MAY_COUNT = re.compile(
    r"(?:^|\t)[-—–·|\s]*(\d{1,4})(?=[-—–·|/／\s]|页|$)(?!\s*[%％‰])"
    r"|(?<=[-—–·|\s\u4e00-\u9fff])(\d{1,4})(?=(?:\s*[/／]\s*\d{1,4})?[-—–·|\s]*$)"
)
_DATE_OR_NUMBER = re.compile(r"\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?|第\s*\d+\s*\S|\d+\s*[版号页]")
_DIGIT = re.compile(r"\d")
_BLANKS = re.compile(r"[^\S\t]+")
_STATES = re.compile(r"\d\s*(?:[百千万亿]+\s*)?[%％‰元]|[¥￥$€£]\s*\d|[百千万]分之|[。；][”」』）)]*(?:$|\t)")


Notes = tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page's pieces from top to bottom in no particular order; separators: heights that may part table rows.

    above, below: notes in this page's margins that run on, line by line, given on the first of their pages.
    """

    number: int
    width: float
    height: float
    pieces: list[Piece]
    separators: tuple[float, ...]
    above: Notes = ()
    below: Notes = ()


@dataclass(slots=True)
class _Seen:
    """counts: on how many of the pages at hand each outline stands. told: what was given once."""

    counts: Counter[str] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)


def without_furniture(sheets: Iterable[Sheet]) -> Iterator[Sheet]:
    """The sheets in order, each as soon as its neighbours are known."""
    near: deque[tuple[Sheet, frozenset[str]]] = deque()
    seen = _Seen()
    done = 0  # sheets in `near` that have already been given
    for sheet in sheets:
        outlines = frozenset(
            outline
            for piece in sheet.pieces
            if isinstance(piece, Line) and _in_margin(piece, sheet)
            for outline in _outlines(piece, sheet.number)
        )
        near.append((sheet, outlines))
        seen.counts.update(outlines)
        if len(near) - done > _AROUND:
            yield _cleaned(near[done][0], seen, len(near))
            near[done] = (_emptied(near[done][0]), near[done][1])
            done += 1
        if done > _AROUND:
            seen.counts.subtract(near.popleft()[1])
            done -= 1
    for sheet, _ in list(near)[done:]:
        yield _cleaned(sheet, seen, len(near))


def _cleaned(sheet: Sheet, seen: _Seen, pages: int) -> Sheet:
    enough = max(2, min(4, round(0.4 * pages)))
    running: dict[int, str] = {}  # the outline that repeats, by the place of its line
    for at, piece in enumerate(sheet.pieces):
        if isinstance(piece, Line) and _in_margin(piece, sheet):
            repeated = [one for one in _outlines(piece, sheet.number) if seen.counts[one] >= enough]
            if repeated:
                running[at] = repeated[0]
    for at in _in_the_text(sheet, running) if running else ():
        del running[at]
    kept = [
        piece
        for at, piece in enumerate(sheet.pieces)
        if at not in running
        and not (isinstance(piece, Line) and _at_edge(piece, sheet) and _PAGE_NUMBER.fullmatch(piece.text))
    ]
    above, below = _stated_once(sheet, running, seen.told)
    return Sheet(sheet.number, sheet.width, sheet.height, kept, sheet.separators, above, below)


def _in_the_text(sheet: Sheet, running: dict[int, str]) -> set[int]:
    """Lines of tables and paragraphs that happen to repeat: further inwards, the line beside them does not."""
    rows = sorted(
        ((at, one) for at, one in enumerate(sheet.pieces) if isinstance(one, Line)), key=lambda r: r[1].bottom
    )
    found: set[int] = set()
    for outwards in (rows, rows[::-1]):
        for (inner, text), (at, line) in pairwise(outwards):
            if at in running and (inner not in running or inner in found) and _belong_together(line, text):
                found.add(at)
    return found


def _belong_together(line: Line, text: Line) -> bool:
    """Rows of one table without lines, its names above them; or two lines of one paragraph that states something."""
    if min(len(line.segments), len(text.segments)) > 1:
        return _are_near(line, text, _ROW_GAP)
    return _states(_BLANKS.sub("", line.text)) and abs(line.size - text.size) < 0.5 and _are_near(line, text, _LINE_GAP)


def _stated_once(sheet: Sheet, running: dict[int, str], told: set[str]) -> tuple[Notes, Notes]:
    """Running lines that state something and were not given before, with the lines of the same note."""
    lines = [(one, outline) for at, outline in running.items() if isinstance(one := sheet.pieces[at], Line)]
    lines.sort(key=lambda one: -one[0].bottom)
    notes: list[list[tuple[Line, str]]] = []
    for line, outline in lines:
        if notes and _are_near(notes[-1][-1][0], line, _LINE_GAP):
            notes[-1].append((line, outline))
        else:
            notes.append([(line, outline)])
    above: list[tuple[Line, ...]] = []
    below: list[tuple[Line, ...]] = []
    for note in notes:
        fresh = [(line, text) for line, outline in note if (text := outline.rpartition(" at ")[0]) not in told]
        if any(_states(text) for _, text in fresh):
            (below if fresh[0][0].top < sheet.height / 2 else above).append(tuple(line for line, _ in fresh))
            told.update(text for _, text in fresh)
    return tuple(above), tuple(below)


def _are_near(first: Line, second: Line, gap: float) -> bool:
    return max(first.bottom, second.bottom) - min(first.top, second.top) <= gap * max(first.size, second.size)


def _states(text: str) -> bool:
    """Whether a line's outline holds an amount or a share, or is a sentence: a term alone may stand in a title."""
    return _STATES.search(_DATE_OR_NUMBER.sub("#", text)) is not None


def _emptied(sheet: Sheet) -> Sheet:
    return Sheet(sheet.number, sheet.width, sheet.height, [], ())


def _in_margin(piece: Piece, sheet: Sheet) -> bool:
    return piece.bottom > (1 - _MARGIN) * sheet.height or piece.top < _MARGIN * sheet.height


def _at_edge(piece: Piece, sheet: Sheet) -> bool:
    return piece.bottom > (1 - _EDGE) * sheet.height or piece.top < _EDGE * sheet.height


def _parts(line: Line) -> str:
    return "\t".join(segment.text for segment in line.segments)


def _outlines(line: Line, page: int) -> Iterator[str]:
    """What a running line may have in common with itself on other pages: all of it, or all but the page's number.

    The number is told by moving with the pages, so it is set against the page it stands on.
    """
    text = _parts(line)
    if _DIGIT.search(text) is None:
        yield _outline(text, line)
        return
    text = _SAYS_PAGE.sub("#", text)
    yield _outline(text, line)
    for found in _MAY_COUNT.finditer(text):
        place = found.lastindex or 0
        moves = int(found.group(place)) - page
        yield _outline(f"{text[: found.start(place)]}#{moves}#{text[found.end(place) :]}", line)


def _outline(text: str, line: Line) -> str:
    return f"{_BLANKS.sub('', text)} at {line.bottom / 2:.0f}"
