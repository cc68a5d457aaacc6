"""Instructions to the assistant are taken out of a document before it becomes passages, and kept for the editor to see.

What goes is the smallest piece that still makes sense alone: a line, a row, a clause's paragraph; two neighbours when
only together they speak to the assistant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ingestion.blocks import Block, Clause, Heading, Item, LeftOut, Pair, Paragraph, Table
from ingestion.left_out import INSTRUCTIONS
from ingestion.rows import packed_rows

Finds = Callable[[str], object]
_JOINED = 400  # characters of two neighbours that are looked at together


def quarantine(blocks: Sequence[Block], finds: Finds) -> tuple[tuple[Block, ...], list[LeftOut]]:
    """The blocks without instructions, and the instructions. finds: truthy for a text that holds one."""
    kept: list[Block] = []
    items: list[LeftOut] = []
    path: list[Heading] = []

    def leave_out(text: str, page: int | None) -> None:
        items.append(LeftOut(INSTRUCTIONS, text, page, " › ".join(heading.text for heading in path)))

    for block in blocks:
        before = kept[-1] if kept else None
        if isinstance(block, Heading):
            while path and path[-1].level >= block.level:
                path.pop()
        clean = _clean(block, finds, leave_out)
        if clean is not None and (joint := _across(before, clean)) and finds(joint):
            kept.pop()
            leave_out(joint, getattr(clean, "page", None))
            continue
        if clean is not None:
            kept.append(clean)
            if isinstance(clean, Heading):
                path.append(clean)
    return tuple(kept), items


def _clean(block: Block, finds: Finds, leave_out: Callable[[str, int | None], None]) -> Block | None:
    match block:
        case Heading():
            if not finds(block.text):
                return block
            leave_out(block.text, block.page)
            return None
        case Paragraph() | Item():
            text = _clean_lines(block.text, finds, lambda line: leave_out(line, block.page))
            return replace(block, text=text) if text else None
        case Clause():
            parts = [_clean_lines(part, finds, lambda line: leave_out(line, block.page)) for part in block.parts]
            left = tuple(part for part in parts if part)
            return replace(block, parts=left) if left else None
        case Pair():
            if not finds(f"{block.question}\n{block.answer}"):
                return block
            leave_out(f"{block.question}\n{block.answer}", block.page)
            return None
        case Table():
            return _clean_table(block, finds, leave_out)


def _clean_lines(text: str, finds: Finds, leave_out: Callable[[str], None]) -> str:
    """Line by line, so that a note that commands does not take the honest paragraph with it."""
    if not finds(text):
        return text
    lines = text.split("\n")
    bad = [bool(finds(line)) for line in lines]
    if not any(bad):
        leave_out(text)
        return ""
    for line, found in zip(lines, bad, strict=True):
        if found:
            leave_out(line)
    rest = "\n".join(line for line, found in zip(lines, bad, strict=True) if not found)
    if finds(rest):
        leave_out(rest)
        return ""
    return rest


def _clean_table(table: Table, finds: Finds, leave_out: Callable[[str, int | None], None]) -> Table | None:
    header = " ".join(filter(None, table.header))
    if any(finds(name) for name in table.header if name) or finds(header):
        page = table.rows[0].page if table.rows else None
        leave_out("\n".join([header, *(" ".join(filter(None, row.cells)) for row in table.rows)]), page)
        return None
    bad: set[int] = set()
    for at, row in enumerate(table.rows):
        text = " ".join(dict.fromkeys(filter(None, row.cells)))
        if finds(text) or any(finds(cell) for cell in row.cells if cell):
            leave_out(text, row.page)
            bad.add(at)
    caption = table.caption
    if caption and finds(caption):
        leave_out(caption, table.rows[0].page if table.rows else None)
        caption = ""
    if not bad and caption == table.caption:
        return table
    rows = packed_rows([row for at, row in enumerate(table.rows) if at not in bad])
    return replace(table, rows=rows, caption=caption) if rows else None


def _across(before: Block | None, block: Block) -> str:
    """Two short neighbours read as one: a sentence that a layout has cut in two."""
    if not isinstance(before, Paragraph | Item | Heading) or not isinstance(block, Paragraph | Item):
        return ""
    joint = f"{before.text}\n{block.text}"
    return joint if len(joint) <= _JOINED else ""
