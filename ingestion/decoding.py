"""Bytes to text: Unicode marks, what the file declares, UTF-8, then GB18030 or Big5, whichever makes common words.

GB18030 decodes nearly any bytes: Big5 read as such is no error but rare signs and kana.
"""

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
_DECLARED = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80"), ("gb18030",)),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cp950", "cn-big5"), ("big5hkscs", "cp950")),
}
_LOOKED_AT = 20_000  # characters that tell GB18030 from Big5
_FEWEST = 4
_UNCOMMON, _COMMON = 0.7, 0.9  # shares of common characters: simplified text has 0.98, Big5 read as GB18030 0.4


def decode(content: bytes, declared: str = "") -> str:
    """Text with \\n line ends. Raises PreparationFailed: mislabelled (binary), corrupt (no encoding fits).

    declared: the encoding that the file names, "" for none.
    """
    text = _decoded(content, declared.lower())
    if _CONTROL.search(text):
        raise failure("mislabelled")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, declared: str) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = (*_DECLARED.get(declared, ()), "utf-8", "gb18030")
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _or_in_big5(content, text) if encoding == "gb18030" and declared not in _DECLARED else text
    raise failure("corrupt")


def _or_in_big5(content: bytes, text: str) -> str:
    letters = _letters(text)
    if len(letters) < _FEWEST or _share(letters, "gb2312", 0xB0, 0xD7) >= _UNCOMMON:
        return text
    try:
        other = content.decode("big5hkscs")
    except UnicodeDecodeError:
        return text
    return other if _share(_letters(other), "big5", 0xA4, 0xC6) >= _COMMON else text


def _letters(text: str) -> list[str]:
    return [sign for sign in text[:_LOOKED_AT] if not sign.isascii() and sign.isalpha()]


def _share(letters: list[str], encoding: str, first: int, last: int) -> float:
    """How many of them stand on the first level of their standard, between two lead bytes: the common characters."""
    levels = [sign.encode(encoding, "ignore")[:1] for sign in letters]
    return sum(bool(level) and first <= level[0] <= last for level in levels) / max(len(levels), 1)
