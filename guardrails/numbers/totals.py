"""Sums of amounts that the sentence names by their fees or counts, each as the evidence has it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice, product

from guardrails.numbers.arithmetic import LONGEST, SUM, amount_of
from guardrails.numbers.attributes import named_in
from guardrails.numbers.clauses import words_of
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.worked import MOST_TOLD, Told

_COUNTED = frozenset({"期", "个", "只", "张", "份", "笔", "户", "家"})


def totalled(told: Told) -> set[int]:
    """ "管理费和托管费合计0.22%": of the fees that are named, each as the evidence has it."""
    if len(told.quantities) > MOST_TOLD:
        return set()
    found = set()
    for one in told.quantities:
        value = amount_of(one)
        total = SUM.search(told.text, max(0, one.start - LONGEST), one.start)
        if value is None or total is None or one.kind not in {"percent", "money"}:
            continue
        names = list(dict.fromkeys(_names_in_turn(told.text[: total.start()])))
        codes = {mention.product.code for mention in told.mentions if mention.end <= one.start}
        each = [sorted(_charged(told, name, one.keys[0][0], codes)) for name in names]
        if (2 <= len(names) <= 4 and any(sum(chosen) == value for chosen in islice(product(*each), 256))) or (
            (len(names) < 2 and _is_of_two(told, one.keys[0][0], value, total.start()))
            or _is_sum_with(told, one, value, total.start())
            or _is_of_each(told, one.keys[0][0], value, total.start())
        ):
            found.add(one.start)
    return found


def _is_of_two(told: Told, kind: object, total: Decimal, end: int) -> bool:
    """ "网上汇款连电报费合计185元": each of the two is called by a word of its own before the sum."""
    said = words_of(told.text[:end], 0, [one for one in told.quantities if one.end <= end])
    called: dict[Decimal, frozenset[str]] = {}
    for line in told.lines:
        for clause in line.clauses:
            for one in clause.quantities:
                value = amount_of(one)
                if one.keys[0][0] == kind and value is not None and (shared := said & clause.words):
                    called[value] = called.get(value, frozenset()) | shared
    return any(
        (other := called.get(total - value)) is not None and bool(words - other) and bool(other - words)
        for value, words in called.items()
    )


def _is_of_each(told: Told, kind: object, total: Decimal, end: int) -> bool:
    """ "两期加起来300亿元", where each of so many has the same amount."""
    for one in told.quantities:
        times = amount_of(one)
        if one.kind not in _COUNTED or not times or times < 2 or one.end > end:
            continue
        held = told.facts.holds.get((kind, (total / times).normalize()), ())
        if len(held) == times:
            return True
    return False


_WITH = re.compile("(?:加上?|连同?|再加)([\u4e00-\u9fff]{2,8}?)(?:的话|后|之后)?[,，]?(?:就是|就)?$")


def _is_sum_with(told: Told, result: Quantity, total: Decimal, end: int) -> bool:
    """ "手续费是100元，加上电报费共200元": of an amount before it and the one that is named without its number."""
    named = _WITH.search(told.text, max(0, end - LONGEST), end)
    if named is None:
        return False
    kind = result.keys[0][0]
    others = _of_words(told, kind, words_of(named.group(1), 0, ()))
    return any(
        one.keys[0][0] == kind and (value := amount_of(one)) is not None and total - value in others
        for one in told.quantities
        if one.end <= named.start()
    )


def _of_words(told: Told, kind: object, said: frozenset[str]) -> set[Decimal]:
    """What the evidence has of that kind beside every one of the words."""
    return {
        value
        for line in told.lines
        for clause in line.clauses
        if said and said <= clause.words
        for one in clause.quantities
        if one.keys[0][0] == kind and (value := amount_of(one)) is not None
    }


def _names_in_turn(text: str) -> Iterable[str]:
    return sorted(named_in(text), key=text.rfind)


def _charged(told: Told, name: str, kind: object, codes: set[str]) -> set[Decimal]:
    return {
        value
        for line in told.lines
        if (len(codes) == 1 and told.facts.pieces[line.piece].products & codes) or not codes
        for clause in line.clauses
        for one in clause.quantities
        if one.keys[0][0] == kind and {name[i : i + 2] for i in range(len(name) - 1)} <= clause.words
        if (value := amount_of(one)) is not None
    }
