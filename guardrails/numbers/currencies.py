"""Whose yuan a bare 元 is: "600元" and "六百蚊" of a price list in Hong Kong dollars are dollars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from guardrails.numbers.quantities import Key, Quantity
from guardrails.numbers.units import MONEY

_NAMED_CURRENCY = re.compile(r"人民币|RMB|CNY|[¥￥]|yuan", re.IGNORECASE)


def in_currency(quantity: Quantity, text: str, currency: str) -> Quantity:
    """The quantity in the evidence's currency, unless the sentence names one."""
    if currency in {"", "CNY"} or quantity.keys[0][0] != "CNY":
        return quantity
    if _NAMED_CURRENCY.search(text, max(0, quantity.start - 5), quantity.end + 4):
        return quantity
    return replace(quantity, keys=((currency, *quantity.keys[0][1:]), *quantity.keys[1:]))


def only_currency(keys: Iterable[Key]) -> str:
    """The currency of amounts that name none, "" where it is not known."""
    held = MONEY & {key[0] for key in keys}
    for dollars in ("HKD", "MOP"):
        if dollars in held and "CNY" not in held:
            return dollars  # amounts in other dollars beside those are never called 元
    return str(next(iter(held))) if len(held) == 1 else ""
