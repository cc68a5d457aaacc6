"""PPTX: slides in order, titles as headings, then text boxes and tables as people read them, from the top left.

Speaker's notes, comments, hidden slides and shapes, and letters nobody can see or that are struck through stay out
and are reported.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import Any

import pptx
from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError
from pptx.oxml.ns import qn

from ingestion.blocks import Block, Heading, Item, LeftOut, Loaded, Paragraph
from ingestion.failures import failure
from ingestion.left_out import graphics
from ingestion.load import pptx_ground
from ingestion.load.docx_formula import FORMULA, formula_text
from ingestion.load.drawing_text import diagram_lines, diagrams, is_raised, why_left_out
from ingestion.load.merged_names import merged_header_rows
from ingestion.load.package import sound_package, texts_of_parts
from ingestion.load.pptx_numbering import Numbers
from ingestion.notes import raised
from ingestion.tables import Cell, grid, table_from

_COMMENTS = re.compile(r"ppt/comments/[^/]+\.xml")
_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
_BODIES = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY)
_FURNITURE = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER)
_PICTURE = 0.05  # of the slide; smaller pictures are logos and ornaments
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_NEW_CHART = ".//{http://schemas.microsoft.com/office/drawing/2014/chartex}chart"
_OBJECT = f".//{qn('p:oleObj')}"
_SHAPES = tuple(qn(f"p:{name}") for name in ("sp", "grpSp", "graphicFrame", "cxnSp", "pic"))
_SAME_LINE = 228_600  # EMU: shapes whose tops differ by less than a quarter of an inch stand side by side


def load(content: bytes) -> Loaded:
    content = sound_package(content)
    try:
        deck = pptx.Presentation(BytesIO(content))
        reader = _Reader(deck)
        blocks = tuple(reader.blocks())
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, zipfile.BadZipFile, etree.LxmlError):
        raise failure("corrupt") from None
    comments = dict.fromkeys(texts_of_parts(content, _COMMENTS, ("text", "t")))
    left_out = [*reader.left_out, *(LeftOut("comment_left_out", text) for text in comments)]
    notices = graphics(charts=reader.charts, pictures=reader.pictures)
    title = (deck.core_properties.title or "").strip()
    named = title if title not in ("PowerPoint Presentation", "PowerPoint 演示文稿") else ""
    pages = len(deck.slides)
    return Loaded(blocks, title=named, pages=pages, warnings=notices, left_out=tuple(left_out))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A shape with its place on the slide, groups undone. EMU."""

    shape: Any
    left: float
    top: float


