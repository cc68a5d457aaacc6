"""The same figure told in another unit: 60天 and 两个月, 五折 and 减免50%, 三点 of an afternoon, 1号 of a named month.

Only what the evidence says nowhere in the sentence's own unit is looked for in another, and a word of the sentence must
stand beside it there where the two units are only nearly the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from guardrails.numbers.circumstances import OPPOSITE
from guardrails.numbers.clauses import is_label
from guardrails.numbers.facts import Facts, Place
from guardrails.numbers.quantities import Key, Quantity
from guardrails.numbers.worked import MOST_TOLD

_DAYS_OF_MONTH = Decimal(30)
_OFF = re.compile("减免?|优惠|下调|降低?|返还?|off|discount", re.IGNORECASE)
_NEAR = 4
_OF_EACH = re.compile("[每逢][个一]?[月季年周]?[的末初]?$")
# "4号以后" is a day as much as "4号"; "20日内" is a term.
_TERM = re.compile(" ?(?:[以之]?内|期|左右|[游元])")


def is_equal(
    quantity: Quantity, text: str, words: frozenset[str], quantities: Sequence[Quantity], facts: Facts
) -> bool:
    """words: those of the clause that the number stands in."""
    if quantity.kind in {"months", "days"}:
        return _is_as_long(quantity, words, quantities, facts) or _is_day(quantity, text, facts)
    if quantity.kind == "折":
        return _is_discount(quantity, facts)
    return quantity.kind == "号" and _is_day(quantity, text, facts)


def _is_as_long(quantity: Quantity, words: frozenset[str], quantities: Sequence[Quantity], facts: Facts) -> bool:
    """ "超过一个月", where the evidence says 30日 of the same; "两个月，也就是60天"."""
    kind, value = quantity.keys[0][0], quantity.keys[0][1]
    if not isinstance(value, Decimal):
        return False
    other: Key = ("days", (value * _DAYS_OF_MONTH).normalize())
    if kind == "days":
        whole, rest = divmod(value, _DAYS_OF_MONTH)
        if rest or not whole:
            return False
        other = ("months", whole.normalize())
    both = len(quantities) <= MOST_TOLD and any(other in one.keys for one in quantities)
    return any(
        (both or _speaks_of(place, words, facts)) and place.bound != OPPOSITE.get(quantity.bound, quantity)
        for place in _at(other, facts)
    )


def _at(key: Key, facts: Facts) -> list[Place]:
    return facts.holds.get(key, [])


def _speaks_of(place: Place, words: frozenset[str], facts: Facts) -> bool:
    return any(is_label(word) for word in words & (place.words | facts.lines[place.line].words))


def _is_discount(quantity: Quantity, facts: Facts) -> bool:
    """ "打五折", where the evidence takes 50% off."""
    if quantity.value is None:
        return False
    key: Key = ("percent", (100 - quantity.value * 10).normalize())
    return any(
        key in one.keys and _OFF.search(line.text, max(0, one.start - _NEAR), one.start)
        for line in {place.line: facts.lines[place.line] for place in _at(key, facts)}.values()
        for one in line.quantities
    )


def _is_day(quantity: Quantity, text: str, facts: Facts) -> bool:
    """ "1号到3号", of the month that the evidence names; never "每月1号"."""
    day = next((key[3] for key in quantity.keys if key[:3] == ("date", None, None)), None)
    if (
        day is None
        or _TERM.match(text, quantity.end)
        or _OF_EACH.search(text, max(0, quantity.start - 4), quantity.start)
    ):
        return False
    return ("day", day) in facts.holds
