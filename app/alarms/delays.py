"""How soon something comes about and how often it does, where no number says so: 当日入库 is a delay of none, 次日到账
and T+1 of one day, 第90天 of ninety, 半个月 of fifteen; 按季结息 is told every three months.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from app.alarms.days import INTERVAL, LASTS, as_quantity, count
from guardrails import Quantity

_GOES_ON = r"(?=[^,，。;；:：\d一二两三四五六七八九十]{0,8}(?:$|[,，。;；!！)]))"
# Nothing but what happens then may follow in the clause: 当日累计限额 and 次日17:00前 are other things.
_SOON = re.compile(
    r"(?<![一二两三四五六七八九十\d前近本第])"
    r"(?:(当[日天]|即日|实时|即时)|([次下]一?个?(?:工作|交易|营业|银行)日)|(次日|翌日|隔[日天]|第二天))"
    rf"(?!累计|限额|前|起|后|的|未|已|开放|净值|汇率|牌价|挂牌|余额|价|无|不|若|如){_GOES_ON}"
)
_NTH = {"first": 1, "next": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_NTH_WORKDAY = re.compile(rf"\b({'|'.join(_NTH)}) (?:working|business|banking|trading) day\b")
_WORKDAYS, _DAYS, _NOW = ("workdays", Decimal(1)), ("days", Decimal(1)), Decimal(0)
_RHYTHM = re.compile(
    r"(?:每|按|逐)(半年度?|季度?|月度?|周|年度?|日|天|两周|双周|半个?月)"
    rf"(?=[结付扣核检巡更复还对盘评重发抽缴清报摊]){_GOES_ON}"
)
_MONTHS = {
    **LASTS,
    **dict.fromkeys(("两周", "双周"), 2 * LASTS["周"]),
    "半年": LASTS["年"] / 2,
    "半月": LASTS["月"] / 2,
}
_QUARTERS = re.compile("([一两三])刻钟")
_HALF_MINUTES = re.compile(r"(?<!\d)(?:(\d{1,2}|[一二两三四五])分半钟?|半分钟)")
_QUARTER, _MINUTE = 15, 60
_HALF_MONTH = Decimal(15)


def read_delays(text: str) -> list[Quantity]:
    """Of a normalised text; no two overlap."""
    return [one for read in (_soon, _nth_workdays, _rhythms, _parts_of_hours) for one in read(text)]


def as_delay(number: Quantity) -> Quantity:
    """T+1 and 第10日 as so many days, 半个月 as fifteen, so that they are compared with what is told in days."""
    unit, *_, value = number.keys[0]
    amount = Decimal(str(value)) if isinstance(value, (int, Decimal)) else _NOW
    if unit == "settlement":
        # Of a fund's or a bank's day T.
        kind = "workdays" if number.keys[0][1] == "T" else "days"
        return replace(number, kind=kind, keys=((kind, amount), *number.keys))
    if unit == "ordinal" and number.keys[0][1] in ("天", "日"):
        return replace(number, kind="days", keys=(("days", amount), *number.keys))
    if unit == "half-month":
        return replace(number, kind="days", keys=(("days", amount * _HALF_MONTH), *number.keys))
    return number


def _soon(text: str) -> list[Quantity]:
    made = []
    for match in _SOON.finditer(text):
        keys: tuple[tuple[str, Decimal], ...] = (_DAYS, _WORKDAYS)
        if match[1]:
            keys = tuple((unit, _NOW) for unit, _ in keys)
        elif match[2]:
            keys = (_WORKDAYS,)
        made.append(replace(as_quantity(match, keys[0][0], keys[0]), keys=keys))
    return made


def _nth_workdays(text: str) -> list[Quantity]:
    return [
        as_quantity(match, "workdays", ("workdays", Decimal(_NTH[match[1]]))) for match in _NTH_WORKDAY.finditer(text)
    ]


def _rhythms(text: str) -> list[Quantity]:
    made = []
    for match in _RHYTHM.finditer(text):
        told = match[1].removesuffix("度").replace("半个月", "半月")
        key = (INTERVAL, _MONTHS[told])
        own = replace(as_quantity(match, INTERVAL, key), value=key[1])
        made.append(replace(own, keys=(key, ("days", Decimal(1)) if told in "日天" else ("months", key[1]))))
    return made


def _parts_of_hours(text: str) -> list[Quantity]:
    made = [
        as_quantity(match, "minutes", ("minutes", Decimal(_QUARTER * count(match[1]))))
        for match in _QUARTERS.finditer(text)
    ]
    for match in _HALF_MINUTES.finditer(text):
        whole = count(match[1] or "零")
        made.append(as_quantity(match, "seconds", ("seconds", Decimal(_MINUTE * whole + _MINUTE // 2))))
    return made
