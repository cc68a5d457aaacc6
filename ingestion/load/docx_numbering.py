"""The numbers Word prints but does not store in the text: 第一条, （二）, 1.2, bullets.

Many Chinese contracts number their clauses this way, so without it a clause would lose its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.numerals import spelled

_DEEPEST = 9


@dataclass(frozen=True, slots=True)
class _Level:
    """legal: every number of its label in figures (1.1 under 第一章). restart: the level, from 1, that begins it anew.

    restart None: every level above does; 0: none does, so that clauses are counted through all chapters.
    style: the one whose paragraphs stand on this level.
    """

    start: int
    form: str
    text: str
    legal: bool = False
    restart: int | None = None
    style: str = ""


class Numbering:
    """Counts one document from top to bottom; `numbering`: the w:numbering element or None."""

    def __init__(self, numbering: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._depths: dict[tuple[str, str], int] = {}
        if numbering is None:
            return
        lists = {a.get(qn("w:abstractNumId"), ""): a for a in numbering.iter(qn("w:abstractNum"))}
        # A list may only point to a list style; another one then defines it.
        styled = {
            _value(a, "w:styleLink", ""): name for name, a in lists.items() if a.find(qn("w:styleLink")) is not None
        }
        abstracts = {name: _levels(a) for name, a in lists.items()}
        for number in numbering.iter(qn("w:num")):
            number_id = number.get(qn("w:numId")) or ""
            abstract = _value(number, "w:abstractNumId", "")
            if not abstracts.get(abstract) and abstract in lists:
                abstract = styled.get(_value(lists[abstract], "w:numStyleLink", ""), abstract)
            levels = dict(abstracts.get(abstract, {}))
            overridden = False
            for override in number.iter(qn("w:lvlOverride")):
                depth = _whole(override.get(qn("w:ilvl")), 0)
                levels |= _levels(override)
                start = override.find(qn("w:startOverride"))
                if start is not None and depth in levels:
                    old = levels[depth]
                    levels[depth] = replace(old, start=_whole(start.get(qn("w:val")), 1))
                    overridden = True
            self._levels[number_id] = levels
            self._depths |= {(number_id, level.style): depth for depth, level in levels.items() if level.style}
            self._abstract[number_id] = number_id if overridden else f"abstract {abstract}"

    def depth(self, number_id: str, style: str) -> int:
        """The level this list gives to the paragraphs of a style (w:lvl/w:pStyle), else the outermost."""
        return self._depths.get((number_id, style), 0)

    def label(self, number_id: str, depth: int) -> str:
        """The next label of this list at this depth ("- " for bullets, "" when nothing is printed)."""
        levels = self._levels.get(number_id)
        if number_id == "0" or not levels or depth not in levels:
            return ""
        counts = self._counts.setdefault(self._abstract[number_id], [None] * _DEEPEST)
        before = counts[depth]
        counts[depth] = levels[depth].start if before is None else before + 1
        for below in range(depth + 1, _DEEPEST):
            restart = levels[below].restart if below in levels else None
            if restart is None or depth < restart:
                counts[below] = None
        level = levels[depth]
        if level.form == "bullet":
            return "- "
        if level.form == "none":
            return ""

        def number(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            shown = levels.get(place, level)
            value = counts[place] if counts[place] is not None else shown.start
            return spelled(value or 0, "decimal" if level.legal else shown.form)

        label = re.sub(r"%([1-9])", number, level.text)
        return label if not label or label[-1] in "、）)：" else f"{label} "


def _levels(element: Any) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for level in element.iter(qn("w:lvl")):
        depth = _whole(level.get(qn("w:ilvl")), 0)
        if depth < _DEEPEST:
            start = _whole(_value(level, "w:start", "1"), 1)
            form, text = _value(level, "w:numFmt", "decimal"), _value(level, "w:lvlText", "")
            legal = level.find(qn("w:isLgl"))
            restart = _whole(_value(level, "w:lvlRestart", ""), -1)
            figures = legal is not None and legal.get(qn("w:val"), "1") not in ("0", "false", "off")
            anew = restart if restart >= 0 else None
            levels[depth] = _Level(start, form, text, figures, anew, _value(level, "w:pStyle", ""))
    return levels


def _value(element: Any, name: str, default: str) -> str:
    child = element.find(qn(name))
    return str(child.get(qn("w:val"), default)) if child is not None else default


def _whole(value: str | None, default: int) -> int:
    return int(value) if value is not None and re.fullmatch(r"-?\d{1,9}", value) else default
