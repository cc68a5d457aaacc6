"""The customer's own amount, or an example's, put into its place: "您转8000元，属于1万元以下，每笔5元".

It stands nowhere in the evidence and follows from it: from a tier that it lies in and that the sentence names, or whose
value the sentence gives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.asked import Asked
from guardrails.numbers.facts import Line
from guardrails.numbers.quantities import Key, Quantity

# What is told of a product is no amount of the customer's.
_CLAIMED = re.compile(r"(?:[是为:：费价率息]|[金限]额|额度|起点|起[购存投])\s*$")
# What somebody does with an amount, or supposes ("比如放款两年后").
_DONE = re.compile(
    r"(?<![可能多])(?:[转存取还买汇借贷换提缴]|[转汇存取还付借贷提][入出账款现走]|申购|认购|赎回)(?:了|个)?\s*$"
)
_SUPPOSE = "(?:比如|例如|譬如|假如|如果|假设|要是|举例|[若如])"
_SUPPOSED = re.compile(_SUPPOSE + "[^,，;；。]{0,10}$")
# "如果您买了5万元，放了一年半提前取".
_SUPPOSED_BEFORE = re.compile(_SUPPOSE + "[^;；。]{0,24}(?:了|到|第|满|持有|存)$")
_TIMES = frozenset({"months", "days", "workdays"})
_NEAR = 16
_PLACED = frozenset({"money", "岁", "months", "days", "workdays", "份", "克"})


def placed(text: str, quantities: Sequence[Quantity], lines: Sequence[Line], asked: Asked) -> set[int]:
    """Where those of the quantities start that the customer named and that lie in such a tier. text: what the
    quantities are of."""
    named = {key for one in asked.quantities if one.kind in _PLACED for key in one.keys}
    own = [
        one
        for one in quantities
        if not one.bound
        and not _CLAIMED.search(text, max(0, one.start - _NEAR), one.start)
        and (not named.isdisjoint(one.keys) or _is_example(text, one))
    ]
    if not own:
        return set()
    others = [one for one in quantities if one not in own]
    found = {one.start for one in own if _is_placed(one, others, lines)}
    # Where one part of an example finds its tier, the amount supposed with it is the customer's as well.
    return found | {one.start for one in own if found and one.kind == "money" and _is_example(text, one)}


def _is_example(text: str, one: Quantity) -> bool:
    near = text[max(0, one.start - 2 * _NEAR) : one.start]
    if one.kind not in _PLACED:
        return False
    if one.kind in _TIMES and _SUPPOSED_BEFORE.search(near):
        return True
    return _SUPPOSED.search(near) is not None or (one.kind == "money" and _DONE.search(near) is not None)


def _is_placed(one: Quantity, others: Sequence[Quantity], lines: Sequence[Line]) -> bool:
    named = [tier for tier in _tiers(others) if tier[0].kind == one.kind]
    if any(not lies_in(one, tier) for tier in named):
        return False
    if named:
        return True
    given = {key for other in others if not other.bound for key in other.keys}
    return any(fits(one, given, line) for line in lines)


def fits(one: Quantity, given: Collection[Key], line: Line) -> bool | None:
    """Whether the amount lies in a tier of the line that one of the given values is charged in, the narrowest that it
    lies in ("满30元减8元，满60元减18元"). None where no tier of its unit has one of them."""
    tiers = [(tier, values) for tier, values in tiers_charged(line) if tier[0].kind == one.kind]
    if all(values.isdisjoint(given) for _, values in tiers):
        return None
    fitting = [(tier, values) for tier, values in tiers if lies_in(one, tier)]
    steps = [tier[0] for tier, values in fitting if values and len(tier) == 1 and tier[0].bound == "ge"]
    top = max((amount for step in steps if (amount := amount_of(step)) is not None), default=None)
    return any(
        not values.isdisjoint(given) and (tier[0] not in steps or amount_of(tier[0]) == top) for tier, values in fitting
    )


def _tiers(quantities: Sequence[Quantity]) -> Iterator[Sequence[Quantity]]:
    """The bounded numbers of one kind that stand side by side."""
    for (_, bound), group in groupby(quantities, key=lambda one: (one.kind, bool(one.bound))):
        if bound:
            yield list(group)


def tiers_charged(line: Line) -> Iterator[tuple[Sequence[Quantity], set[Key]]]:
    """Each tier of a line with what is charged in it: the numbers up to the next, or before it where none follow."""
    groups = [
        (bounded, list(group))
        for bounded, group in groupby(line.quantities, key=lambda one: (one.kind, bool(one.bound)))
    ]
    for at, ((_, bounded), tier) in enumerate(groups):
        if not bounded:
            continue
        values: set[Key] = set()
        for (_, other), group in groups[at + 1 :]:
            if other:
                break
            values |= {key for one in group for key in one.keys}
        if not values:
            values = {key for (_, other), group in groups[:at] if not other for one in group for key in one.keys}
        yield tier, values


def lies_in(one: Quantity, tier: Sequence[Quantity]) -> bool:
    value = amount_of(one)
    ends = [(amount_of(end), end.bound) for end in tier if end.keys[0][0] == one.keys[0][0]]
    return (
        value is not None
        and bool(ends)
        and all(end is not None and (value <= end if bound == "le" else value >= end) for end, bound in ends)
    )
