"""One normal form of a text for every rule, with a map back to the original characters.

Width, case, Traditional script, zero-width and combining characters, and punctuation pushed between Chinese characters
("保.本", "转 人 工") are undone; the work is one pass, linear in the length.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from opencc import OpenCC

_INVISIBLE = frozenset(["Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn"])
_WEDGES = frozenset(" \t\u00a0.·•*_~^|/\\+=-–—`'\"“”‘’#&@,，、")
# These also separate honest phrases ("本金、收益", "不，赚"): they are wedges only between single characters.
_CAREFUL = frozenset(",，、\"“”‘’'/@#&=+—")


@dataclass(frozen=True, slots=True)
class NormalText:
    """text: normalised; origin[i]: index in the original of normalised character i; original: as it came."""

    text: str
    origin: tuple[int, ...]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A normalised span as a span of the original (end exclusive)."""
        if start >= end or not self.origin:
            return (0, 0)
        return (self.origin[start], self.origin[end - 1] + 1)


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


class Normaliser:
    """Holds the character table; build one and share it (reading only)."""

    def __init__(self) -> None:
        table: dict[str, str] = {}
        convert = OpenCC("t2s").convert
        han = [chr(code) for code in range(0x3400, 0xA000)]
        # One character a line: no phrase may change a neighbour, so positions hold.
        for before, after in zip(han, convert("\n".join(han)).split("\n"), strict=True):
            if before != after and len(after) == 1:
                table[before] = after
        # 乾/着/著 and others with two readings stay as they are in meaning-bearing words.
        for ambiguous in "乾著":
            table.pop(ambiguous, None)
        self._table = table
        self._codes = {ord(before): after for before, after in table.items()}

    def simplify(self, text: str) -> str:
        """Character-by-character Traditional to Simplified; the length stays."""
        return text.translate(self._codes)

    def normalise(self, text: str) -> NormalText:
        """For rules: everything undone, lower case."""
        chars, origin = self._fold(text)
        return self._close_up(chars, origin, text)

    def plain(self, text: str) -> str:
        """For numbers and names: width, script and invisible characters undone; spacing, case and wedges kept."""
        if text.isascii():
            return text
        return "".join(self._fold(text, lower=False)[0])

    def _fold(self, text: str, *, lower: bool = True) -> tuple[list[str], list[int]]:
        chars: list[str] = []
        origin: list[int] = []
        table = self._table
        for index, char in enumerate(text):
            if char < "\x80":
                if char >= " " or char in "\n\t":
                    chars.append(char.lower() if lower else char)
                    origin.append(index)
                continue
            if "\u3400" <= char <= "\u9fff":
                chars.append(table.get(char, char))
                origin.append(index)
                continue
            if unicodedata.category(char) in _INVISIBLE:
                continue
            if not lower and unicodedata.category(char) == "No":
                # ① and ² number a list or a note; as digits they would be claims.
                chars.append(" ")
                origin.append(index)
                continue
            for part in unicodedata.normalize("NFKC", char):
                if unicodedata.category(part) in _INVISIBLE:
                    continue
                part = table.get(part, part)
                chars.append(part.lower() if lower else part)
                origin.append(index)
        return chars, origin

    def _close_up(self, chars: list[str], origin: list[int], original: str) -> NormalText:
        """Drop wedges between Chinese characters, but only where single characters are being pulled apart."""
        text = "".join(chars)
        kept: list[str] = []
        places: list[int] = []
        size = len(text)
        index = 0
        while index < size:
            char = text[index]
            if char not in _WEDGES or not kept or not is_han(kept[-1]):
                kept.append(char)
                places.append(origin[index])
                index += 1
                continue
            end = index
            while end < size and end - index < 8 and text[end] in _WEDGES:
                end += 1
            if end < size and is_han(text[end]) and self._is_wedge(text, index, end):
                index = end
                continue
            while index < end:
                kept.append(text[index])
                places.append(origin[index])
                index += 1
        return NormalText("".join(kept), tuple(places), original)

    @staticmethod
    def _is_wedge(text: str, start: int, end: int) -> bool:
        if not any(char in _CAREFUL for char in text[start:end]):
            return True
        before_alone = start < 2 or not is_han(text[start - 2])
        after_alone = end + 1 >= len(text) or not is_han(text[end + 1])
        return before_alone and after_alone
