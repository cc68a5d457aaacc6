"""Every figure of a text that can be contradicted: its numbers, what is free, and what the rails need not read.

第3个工作日 and 3个工作日 say one delay, 每月10日 a day and no length, 七成 a share, 一百万 money where nothing is
counted; and an amount on a round one gives a rate, as a worked example does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from app.alarms.days import DIGITS, as_quantity, count, read_days, read_repeats
from app.alarms.delays import as_delay, read_delays
from app.alarms.free import read_free
from guardrails import Quantity, read_quantities

_TENTHS = re.compile(
    r"([一二三四五六七八九])成(?![长功本为员年立果交绩都人熟分群套])(半|[一二三四五六七八九](?![年月天]))?"
)
_HALVES = re.compile("(?<![过大多少小上下前后一])一半|半价|对折")
_PER_TEN_THOUSAND = re.compile(r"(?<![\d.一二三四五六七八九十百千])万(\d(?:\.\d{1,3})?)(?![\d.%万千百元个])(?!分之)")
# Currencies that the rails do not read.
_CODE = re.compile(r"\b(sgd|aed|myr|thb|idr|php|vnd|inr|nzd|cad|chf|krw|mop|twd|nt\$|s\$|rm) ?$")
_LONGEST_CODE = 5
_FRACTION = re.compile(
    r"([二三四五六七八九]?十[二三四五六七八九]?|[二三四五六七八九])分之([一二两三四五六七八九])|(?<=费)减半|(?<=利率)减半|减半(?=收)"
)
_SCALE = re.compile("[万千百亿]")
# A round amount without a unit is money where nothing that could be counted follows.
_UNCOUNTED = re.compile(
    r" ?(?:[,，。;；、)）!！?？\s]|$|以[内上下]|[才就的起封为左多可再进哦呢吧啦了啊哈呀嘛]|不[得能可超]"
    r"|(?:保?额|保障|额度|本金|存款|现[金钞]|贷款|定期|活期|理财|资产|保费))"
)
# Currencies as people call them, behind the number.
_CALLED = {"刀": "USD", "欧": "EUR", "镑": "GBP", "新元": "SGD", "泰铢": "THB", "令吉": "MYR", "纽币": "NZD"}
_AS_CALLED = re.compile(rf" ?({'|'.join(_CALLED)})(?![洲盟美亚式])")

Reader = Callable[[str], list[Quantity]]


def figures_of(text: str) -> list[Quantity]:
    """Of a normalised text, in order; no two overlap."""
    own = [*read_free(text), *(one for read in _READERS for one in read(text))]
    taken = [*((one.start, one.end) for one in own), *read_repeats(text)]
    numbers = [one for one in read_quantities(text) if not any(one.start < e and s < one.end for s, e in taken)]
    return sorted([*(as_delay(_in_months(_in_money(text, one))) for one in numbers), *own], key=lambda one: one.start)


def rates_of(text: str, numbers: Sequence[Quantity]) -> dict[int, Quantity]:
    """By where it starts, the rate that an amount is of the round one before it: "10万元…收费600元" is 0.6 %.

    Only where the text holds no other amounts.
    """
    amounts = [one for one in numbers if one.kind == "money"]
    if len(amounts) != 2 or any(one.kind == "percent" for one in numbers):
        return {}
    base, part = amounts
    if base.keys[0][0] != part.keys[0][0] or not _is_round(base) or base.bound:
        return {}
    # 余额100万元的，至少存20万元 supposes a balance, 余额不低于100万元 sets one.
    if _SETS.search(text[: base.start]) and not text.startswith("的", base.end):
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


def _fractions(text: str) -> list[Quantity]:
    made = []
    for match in _FRACTION.finditer(text):
        if match[1] is None:
            made.append(_percent(match, Decimal(50)))
        elif (part := count(match[2])) < (whole := count(match[1])):
            made.append(_percent(match, round(Decimal(100 * part) / whole, 2)))
    return made


def _in_months(number: Quantity) -> Quantity:
    """Of so many instalments, which are paid by the month: 48期 is as long as 4年."""
    if number.kind != "期":
        return number
    return replace(number, kind="months", keys=(("months", Decimal(str(number.keys[0][-1]))),))


def _shares(text: str) -> list[Quantity]:
    made = []
    for match in _TENTHS.finditer(text):
        rest = 5 if match[2] == "半" else DIGITS.get(match[2] or "零", 0)
        made.append(_percent(match, Decimal(10 * DIGITS[match[1]] + rest)))
    made += [_percent(match, Decimal(50)) for match in _HALVES.finditer(text)]
    return made + [_percent(match, Decimal(match[1]) / 100) for match in _PER_TEN_THOUSAND.finditer(text)]


def _percent(match: re.Match[str], value: Decimal) -> Quantity:
    return replace(as_quantity(match, "percent", ("percent", value.normalize())), value=value)


_READERS: tuple[Reader, ...] = (read_days, read_delays, _shares, _fractions)


def _in_money(text: str, number: Quantity) -> Quantity:
    if number.kind != "plain" or number.value is None:
        return number
    code = _CODE.search(text, max(0, number.start - _LONGEST_CODE), number.start)
    round_ = _SCALE.search(number.text) is not None and _UNCOUNTED.match(text, number.end) is not None
    called = _AS_CALLED.match(text, number.end)
    if code is None and called is None and not round_:
        return number
    unit = code[1].upper() if code else _CALLED[called[1]] if called else "CNY"
    return replace(number, kind="money", keys=((unit, number.value.normalize()),))
