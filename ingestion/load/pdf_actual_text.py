"""ActualText: what a PDF has its letters read as, in the place of what they show.

Writers use it for ligatures and for glyphs without a code; but it may say anything, and no reader sees it. So the
letters themselves are read, and what stands for them only where they cannot be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ctypes import addressof, byref, c_ubyte, c_ulong
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category, normalize

import pypdfium2.raw as pdfium

from ingestion.failures import failure
from ingestion.load.pdf_codes import is_unreadable
from ingestion.load.pdf_objects import Written

_KEY = b"ActualText"
_MOST_MARKS = 500_000  # of a page, each counted for every object it is around
_ENCODINGS = {b"\xfe\xff": "utf-16-be", b"\xff\xfe": "utf-16-le", b"\xef\xbb\xbf": "utf-8"}
_MOST_A_GLYPH = 4  # letters that one glyph can stand for: ffi
_BREAKS = "-\u00ad\u2010\u2011"
_COUNT = "%‰％#*@&"  # punctuation by their class that says something of a figure
_BLANKS = " \t\r\n\xa0"


@dataclass(slots=True)
class _Instead:
    """One text that stands for the letters of some objects. marks: (the object, its mark), by the object's address."""

    text: str
    marks: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    own: str = ""
    readable: bool = True


def visible_text(page: Any, written: Sequence[Written]) -> tuple[Any, list[str]]:
    """The page's letters as they are drawn, and the texts set in their place that say something else.

    page: a pypdfium2 PdfPage; written: its text objects. The first is a PdfTextPage, which the caller closes.
    Raises PreparationFailed: too_large.
    """
    instead = list(_found(written))
    for one in instead:
        for handle, mark in one.marks.values():
            pdfium.FPDFPageObjMark_RemoveParam(handle, mark, _KEY)
    text_page = page.get_textpage()
    if not instead:
        return text_page, []
    _read(text_page.raw, instead)
    needed = [one for one in instead if _is_needed(one)]
    if needed:
        text_page.close()
        for one in needed:
            for handle, mark in one.marks.values():
                value = b"\xfe\xff" + one.text.encode("utf-16-be")
                blob = (c_ubyte * len(value)).from_buffer_copy(value)
                pdfium.FPDFPageObjMark_SetBlobParam(page.pdf.raw, handle, mark, _KEY, blob, len(value))
        text_page = page.get_textpage()
    return text_page, [one.text for one in instead if one not in needed and _said(one.text) != _said(one.own)]


def _found(written: Iterable[Written]) -> Iterator[_Instead]:
    """A text may stand for several objects, which then share its mark. Raises PreparationFailed: too_large."""
    known: dict[int, _Instead | None] = {}
    looks = 0
    for one in written:
        count = pdfium.FPDFPageObj_CountMarks(one.handle)
        looks += max(0, count)
        if looks > _MOST_MARKS:
            raise failure("too_large")
        for at in range(count):
            mark = pdfium.FPDFPageObj_GetMark(one.handle, at)
            key = addressof(mark.contents)
            if key not in known:
                text = _value(mark)
                known[key] = None if text is None else _Instead(text)
            if (instead := known[key]) is not None:
                instead.marks[one.key] = one.handle, mark
    yield from filter(None, known.values())


def _value(mark: Any) -> str | None:
    """pdfium's own reader of strings takes them for UTF-8, which they seldom are."""
    size = c_ulong()
    if not pdfium.FPDFPageObjMark_GetParamBlobValue(mark, _KEY, None, 0, byref(size)):
        return None
    buffer = (c_ubyte * size.value)()
    pdfium.FPDFPageObjMark_GetParamBlobValue(mark, _KEY, buffer, size.value, byref(size))
    value = bytes(buffer)
    for sign, encoding in _ENCODINGS.items():
        if value.startswith(sign):
            return value[len(sign) :].decode(encoding, "ignore")
    return value.decode("latin-1")


def _read(text_page: Any, instead: Iterable[_Instead]) -> None:
    """What the letters of each say themselves."""
    owners: dict[int, list[_Instead]] = {}
    for one in instead:
        for key in one.marks:
            owners.setdefault(key, []).append(one)
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        written = pdfium.FPDFText_GetTextObject(text_page, index)
        for one in owners.get(addressof(written.contents), ()) if written else ():
            one.own += chr(pdfium.FPDFText_GetUnicode(text_page, index))
            one.readable &= not is_unreadable(text_page, index)


def _is_needed(one: _Instead) -> bool:
    """True where the letters do not say for themselves what they are: they lack a code or share their glyph with
    others, are half of a ligature, or the hyphen of a broken word."""
    own, text = one.own.strip(_BLANKS), one.text.strip(_BLANKS)
    if own in _BREAKS:
        return bool(own) and not text.strip(_BREAKS)
    if len(text) > _MOST_A_GLYPH * len(own):
        return False
    if one.readable and len(text) == len(own):
        return all(_share_a_glyph(one, other) for one, other in zip(own, text, strict=True))
    return not one.readable or (text.startswith(own) and text.isalpha() and text.isascii())


def _share_a_glyph(own: str, other: str) -> bool:
    """Fonts draw 风 and its radical alike, and most dashes and most points, and writers give any one of their codes."""
    if normalize("NFKC", own) == normalize("NFKC", other):
        return True
    if "\u2e80" <= own <= "\u2fdf":
        return "\u3400" <= other <= "\u9fff"
    return category(own) == category(other) and category(own)[0] == "P" and own not in _COUNT and other not in _COUNT


def _said(text: str) -> str:
    """What it says however it is broken into lines."""
    return "".join(sign for sign in normalize("NFKC", text) if sign.isalnum() or sign not in _BREAKS + " \t\r\n")
