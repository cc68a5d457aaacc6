"""The wording of passages: their verbatim units, and what two texts share."""

from __future__ import annotations

import re
from itertools import pairwise

_SENTENCE = re.compile(r"[^。！？!?；\n]+[。！？!?；]?")
_HAN_OR_WORD = re.compile(r"[㐀-鿿]|[a-z0-9.%]+")


def units(text: str) -> list[str]:
    """Sentences of prose and whole lines of tables and lists, verbatim, in order."""
    out: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith(("|", "-", "*", "•")) or ("：" in stripped and "；" in stripped):
            out.append(stripped)
        else:
            out.extend(part.strip() for part in _SENTENCE.findall(stripped) if part.strip())
    return out


def grams(text: str) -> set[str]:
    """Character pairs of Chinese runs and whole Latin words: enough to see what a unit and a question share."""
    parts = _HAN_OR_WORD.findall(text.lower())
    return {a + b for a, b in pairwise(parts)} | {part for part in parts if len(part) > 1}


_NUMERALS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = "年|月|周|天|日|岁|级|号|期|次|张|笔|元|万|克|小时|分钟|折"
_SPECIFIC = re.compile(
    rf"(\d+(?:\.\d+)?|[一二两三四五六七八九十百]+)个?({_UNITS})|(?<![a-z0-9])([a-z]+\d+)(?![a-z0-9])", re.IGNORECASE
)


def specifics(text: str) -> set[str]:
    """The quantities and codes a text names, in one form: 三年期, 3年 and 三年 are "3年", "R2" is "r2".

    A question that names one ("三年期利率") is not answered by a passage that only has others.
    """
    found = set()
    for numeral, unit, code in _SPECIFIC.findall(text):
        found.add(code.lower() if code else f"{_value(numeral)}{unit}")
    return found


def _value(numeral: str) -> str:
    if numeral[0].isdigit():
        return numeral
    total = current = 0
    for char in numeral:
        if char in "十百":
            total += (current or 1) * (10 if char == "十" else 100)
            current = 0
        else:
            current = _NUMERALS[char]
    return str(total + current)
