"""The numbers a slide prints before its paragraphs and does not store in the text: 1., (二), ③."""

from __future__ import annotations

import re
from typing import Any

from pptx.oxml.ns import qn

from ingestion.load.numerals import spelled

_TYPE = re.compile(r"(\w+?)(ParenBoth|ParenR|Period|Plain|Minus)?")
_ENDS = {"ParenBoth": "({})", "ParenR": "{})", "Period": "{}.", "Minus": "{}-"}
_FORMS = {
    **{"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"},
    **{"ea1Chs": "chineseCounting", "ea1Cht": "taiwaneseCounting", "ea1JpnChs": "japaneseCounting"},
    **dict.fromkeys(("circleNumDb", "circleNumWdWhite", "circleNumWdBlack"), "decimalEnclosedCircle"),
}


class Numbers:
    """Counts the paragraphs of one text frame from top to bottom, each level for itself."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[tuple[str, int], int]] = {}  # by level: the kind of list, its last number

    def label(self, paragraph: Any) -> str:
        """What is printed before this paragraph (an a:p that says something), "" where it has no number."""
        properties = paragraph.find(qn("a:pPr"))
        level = _whole(properties.get("lvl"), 0) if properties is not None else 0
        self._counts = {depth: count for depth, count in self._counts.items() if depth <= level}
        numbered = properties.find(qn("a:buAutoNum")) if properties is not None else None
        if numbered is None:
            self._counts.pop(level, None)
            return ""
        kind = (numbered.get("type") or "arabicPeriod", _whole(numbered.get("startAt"), 1))
        before, last = self._counts.get(level, (kind, kind[1] - 1))
        number = last + 1 if before == kind else kind[1]
        self._counts[level] = kind, number
        return _label(number, kind[0])


def _label(number: int, kind: str) -> str:
    found = _TYPE.fullmatch(kind)
    form, end = found.groups() if found else (kind, None)
    label = _ENDS.get(end or "", "{}").format(spelled(number, _FORMS.get(form, "decimal")))
    return label if label.endswith(")") and not label[-2].isascii() else f"{label} "


def _whole(value: str | None, default: int) -> int:
    return int(value) if value is not None and re.fullmatch(r"\d{1,5}", value) else default
