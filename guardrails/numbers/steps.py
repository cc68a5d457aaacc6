"""What follows in two steps of plain arithmetic: "(6万-1.2万)×85%=4.08万", "5万按0.30%算67天，差不多28元".

Each step takes a figure of the sentence, of the customer or of what followed before; two steps hit many numbers, so the
result must be told with enough digits that no chance is likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.own import THINGS, unit_of
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.sums import is_about
from guardrails.numbers.units import MONEY

_AMOUNTS = MONEY | {"plain", "分"}
_COUNTS = THINGS | {"次", "笔", "期"}
# So many figures are tried together; more are a table's, and no answer reckons with all of it.
_FIGURES = 14
_DAYS_OF_YEAR = (360.0, 365.0)
_MONTHS_OF_YEAR = 12.0
_HUNDRED, _CENT = 100.0, 0.01
_LEAST_DIGITS = 3
_EXACT = 1e-9
_DECIMALS = re.compile(r"\.(\d+)")

# A unit and a value.
_Figure = tuple[str, float]


def follows_in_two_steps(one: Quantity, text: str, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """said: the other numbers of the sentence, those of the customer and of what followed; near: of the evidence."""
    wanted, unit = amount_of(one), str(unit_of(one))
    if wanted is None or unit not in {*_AMOUNTS, "percent"} or significant_digits(one) < _LEAST_DIGITS:
        return False
    value, place = float(wanted), _place(one, text)
    mine, all_of = _figures(said), [*_figures(said), *_figures(near)]
    return any(
        _is_unit(kind, unit) and (abs(result - value) <= _EXACT * value or abs(result - value) <= place / 2)
        for kind, result in _results(mine, all_of)
    )


def significant_digits(one: Quantity) -> int:
    """1,870.2 has five, 4.08万 three, 20,000 one."""
    value = amount_of(one)
    if value is None or not value:
        return 0
    return len(value.normalize().as_tuple().digits)


def _place(one: Quantity, text: str) -> float:
    """How exactly the number is told: to its last decimal, or the last digit where it says about; else to the cent."""
    decimals = _DECIMALS.search(one.text)
    scale = 10_000.0 if "万" in one.text else 1.0
    if decimals:
        return scale * 10.0 ** -len(decimals.group(1))
    return scale if is_about(text, one) else _CENT


def _is_unit(kind: str, unit: str) -> bool:
    return kind == unit or (kind in _AMOUNTS and unit in _AMOUNTS and "plain" in {kind, unit})


def _figures(some: Sequence[Quantity]) -> list[_Figure]:
    found: dict[_Figure, None] = {}
    for one in some:
        value, unit = amount_of(one), str(unit_of(one))
        if value is not None and value > 0 and one.kind not in {"phone", "code", "ordinal", "date", "time"}:
            found[(unit, float(value))] = None
    return list(found)[:_FIGURES]


def _results(mine: Sequence[_Figure], others: Sequence[_Figure]) -> Iterator[_Figure]:
    """A share of what is left or together, a share for so long, and either with or without the whole."""
    for unit, value in mine:
        if unit in _AMOUNTS:
            for kind, base in ((unit, value), *_sums(unit, value, others)):
                own = base == value
                for share in _shares(base, others):
                    yield from ((kind, share), (kind, base - share)) if not own else ()
                    for run in _timed(share, others):
                        yield from ((kind, run), (kind, base + run), (kind, base - run))
                    if own:
                        yield from _sums(kind, share, mine)
        elif unit == "percent":
            for other_unit, other in others:
                if other_unit in _AMOUNTS:
                    for run in _timed(other * value / _HUNDRED, others):
                        yield from ((other_unit, run), (other_unit, other + run))
    rates = [value for unit, value in others if unit == "percent"]
    for unit, value in mine:
        if unit in _AMOUNTS:
            for left, right in combinations(rates, 2):
                for share in (value * (left + right) / _HUNDRED, value * abs(left - right) / _HUNDRED):
                    yield unit, share
                    yield from ((unit, run) for run in _timed(share, others))


def _sums(unit: str, value: float, others: Sequence[_Figure]) -> Iterator[_Figure]:
    for kind, other in others:
        if _is_unit(kind, unit) and other != value:
            yield from ((unit, value + other), (unit, abs(value - other)))


def _shares(base: float, others: Sequence[_Figure]) -> Iterator[float]:
    for unit, value in others:
        if unit == "percent":
            yield base * value / _HUNDRED
        elif unit == "折":
            yield base * value / 10


def _timed(share: float, others: Sequence[_Figure]) -> Iterator[float]:
    """What a yearly or a daily share comes to in so long a time, or by instalment."""
    for unit, value in others:
        if unit == "months":
            yield from (share * value / _MONTHS_OF_YEAR, share / value)
        elif unit == "days":
            yield from (share * value / year for year in _DAYS_OF_YEAR)
            yield share * value
        elif unit in _COUNTS:
            yield from (share * value, share / value)
