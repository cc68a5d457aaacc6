"""Dates that leave out what the date before them says: "10月1日至3日", "7月1日至2026年7月15日"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guardrails.numbers.quantities import SPAN, Key, Quantity


def dated(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The quantities with what they leave out added to their readings; none is taken away. text: what they are of."""
    found: list[Quantity] = []
    year: object = None
    for one in quantities:
        before = found[-1] if found and found[-1].kind == "date" else None
        spans = before is not None and SPAN.fullmatch(text, before.end, one.start) is not None
        if one.kind == "date":
            _, own, month, day = one.keys[0]
            if own is None and year is not None and month is not None:
                one = _with(one, ("date", year, month, day))
            elif own is not None and before is not None and spans and before.keys[0][1] is None:
                found[-1] = _with(before, ("date", own, *before.keys[0][2:]))
            year = own or year
        elif before is not None and spans and (day := _day_of(one)) is not None:
            one = _with(replace(one, kind="date"), *(("date", *key[1:3], day) for key in before.keys if key[2]))
        found.append(one)
    return found


def _with(quantity: Quantity, *keys: Key) -> Quantity:
    return replace(quantity, keys=(*keys, *quantity.keys))


def _day_of(quantity: Quantity) -> object:
    return next((key[3] for key in quantity.keys if key[:3] == ("date", None, None)), None)
