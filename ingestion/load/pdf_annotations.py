"""What lies over a PDF's pages without being part of them: comments, stamps, what was filled into a form's fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_ushort
from typing import Any

import pypdfium2.raw as pdfium

_MOST = 5_000  # of a page
_COMMENTS = {
    *(pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE),
    *(pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_SQUIGGLY, pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_CARET),
    *(pdfium.FPDF_ANNOT_INK, pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_SQUARE, pdfium.FPDF_ANNOT_CIRCLE),
    *(pdfium.FPDF_ANNOT_POLYGON, pdfium.FPDF_ANNOT_POLYLINE),
}
# What marks letters without covering them, or is seen only when it is opened.
_THROUGH = {
    *(pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_CARET),
    *(pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY),
    *(pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_UNKNOWN),
}
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_WRITTEN = {pdfium.FPDF_ANNOT_STAMP: "（图章中的文字）", pdfium.FPDF_ANNOT_FREETEXT: "（文本框中的文字）"}
_DEEPEST = 4


def covers(page: Any) -> list[tuple[float, float, float, float]]:
    """Where visible annotations may cover the page, in the file's coordinates. page: a pypdfium2 PdfPage."""
    boxes = []
    place = pdfium.FS_RECTF()
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        with _opened(page, index) as one:
            if not one or pdfium.FPDFAnnot_GetSubtype(one) in _THROUGH or pdfium.FPDFAnnot_GetFlags(one) & _UNSEEN:
                continue
            if pdfium.FPDFAnnot_GetRect(one, place):
                boxes.append((place.left, place.bottom, place.right, place.top))
    return boxes


def laid_over(page: Any) -> tuple[list[str], int]:
    """(the comments, how many form fields hold a text). page: a pypdfium2 PdfPage."""
    comments: list[str] = []
    filled = 0
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        with _opened(page, index) as one:
            kind = pdfium.FPDFAnnot_GetSubtype(one) if one else None
            if kind in _COMMENTS and (text := _text(one, b"Contents")):
                comments.append(text)
            elif kind in _WRITTEN and not pdfium.FPDFAnnot_GetFlags(one) & _UNSEEN and _shows_text(one):
                comments.append(_WRITTEN[kind])  # its letters are not to be had; the editor looks at the page
            elif kind == pdfium.FPDF_ANNOT_WIDGET:
                filled += bool(_text(one, b"V"))
    return comments, filled


def _shows_text(annotation: Any) -> bool:
    count = min(pdfium.FPDFAnnot_GetObjectCount(annotation), _MOST)
    return any(_is_text(pdfium.FPDFAnnot_GetObject(annotation, at), _DEEPEST) for at in range(count))


def _is_text(one: Any, depth: int) -> bool:
    kind = pdfium.FPDFPageObj_GetType(one)
    if kind != pdfium.FPDF_PAGEOBJ_FORM or not depth:
        return bool(kind == pdfium.FPDF_PAGEOBJ_TEXT)
    count = min(pdfium.FPDFFormObj_CountObjects(one), _MOST)
    return any(_is_text(pdfium.FPDFFormObj_GetObject(one, at), depth - 1) for at in range(count))


@contextmanager
def _opened(page: Any, index: int) -> Iterator[Any]:
    one = pdfium.FPDFPage_GetAnnot(page.raw, index)
    try:
        yield one
    finally:
        if one:
            pdfium.FPDFPage_CloseAnnot(one)


def _text(annotation: Any, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if size <= 2:
        return ""
    buffer = (c_ushort * (size // 2))()
    pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    return " ".join(bytes(buffer)[:-2].decode("utf-16-le", "ignore").split())
