"""The numbers Word prints but does not store in the text: 第一条, （二）, 1.2, bullets.

Many Chinese contracts number their clauses this way, so without it a clause would lose its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

_DIGITS = "零一二三四五六七八九"
_DEEPEST = 9


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str


class Numbering:
    """Counts one document from top to bottom; `numbering`: the w:numbering element or None."""

    def __init__(self, numbering: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, list[int | None]] = {}
        if numbering is None:
            return
        abstracts = {a.get(qn("w:abstractNumId")): _levels(a) for a in numbering.iter(qn("w:abstractNum"))}
        for number in numbering.iter(qn("w:num")):
            number_id = number.get(qn("w:numId")) or ""
            abstract = _value(number, "w:abstractNumId", "")
            levels = dict(abstracts.get(abstract, {}))
            overridden = False
            for override in number.iter(qn("w:lvlOverride")):
                depth = _whole(override.get(qn("w:ilvl")), 0)
                levels |= _levels(override)
                start = override.find(qn("w:startOverride"))
                if start is not None and depth in levels:
                    old = levels[depth]
                    levels[depth] = _Level(_whole(start.get(qn("w:val")), 1), old.form, old.text)
                    overridden = True
            self._levels[number_id] = levels
            self._abstract[number_id] = number_id if overridden else f"abstract {abstract}"

    def label(self, number_id: str, depth: int) -> str:
        """The next label of this list at this depth ("- " for bullets, "" when nothing is printed)."""
        levels = self._levels.get(number_id)
        if number_id == "0" or not levels or depth not in levels:
            return ""
        counts = self._counts.setdefault(self._abstract[number_id], [None] * _DEEPEST)
        before = counts[depth]
        counts[depth] = levels[depth].start if before is None else before + 1
        counts[depth + 1 :] = [None] * (_DEEPEST - depth - 1)
        level = levels[depth]
        if level.form == "bullet":
            return "- "
        if level.form == "none":
            return ""

        def number(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            shown = levels.get(place, level)
            value = counts[place] if counts[place] is not None else shown.start
            return _spelled(value or 0, shown.form)

        label = re.sub(r"%([1-9])", number, level.text)
        return label if not label or label[-1] in "、）)：" else f"{label} "


def _levels(element: Any) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for level in element.iter(qn("w:lvl")):
        depth = _whole(level.get(qn("w:ilvl")), 0)
        if depth < _DEEPEST:
            start = _whole(_value(level, "w:start", "1"), 1)
            levels[depth] = _Level(start, _value(level, "w:numFmt", "decimal"), _value(level, "w:lvlText", ""))
    return levels


def _spelled(value: int, form: str) -> str:
    match form:
        case "chineseCounting" | "chineseCountingThousand" | "ideographDigital" | "taiwaneseCountingThousand":
            return _chinese(value)
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
            return letter if form == "lowerLetter" else letter.upper()
        case "lowerRoman" | "upperRoman":
            roman = _roman(value)
            return roman.lower() if form == "lowerRoman" else roman
        case "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if 1 <= value <= 20:
            return chr(0x2460 + value - 1)
        case "decimalZero":
            return f"{value:02d}"
        case _:
            return str(value)


def _chinese(value: int) -> str:
    """1 to 9999 the way clauses are numbered: 十, 十二, 二十, 一百零三."""
    if not 0 < value < 10000:
        return str(value)
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if 10 <= value < 20 else text


def _roman(value: int) -> str:
    text = ""
    for amount, sign in (
        *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X")),
        *((9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
    ):
        count, value = divmod(value, amount)
        text += sign * min(count, 20)
    return text


def _value(element: Any, name: str, default: str) -> str:
    child = element.find(qn(name))
    return str(child.get(qn("w:val"), default)) if child is not None else default


def _whole(value: str | None, default: int) -> int:
    return int(value) if value is not None and re.fullmatch(r"-?\d{1,9}", value) else default
