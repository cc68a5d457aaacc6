"""Blocks into passages: groups of paragraphs of about 300 characters that never cut a clause, a list item or a row.

text is the source's own words. A group that is cut says again what its parts hang on: a table its caption, a list the
sentence that introduces it, a clause its opening words. Table rows are written "列名：值；列名：值", one a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingestion.blocks import Block, Clause, Heading, Item, Pair, Paragraph, Table
from ingestion.tables import is_across, rows_as_text

TARGET = 300
LONGEST = 600
_SHORT_CLAUSE = 160  # neighbouring clauses share a passage only up to this length
_REMNANT = 60  # a group shorter than this joins its neighbour even beyond the target
_CAPTION = 100
_CLAUSES = "clauses"
_LABEL = 40
_NEAR = 4  # the last atoms may still move into what follows them


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one passage. section: heading path joined by " › ". question: FAQ pairs only."""

    text: str
    section: str
    page: int | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class _Atom:
    """Text that stays whole. lead: what must stand before it in its passage. group: what it may be packed with."""

    text: str
    group: str
    page: int | None = None
    lead: str = ""


def split(blocks: Sequence[Block], title: str) -> Iterator[Piece]:
    """Pieces in reading order, each as soon as it is whole: a long document's text is not held a second time.

    The heading that repeats the title is no part of the section path.
    """
    path: list[Heading] = []
    top = _title_heading(blocks, title)
    for flows, run in groupby(enumerate(blocks), lambda one: not isinstance(one[1], Heading | Pair)):
        if flows:
            yield from _packed(_atoms(run, blocks), " › ".join(heading.text for heading in path))
            continue
        for _, block in run:
            if isinstance(block, Pair):
                yield from _pair(block, " › ".join([*(heading.text for heading in path), block.category]).strip(" ›"))
            elif isinstance(block, Heading):
                while path and path[-1].level >= block.level:
                    path.pop()
                if block is not top:
                    path.append(block)


def _atoms(run: Iterable[tuple[int, Block]], blocks: Sequence[Block]) -> Iterator[_Atom]:
    """run: blocks without a heading or pair between them, and where each stands in blocks."""
    atoms: list[_Atom] = []
    for position, block in run:
        match block:
            case Table():
                atoms.extend(_table(block, position, _caption(block, atoms)))
            case Clause():
                atoms.extend(_clause(block, position))
            case Item():
                atoms.extend(_item(block, blocks, position, atoms))
            case Paragraph():
                atoms.extend(_sentences(_Atom(block.text, "flow", block.page)))
        yield from atoms[:-_NEAR]
        del atoms[:-_NEAR]
    yield from atoms


def _title_heading(blocks: Sequence[Block], title: str) -> Heading | None:
    """The heading that names the whole document: equal to the title, or the first and only one of its rank."""
    headings = [block for block in blocks if isinstance(block, Heading)]
    if not headings:
        return None
    first = headings[0]
    if _bare(first.text) == _bare(title):
        return first
    alone = all(heading.level > first.level for heading in headings[1:])
    return first if alone and len(headings) > 1 and first.level == 1 and first is blocks[0] else None


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def _pair(pair: Pair, section: str) -> Iterator[Piece]:
    for atom in _sentences(_Atom(pair.answer, "pair", pair.page)):
        yield Piece(atom.text, section, pair.page, pair.question)


def _caption(table: Table, atoms: list[_Atom]) -> str:
    """The short line that introduces a table moves into it; atoms loses that line."""
    if table.caption:
        return table.caption
    if not atoms or atoms[-1].group != "flow" or atoms[-1].lead:
        return ""
    text = atoms[-1].text
    introduces = (
        text.endswith(("：", ":")) or re.match(r"表\s*\d|附表", text) or re.search(r"单位[：:]|下表|如下", text)
    )
    return atoms.pop().text if introduces and len(text) <= _CAPTION else ""


def _table(table: Table, position: int, caption: str) -> Iterator[_Atom]:
    group = f"table {position}"
    label = ""
    if len(caption) > _CAPTION:  # a paragraph in the table's first row: said once, not before every part
        yield from _sentences(_Atom(caption, "flow", table.rows[0].page if table.rows else None))
        caption = ""
    lines = rows_as_text(table)
    for at, (row, cells) in enumerate(zip(table.rows, lines, strict=True)):
        if not cells or (at and _repeats_header(table, at)):
            continue
        if _spans_all(table, at) and len(cells[0]) <= _LABEL and at + 1 < len(lines) and not _spans_all(table, at + 1):
            label = cells[0]  # a line across the whole table names the rows below it
            continue
        lead = "\n".join(filter(None, (caption, label)))
        line = "；".join(cells)
        if len(line) <= LONGEST or len(cells) == 1:
            yield from _sentences(_Atom(line, group, row.page, lead))
        else:
            name = "\n".join(filter(None, (lead, cells[0])))
            for cell in cells[1:]:
                yield from _sentences(_Atom(cell, group, row.page, name))


def _spans_all(table: Table, at: int) -> bool:
    return len(table.header) > 1 and is_across(table.rows[at])


