"""One normal form of a text for every rule, with a map back to the original characters.

Width, case, Traditional script, zero-width and combining characters, and punctuation pushed between Chinese characters
("保.本", "转 人 工") are undone; the work is one pass, linear in the length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from opencc import OpenCC

_INVISIBLE = frozenset(["Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn"])
_WEDGES = frozenset(" \t\u00a0.·•*_~^|/\\+=-–—`'\"“”‘’#&@,，、")
# These also separate honest phrases ("本金、收益", "不，赚"): they are wedges only between single characters.
_CAREFUL = frozenset(",，、\"“”‘’'/@#&=+—")
_HAN = "\u3400-\u9fff"


def _class(chars: Iterable[str]) -> str:
    return "".join(map(re.escape, sorted(chars)))


# Wedges that pull Chinese characters apart; the careful ones only between two that stand alone.
_WEDGED = re.compile(
    f"[{_class(_WEDGES)}](?<=[{_HAN}].)(?:"
    f"(?<=[{_class(_WEDGES - _CAREFUL)}])[{_class(_WEDGES - _CAREFUL)}]{{0,7}}(?=[{_HAN}])"
    f"|(?<![{_HAN}][{_HAN}].)[{_class(_WEDGES)}]{{0,7}}(?=[{_HAN}](?![{_HAN}])))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class NormalText:
    """text: normalised; origin[i]: index in the original of normalised character i; original: as it came."""

    text: str
    origin: Sequence[int]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A normalised span as a span of the original (end exclusive)."""
        if start >= end or not self.origin:
            return (0, 0)
        return (self.origin[start], self.origin[end - 1] + 1)


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


class _Folding(dict[str, str]):
    """What each character becomes on its own, worked out when it is first met: "" for what is invisible."""

    def __init__(self, table: Mapping[str, str], *, lower: bool) -> None:
        self._table, self._lowers = table, lower

    def __missing__(self, char: str) -> str:
        folded = self[char] = self._fold(char)
        return folded

    def _fold(self, char: str) -> str:
        if char < "\x80":
            if char < " " and char not in "\n\t":
                return ""
        elif not is_han(char):
            category = unicodedata.category(char)
            if category in _INVISIBLE:
                return ""
            if category == "No" and not self._lowers:
                # ① and ² number a list or a note; as digits they would be claims.
                return " "
            parts = unicodedata.normalize("NFKC", char)
            seen = [part for part in parts if unicodedata.category(part) not in _INVISIBLE]
            char = "".join(self._table.get(part, part) for part in seen)
        else:
            return self._table.get(char, char)
        return char.lower() if self._lowers else char


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
        self._kept = _Folding(table, lower=False)
        self._lower = _Folding(table, lower=True)
        self._codes = {ord(before): after for before, after in table.items()}

    def simplify(self, text: str) -> str:
        """Character-by-character Traditional to Simplified; the length stays."""
        return text.translate(self._codes)

    def normalise(self, text: str) -> NormalText:
        """For rules: everything undone, lower case."""
        folded, origin = self._fold(text)
        return self._close_up(folded, origin, text)

    def plain(self, text: str) -> str:
        """For numbers and names: width, script and invisible characters undone; spacing, case and wedges kept."""
        if text.isascii():
            return text
        return "".join(map(self._kept.__getitem__, text))

    def _fold(self, text: str) -> tuple[str, Sequence[int]]:
        pieces = [*map(self._lower.__getitem__, text)]
        folded = "".join(pieces)
        if len(folded) == len(text) and "" not in pieces:
            return folded, range(len(text))
        return folded, tuple(index for index, piece in enumerate(pieces) for _ in piece)

    def _close_up(self, text: str, origin: Sequence[int], original: str) -> NormalText:
        """Drop wedges between Chinese characters, but only where single characters are being pulled apart."""
        if _WEDGED.search(text) is None:
            return NormalText(text, origin, original)
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