class _Reader:
    def __init__(self, deck: Any) -> None:
        self._deck = deck
        self._width, self._height = deck.slide_width, deck.slide_height
        self._table_styles = pptx_ground.TableStyles(deck.part)
        self.left_out: list[LeftOut] = []
        self.charts = self.pictures = 0

    def blocks(self) -> Iterator[Block]:
        for number, slide in enumerate(self._deck.slides, 1):
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                notes = slide.notes_slide.notes_text_frame.text.strip()
                if notes:
                    self.left_out.append(LeftOut("notes_left_out", notes, number))
            _unwrap(slide._element)
            if slide._element.get("show") in ("0", "false"):
                texts = [text for shape in _leaves(slide.shapes) for text in _all_texts(shape.shape)]
                self.left_out.append(LeftOut("hidden_slide", "\n".join(texts), number))
                continue
            yield from self._slide(slide, number)

    def _slide(self, slide: Any, page: int) -> Iterator[Block]:
        self._part = slide.part
        self._painted = pptx_ground.is_painted(slide)
        shapes = [placed for placed in _leaves(slide.shapes) if self._is_seen(placed, page)]
        titles = [placed for placed in shapes if _placeholder(placed.shape) in _TITLES]
        for placed in titles:
            lines = self._lines(placed.shape.text_frame, self._has_ground(placed.shape), page)
            text = " ".join(line for line, _, _ in lines)
            if text:
                first = page == 1 and _placeholder(placed.shape) == PP_PLACEHOLDER.CENTER_TITLE
                yield Heading(text, 1 if first else 2, page)
        rest = [placed for placed in shapes if placed not in titles]
        for placed in sorted(rest, key=lambda one: (one.top // _SAME_LINE, one.left)):
            yield from self._shape(placed.shape, page)

    def _shape(self, shape: Any, page: int) -> Iterator[Block]:
        if (getattr(shape, "has_chart", False) and shape.has_chart) or shape._element.find(_NEW_CHART) is not None:
            self.charts += 1
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield from self._table(shape.table, page)
        elif data := diagrams(shape._element):
            yield from self._diagram(data[0], page)
        elif shape._element.tag == qn("p:pic") or shape._element.find(_OBJECT) is not None:
            wide, high = shape.width or 0, shape.height or 0
            self.pictures += wide * high >= _PICTURE * self._width * self._height
        elif shape.has_text_frame and _placeholder(shape) not in _FURNITURE:
            lines = list(self._lines(shape.text_frame, self._has_ground(shape), page))
            listed = _placeholder(shape) in _BODIES and len(lines) > 1
            for text, depth, marker in lines:
                if listed or marker:
                    yield Item((marker or "- ") + text, depth, page)
                else:
                    yield Paragraph(text, page)

    def _diagram(self, relation: str, page: int) -> Iterator[Block]:
        for text, depth, why in diagram_lines(self._part.related_part(relation).blob):
            if why:
                self.left_out.append(LeftOut(why, text, page))
            else:
                yield Item(f"- {text}", depth, page)

    def _table(self, table: Any, page: int) -> Iterator[Block]:
        rows: list[list[Cell]] = []
        style = self._table_styles.of(table._tbl)
        high, wide = len(table.rows), len(table.columns)
        for down, row in enumerate(table.rows):
            cells = []
            for across, cell in enumerate(row.cells):
                if cell.is_spanned:
                    continue
                styled = style.paints(down, high, across, wide)
                painted = pptx_ground.cell_is_painted(cell._tc, styled, self._painted)
                lines = self._lines(cell.text_frame, painted, page)
                text = "\n".join(line for line, _, _ in lines)
                spans = (cell.span_width, cell.span_height) if cell.is_merge_origin else (1, 1)
                cells.append(Cell(text, *spans))
            rows.append(cells)
        headed = max((cell.rows for cell in rows[0]), default=1) if table.first_row and rows else None
        if headed is not None:
            headed = max(headed, merged_header_rows(rows))
        made = table_from(grid(rows), headed)
        if made is not None:
            yield made

    def _has_ground(self, shape: Any) -> bool:
        return self._painted or pptx_ground.has_fill(shape)

    def _lines(self, frame: Any, painted: bool, page: int) -> Iterator[tuple[str, int, str]]:
        """(text, depth, number printed before it) of each paragraph with visible text. painted: white can be read."""
        numbers = Numbers()
        for paragraph in frame.paragraphs:
            pieces: list[tuple[str, bool]] = []
            for element in paragraph._p:
                if element.tag == qn("a:br"):
                    pieces.append(("\n", False))
                elif element.tag in (qn("a:r"), qn("a:fld")):
                    text = "".join(element.itertext(qn("a:t")))
                    look = element.find(qn("a:rPr"))
                    why = why_left_out(look, painted)
                    if not why:
                        pieces.append((text, is_raised(look)))
                    elif text.strip():
                        self.left_out.append(LeftOut(why, text.strip(), page))
                else:
                    pieces.extend((formula_text(formula), False) for formula in element.iter(FORMULA))
            lines = (" ".join(line.split()) for line in _joined(pieces).replace("\v", "\n").split("\n"))
            text = "\n".join(filter(None, lines))
            if not text:
                continue
            yield text, paragraph.level, numbers.label(paragraph._p)

    def _is_seen(self, placed: _Placed, page: int) -> bool:
        """False for shapes marked hidden or wholly outside the slide; what they say is kept for the editor."""
        shape = placed.shape
        marked = shape._element.find(f".//{qn('p:cNvPr')}")
        hidden = marked is not None and marked.get("hidden") in ("1", "true")
        wide, high = shape.width or 0, shape.height or 0
        outside = (
            placed.left >= self._width
            or placed.top >= self._height
            or placed.left + wide <= 0
            or placed.top + high <= 0
        )
        if not hidden and not (outside and (wide or high)):
            return True
        texts = list(_all_texts(shape))
        if texts:
            self.left_out.append(LeftOut("hidden_text", "\n".join(texts), page))
        return False


def _leaves(shapes: Any, scale: tuple[float, float, float, float] = (1.0, 1.0, 0.0, 0.0)) -> Iterator[_Placed]:
    """Every shape that is no group, in the slide's own coordinates. scale: factors and offsets of the groups around."""
    by_x, by_y, from_x, from_y = scale
    for shape in shapes:
        left, top = (shape.left or 0) * by_x + from_x, (shape.top or 0) * by_y + from_y
        if shape._element.tag != qn("p:grpSp"):
            yield _Placed(shape, left, top)
            continue
        inner = shape._element.find(f"{qn('p:grpSpPr')}/{qn('a:xfrm')}")
        start = inner.find(qn("a:chOff")) if inner is not None else None
        size = inner.find(qn("a:chExt")) if inner is not None else None
        x, y = (int(start.get("x")), int(start.get("y"))) if start is not None else (0, 0)
        wide, high = (int(size.get("cx")), int(size.get("cy"))) if size is not None else (0, 0)
        x_factor = by_x * (shape.width / wide if wide else 1.0)
        y_factor = by_y * (shape.height / high if high else 1.0)
        yield from _leaves(shape.shapes, (x_factor, y_factor, left - x * x_factor, top - y * y_factor))


def _unwrap(slide: Any) -> None:
    """Shapes that only newer versions know stand in a choice; the first one with a shape is what is shown."""
    for choice in list(slide.iter(f"{_COMPATIBILITY}AlternateContent")):
        for option in choice:
            if shapes := [shape for shape in option if shape.tag in _SHAPES]:
                for shape in shapes:
                    choice.addprevious(shape)
                choice.getparent().remove(choice)
                break


def _joined(pieces: Iterable[tuple[str, bool]]) -> str:
    """pieces: (text, whether it is raised); raised runs side by side are one mark."""
    text = ""
    for high, run in groupby(pieces, key=itemgetter(1)):
        said = "".join(map(itemgetter(0), run))
        text += raised(said, text) if high else said
    return text


def _placeholder(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _all_texts(shape: Any) -> Iterator[str]:
    for paragraph in shape._element.iter(qn("a:p")):
        text = "".join(paragraph.itertext(qn("a:t"))).strip()
        if text:
            yield text
