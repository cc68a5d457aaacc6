"""一年, 一个月, 一天 as the period of a recurring fee or limit ("金卡一年30元"), and no term of its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from guardrails.numbers.facts import Facts
from guardrails.numbers.quantities import Quantity

CLAUSE_BREAK = re.compile(r"[,，;；。！？!?\n]|但是?|不过|然而|而是| but ")

_LIMITED = "(?:之?内|里|之中)?(?:累计|限额|最多|最高|至多|不超过|转账限额)"
# "一年的年费" is 每年 in other words; "免费一年" is a claim of its own.
_A_PERIOD = {
    "一年": (
        re.compile(rf"一年(?:的?(?:年费|费用?|利率|利息|合?[共计]|总)|{_LIMITED})"),
        ("每年", "年费", "/年", "每月", "年累计", "年度累计"),
    ),
    "一个月": (re.compile(rf"一个月(?:的?(?:月费|费用?|收|共)|{_LIMITED})"), ("每月", "月费", "/月", "月累计")),
    "一天": (re.compile(rf"一天(?:共|总|{_LIMITED})"), ("每日", "每天", "日累计", "/日")),
}


# Characters within which a period and what is charged for it stand.
_AHEAD = 24


def is_period(quantity: Quantity, text: str, facts: Facts) -> bool:
    """The period of a recurring fee or limit, not a term."""
    words = _A_PERIOD.get(quantity.text.replace("1", "一"))
    return (
        words is not None
        and words[0].match(text[quantity.start : quantity.start + _AHEAD].replace("1", "一")) is not None
        and any(word in facts.text for word in words[1])
    )


_PERIODS = {
    "年": "年",
    "周": "周",
    "星期": "周",
    "个星期": "周",
    "个月": "月",
    "天": "日",
    "日": "日",
    "个季度": "季",
    "季度": "季",
}
# "一天存外币" is no term that something is deposited for.
_A_TERM = re.compile("[期后以之满起前]|存(?=[款期单定]|[^\u4e00-\u9fff]|$)")
# What is said of each such period beside its name: 年费, 年度, 年租, 年交; 当年 is within a year.
_SAID_PER = ("{}费", "{}度", "{}租", "{}交", "{}缴", "{}供", "{}息", "当{}", "每{}", "全{}")


_PER_LINE = {
    "年": re.compile(
        r"每年|每个?自然年|年度|全年|/年|(?:per|an?|each) (?:calendar )?year|annual|yearly|p\.a\.", re.IGNORECASE
    ),
    "月": re.compile(r"每个?月|每个?自然月|单月|当月|月累计|/月|per month|a month|each month|monthly", re.IGNORECASE),
    "日": re.compile(r"每[日天]|单日|当日|日累计|日限|/[日天]|按日|per day|a day|each day|daily", re.IGNORECASE),
    "周": re.compile(r"每个?周|/周|每星期|per week|a week|weekly", re.IGNORECASE),
    "季": re.compile(r"每个?季|/季|季度|quarterly|per quarter", re.IGNORECASE),
}
# "网银年服务费".
_FEE_OF = {
    per: re.compile(rf"(?<![\d一二两三四五六七八九十半当前本])(?:{per})[\u4e00-\u9fff]{{2,4}}费(?!率)")
    for per in _PERIODS.values()
}


def _beside(quantity: Quantity, quantities: Sequence[Quantity]) -> Sequence[Quantity]:
    at = bisect_left(quantities, quantity.start, key=lambda one: one.start)
    return [*quantities[max(0, at - 1) : at], *quantities[at + 1 : at + 2]]


def is_per(quantity: Quantity, text: str, quantities: Sequence[Quantity], facts: Facts) -> bool:
    """ "年费一年30元", "2块钱一个月": of a number beside it that the evidence has for each such period."""
    per = _PERIODS.get(quantity.text[1:]) if quantity.text[:1] in {"一", "1"} else None
    if per is None or _A_TERM.match(text, quantity.end) or _A_TERM.match(text, quantity.start - 1):
        return False
    words = {said.format(per) for said in _SAID_PER}
    fee = _FEE_OF[per]
    return any(
        (
            per in place.circumstances.per
            or not words.isdisjoint(place.words)
            or fee.search(facts.lines[place.line].text) is not None
            or _PER_LINE[per].search(facts.lines[place.line].text) is not None
        )
        for one in _beside(quantity, quantities)
        if one.kind in {"money", "percent", "次", "笔", "plain", "个", "张", "人", "户"}
        and not CLAUSE_BREAK.search(text, min(one.end, quantity.end), max(one.start, quantity.start))
        for key in one.keys
        for place in facts.holds.get(key, ())
    )


# "前一天", "这一期", "晚一天也算": one, and no term; "提前一天" and "后一周内" are.
_POINTED_AT = re.compile("(?:(?<!提)前|[后上下隔晚早哪这那同当某头任另])$")
_ONES = re.compile("(?:一|1)(?:年|天|日|周|个?月|个?季度?|次|期|笔)")


def is_pointed_at(quantity: Quantity, text: str) -> bool:
    """ "比前一天低": one day that is pointed at."""
    return (
        _ONES.fullmatch(quantity.text) is not None
        and _POINTED_AT.search(text, max(0, quantity.start - 2), quantity.start) is not None
        and not _A_TERM.match(text, quantity.end)
        and not text.startswith("内", quantity.end)
    )


def is_each(quantity: Quantity, text: str, quantities: Sequence[Quantity], facts: Facts) -> bool:
    """ "基础版一年68块", where the evidence does not say for how long the amount is."""
    if _ONES.fullmatch(quantity.text) is None or quantity.text[1:] not in _PERIODS:
        return False
    if _A_TERM.match(text, quantity.end) or _A_TERM.match(text, quantity.start - 1):
        return False
    return any(
        all(not place.circumstances.per for key in one.keys for place in facts.holds.get(key, ()))
        for one in _beside(quantity, quantities)
        if one.kind == "money"
        and not CLAUSE_BREAK.search(text, min(one.end, quantity.end), max(one.start, quantity.start))
    )
