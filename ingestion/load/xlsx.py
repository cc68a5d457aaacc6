"""XLSX: every visible sheet as a section, its tables with the values as displayed (cached results, never formulas).

Hidden sheets, rows, columns and letters, what is struck through, and comments stay out and are reported.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.utils.exceptions import InvalidFileException

from app.knowledge.preparing import Notice
from ingestion.blocks import Block, Heading, LeftOut, Loaded
from ingestion.failures import failure
from ingestion.left_out import graphics
from ingestion.load.package import sound_package, texts_of_parts
from ingestion.load.xlsx_drawings import floating
from ingestion.load.xlsx_looks import Looks
from ingestion.load.xlsx_sheet import Sheet, read_sheet
from ingestion.load.xlsx_tables import blocks_of

_COMMENTS = re.compile(r"xl/(?:comments\d*|threadedComments/threadedComment\d*|comments/comment\d*)\.xml")
_UNNAMED = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)


def load(content: bytes) -> Loaded:
    content = sound_package(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of extensions it does not know
        try:
            book = openpyxl.load_workbook(
                BytesIO(content), read_only=True, data_only=True, keep_links=False, rich_text=True
            )
            return _read(book, content)
        except (KeyError, ValueError, IndexError, TypeError, AttributeError, zipfile.BadZipFile, etree.LxmlError):
            raise failure("corrupt") from None
        except (InvalidFileException, SyntaxError):  # the standard library's XML error is a SyntaxError
            raise failure("corrupt") from None


def _read(book: Any, content: bytes) -> Loaded:
    looks = Looks(book)
    left_out: list[LeftOut] = []
    parts: list[tuple[str, list[Block]]] = []
    uncached = errors = pictures = undecided = 0
    package = zipfile.ZipFile(BytesIO(content))
    for sheet in book.worksheets:
        read = read_sheet(sheet, looks)
        over = floating(package, sheet._worksheet_path, read.hidden_rows, read.hidden_columns)
        if sheet.sheet_state != "visible":
            texts = "\n".join([*_rows(read), *(box.text for box in over.shown)])
            left_out.append(LeftOut("hidden_sheet", texts or sheet.title, section=sheet.title))
            continue
        left_out += [LeftOut(item.code, item.text, item.page, sheet.title) for item in (*read.left_out, *over.left_out)]
        uncached += read.uncached
        errors += read.errors
        undecided += read.undecided
        pictures += read.pictures + over.pictures
        blocks = [*blocks_of(read), *over.shown]
        if blocks:
            parts.append((sheet.title, blocks))
    comments = dict.fromkeys(texts_of_parts(content, _COMMENTS, ("text",)))
    left_out += [LeftOut("comment_left_out", text) for text in comments]
    notices = []
    if uncached:
        title = f"有 {uncached} 个公式单元格没有保存结果，未收录；请用电子表格软件打开并保存后重新上传。"
        notices.append(Notice("formula_without_value", title))
    if errors:
        notices.append(Notice("formula_error", f"有 {errors} 个单元格显示为错误值（如 #REF!），未收录，请核对。"))
    if undecided:
        title = f"有 {undecided} 条条件格式会隐藏文字，无法判断何时隐藏，请核对表中收录的内容是否都能看到。"
        notices.append(Notice("conditional_hiding", title))
    notices += graphics(charts=0, pictures=pictures)  # what a chart shows stands in the cells it is drawn from
    title = book.properties.title or ""
    return Loaded(
        tuple(_joined(parts)),
        title=title.strip(),
        warnings=tuple(notices),
        left_out=tuple(left_out),
        in_parts=len(parts) > 1,
    )


def _joined(parts: list[tuple[str, list[Block]]]) -> Iterator[Block]:
    """The only sheet speaks for the whole file: its own first title is the document's, a bare "Sheet1" says nothing."""
    for name, blocks in parts:
        if len(parts) > 1 or not (_UNNAMED.fullmatch(name) or isinstance(blocks[0], Heading)):
            yield Heading(name, 1)
        yield from blocks


def _rows(sheet: Sheet) -> list[str]:
    rows: dict[int, list[str]] = {}
    for (down, _), text in sorted(sheet.cells.items()):
        rows.setdefault(down, []).append(text)
    return [" ".join(texts) for texts in rows.values()]
