"""Risk levels beside the least that is asked for: "C3的客户不能买", where the evidence says "C4及以上"."""

from __future__ import annotations

import re

from guardrails.numbers.facts import Facts
from guardrails.numbers.quantities import Quantity

_LEVEL = re.compile(r"([A-Z])(\d)", re.IGNORECASE)
_DENIED = re.compile("[^,，;；。]{0,8}?(?:不能|不可|不得|不适合|不符|无法|买不了|不行|不匹配)")
_HIGHEST = 5


def is_beyond(quantity: Quantity, text: str, facts: Facts) -> bool:
    """Whether the level is one below the least, and denied, or one above it, and not."""
    level = _LEVEL.fullmatch(quantity.text) if quantity.kind == "code" else None
    if level is None:
        return False
    denied = _DENIED.match(text, quantity.end) is not None
    return any(
        denied == (other > int(level[2]))
        for step in range(1, _HIGHEST)
        for other in (int(level[2]) + step, int(level[2]) - step)
        for place in facts.holds.get(("code", f"{level[1].upper()}{other}"), ())
        if place.bound == "ge"
    )
