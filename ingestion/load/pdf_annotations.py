"""What lies over a PDF's pages without being part of them: comments, and what was filled into the fields of a form."""

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


def laid_over(page: Any) -> tuple[list[str], int]:
    """(the comments, how many form fields hold a text). page: a pypdfium2 PdfPage."""
    comments: list[str] = []
    filled = 0
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        with _opened(page, index) as one:
            kind = pdfium.FPDFAnnot_GetSubtype(one) if one else None
            if kind in _COMMENTS and (text := _text(one, b"Contents")):
                comments.append(text)
            elif kind == pdfium.FPDF_ANNOT_WIDGET:
                filled += bool(_text(one, b"V"))
    return comments, filled


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
