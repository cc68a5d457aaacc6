"""Every figure of a text that can be contradicted: its numbers, what is free, and what the rails need not read.

第3个工作日 and 3个工作日 say one delay, 每月10日 a day and no length, 七成 a share, 一百万 money where nothing is
counted; and an amount on a round one gives a rate, as a worked example does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from app.alarms.free import read_free
from guardrails import Quantity, read_quantities

MONTHDAY = "monthday"
WEEKDAY = "weekday"

_DIGITS = {one: at for at, one in enumerate("零一二三四五六七八九十")}
_NUMERAL = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_WORKDAY = re.compile(rf"第{_NUMERAL}个?(?:工作|营业|交易|银行)日")
_OF_MONTH = re.compile(
    rf"(?:(?:每|次|当|逐|翌|同|下|上)个?月的?|月[头初底末]){_NUMERAL}[日号](?!\d)(?![至到\-~—–]{_NUMERAL}[日号])"
)
_OF_WEEK = re.compile(
    r"(?<![至到、和及\-~—–])(?:每个?)?(?:星期|礼拜|(?<!一)周)([一二三四五六日天])(?![至到、和及\-~—–]|[一二三四五六日年])"
)
_TENTHS = re.compile(
    r"([一二三四五六七八九])成(?![长功本为员年立果交绩都人熟分群套])(半|[一二三四五六七八九](?![年月天]))?"
)
_HALVES = re.compile("(?<![过大多少小上下前后一])一半|半价|对折")
_PER_TEN_THOUSAND = re.compile(r"(?<![\d.一二三四五六七八九十百千])万(\d(?:\.\d{1,3})?)(?![\d.%万千百元个])(?!分之)")
# Currencies that the rails do not read.
_CODE = re.compile(r"\b(sgd|aed|myr|thb|idr|php|vnd|inr|nzd|cad|chf|krw|mop|twd|nt\$|s\$|rm) ?$")
_LONGEST_CODE = 5
_SCALE = re.compile("[万千百亿]")
# A round amount without a unit is money where nothing that could be counted follows.
_UNCOUNTED = re.compile(r" ?(?:[,，。;；、)）!！?？\s]|$|以[内上下]|[才就的起封为左多可再]|不[得能可超])")

Reader = Callable[[str], list[Quantity]]


def figures_of(text: str) -> list[Quantity]:
    """Of a normalised text, in order; no two overlap."""
    own = [*read_free(text), *(one for read in _READERS for one in read(text))]
    taken = [(one.start, one.end) for one in own]
    numbers = [one for one in read_quantities(text) if not any(one.start < e and s < one.end for s, e in taken)]
    return sorted([*(_in_money(text, one) for one in numbers), *own], key=lambda one: one.start)


def rates_of(text: str, numbers: Sequence[Quantity]) -> dict[int, Quantity]:
    """By where it starts, the rate that an amount is of the round one before it: "10万元…收费600元" is 0.6 %.

    Only where the text holds no other amounts.
    """
    amounts = [one for one in numbers if one.kind == "money"]
    if len(amounts) != 2 or any(one.kind == "percent" for one in numbers):
        return {}
    base, part = amounts
    if base.keys[0][0] != part.keys[0][0] or not _is_round(base) or _SETS.search(text[: base.start]) or base.bound:
        return {}
    rate = (_worth(part) / _worth(base) * 100).normalize()
    if not 0 < rate < _MOST:
        return {}
    return {part.start: replace(part, kind="percent", keys=(("percent", rate),), value=rate)}


# What a limit or a threshold is told with is no amount to reckon on.
_SETS = re.compile(r"(?:上限|限额|下限|[起门][点槛存购]|最[高低多少]|不[超低]|至[多少]|余额|资产)[^,，。;；]{0,4}$")
_MOST, _LEAST_BASE = 200, 100
# So many digits before the zeros.
_ROUND = 2


def _is_round(amount: Quantity) -> bool:
    value = _worth(amount).normalize()
    return value >= _LEAST_BASE and len(value.as_tuple().digits) <= _ROUND


def _worth(amount: Quantity) -> Decimal:
    return Decimal(str(amount.keys[0][-1]))


def _workdays(text: str) -> list[Quantity]:
    return [
        _made(match, "workdays", ("workdays", Decimal(value)))
        for match in _WORKDAY.finditer(text)
        if (value := _count(match[1]))
    ]


def _days_of_month(text: str) -> list[Quantity]:
    return [
        _made(match, MONTHDAY, (MONTHDAY, value), start=match.start(1))
        for match in _OF_MONTH.finditer(text)
        if 0 < (value := _count(match[1])) <= 31
    ]


def _days_of_week(text: str) -> list[Quantity]:
    found = list(_OF_WEEK.finditer(text))
    # Of several days none contradicts another alone.
    if len({match[1] for match in found}) != 1:
        return []
    day = found[0][1]
    return [_made(found[0], WEEKDAY, (WEEKDAY, "日" if day == "天" else day))]


def _shares(text: str) -> list[Quantity]:
    made = []
    for match in _TENTHS.finditer(text):
        rest = 5 if match[2] == "半" else _DIGITS.get(match[2] or "零", 0)
        made.append(_percent(match, Decimal(10 * _DIGITS[match[1]] + rest)))
    made += [_percent(match, Decimal(50)) for match in _HALVES.finditer(text)]
    return made + [_percent(match, Decimal(match[1]) / 100) for match in _PER_TEN_THOUSAND.finditer(text)]


def _percent(match: re.Match[str], value: Decimal) -> Quantity:
    return replace(_made(match, "percent", ("percent", value.normalize())), value=value)


_READERS: tuple[Reader, ...] = (_workdays, _days_of_month, _days_of_week, _shares)


def _made(match: re.Match[str], kind: str, key: tuple[object, ...], start: int | None = None) -> Quantity:
    start = match.start() if start is None else start
    return Quantity(match.string[start : match.end()], start, match.end(), kind, (key,))


def _count(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _DIGITS[numeral] if len(numeral) == 1 else 0
    return 10 * _DIGITS.get(tens or "一", 0) + _DIGITS.get(ones or "零", 0)


def _in_money(text: str, number: Quantity) -> Quantity:
    if number.kind != "plain" or number.value is None:
        return number
    code = _CODE.search(text, max(0, number.start - _LONGEST_CODE), number.start)
    round_ = _SCALE.search(number.text) is not None and _UNCOUNTED.match(text, number.end) is not None
    if code is None and not round_:
        return number
    unit = code[1].upper() if code else "CNY"
    return replace(number, kind="money", keys=((unit, number.value.normalize()),))
