"""Ordinals that follow from the evidence: "第二天" from 次日, "第4笔起" from "前3笔免费", "前2次" from "第3次起",
"下一个交易日" from T+1.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal

from guardrails.numbers.counted import NUMBERED
from guardrails.numbers.facts import Facts
from guardrails.numbers.quantities import Key, Quantity, read_quantities

_NEXT = {
    "天": re.compile("次日|翌日|隔日|T\\+1|下一个?工作日", re.IGNORECASE),
    "年": re.compile("次年|首年|满一年|满1年|届满"),
}
# What is said by T+3: never when a price is published.
_PAID = re.compile("[^,，;；。]{0,4}?(?:到|确认|入账|划)")
_NEXT_WORKDAY = re.compile("(?:次|翌|下)一?个?(?:工作日|交易日|营业日)")
_FIRST = re.compile("(?:前|首|头|最初|first |免赔?|扣)[内的]?$", re.IGNORECASE)
_FROM_THEN = re.compile("[\u4e00-\u9fff]{0,4}?(?:起|开始|以后|之后|及以[后上])")
_SINCE = re.compile("[从自]第$")
_FEW, _LONGEST = 4, 60
_TURNS = frozenset({"次", "张", "天", "个月", "季度", "笔", "期", "份"})
# "第三笔起收费", "到账要到第三天", "第一次逾期不上征信" are claims.
_CLAIMS = re.compile("起|开始|[以之]后|内|之?前|到账|入账|免|收|返|减|付|扣|优惠|不|无|赠|送|限")
_CLAUSE = re.compile("[,，;；。！？!?\n]")
_REACH = 6
# What is counted on from stands no more numbers back.
_NEAR = 6


def is_next(quantity: Quantity, text: str, quantities: Sequence[Quantity], facts: Facts) -> bool:
    """Whether what is said follows from what the evidence says of the one before, or of those before it."""
    kind, *about = quantity.keys[0]
    if kind == "ordinal":
        return (
            _is_very_first(about, facts)
            or is_numbered(about, facts)
            or _is_in_turn(about, quantity, text)
            or (_PAID.match(text, quantity.end) is not None and _is_settled(about, facts))
            or _is_second(about, facts)
            or _is_after_the_first(quantity, text, quantities, facts)
        )
    before = text[max(0, quantity.start - _REACH) : quantity.start]
    if before.endswith(("头", "首")) and quantity.value == 1 and f"首{quantity.text[1:]}" in facts.text:
        return True  # "头一年", where the evidence says 首年
    if kind == "workdays" and about == [Decimal(1)] and before.endswith(("下", "后")):
        return ("settlement", "T", 1) in facts.holds or _NEXT_WORKDAY.search(facts.text) is not None
    return _FIRST.search(before) is not None and _begins_after(quantity, facts)


def is_numbered(about: list[object], facts: Facts) -> bool:
    """ "第二条", where the evidence numbers its items so far."""
    unit, number = about
    return (
        isinstance(number, Decimal)
        and str(unit) in {"条", "种", "项", "点", "款", "类"}
        and any(number <= len(NUMBERED.findall(piece.text)) for piece in facts.pieces)
    )


def _is_in_turn(about: list[object], quantity: Quantity, text: str) -> bool:
    """ "早上9点第一次转", "第三张要等下个月": the answer counts on, and says nothing from when on or how long."""
    unit, number = about
    if not isinstance(number, Decimal) or number > _FEW or str(unit) not in _TURNS:
        return False
    first, last = max(0, quantity.start - _LONGEST), quantity.end + _LONGEST
    opens = max((match.end() for match in _CLAUSE.finditer(text, first, quantity.start)), default=first)
    closes = _CLAUSE.search(text, quantity.end, last)
    return _CLAIMS.search(text, opens, closes.start() if closes else last) is None


def _is_very_first(about: list[object], facts: Facts) -> bool:
    """ "第一年", where the evidence says 首年."""
    return about[-1] == 1 and any(f"首{word}{about[0]}" in facts.text for word in ("", "个", "1"))


def _is_settled(about: list[object], facts: Facts) -> bool:
    """ "第三个工作日到", where the evidence says T+3."""
    unit, number = about
    return (
        isinstance(number, Decimal)
        and str(unit).lstrip("个") in {"工作日", "交易日"}
        and ("settlement", "T", int(number)) in facts.holds
    )


def _is_second(about: list[object], facts: Facts) -> bool:
    """ "第二天", where the evidence says 次日."""
    said = _NEXT.get(str(about[0])) if about[-1] == 2 else None
    return said is not None and said.search(facts.text) is not None


def _is_after_the_first(quantity: Quantity, text: str, quantities: Sequence[Quantity], facts: Facts) -> bool:
    _, unit, number = quantity.keys[0]
    assert isinstance(number, Decimal)
    then = _FROM_THEN.match(text, quantity.end) or _SINCE.search(text, max(0, quantity.start - 3), quantity.start)
    if then is None or number <= 1:
        return False
    before = {key for one in read_quantities(f"{number - 1}{unit}") for key in one.keys}
    # "一年可以去6次，第7次起…": after as many as the sentence itself tells, and the evidence with it.
    at = bisect_left(quantities, quantity.start, key=lambda one: one.start)
    told = any(not before.isdisjoint(one.keys) for one in quantities[max(0, at - _NEAR) : at])
    return any((told and key in facts.holds) or _is_of_the_first(key, facts) for key in before)


def _is_of_the_first(key: Key, facts: Facts) -> bool:
    """ "前3笔", anywhere in the evidence."""
    lines = (facts.lines[place.line] for place in facts.holds.get(key, ()))
    return any(
        key in one.keys and _FIRST.search(line.text, max(0, one.start - _REACH), one.start)
        for line in lines
        for one in line.quantities
    )


def _begins_after(quantity: Quantity, facts: Facts) -> bool:
    """ "前2次", where the evidence begins with "第3次起"."""
    unit = re.sub(r"[\d\s]|[一二两三四五六七八九十]", "", quantity.text)
    value = quantity.value
    if value is None or value != value.to_integral_value():
        return False
    key: Key = ("ordinal", unit, (value + 1).normalize())
    lines = (facts.lines[place.line] for place in facts.holds.get(key, ()))
    return any(key in one.keys and _FROM_THEN.match(line.text, one.end) for line in lines for one in line.quantities)
