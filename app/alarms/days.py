"""Days and times that the rails need not read: 第3个工作日 as a delay, 每月10日 as a day and no length, 十点 as a time,
每季度检查一次 as how often.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from guardrails import Quantity

MONTHDAY = "monthday"
WEEKDAY = "weekday"
INTERVAL = "interval"
# Units of how long something lasts, and kinds of what is a point in time.
LENGTHS = frozenset({"months", "days", "workdays", "minutes", "seconds"})
POINTS = frozenset({"time", "date", MONTHDAY})

DIGITS = {one: at for at, one in enumerate("零一二三四五六七八九十")}
_NUMERAL = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_WORKDAY = re.compile(rf"第{_NUMERAL}个?(?:工作|营业|交易|银行)日")
_OF_MONTH = re.compile(
    rf"(?:(?:每|次|当|本|逐|翌|同|下|上)个?月的?|末月的?|月[头初底末]){_NUMERAL}[日号](?!\d)(?![至到\-~—–]{_NUMERAL}[日号])"
)
_OF_WEEK = re.compile(
    r"(?<![至到、和及\-~—–])(?:每个?)?(?:星期|礼拜|(?<!一)周)([一二三四五六日天])(?![至到、和及\-~—–]|[一二三四五六日年])"
)
_CLOCK = re.compile(
    r"(?<![\d.:一二三四五六七八九十第这那几早有差])([一二两三四五六七八九十]{1,3}|\d{1,2})点(?:钟|整|(半))?"
    r"(?=[开关收停打下上][门始市盘班工摊车烊业]?|[以之]?前|[才就便准]|[到至起为止]|结束|截止|$|[,，。;；])"
)
_ENGLISH_DAY = re.compile(
    r"\b(?:on|by|before|until|after|than|of|from|to|is) the (\d{1,2})(?:st|nd|rd|th)\b"
    r"(?= of (?:each|every|the|that) \w+|$|[,.;)])"
)
_MORNING, _HALF_DAY = 6, 720
_PART_OF_DAY = re.compile("(?:[早晚][上间]?|[上下中正]午|傍晚|夜[里间]?|凌晨|清晨|次日)$")
_EVERY = re.compile(
    r"(?:每隔?|(?=一个?(?:年|季度?|月|周|星期|礼拜)|半年))(半|[一两二三四五六七八九十]|\d{1,2})?个?(年|季度?|月|周|星期|礼拜|天|日)(?!内|[以之])"
    r"(?=([^,，。;；\d限最只可仅免能前首第]{0,10}?)([一两二三四五六七八九十]|\d{1,2})([次回遍轮])(?!日))"
)
_WEEK, _DAY = Decimal("0.23"), Decimal("0.033")
# In months.
LASTS = {
    "年": Decimal(12),
    "季": Decimal(3),
    "月": Decimal(1),
    **dict.fromkeys("周星礼", _WEEK),
    "天": _DAY,
    "日": _DAY,
}
_HALF_A_DAY = re.compile("(?:(?<=提前)|(?<=早)|(?<=[用要约等过满]))半天|半天(?=[之以]?内|就|才|到)")
_DAYS_OF_MONTH = re.compile(
    rf"(?:(?:每|次|当|本|上|逐|翌|同|下)个?月的?)({_NUMERAL}[日号]?)(?:至|到|[\-~—–])({_NUMERAL}[日号])(?!\d)"
)


def read_days(text: str) -> list[Quantity]:
    """Of a normalised text; no two overlap."""
    return [one for read in _READERS for one in read(text)]


def read_repeats(text: str) -> list[tuple[int, int]]:
    """Where 一次 only closes what 每季度 began."""
    return [(match.start(4), match.end(5)) for match in _EVERY.finditer(text)]


def _workdays(text: str) -> list[Quantity]:
    return [
        as_quantity(match, "workdays", ("workdays", Decimal(value)))
        for match in _WORKDAY.finditer(text)
        if (value := count(match[1]))
    ]


def _days_of_month(text: str) -> list[Quantity]:
    return [
        _on_day(match.string, match.span(1), value)
        for pattern in (_OF_MONTH, _ENGLISH_DAY)
        for match in pattern.finditer(text)
        if 0 < (value := count(match[1])) <= 31
    ]


def _days_of_week(text: str) -> list[Quantity]:
    found = list(_OF_WEEK.finditer(text))
    # Of several days none contradicts another alone.
    if len({match[1] for match in found}) != 1:
        return []
    day = found[0][1]
    return [as_quantity(found[0], WEEKDAY, (WEEKDAY, "日" if day == "天" else day))]


def _ranges_of_month(text: str) -> list[Quantity]:
    return [
        _on_day(match.string, match.span(at), day)
        for match in _DAYS_OF_MONTH.finditer(text)
        for at in (1, 3)
        if 0 < (day := count(match[at + 1])) <= 31
    ]


def _on_day(text: str, span: tuple[int, int], day: int) -> Quantity:
    return Quantity(text[slice(*span)], *span, MONTHDAY, ((MONTHDAY, day), ("date", None, None, day)))


def _times(text: str) -> list[Quantity]:
    """十点开门, told without a part of the day: either half of it, where both are open to a bank."""
    made = []
    for match in _CLOCK.finditer(text):
        hour = count(match[1])
        if 0 < hour <= 12 and not _PART_OF_DAY.search(text[: match.start()]):
            minute = 60 * hour + (30 if match[2] else 0)
            later = (("time", minute + _HALF_DAY),) if hour < 12 else ()
            keys = (("time", minute), *later) if hour > _MORNING else (*later, ("time", minute))
            made.append(Quantity(match.group(), match.start(), match.end(), "time", keys))
    return made


def _intervals(text: str) -> list[Quantity]:
    """每季度检查一次, as so many months; 每年两次 as half of them, and as 2次, as which others may tell it."""
    made = []
    for match in _EVERY.finditer(text):
        span = Decimal("0.5") if match[1] == "半" else Decimal(count(match[1] or "一"))
        lasts, times = LASTS[match[2][0]] * span, max(count(match[4]), 1)
        months = round(lasts / times, 3).normalize()
        keys: list[tuple[object, ...]] = [(INTERVAL, months)]
        if span == 1:
            keys.append((match[5], Decimal(times)))
        if times == 1:
            keys.append(("days", span) if match[2][0] in "天日" else ("months", lasts.normalize()))
        made.append(replace(as_quantity(match, INTERVAL, keys[0]), keys=tuple(keys), value=months))
    return made


def _half_days(text: str) -> list[Quantity]:
    return [as_quantity(match, "minutes", ("minutes", Decimal(_HALF_DAY))) for match in _HALF_A_DAY.finditer(text)]


def as_quantity(match: re.Match[str], kind: str, key: tuple[object, ...], start: int | None = None) -> Quantity:
    start = match.start() if start is None else start
    return Quantity(match.string[start : match.end()], start, match.end(), kind, (key,))


def count(numeral: str) -> int:
    numeral = numeral.replace("两", "二")
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return DIGITS[numeral] if len(numeral) == 1 else 0
    return 10 * DIGITS.get(tens or "一", 0) + DIGITS.get(ones or "零", 0)


_READERS: tuple[Callable[[str], list[Quantity]], ...] = (
    *(_workdays, _days_of_month, _ranges_of_month, _days_of_week),
    *(_times, _intervals, _half_days),
)