def _repeats_header(table: Table, at: int) -> bool:
    """The header printed again, as it is on top of every page of the printed original."""
    cells = table.rows[at].cells
    names = [name.split("·") for name in table.header]
    return any(table.header) and all(cell in parts for cell, parts in zip(cells, names, strict=True))


def _clause(clause: Clause, position: int) -> Iterator[_Atom]:
    text = "\n".join(clause.parts)
    if len(text) <= LONGEST:
        yield _Atom(text, _CLAUSES, clause.page)
        return
    opening, *rest = clause.parts
    group = f"clause {position}"
    lead = opening if len(opening) <= TARGET / 2 else clause.label
    if lead == clause.label:
        yield from _sentences(_Atom(opening, group, clause.page))
    for part in rest:
        yield from _sentences(_Atom(part, group, clause.page, lead))


def _item(item: Item, blocks: Sequence[Block], position: int, atoms: list[_Atom]) -> Iterator[_Atom]:
    """An item with the items below it; the sentence before the list leads every part of it."""
    if item.depth and position and isinstance(blocks[position - 1], Item) and _has_parent(blocks, position):
        return  # already written with its parent
    lead = _list_lead(atoms)
    family = [item.text]
    for block in blocks[position + 1 :]:
        if not isinstance(block, Item) or block.depth <= item.depth:
            break
        family.append("  " * (block.depth - item.depth) + block.text)
    text = "\n".join(family)
    if len(text) <= LONGEST:
        yield _Atom(text, "flow", item.page, lead)
        return
    yield from _sentences(_Atom(item.text, "flow", item.page, lead))
    parent = "\n".join(filter(None, (lead, item.text))) if len(item.text) <= TARGET / 2 else lead
    for child in family[1:]:
        yield from _sentences(_Atom(child.strip(), "flow", item.page, parent))


def _has_parent(blocks: Sequence[Block], position: int) -> bool:
    depth = blocks[position].depth  # type: ignore[union-attr]
    for block in reversed(blocks[:position]):
        if not isinstance(block, Item):
            return False
        if block.depth < depth:
            return True
    return False


def _list_lead(atoms: list[_Atom]) -> str:
    """The lead of the item before, or the introducing sentence, which then is said by the items themselves."""
    if not atoms or atoms[-1].group != "flow":
        return ""
    last = atoms[-1]
    if last.lead:
        return last.lead
    if last.text.endswith(("：", ":")) and len(last.text) <= TARGET / 2:
        return atoms.pop().text
    return ""


def _sentences(atom: _Atom) -> Iterator[_Atom]:
    """The atom itself, or, when it is longer than any passage, parts of it cut at the ends of its sentences."""
    if len(atom.text) <= LONGEST:
        yield atom
        return
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # slow to import, and few files need it

    splitter = RecursiveCharacterTextSplitter(
        separators=["\n", "。", "！", "？", "；", ". ", "; ", "，", ",", " ", ""],
        keep_separator="end",
        chunk_size=TARGET,
        chunk_overlap=0,
    )
    for text in splitter.split_text(atom.text):
        yield _Atom(text, atom.group, atom.page, atom.lead)


def _packed(atoms: Iterable[_Atom], section: str) -> Iterator[Piece]:
    """Tables and lists are packed by themselves first, so that none is cut only to fill up its neighbour."""
    for group in _joined(_grouped(atoms)):
        text = _text(group)
        if re.search(r"\w", text):
            yield Piece(text, section, group[0].page)


def _grouped(atoms: Iterable[_Atom]) -> Iterator[list[_Atom]]:
    group: list[_Atom] = []
    for atom in atoms:
        if group and not (group[-1].group == atom.group and _fits(group, atom)):
            yield group
            group = []
        group.append(atom)
    if group:
        yield group


def _joined(groups: Iterable[list[_Atom]]) -> Iterator[list[_Atom]]:
    joined: list[_Atom] = []
    for group in groups:
        if joined and not _belong_together(joined, group):
            yield joined
            joined = []
        joined = [*joined, *group]
    if joined:
        yield joined


def _fits(group: Sequence[_Atom], atom: _Atom) -> bool:
    together = _length([*group, atom])
    if atom.group == _CLAUSES:
        return together <= _SHORT_CLAUSE
    return together <= TARGET or (_length(group) < TARGET / 2 and together <= LONGEST)


def _belong_together(first: Sequence[_Atom], second: Sequence[_Atom]) -> bool:
    """A table and the sentences around it are read together; clauses stay by themselves."""
    if _CLAUSES in (first[-1].group, second[0].group):
        return False
    together = _length([*first, *second])
    return together <= TARGET or (together <= LONGEST and min(_length(first), _length(second)) < _REMNANT)


def _length(group: Sequence[_Atom]) -> int:
    return len(_text(group))


def _text(group: Sequence[_Atom]) -> str:
    lines: list[str] = []
    lead = ""
    for atom in group:
        if atom.lead and atom.lead != lead:
            lines.append(atom.lead)
        lead = atom.lead
        lines.append(atom.text)
    return "\n".join(lines)
