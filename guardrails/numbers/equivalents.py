"""The same figure told in another unit: 60天 and 两个月, 五折 and 减免50%, 3点 and 15:00, 1号 of a month that is named.

Only what the evidence says nowhere in the sentence's own unit is looked for in another, and a word of the sentence must
stand beside it there where the two units are only nearly the same.
"""

from __future__ import annotations

import re
from decimal import Decimal

from guardrails.numbers.circumstances import OPPOSITE
from guardrails.numbers.clauses import is_label
from guardrails.numbers.facts import Facts, Place
from guardrails.numbers.quantities import Key, Quantity
from guardrails.numbers.worked import MOST_TOLD, Told

_DAYS_OF_MONTH = Decimal(30)
_OFF = re.compile("减免?|优惠|下调|降低?|返还?|off|discount", re.IGNORECASE)
_NEAR = 4
_NOON = 12 * 60
_O_CLOCK = re.compile("[点點时時]")
_PART_OF_DAY = re.compile("[上中]午|早|晨")
_OF_EACH = re.compile(r"[每逢][^,，;；。\d]{0,6}$")
# "4号以后" is a day as much as "4号"; "20日内" is a term.
_TERM = re.compile(" ?(?:[以之]?内|期|左右|[游元])")


def is_equal(quantity: Quantity, told: Told, words: frozenset[str]) -> bool:
    """words: those of the clause that the number stands in."""
    if quantity.kind in {"months", "days"}:
        return _is_as_long(quantity, told, words) or _is_day(quantity, told, words)
    if quantity.kind == "time":
        return _is_after_noon(quantity, told)
    if quantity.kind == "plain" and quantity.bound:
        return _is_in_years(quantity, told, words)
    if quantity.kind == "折":
        return _is_discount(quantity, told)
    return quantity.kind == "号" and _is_day(quantity, told, words)


def _is_as_long(quantity: Quantity, told: Told, words: frozenset[str]) -> bool:
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
    both = len(told.quantities) <= MOST_TOLD and any(other in one.keys for one in told.quantities)
    return any(
        (both or _speaks_of(place, told.facts, words)) and place.bound != OPPOSITE.get(quantity.bound, quantity)
        for place in _at(other, told)
    )


def _at(key: Key, told: Told) -> list[Place]:
    """Where the evidence has it, in the passages that the sentence may be of."""
    places = told.facts.holds.get(key, ())
    allowed = {line.piece for line in told.lines} if places else frozenset[int]()
    return [place for place in places if told.facts.lines[place.line].piece in allowed]


def _speaks_of(place: Place, facts: Facts, words: frozenset[str]) -> bool:
    return any(is_label(word) for word in words & (place.words | facts.lines[place.line].words))


def _is_in_years(quantity: Quantity, told: Told, words: frozenset[str]) -> bool:
    """ "年龄加贷款年限不超过70", where the evidence has 70年 as the same bound of the same."""
    assert quantity.value is not None
    places = [
        place
        for key in (("months", (quantity.value * 12).normalize()), ("岁", quantity.value))
        for place in _at(key, told)
    ]
    return any(place.bound == quantity.bound and _speaks_of(place, told.facts, words) for place in places)


def _is_after_noon(quantity: Quantity, told: Told) -> bool:
    """ "3点以后", where the evidence says 15:00."""
    minutes = quantity.keys[0][1]
    if not isinstance(minutes, int) or minutes >= _NOON or not _O_CLOCK.search(quantity.text):
        return False
    if _PART_OF_DAY.search(told.text, max(0, quantity.start - _NEAR), quantity.start):
        return False
    return bool(_at(("time", minutes + _NOON), told))


def _is_discount(quantity: Quantity, told: Told) -> bool:
    """ "打五折", where the evidence takes 50% off."""
    if quantity.value is None:
        return False
    key: Key = ("percent", (100 - quantity.value * 10).normalize())
    return any(
        key in one.keys and _OFF.search(line.text, max(0, one.start - _NEAR), one.start)
        for line in {place.line: told.facts.lines[place.line] for place in _at(key, told)}.values()
        for one in line.quantities
    )


def _is_day(quantity: Quantity, told: Told, words: frozenset[str]) -> bool:
    """ "1号到3号", of the month that the evidence names; never "每月1号"."""
    day = next((key[3] for key in quantity.keys if key[:3] == ("date", None, None)), None)
    if day is None or _TERM.match(told.text, quantity.end):
        return False
    if _OF_EACH.search(told.text, max(0, quantity.start - 2 * _NEAR), quantity.start):
        return False
    return any(_speaks_of(place, told.facts, words) for place in _at(("day", day), told))
