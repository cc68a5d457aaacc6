"""Which letters of a PDF have a code: a font may lack the table that tells what its glyphs mean.

pdfium then gives the number of the glyph as if it were a letter's, so that 年费200元 reads as 年费元 or as letters of
another script. What was drawn is on the page, but nobody can tell it from the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ctypes import addressof
from typing import Any

import pypdfium2.raw as pdfium

UNREADABLE = "\ufffd"
_PRIVATE = range(0xE000, 0xF900)
_CONTROL = 0x20
_CONTROLS = re.compile("\r\n|[\x00-\x1f]")  # the end of a line is pdfium's own
_PLAIN = range(0x20, 0x7F)
_MOSTLY = 0.5


def is_unreadable(text_page: Any, index: int) -> bool:
    """True for a letter that says nothing: without a code, or with one that every font gives its own meaning."""
    code = pdfium.FPDFText_GetUnicode(text_page, index)
    return code < _CONTROL or code == ord(UNREADABLE) or code in _PRIVATE or _lacks_code(text_page, index)


def readable(text_page: Any, text: str, ends: Sequence[int]) -> str:
    """A page's letters, U+FFFD in the place of those that are glyphs' numbers.

    ends: the letters to look at first, one of each run at least; the others only if one of these lacks its code.
    """
    controls = [found.start() for found in _CONTROLS.finditer(text) if found.group() != "\r\n"]
    if not any(_lacks_code(text_page, index) for index in (*ends, *controls)):
        return text
    fonts: dict[int, list[int]] = {}
    for index in range(len(text)):
        if _lacks_code(text_page, index):
            fonts.setdefault(_font(text_page, index), []).append(index)
    made = list(text)
    for places in fonts.values():
        if not _are_letters([text[index] for index in places]):
            for index in places:
                made[index] = UNREADABLE
    return "".join(made)


def _lacks_code(text_page: Any, index: int) -> bool:
    return bool(pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1)


def _font(text_page: Any, index: int) -> int:
    """Its address, 0 where there is none."""
    written = pdfium.FPDFText_GetTextObject(text_page, index)
    font = pdfium.FPDFTextObj_GetFont(written) if written else None
    return addressof(font.contents) if font else 0


def _are_letters(signs: Sequence[str]) -> bool:
    """Old writers number the glyphs of Latin fonts by their letters, so that the numbers read as words and figures.

    Numbers that mean no letters lie below the small ones: the glyphs of a font stand in its alphabet's order.
    """
    if any(ord(sign) not in _PLAIN for sign in signs):
        return False
    return sum(sign.islower() or sign.isdigit() for sign in signs) >= _MOSTLY * len(signs)
