"""Whose hours, telephone or address a number is: of the branch named last before it, in a sentence as in the evidence.

Only a branch that the evidence names can be wronged; a number that no branch owns there may be said of any.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from guardrails.branch_words import BEFORE_BRANCH, ENDS_NO_NAME
from guardrails.numbers.quantities import Quantity

_BRANCH = re.compile("([\u4e00-\u9fff]{2})(?:支行|分行|营业部|分理处|营业所|储蓄所)")
_JOINED = re.compile(r"\s*(?:[、/]|和|与|及|以及|跟|或)\s*")
_BESIDE = re.compile(r"的?\s?(?:早上|上午|下午)?\d")
_COMPARED = re.compile("(?:比|较|相比|不同于|早于|晚于)[\u4e00-\u9fff]{0,2}$")
_LONGEST_NAME = 4
Owned = Sequence[tuple[int, frozenset[str]]]


def branches_in(text: str) -> list[tuple[int, frozenset[str]]]:
    """Where each branch of the text is named (its end), those in a row together. By the two characters before 支行."""
    found: list[tuple[int, int, frozenset[str]]] = []
    for match in _BRANCH.finditer(text):
        name = match.group(1)
        if name in BEFORE_BRANCH or name[-1] in ENDS_NO_NAME:
            continue
        # What it is only compared with owns what stands right beside it, no more.
        if _COMPARED.search(text, max(0, match.start() - 4), match.start()) and not _BESIDE.match(text, match.end()):
            continue
        between = text[found[-1][1] : match.start()] if found else ""
        if found and len(between) <= _LONGEST_NAME + 1 and _JOINED.match(between):
            start, _, names = found.pop()
            found.append((start, match.end(), names | {name}))
        else:
            found.append((match.start(), match.end(), frozenset({name})))
    return [(end, names) for _, end, names in found]


def branch_of(owned: Owned, quantity: Quantity) -> frozenset[str]:
    """The branch named last before the number; the only one of the text, wherever it stands."""
    if len(owned) == 1:
        return owned[0][1]
    at = bisect_right(owned, quantity.start, key=lambda one: one[0])
    return owned[at - 1][1] if at else frozenset()


_EVERYWHERE = re.compile("全行|各网点|所有|各支行|全市|均")
_HEADER = 24


def carried_on(line: str, quantities: Sequence[Quantity], owned: Owned, carried: frozenset[str]) -> frozenset[str]:
    """Whose the lines below are: of the branch that stands alone in a line, like a heading, until the next."""
    if len(owned) == 1 and not quantities and len(line) <= _HEADER:
        return owned[0][1]
    return frozenset() if owned or _EVERYWHERE.search(line) else carried
