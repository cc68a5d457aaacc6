"""Text PDF through pdfium: headings by size, joined paragraphs, tables, page numbers; running headers and footers out.

Scanned pages carry no text: a file of nothing else fails as no_text, single ones are reported to the editor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pypdfium2

from app.knowledge.preparing import Notice
from ingestion.blocks import Block, Heading, Loaded, Paragraph, Row, Table
from ingestion.failures import failure
from ingestion.load.pdf_page import Line, lines, read
from ingestion.load.pdf_tables import PlacedTable, aligned, ruled
from ingestion.structure import opens_block
from ingestion.tables import table_from

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_MARGIN = 0.085  # of the page's height, where running headers and footers stand
_PAGE_NUMBER = re.compile(
    r"[-—–\s]*(?:第?\s*\d+\s*页?\s*(?:[,，/|共]\s*共?\s*\d+\s*页?)?|page\s*\d+(?:\s*of\s*\d+)?)[-—–\s]*", re.IGNORECASE
)
_LARGER = 1.12
_CLOSING = "。！？；：!?;:”』」"

Piece = Line | PlacedTable


def load(content: bytes) -> Loaded:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise failure("encrypted" if getattr(error, "err_code", None) == _PASSWORD else "corrupt") from None
    try:
        pages, heights, empty = _pages(document)
        count = len(document)
    finally:
        document.close()
    blocks = tuple(_blocks(_without_running_lines(pages, heights)))
    if not blocks:
        raise failure("no_text")
    warnings: tuple[Notice, ...] = ()
    if empty:
        named = "、".join(map(str, empty[:10])) + ("等" if len(empty) > 10 else "")
        warnings = (Notice("pages_without_text", f"第 {named} 页没有可提取的文字（可能是扫描页），未收录。"),)
    first = next((block.text for block in blocks if isinstance(block, Heading)), "")
    return Loaded(blocks, title=first, pages=count, warnings=warnings)


def _pages(document: pypdfium2.PdfDocument) -> tuple[list[list[Piece]], list[float], list[int]]:
    pages: list[list[Piece]] = []
    heights: list[float] = []
    empty: list[int] = []
    for number in range(1, len(document) + 1):
        source = document[number - 1]
        try:
            page = read(source, number)
        except pypdfium2.PdfiumError:
            raise failure("corrupt") from None
        finally:
            source.close()
        if not page.letters:
            empty.append(number)
        tables, rest = ruled(page)
        flow = aligned(lines(rest, number))
        pages.append(sorted([*tables, *flow], key=lambda piece: -piece.top))
        heights.append(page.height)
    return pages, heights, empty


def _without_running_lines(pages: list[list[Piece]], heights: list[float]) -> list[list[Piece]]:
    """A line in the margin that says the same at the same place on most pages, digits aside, is no part of the text."""
    seen: Counter[str] = Counter()
    for pieces, height in zip(pages, heights, strict=True):
        seen.update({_outline(piece) for piece in pieces if _in_margin(piece, height)} - {""})
    enough = max(2, round(0.4 * len(pages)))
    running = {outline for outline, count in seen.items() if count >= enough}
    return [
        [
            piece
            for piece in pieces
            if not (
                _in_margin(piece, height)
                and (_outline(piece) in running or (isinstance(piece, Line) and _PAGE_NUMBER.fullmatch(piece.text)))
            )
        ]
        for pieces, height in zip(pages, heights, strict=True)
    ]


def _in_margin(piece: Piece, height: float) -> bool:
    return piece.bottom > (1 - _MARGIN) * height or piece.top < _MARGIN * height


def _outline(piece: Piece) -> str:
    if not isinstance(piece, Line):
        return ""
    return re.sub(r"[\d\s]+", "#", piece.text) + f" at {piece.bottom:.0f}"


def _blocks(pages: list[list[Piece]]) -> Iterator[Block]:
    pieces = _with_tables_joined([piece for page in pages for piece in page])
    written = [piece for piece in pieces if isinstance(piece, Line)]
    body = _body_size(written)
    sizes = sorted({round(line.size, 1) for line in written if _is_heading(line, body)}, reverse=True)
    right = {page: max(line.right for line in written if line.page == page) for page in {line.page for line in written}}
    pitch = _pitch(written)
    held: list[Line] = []
    for piece in pieces:
        if held and not (isinstance(piece, Line) and _goes_on(held[-1], piece, right, pitch, held[0])):
            yield _block(held, body, sizes)
            held = []
        if isinstance(piece, Line):
            held.append(piece)
        else:
            yield from _table(piece)
    if held:
        yield _block(held, body, sizes)


def _body_size(written: Sequence[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in written:
        weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _is_heading(line: Line, body: float) -> bool:
    return line.size >= _LARGER * body and len(line.text) <= 60


def _pitch(written: Sequence[Line]) -> float:
    """The usual distance from one line to the next, in points."""
    steps = sorted(a.bottom - b.bottom for a, b in pairwise(written) if a.page == b.page and a.bottom > b.bottom)
    return steps[len(steps) // 2] if steps else 0.0


def _goes_on(last: Line, line: Line, right: dict[int, float], pitch: float, first: Line) -> bool:
    """True when the line continues the paragraph that `last` belongs to."""
    if abs(last.size - line.size) > 0.08 * last.size or opens_block(line.text):
        return False
    if last.right < right[last.page] - 2.0 * last.size:
        return False
    if line.page != last.page:
        return last.text[-1] not in _CLOSING
    if last.bottom - line.bottom > 1.45 * pitch and last.bottom - line.bottom > 2.2 * last.size:
        return False
    return line.left <= min(first.left, last.left) + 1.2 * line.size or last.text[-1] not in _CLOSING


def _block(held: Sequence[Line], body: float, sizes: Sequence[float]) -> Block:
    text = held[0].text
    for line in held[1:]:
        text += (" " if text[-1].isascii() and line.text[0].isascii() and text[-1].isalnum() else "") + line.text
    if _is_heading(held[0], body):
        return Heading(text, sizes.index(round(held[0].size, 1)) + 1, held[0].page)
    return Paragraph(text, held[0].page)


def _with_tables_joined(pieces: Sequence[Piece]) -> list[PlacedTable | Line]:
    """A table that goes on at the top of the next page is one table; its repeated header is dropped."""
    joined: list[PlacedTable | Line] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, PlacedTable) and isinstance(last, PlacedTable) and _is_same(last, piece):
            rows = piece.cells[1:] if piece.cells[0] == last.cells[0] else piece.cells
            joined[-1] = PlacedTable(last.cells + rows, last.top, piece.bottom, piece.edges, piece.page)
        else:
            joined.append(piece)
    return joined


def _is_same(first: PlacedTable, second: PlacedTable) -> bool:
    return (
        second.page == first.page + 1
        and len(first.edges) == len(second.edges)
        and all(abs(a - b) < 5 for a, b in zip(first.edges, second.edges, strict=True))
    )


def _table(piece: PlacedTable) -> Iterator[Block]:
    table = table_from([list(row) for row in piece.cells], None)
    if table is not None:
        yield Table(table.header, tuple(Row(row.cells, piece.page) for row in table.rows))
