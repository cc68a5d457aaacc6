"""Bytes to text for the formats that do not say their encoding: Unicode marks, UTF-8, then GB18030."""

from __future__ import annotations

import codecs
import re

from ingestion.failures import failure

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(content: bytes) -> str:
    """Text with \\n line ends. Raises PreparationFailed: mislabelled (binary), corrupt (no encoding fits)."""
    text = _decoded(content)
    if _CONTROL.search(text):
        raise failure("mislabelled")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise failure("corrupt")
