"""TXT: paragraphs from lines, tables from tabs; what the lines mean is recognised later (ingestion.structure)."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.blocks import Block, Loaded, Paragraph, Row, Table
from ingestion.decoding import decode
from ingestion.structure import opens_block

_WRAPPED = 20  # a line at least this long that ends without punctuation was cut by the editor, not by the author
_CLOSING = "。！？；：!?;:”』」）)"


def load(content: bytes) -> Loaded:
    blocks = tuple(_blocks(decode(content).split("\n")))
    return Loaded(blocks, plain=True)


def _blocks(lines: list[str]) -> Iterator[Block]:
    held: list[str] = []
    table: list[tuple[str, ...]] = []
    for raw in [*lines, ""]:
        line = raw.strip()
        cells = tuple(cell.strip() for cell in raw.split("\t")) if "\t" in raw.strip() else ()
        if table and len(cells) != len(table[0]):
            yield from _table(table)
            table = []
        if cells and (not table or len(cells) == len(table[0])):
            if held:
                yield _paragraph(held)
                held = []
            table.append(cells)
            continue
        if held and (not line or raw[:1] in " \t　" or opens_block(line) or not _goes_on(held[-1])):
            yield _paragraph(held)
            held = []
        if line:
            held.append(line)


def _goes_on(line: str) -> bool:
    return len(line) >= _WRAPPED and line[-1] not in _CLOSING


def _paragraph(lines: list[str]) -> Paragraph:
    text = lines[0]
    for line in lines[1:]:
        text += (" " if text[-1].isascii() and line[0].isascii() else "") + line
    return Paragraph(text)


def _table(rows: list[tuple[str, ...]]) -> Iterator[Block]:
    if len(rows) == 1:
        yield Paragraph("　".join(cell for cell in rows[0] if cell))
    else:
        yield Table(rows[0], tuple(Row(cells) for cells in rows[1:]))
