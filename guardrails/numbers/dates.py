"""Dates and times that leave out what the one before them says: "10月1日至3日", "7月1日至2026年7月15日", "3日休息，4日
营业", "12点到1点"; and how many days a span of dates has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from guardrails.numbers.quantities import SPAN, Key, Quantity

# "3日内" is a term; "4日起" and "4日恢复营业" are days of the month spoken of.
_NO_DAY = re.compile(" ?(?:[以之]?内|期|后|以上|以下|左右|[(（])|[游元]")
_NOON = 12 * 60


def dated(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The quantities with what they leave out added to their readings; none is taken away. text: what they are of."""
    found: list[Quantity] = []
    year: object = None
    month_before: Key | None = None
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
            month_before = ("date", year, month) if month is not None else month_before
        elif one.kind == "time":
            one = _later(text, found[-1] if found else None, one)
        elif before is not None and spans and (day := _day_of(one)) is not None:
            one = _with(replace(one, kind="date"), *(("date", *key[1:3], day) for key in before.keys if key[2]))
        elif month_before and not one.bound and (day := _day_of(one)) is not None and not _NO_DAY.match(text, one.end):
            one = replace(one, keys=(*one.keys, (*month_before, day), ("date", None, month_before[2], day)))
        found.append(one)
    return found


def _with(quantity: Quantity, *keys: Key) -> Quantity:
    return replace(quantity, keys=(*keys, *quantity.keys))


def _day_of(quantity: Quantity) -> object:
    return next((key[3] for key in quantity.keys if key[:3] == ("date", None, None)), None)


def _later(text: str, before: Quantity | None, one: Quantity) -> Quantity:
    """ "12点到1点" and "9点到5点" end in the afternoon."""
    if before is None or before.kind != "time" or SPAN.fullmatch(text, before.end, one.start) is None:
        return one
    opens, closes = before.keys[0][1], one.keys[0][1]
    assert isinstance(opens, int)
    assert isinstance(closes, int)
    late = closes + _NOON
    return replace(one, keys=(*one.keys, ("time", late))) if closes <= opens < late else one


def days_of_spans(text: str, quantities: Sequence[Quantity]) -> Iterator[Decimal]:
    """How many days each span of two dates of the text has, the first and the last counted."""
    for first, last in pairwise(quantities):
        if first.kind != "date" or last.kind != "date" or SPAN.fullmatch(text, first.end, last.start) is None:
            continue
        try:
            # Any year but a leap one will do, where none is said.
            opens, closes = (date(*(int(str(part or 2001)) for part in one.keys[0][1:])) for one in (first, last))
        except ValueError:
            continue
        if (days := (closes - opens).days) > 0:
            yield Decimal(days + 1)
