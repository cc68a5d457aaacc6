"""What an amount or a rate is charged or paid for: each 年, 月, 笔, 张 …, by the words before and after it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from guardrails.numbers.circumstances import Circumstances
from guardrails.numbers.quantities import Quantity

_UNIT = "([\u4e00-\u9fff])"
_UNIT_BEFORE = re.compile(rf"每一?{_UNIT}[^,，;；。\d]{{0,12}}$")
_UNIT_AFTER = re.compile(rf" ?(?:/ ?每?|每){_UNIT}")
_ONE = {"一年": "年", "一个月": "月", "一天": "日", "一个季度": "季"}
_BREAK = re.compile("[,，;；。！？!?\n]")
_EACH = re.compile(r"\b(?:each|apiece|per (?:withdrawal|transaction|transfer|item))\b", re.IGNORECASE)
_REACH = 16
# 次 and 笔 are one thing.
SAME = {"次": "笔", "天": "日"}


def charged_for(
    text: str, quantities: Sequence[Quantity], circumstances: Sequence[Circumstances]
) -> list[frozenset[str]]:
    """What each of the quantities is charged or paid for."""
    found = []
    last: Quantity | None = None
    for one, around in zip(quantities, circumstances, strict=True):
        before = _UNIT_BEFORE.search(text, max(0, one.start - _REACH), one.start)
        after = _UNIT_AFTER.match(text, one.end)
        own = {SAME.get(match.group(1), match.group(1)) for match in (before, after) if match is not None}
        if _EACH.search(text, one.end, one.end + _REACH):
            own.add("笔")
        if last is not None and not _BREAK.search(text, last.end, one.start):
            own |= set(_ONE.get(last.text.replace("1", "一"), ""))
        last = one
        found.append(around.per | own)
    return found
