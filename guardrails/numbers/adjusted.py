"""Amounts and rates adjusted as the evidence says: points above or below a reference rate ("LPR减30个基点，即3.20%"),
a surcharge or a discount in other words or worked out, a half, and the sum of what is added to a rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.clauses import words_of
from guardrails.numbers.facts import Line
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.worked import MOST_TOLD, Told


def adjusted(told: Told) -> set[int]:
    """Where the numbers start that are such results."""
    if len(told.quantities) > MOST_TOLD:
        return set()
    return _spread(told) | _reckoned(told) | _surcharges(told) | _reduced(told) | _times(told)


_REFERENCE = re.compile(r"([A-Za-z]{2,12}|[\u4e00-\u9fff]{2,4}利率)[^,，;；。A-Za-z]{0,12}$")


def _spread(told: Told) -> set[int]:
    """ "LPR减30个基点，即3.20%": from the reference rate as the evidence or the sentence has it."""
    signed = [
        (one, around.sign)
        for one, around in zip(told.quantities, told.around, strict=True)
        if around.sign and one.kind == "percent"
    ]
    found: set[int] = set()
    said = told.words if signed else frozenset()
    for point, sign in signed:
        reference = _REFERENCE.search(told.text, max(0, point.start - 24), point.start)
        step = amount_of(point)
        if step is None:
            continue
        word = reference.group(1).lower() if reference else ""
        lines = [line for line in told.lines if word and word in line.text.lower()]
        bases = {
            value
            for line in lines or [line for line in told.lines if said & line.words]
            for one in line.quantities
            if one.kind == "percent" and (value := amount_of(one)) is not None
        }
        results = {base + step if sign == "+" else base - step for base in bases}
        found |= {one.start for one in told.quantities if one.kind == "percent" and amount_of(one) in results}
    return found | _added(told)


def _added(told: Told) -> set[int]:
    """ "新资金3个月可以有3.00%", where so much is added to the rate for new money: both are spoken of."""
    said = told.words
    steps: list[tuple[Decimal, frozenset[str]]] = []
    for line in told.lines:
        for one, around in zip(line.quantities, line.around, strict=True):
            value = amount_of(one)
            if one.kind == "percent" and value is not None and around.sign:
                called = said & line.words
                steps.append((value if around.sign == "+" else -value, called))
    sums = {
        base + step
        for base, words in (_of_its_terms(told) if steps else ())
        for step, called in steps
        if called - words
    }
    return {one.start for one in told.quantities if one.kind == "percent" and amount_of(one) in sums}


def _of_its_terms(told: Told) -> Iterator[tuple[Decimal, frozenset[str]]]:
    """The rates that stand with a term of the sentence, and the words of their clauses."""
    terms = {key for one in told.quantities if one.kind in {"months", "days"} for key in one.keys}
    for line in told.lines:
        for clause in line.clauses:
            if terms.isdisjoint(clause.keys):
                continue
            for one in clause.quantities:
                if one.kind == "percent" and (value := amount_of(one)) is not None:
                    yield value, clause.words | line.words


_BREAK = re.compile("[,，;；。]")
_REACH = 40
_PRIME = re.compile("LPR|[\u4e00-\u9fff]{2}基准利率", re.IGNORECASE)


def _reckoned(told: Told) -> set[int]:
    """ "首套利率现在是3.20%", where the evidence has "LPR减30个基点": of the clauses that share the most words."""
    wanted = [one for one in told.quantities if one.kind == "percent"]
    lines = [line for line in told.lines if wanted and _PRIME.search(line.text)]
    steps: list[tuple[frozenset[str], Decimal]] = []
    bases: set[Decimal] = set()
    for line in lines:
        words = {one.start: clause.words for clause in line.clauses for one in clause.quantities}
        for one, around in zip(line.quantities, line.around, strict=True):
            value = amount_of(one)
            if one.kind != "percent" or value is None:
                continue
            if around.sign:
                steps.append((words.get(one.start, line.words), value if around.sign == "+" else -value))
            else:
                bases.add(value)
    found = set()
    for one in wanted if steps else ():
        before = _BREAK.split(told.text[max(0, one.start - _REACH) : one.start])[-1]
        said = words_of(before, 0, ())
        most = max(len(said & words) for words, _ in steps)
        likely = {step for words, step in steps if len(said & words) == most}
        # Where the clause names none of them, only one that is alone can be meant.
        if (most or len(likely) == 1) and any(base + step == amount_of(one) for base in bases for step in likely):
            found.add(one.start)
    return found


_ADDED = re.compile("加[上收]?|上浮|上调|上升|加成")


def _surcharges(told: Told) -> set[int]:
    """ "上浮50%" is 1.5倍, and "按80%收取" is 8折."""
    found = set()
    held = {key for line in told.lines for key in line.keys}
    for one in told.quantities:
        value = amount_of(one)
        if value is None or one.kind not in {"percent", "倍"}:
            continue
        found |= {
            start
            for base, step, supposed in _surcharged(told, one)
            if value == _plus(base, step)
            for start in (one.start, supposed)
        }
        added = _ADDED.search(told.text, max(0, one.start - 4), one.start) is not None
        if one.kind == "倍":
            percent = ("percent", ((value - 1) * 100).normalize())
            if value > 1 and any(_is_added(line, percent) for line in told.lines if percent in line.keys):
                found.add(one.start)
        elif (("倍", (1 + value / 100).normalize()) if added else ("折", (value / 10).normalize())) in held:
            found.add(one.start)
    return found


def _is_added(line: Line, key: tuple[object, ...]) -> bool:
    return any(
        key in one.keys and _ADDED.search(line.text, max(0, one.start - 4), one.start) for one in line.quantities
    )


def _plus(base: Decimal, step: Decimal) -> Decimal:
    return base * (1 + step / 100)


_IF = re.compile("(?:如果|假[如设]|比如|例如|譬如|要是|[若按])[^,，;；。]{0,12}$")


def _surcharged(told: Told, result: Quantity) -> Iterator[tuple[Decimal, Decimal, int]]:
    """ "上浮50%，3.6%的话就是5.4%": every rate of the sentence with every surcharge on it, and where the rate starts.

    A surcharge that only the evidence tells is put on a rate that is supposed.
    """
    percents = [one for one in told.quantities if one.kind == "percent" and one.end <= result.start]
    steps = [one for one in percents if _ADDED.search(told.text, max(0, one.start - 4), one.start)]
    held: set[Decimal] | None = None
    for base in percents:
        left = amount_of(base)
        if left is None or base in steps:
            continue
        for step in steps:
            if (right := amount_of(step)) is not None:
                yield left, right, result.start
        if not steps and _is_supposed(told.text, base):
            held = _surcharges_held(told) if held is None else held
            yield from ((left, right, base.start) for right in held)


def _times(told: Told) -> set[int]:
    """ "月薪3万元的话，最多可以借36万元", where the evidence says 12倍 of it."""
    found: set[int] = set()
    bases = [one for one in told.quantities if _is_amount(one) and _is_supposed(told.text, one)]
    times = {
        value
        for line in told.lines
        if bases and told.words & line.words
        for one in line.quantities
        if one.kind == "倍" and (value := amount_of(one)) is not None
    }
    for base in bases:
        amount = amount_of(base)
        for one in told.quantities:
            if amount is not None and _is_amount(one) and one.start > base.start:
                found |= {base.start, one.start} if amount_of(one) in {amount * each for each in times} else set()
    return found


def _is_amount(one: Quantity) -> bool:
    """ "3万" is one as well as 3万元."""
    return one.kind == "money" or (one.kind == "plain" and "万" in one.text)


def _is_supposed(text: str, one: Quantity) -> bool:
    return text.startswith(("的话", "嘅话"), one.end) or _IF.search(text, max(0, one.start - 16), one.start) is not None


def _surcharges_held(told: Told) -> set[Decimal]:
    """Those of the lines that share a word with the sentence, 1.5倍 as 50."""
    said = told.words
    found = set()
    for line in told.lines:
        for one in line.quantities if said & line.words else ():
            value = amount_of(one)
            if value is None:
                continue
            if one.kind == "percent" and _ADDED.search(line.text, max(0, one.start - 4), one.start):
                found.add(value)
            elif one.kind == "倍" and value > 1:
                found.add((value - 1) * 100)
    return found


_HALF = re.compile("减半|一半|半价|对折")


def _reduced(told: Told) -> set[int]:
    """ "原本10元，打8折，折后8元", "减半，只要75元": of an amount of the sentence, or else of what it speaks of."""
    rates = [value / 10 for one in told.quantities if one.kind == "折" if (value := amount_of(one)) is not None]
    rates += [Decimal("0.5")] if _HALF.search(told.text) else []
    found: set[int] = set()
    paid: list[Quantity] = []
    for one in told.quantities if rates else ():
        value = amount_of(one)
        if one.kind not in {"money", "percent"} or value is None:
            continue
        kind = one.keys[0][0]
        whole = [
            amount
            for other in paid
            if other.keys[0][0] == kind and other.start not in found and (amount := amount_of(other)) is not None
        ]
        if any(amount * rate == value for amount in whole or _spoken_of(told, kind) for rate in rates):
            found.add(one.start)
        paid.append(one)
    return found


def _spoken_of(told: Told, kind: object) -> Iterator[Decimal]:
    """The numbers of the kind in the clauses of the evidence that share a word with the sentence."""
    said = told.words
    for line in told.lines:
        for clause in line.clauses:
            for one in clause.quantities if said & clause.words else ():
                if one.keys[0][0] == kind and (value := amount_of(one)) is not None:
                    yield value
