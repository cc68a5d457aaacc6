"""Simple sums a sentence declares: both operands stand in it, each supported by the evidence, and a word says so.

"年费12元和工本费15元，合计27元" follows from the evidence although 27 stands nowhere; "合计27元" alone does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

from guardrails.numbers.quantities import Quantity

SUM = re.compile(r"合计|共计?|总共|一共|总计|相加|加起来|合起来|累计为|total|sum|altogether", re.IGNORECASE)
DIFFERENCE = re.compile(r"多|少|高出?|低|相差|差额?|省|便宜|贵|more|less|higher|lower|difference|save", re.IGNORECASE)
LONGEST = 16
# "RMB 15 plus RMB 20, so RMB 35 in total".
_SUM_AFTER = re.compile(r"[^,，;；。.\d]{0,6}?(?:in total|in all|altogether|合计|总共|一共)", re.IGNORECASE)
# "新开户20元，首存再得30元，最多可得50元".
_MOST = re.compile("[最至]多|最高")
_EACH = re.compile("各(?:有|收|为|是)?")
# How often the operand is paid in the period named: "每月3元，一年共36元".
_PERIODS = (
    (re.compile(r"每个?月"), re.compile(r"一年|1年|全年|12个月"), Decimal(12)),
    (re.compile(r"每季"), re.compile(r"一年|1年|全年"), Decimal(4)),
)


def is_declared(quantity: Quantity, supported: Sequence[Quantity], text: str) -> bool:
    """Whether the quantity is the sum, the difference or the year's total of supported ones that stand before it."""
    before = text[max(0, quantity.start - LONGEST) : quantity.start]
    value = amount_of(quantity)
    sums = _MOST.search(before) or SUM.search(before) or _SUM_AFTER.match(text, quantity.end)
    differs = DIFFERENCE.search(before)
    if value is None or not (sums or differs):
        return False
    kind = quantity.keys[0][0]
    amounts = [
        amount
        for one in supported
        if one.end <= quantity.start and one.keys[0][0] == kind and (amount := amount_of(one)) is not None
    ]
    if sums:
        if len(amounts) >= 2 and value in {sum(amounts), *(a + b for a, b in combinations(amounts, 2))}:
            return True
        if _EACH.search(text, max(0, quantity.start - 60), quantity.start) and value in {a * 2 for a in amounts}:
            return True
        for each, whole, times in _PERIODS:
            if each.search(text) and whole.search(text) and any(amount * times == value for amount in amounts):
                return True
    return differs is not None and any(abs(a - b) == value for a, b in combinations(amounts, 2))


def amount_of(quantity: Quantity) -> Decimal | None:
    """Its value in its canonical unit."""
    last = quantity.keys[0][-1]
    return last if isinstance(last, Decimal) else None
