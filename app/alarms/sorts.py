"""What kind of value a figure is: only equal sorts compare."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.alarms.claim import THINGS, TIMES
from app.alarms.days import LENGTHS
from app.alarms.free import FREE
from guardrails import Quantity

_UNIT = re.compile(" ?([\u4e00-\u9fff]{1,2})")
# Words of measure that the dictionary takes for others.
_COUNTED = frozenset(
    ["学时", "课时", "学分", "积分", "里程", "字符", *"卷通批节辆幅包捆箱盒瓶袋桶套副道座组排处把斤本度"]
)
# What an English number counts.
_NOUN = re.compile(
    r" (?!(?:of|in|per|or|and|to|on|at|by|from|for|is|are|out|as|with|if|the|a|p|am|pm|cny|rmb)\b)[a-z]{3,}"
)


def sort_of(text: str, number: Quantity, tags: Mapping[str, str]) -> str:
    """What kind of value it is; of a number whose unit the reader does not know, the word of measure after it."""
    unit = str(number.keys[0][0])
    if unit in LENGTHS:
        return "duration"
    if number.kind in ("money", FREE):
        return unit
    if number.kind in THINGS:
        return "things"
    if number.kind in TIMES:
        return "times"
    if number.kind == "折":
        return "percent"
    if number.kind == "plain" and (after := _UNIT.match(text, number.end)):
        words = (after[1], after[1][:1])
        if words[1] in THINGS:
            return "things"
        if (named := next((word for word in words if word in _COUNTED), None)) is not None:
            return named
        return next((word for word in words if tags.get(word) in ("q", "t")), "plain")
    if number.kind == "plain" and _NOUN.match(text, number.end):
        return "things"
    return number.kind
