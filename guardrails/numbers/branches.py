"""Whose hours, telephone, address or limit a number is: of the branch, or of the class of account ("二类户"), named
last before it, in a sentence as in the evidence.

Only a branch or class that the evidence names can be wronged; a number that none owns there may be said of any.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from guardrails.branch_words import BEFORE_BRANCH, ENDS_NO_NAME
from guardrails.numbers.quantities import Quantity

_ROMAN = {"I": "一", "II": "二", "III": "三", "IV": "四"}
_CLASS = "I{1,3}|IV|[一二三四]"
_NAMED = re.compile(
    "([\u4e00-\u9fff]{2})(?:支行|分行|营业部|分理处|营业所|储蓄所)"
    # "这三类账户" counts them.
    f"|(?<![这那述上共分为有IV])((?:(?:{_CLASS})类?(?:户|账户|钱包)?[、/和及与]){{0,3}}(?:{_CLASS}))类"
    "(?=户|[账帐]户|(?:银行)?结算|钱包|以[后上]|[，,、/])"
)
_EACH_CLASS = re.compile(_CLASS)
_JOINED = re.compile(r"(?:户|[账帐]户|钱包)?\s*(?:[、/]|和|与|及|以及|跟|或)\s*")
_BESIDE = re.compile(r"的?\s?(?:早上|上午|下午)?\d")
_COMPARED = re.compile("(?:比|较|相比|不同于|早于|晚于)[\u4e00-\u9fff]{0,2}$")
_LONGEST_NAME = 4
_IN_TURN = re.compile("分别|依次")


class Named(NamedTuple):
    """Where a branch or class is named, those in a row together."""

    start: int
    end: int
    names: tuple[str, ...]


Owned = Sequence[Named]


def branches_in(text: str) -> list[Named]:
    """Every branch of the text, by the two characters before 支行, and every class of account."""
    found: list[Named] = []
    if "行" not in text and "类" not in text and "营业" not in text and "处" not in text and "储蓄" not in text:
        return found
    for match in _NAMED.finditer(text):
        names = _names(match)
        # What it is only compared with owns what stands right beside it, no more.
        if not names or (
            _COMPARED.search(text, max(0, match.start() - 4), match.start()) and not _BESIDE.match(text, match.end())
        ):
            continue
        between = text[found[-1].end : match.start()] if found else ""
        if found and len(between) <= _LONGEST_NAME + 1 and _JOINED.match(between):
            before = found.pop()
            found.append(Named(before.start, match.end(), (*before.names, *names)))
        else:
            found.append(Named(match.start(), match.end(), names))
    return found


def _names(match: re.Match[str]) -> tuple[str, ...]:
    name = match.group(1)
    if name is None:
        return tuple(f"{_ROMAN.get(one, one)}类" for one in _EACH_CLASS.findall(match.group(2)))
    return () if name in BEFORE_BRANCH or name[-1] in ENDS_NO_NAME else (name,)


def branches_of(text: str, owned: Owned, quantities: Sequence[Quantity]) -> list[frozenset[str]]:
    """For each quantity the branch named last before it, or each in turn after 分别; the only one of the text, wherever
    it stands."""
    if len(owned) == 1 and len(owned[0].names) == 1:
        return [frozenset(owned[0].names)] * len(quantities)
    found = [frozenset[str]()] * len(quantities)
    for at, group in _by_name(owned, quantities):
        named = owned[at]
        for index in group:
            found[index] = frozenset(named.names)
        for index, name in _in_turn(text, named, [(index, quantities[index]) for index in group]):
            found[index] = frozenset({name})
    return found


def _by_name(owned: Owned, quantities: Sequence[Quantity]) -> Iterator[tuple[int, list[int]]]:
    """The quantities by the name last before them; "1个一类户" by the one right after,
    the numeral of a name by its own."""

    def name_of(index: int) -> int:
        one = quantities[index]
        at = bisect_right(owned, one.start, key=lambda named: named.end)
        return at if at < len(owned) and owned[at].start <= one.end else at - 1

    for at, group in groupby(range(len(quantities)), key=name_of):
        if at >= 0 or len(owned) == 1:
            yield max(at, 0), list(group)


def _in_turn(text: str, named: Named, group: Sequence[tuple[int, Quantity]]) -> Iterator[tuple[int, str]]:
    """ "甲支行和乙支行分别开到17:00和17:30": as many of one kind after the word as there are names."""
    if len(named.names) < 2 or not group:
        return
    word = _IN_TURN.search(text, named.end, group[-1][1].start)
    if word is None:
        return
    after = [(index, one) for index, one in group if one.start >= word.end()]
    for _, alike in groupby(after, key=lambda pair: pair[1].kind):
        values = list(alike)
        if len(values) == len(named.names):
            yield from zip((index for index, _ in values), named.names, strict=True)


_EVERYWHERE = re.compile("全行|各网点|所有|各支行|全市|均")
_HEADER = 24


def carried_on(line: str, quantities: Sequence[Quantity], owned: Owned, carried: frozenset[str]) -> frozenset[str]:
    """Whose the lines below are: of the branch that stands alone in a line, like a heading, until the next."""
    if len(owned) == 1 and not quantities and len(line) <= _HEADER:
        return frozenset(owned[0].names)
    return frozenset() if owned or _EVERYWHERE.search(line) else carried
