"""No word of a document that nobody sees: characters without a shape go, and what they spell is shown to the editor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.knowledge.visible import smuggled, visible
from ingestion.blocks import Block, Clause, Heading, Item, LeftOut, Loaded, Pair, Paragraph, Row, Table
from ingestion.rows import packed_rows, words_of


def without_invisible(loaded: Loaded) -> Loaded:
    """The same document as it is shown. Nearly all are: those come back as they are."""
    blocks: list[Block] = []
    found: list[LeftOut] = []
    for block in loaded.blocks:
        said = list(_texts(block))
        if all(visible(text) == text for text in said):
            blocks.append(block)
            continue
        page = block.rows[0].page if isinstance(block, Table) and block.rows else getattr(block, "page", None)
        found += [LeftOut("hidden_text", text, page) for one in said for text in smuggled(one)]
        shown = _changed(block)
        if any(text.strip() for text in _texts(shown)):
            blocks.append(shown)
    left_out = (*loaded.left_out, *found)
    return replace(loaded, blocks=tuple(blocks), title=visible(loaded.title), left_out=left_out)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph() | Item():
            yield block.text
        case Clause():
            yield from block.parts
        case Pair():
            yield from (block.question, block.answer)
        case Table():
            yield from (block.caption, *block.header, *words_of(block.rows))


def _changed(block: Block) -> Block:
    match block:
        case Heading() | Paragraph() | Item():
            return replace(block, text=visible(block.text))
        case Clause():
            return replace(block, parts=tuple(map(visible, block.parts)))
        case Pair():
            return replace(block, question=visible(block.question), answer=visible(block.answer))
        case Table():
            rows = [Row(tuple(map(visible, row.cells)), row.page, row.across) for row in block.rows]
            header = tuple(map(visible, block.header))
            return replace(block, header=header, rows=packed_rows(rows), caption=visible(block.caption))
