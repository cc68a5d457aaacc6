"""PDF through pdfium: page by page into headings, joined paragraphs and tables, with page numbers for citations.

Running headers and footers are left out, text that nobody can see never comes in, and a page without text is
recognised from its image where the OCR extra is installed. No page is held longer than its neighbours need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pypdfium2

from app.knowledge.preparing import Notice
from ingestion.blocks import Block, Heading, LeftOut, Loaded
from ingestion.failures import failure
from ingestion.load.pdf_aligned import aligned
from ingestion.load.pdf_annotations import laid_over
from ingestion.load.pdf_columns import Piece, in_reading_order
from ingestion.load.pdf_flow import Flow
from ingestion.load.pdf_furniture import Sheet, without_furniture
from ingestion.load.pdf_lines import lines
from ingestion.load.pdf_page import read
from ingestion.load.pdf_scan import Recogniser, open_recogniser
from ingestion.load.pdf_tables import ruled

_PASSWORD = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_MOST_PAGES = 5_000
_MOST_HIDDEN = 1_000
_PAGES_HELD = 250
_LARGEST = 14_400.0  # points: the format's own limit for a page's side


@dataclass(slots=True)
class _Seen:
    """What the editor has to be told, by page number."""

    pages: int = 0
    empty: list[int] = field(default_factory=list)
    hidden: list[LeftOut] = field(default_factory=list)
    turned: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    recognised: dict[int, float] = field(default_factory=dict)


def load(content: bytes, *, ocr: bool = False) -> Loaded:
    """ocr: recognise pages without text, if the OCR extra is installed.

    Raises PreparationFailed: encrypted, corrupt, too_large, no_text.
    """
    seen = _Seen()
    try:
        flow = Flow()
        for sheet in without_furniture(_sheets(content, seen, open_recogniser() if ocr else None)):
            flow.add_aside(sheet.above)
            for column in in_reading_order(sheet.pieces, sheet.number, sheet.width):
                flow.add(aligned(column, sheet.separators))
            flow.add_aside(sheet.below)
        blocks = tuple(flow.blocks())
    except pypdfium2.PdfiumError:
        raise failure("corrupt") from None
    if not blocks and not seen.hidden:
        raise failure("no_text")
    return Loaded(
        blocks,
        title=_first_heading(blocks),
        pages=seen.pages,
        warnings=tuple(_warnings(seen)),
        left_out=tuple(seen.hidden[:_MOST_HIDDEN]),
    )


def opened(content: bytes) -> pypdfium2.PdfDocument:
    """Raises PreparationFailed: encrypted, corrupt, too_large, no_text (no pages)."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise failure("encrypted" if getattr(error, "err_code", None) in _PASSWORD else "corrupt") from None
    count = len(document)
    if 0 < count <= _MOST_PAGES:
        return document
    document.close()
    raise failure("too_large" if count else "no_text")


def _sheets(content: bytes, seen: _Seen, recogniser: Recogniser | None) -> Iterator[Sheet]:
    """The pages in order; the file is opened anew every so often, so that a long one needs no more memory."""
    first = 1
    while first == 1 or first <= seen.pages:
        document = opened(content)
        try:
            seen.pages = len(document)
            with suppress(pypdfium2.PdfiumError):  # a broken form is none
                document.init_forms()  # else no field is painted
            yield from _some(document, range(first, min(first + _PAGES_HELD, seen.pages + 1)), seen, recogniser)
        finally:
            document.close()
        first += _PAGES_HELD


def _some(
    document: pypdfium2.PdfDocument, numbers: range, seen: _Seen, recogniser: Recogniser | None
) -> Iterator[Sheet]:
    """A page is closed only when the next is open: fonts that both use are loaded once, a third of the work."""
    before: pypdfium2.PdfPage | None = None
    try:
        for number in numbers:
            source = document[number - 1]
            if before is not None:
                before.close()
            before = source
            yield _sheet(source, number, seen, recogniser)
    finally:
        if before is not None:
            before.close()


def _sheet(source: pypdfium2.PdfPage, number: int, seen: _Seen, recogniser: Recogniser | None) -> Sheet:
    wide, high = source.get_size()
    if not (0 < wide <= _LARGEST and 0 < high <= _LARGEST):
        raise failure("too_large")
    page = read(source, number)
    comments, filled = laid_over(source)
    seen.hidden += [LeftOut("comment_left_out", text, number) for text in comments]
    if filled:
        seen.filled.append(number)
    seen.hidden += [LeftOut("hidden_text", text, number) for text in page.hidden]
    seen.hidden += [LeftOut("tracked_deletion", text, number) for text in page.struck]
    if page.turned > 3:
        seen.turned.append(number)
    if page.unreadable:
        seen.unreadable.append(number)
    if not page.letters:
        if recogniser is not None:
            scan = recogniser.read(source, number)
            if scan.lines:
                seen.recognised[number] = scan.confidence
                return Sheet(number, scan.width, scan.height, list(scan.lines), ())
        seen.empty.append(number)
        return Sheet(number, page.width, page.height, [], ())
    tables, rest = ruled(page)
    pieces: list[Piece] = [*tables, *lines(rest, number)]
    separators = (*(rule.at for rule in page.horizontal), *page.bands)
    return Sheet(number, page.width, page.height, pieces, separators)


def _first_heading(blocks: tuple[Block, ...]) -> str:
    return next((block.text for block in blocks if isinstance(block, Heading)), "")


def _warnings(seen: _Seen) -> Iterator[Notice]:
    if seen.recognised:
        sure = sum(seen.recognised.values()) / len(seen.recognised)
        title = (
            f"第 {_named(list(seen.recognised))} 页是扫描页，文字由 OCR 识别（平均置信度 {sure:.0%}），请与原件核对。"
        )
        yield Notice("ocr_used", title)
    if seen.empty:
        title = f"第 {_named(seen.empty)} 页没有可提取的文字（可能是扫描页），未收录。"
        yield Notice("pages_without_text", title)
    if seen.turned:
        title = f"第 {_named(seen.turned)} 页有方向与正文不同的文字，未收录，请核对。"
        yield Notice("turned_text_left_out", title)
    if seen.unreadable:
        title = f"第 {_named(seen.unreadable)} 页有读不出来的文字（字体缺少编码），已用“\ufffd”标出，请核对并更正。"
        yield Notice("unreadable_letters", title)
    if seen.filled:
        title = f"第 {_named(seen.filled)} 页表单栏里填写的内容未收录；如需收录，请打印为普通 PDF 后重新上传。"
        yield Notice("form_fields_left_out", title)


def _named(numbers: list[int]) -> str:
    return "、".join(map(str, numbers[:10])) + ("等" if len(numbers) > 10 else "")
