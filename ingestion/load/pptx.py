"""PPTX: slides in order, titles as headings, then text boxes and tables as people read them, from the top left.

Speaker's notes, comments, hidden slides and shapes, and letters nobody can see or that are struck through stay out
and are reported.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
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
from ingestion.load import pptx_ground, pptx_looks
from ingestion.load.docx_formula import FORMULA, formula_text
from ingestion.load.drawing_text import diagram_lines, diagrams, is_raised, why_left_out
from ingestion.load.merged_names import merged_header_rows
from ingestion.load.package import sound_package, texts_of_parts
from ingestion.load.pptx_layers import Layers, Placed, leaves
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
_NARROWEST = 12_700  # EMU, a point: a column below it shows nothing beside one that is so many times as wide
_TIMES = 50
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
                texts = [text for shape in leaves(slide.shapes) for text in _all_texts(shape.shape._element)]
                self.left_out.append(LeftOut("hidden_slide", "\n".join(texts), number))
                continue
            yield from self._slide(slide, number)

    def _slide(self, slide: Any, page: int) -> Iterator[Block]:
        self._part = slide.part
        layers = Layers(slide, pptx_ground.is_painted(slide))
        shapes = [placed for placed in layers.shapes if self._is_seen(placed, layers, page)]
        titles = [placed for placed in shapes if _placeholder(placed.shape) in _TITLES]
        for placed in titles:
            lines = self._shape_lines(placed, layers, page)
            text = " ".join(line for line, _, _ in lines)
            if text:
                first = page == 1 and _placeholder(placed.shape) == PP_PLACEHOLDER.CENTER_TITLE
                yield Heading(text, 1 if first else 2, page)
        rest = [placed for placed in shapes if placed not in titles]
        for placed in sorted(rest, key=lambda one: (one.top // _SAME_LINE, one.left)):
            yield from self._shape(placed, layers, page)

    def _shape(self, placed: Placed, layers: Layers, page: int) -> Iterator[Block]:
        shape = placed.shape
        if (getattr(shape, "has_chart", False) and shape.has_chart) or shape._element.find(_NEW_CHART) is not None:
            self.charts += 1
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield from self._table(shape.table, partial(layers.carries_white, placed), page)
        elif data := diagrams(shape._element):
            yield from self._diagram(data[0], page)
        elif shape._element.tag == qn("p:pic") or shape._element.find(_OBJECT) is not None:
            wide, high = shape.width or 0, shape.height or 0
            self.pictures += wide * high >= _PICTURE * self._width * self._height
        elif shape.has_text_frame and _placeholder(shape) not in _FURNITURE:
            lines = list(self._shape_lines(placed, layers, page))
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

    def _table(self, table: Any, under: Callable[[], bool], page: int) -> Iterator[Block]:
        rows: list[list[Cell]] = []
        style = self._table_styles.of(table._tbl)
        high, wide = len(table.rows), len(table.columns)
        widths = [column.width for column in table.columns]
        narrow = {at for at, width in enumerate(widths) if width < min(_NARROWEST, max(widths) / _TIMES)}
        for down, row in enumerate(table.rows):
            cells = []
            for across, cell in enumerate(row.cells):
                if cell.is_spanned:
                    continue
                spans = (cell.span_width, cell.span_height) if cell.is_merge_origin else (1, 1)
                if narrow.issuperset(range(across, across + spans[0])):
                    said = "\n".join(_all_texts(cell._tc))
                    self.left_out += [LeftOut("hidden_text", said, page)] if said else []
                    cells.append(Cell("", *spans))
                    continue
                styled = style.paints(down, high, across, wide)
                painted = partial(pptx_ground.cell_is_painted, cell._tc, styled, under)
                lines = self._lines(cell.text_frame, painted, page)
                text = "\n".join(line for line, _, _ in lines)
                cells.append(Cell(text, *spans))
            rows.append(cells)
        headed = max((cell.rows for cell in rows[0]), default=1) if table.first_row and rows else None
        if headed is not None:
            headed = max(headed, merged_header_rows(rows))
        seen = [[text for across, text in enumerate(line) if across not in narrow] for line in grid(rows)]
        made = table_from(seen, headed)
        if made is not None:
            yield made

    def _shape_lines(self, placed: Placed, layers: Layers, page: int) -> Iterator[tuple[str, int, str]]:
        shape = placed.shape
        lists, fill = pptx_looks.lists_of(shape), pptx_ground.fill_of(shape)
        return self._lines(shape.text_frame, partial(layers.carries_white, placed), page, lists, fill)

    def _lines(
        self, frame: Any, painted: Callable[[], bool], page: int, lists: Sequence[Any] = (), fill: Any = None
    ) -> Iterator[tuple[str, int, str]]:
        """(text, depth, number printed before it) of each paragraph with visible text. painted: white can be read.

        lists, fill: what gives the letters a look they do not name, and the shape's own fill.
        """
        shrunk = pptx_looks.is_shrunk_away(frame)
        numbers = Numbers()
        for paragraph in frame.paragraphs:
            pieces: list[tuple[str, bool]] = []
            for element in paragraph._p:
                if element.tag == qn("a:br"):
                    pieces.append(("\n", False))
                elif element.tag in (qn("a:r"), qn("a:fld")):
                    text = "".join(element.itertext(qn("a:t")))
                    look = pptx_looks.look_of(element.find(qn("a:rPr")), paragraph.level, lists)
                    unseen = shrunk or pptx_looks.is_drowned(look, fill)
                    why = "hidden_text" if unseen else why_left_out(look, painted=False)
                    if why and not unseen and painted():
                        why = why_left_out(look, painted=True)
                    if not why:
                        pieces.append((pptx_looks.as_shown(text, look), is_raised(look)))
                    elif text.strip():
                        self.left_out.append(LeftOut(why, text.strip(), page))
                else:
                    pieces.extend((formula_text(formula), False) for formula in element.iter(FORMULA))
            lines = (" ".join(line.split()) for line in _joined(pieces).replace("\v", "\n").split("\n"))
            text = "\n".join(filter(None, lines))
            if not text:
                continue
            yield text, paragraph.level, numbers.label(paragraph._p)

    def _is_seen(self, placed: Placed, layers: Layers, page: int) -> bool:
        """False for shapes marked hidden, covered or wholly outside the slide; what they say is kept for the editor."""
        outside = (
            placed.left >= self._width
            or placed.top >= self._height
            or placed.left + placed.wide <= 0
            or placed.top + placed.high <= 0
        )
        off = placed.hidden or (outside and (placed.wide or placed.high))
        texts = list(_all_texts(placed.shape._element))
        if not off and not (texts and layers.covers(placed)):
            return True
        if texts:
            self.left_out.append(LeftOut("hidden_text", "\n".join(texts), page))
        return False


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


def _all_texts(element: Any) -> Iterator[str]:
    for paragraph in element.iter(qn("a:p")):
        text = "".join(paragraph.itertext(qn("a:t"))).strip()
        if text:
            yield text
