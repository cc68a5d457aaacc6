"""What is said from a limit on, told the other way round: "满180天不收赎回费" where the evidence charges for it,
"前3个月每月2元" where those are free.

Only what follows the number, up to the next limit, is compared; a number that stands under several such words may be
said with any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guardrails.numbers.facts import Line
from guardrails.numbers.quantities import Quantity

_FREES = re.compile(
    r"免(?!赔|疫|税|责|息)|不(?:再)?(?:收|扣|付|交|缴|计(?!入|算|较))|无需|无须|毋须|不需|不用|不必|没有"
    r"|\bfree\b|\bwaived?\b|\bno (?:fee|charge|cost)",
    re.IGNORECASE,
)
_DUTY = re.compile("(?<![无不毋])[须需]")
# Characters between the two numbers of a span.
_BETWEEN = 6
_FIRST = re.compile("(?:前|首|头)$")
_END = re.compile("[;；。！？!?]|但|另|否则|除外|超[过出]|之后|以后再|[从自]第")
_AMOUNTS = frozenset({"money", "percent"})


def told_otherwise(text: str, quantities: Sequence[Quantity], lines: Sequence[Line]) -> Quantity | None:
    """The first limit from which the opposite is said; None where the evidence bears out what is said."""
    said = [one for one in _limits(text, quantities) if one[2] is not None]
    for limit, first, frees in said:
        held = [
            other
            for line in lines
            if not line.keys.isdisjoint(limit.keys)
            for one, other_first, other in _limits(line.text, line.quantities)
            if other_first is first and one.bound == limit.bound and not set(one.keys).isdisjoint(limit.keys)
        ]
        if held and all(other is (not frees) for other in held):
            return limit
    return None


def _is_span(first: Quantity, second: Quantity) -> bool:
    bounds = (first.bound, second.bound)
    return bounds == ("ge", "le") and first.kind == second.kind and second.start - first.end <= _BETWEEN


def _limits(text: str, quantities: Sequence[Quantity]) -> Iterator[tuple[Quantity, bool, bool | None]]:
    """Every number that is a limit or counts the first ones, which of the two, and what is said from it on: True that
    nothing is charged, False that something is, None where neither is."""
    at = [
        (index, _FIRST.search(text, max(0, one.start - 1), one.start) is not None)
        for index, one in enumerate(quantities)
        if one.kind not in _AMOUNTS or one.bound
    ]
    at = [(index, first) for index, first in at if first or quantities[index].bound]
    for place, (index, first) in enumerate(at):
        until = at[place + 1][0] if place + 1 < len(at) else len(quantities)
        if until < len(quantities) and _is_span(quantities[index], quantities[until]):
            # "满180天不满365天": what is said follows the second.
            until = at[place + 2][0] if place + 2 < len(at) else len(quantities)
        end = quantities[until].start if until < len(quantities) else len(text)
        stop = _END.search(text, quantities[index].end, end)
        end = stop.start() if stop else end
        inside = [one for one in quantities[index + 1 : until] if one.end <= end and not one.bound]
        amounts = [one for one in inside if one.kind in _AMOUNTS]
        frees = _FREES.search(text, quantities[index].end, end) is not None or any(one.value == 0 for one in amounts)
        charges = bool(amounts) or _DUTY.search(text, quantities[index].end, end) is not None
        # "500元以下的免费试用2个月": free for so long only.
        frees = frees and len(inside) == len(amounts)
        told = True if frees else False if charges else None
        yield quantities[index], first, told
