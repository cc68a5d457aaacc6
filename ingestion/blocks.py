"""The one shape every format is read into: headings, paragraphs, list items, tables, clauses and FAQ pairs.

Loaders put the visible text here word for word; nothing later in the pipeline knows which format it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.knowledge.preparing import Notice


@dataclass(frozen=True, slots=True)
class Heading:
    """level: 1 is the outermost."""

    text: str
    level: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A list item with its own marker ("1. ", "（一）", "- ") in the text. depth: 0 is the outermost list."""

    text: str
    depth: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One table row, merged cells already repeated into every column they cover.

    across: one cell covers the whole row, where cells that only say the same (免费 | 免费) are values; None = the
    source does not say.
    """

    cells: tuple[str, ...]
    page: int | None = None
    across: bool | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """header: one name a column ("" where the source has none); rows have the same width."""

    header: tuple[str, ...]
    rows: Sequence[Row]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """第X条 with everything that belongs to it: its own words first, then its further paragraphs and items."""

    label: str
    parts: tuple[str, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its approved answer."""

    question: str
    answer: str
    category: str = ""
    page: int | None = None


Block = Heading | Paragraph | Item | Table | Clause | Pair


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Text of the file that is no knowledge, kept for the editor's eyes. code: why (ingestion.left_out)."""

    code: str
    text: str
    page: int | None = None
    section: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file says. title: the format's own title ("" if it has none). pages: 0 for formats without pages.

    plain: the format carries no markup, so headings and lists have to be recognised in the text itself.
    in_parts: its headings name parts (sheets) of equal rank and none of them the whole.
    """

    blocks: tuple[Block, ...]
    title: str = ""
    pages: int = 0
    plain: bool = False
    warnings: tuple[Notice, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = ()
    in_parts: bool = False
