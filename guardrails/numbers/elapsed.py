"""Days and hours counted on from one that is known: "3月5日签收，20天内，就是3月25日前", "一共78天", "早半小时".

A day is counted from the next one or from itself: banks do either, and a sentence that says which is as right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from guardrails.numbers.quantities import Quantity

# Where a year is not said: one without a leap day.
_ANY_YEAR = 2025
_THE_NEXT = re.compile("恢复|[起就]|开始|次日|第二天|翌日|之后|以后|后|from|onwards|resume|after", re.IGNORECASE)
_THE_LAST = re.compile("前一天|前一晚|之前|以前|截止|最后|before|last", re.IGNORECASE)
_COUNTED = re.compile(
    "早|晚|提前|推迟|相差|共|还有|还剩|只剩|剩下|总|整|间隔|相隔|已经|才|过了|隔|total|left|only|already", re.IGNORECASE
)
_NEW_YEAR = re.compile("自然年|年度|清零|calendar year", re.IGNORECASE)
_POSTPONED = re.compile("顺延|推迟|周[六日末]|节假日|假期|postpone|next (?:business|working) day", re.IGNORECASE)
_NEAR = 8
_DAY = 24 * 60
_HALF_OF_DAY = re.compile("(?:[上下中]午|晚上?|早上?|凌晨|夜里)$")


def follows_in_time(one: Quantity, text: str, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """said: the numbers of the sentence and the customer; near: those of the evidence that may be meant."""
    if one.kind == "date":
        return _is_day(one, text, said, near)
    if one.kind == "days":
        told = _COUNTED.search(text, max(0, one.start - _NEAR), one.end + 4) is not None
        return _is_count(one, said, near if told else ())
    if one.kind == "time":
        return _is_hour(one, text, said, near)
    if one.kind == "months":
        return _is_months(one, said, near)
    if one.kind == "号":
        return _is_day_of_month(one, text, said, near)
    return _is_wait(one, said, near)


def _of_month(some: Sequence[Quantity]) -> set[int]:
    """The days that are told without their month ("账单日5号")."""
    return {key[3] for one in some for key in one.keys if key[:3] == ("date", None, None) and isinstance(key[3], int)}


def _is_day_of_month(one: Quantity, text: str, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """ "账单日5号，往后20天就是25号"; "15号扣款，14号晚上前存好"."""
    wanted = _of_month([one])
    spans = [days for months, days in (*_spans(said), *_spans(near)) if not months]
    bases = _of_month(said)
    if any(base + days - early in wanted for base in bases for days in spans for early in (0, 1)):
        return True
    around = text[max(0, one.start - _NEAR) : one.end + _NEAR]
    if _THE_LAST.search(around) is not None and any(base - 1 - rest in wanted for base in bases for rest in range(3)):
        return True  # the working day before may lie before a weekend
    # "3月3号收到的，10日内，最晚13号".
    dates = [day for day, _ in _dates(said)]
    reached = {day + timedelta(days) for day in dates for days in (0, *spans)}
    return any(day.day in wanted for day in reached)


def _is_months(one: Quantity, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """ "整整半年" between two days of the evidence or the sentence."""
    days = [day for day, _ in (*_dates(said), *_dates(near))]
    value = one.keys[0][1]
    months = sorted({int(str(key[2])) for other in said for key in other.keys if key[0] == "date" and key[2]})
    if any(value == last - first + 1 for first in months for last in months if first < last):
        return True  # "2月到7月一共六个月"
    return isinstance(value, Decimal) and any(
        _moved(left, int(value)) in {right, right + timedelta(1)} for left in days for right in days if left < right
    )


def _is_day(one: Quantity, text: str, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    wanted = [(key[1], key[2], key[3]) for key in one.keys if key[0] == "date" and key[2] and key[3]]
    if not wanted:
        return _is_month(one, said, near)
    if any(of_month in _of_month(said) and year is None for year, _, of_month in wanted):
        return True  # "3月5日的账单日", where the customer's is the 5th
    bases = [*_dates(said), *_dates(near)]
    results: set[date] = set()
    for base, own in bases:
        spans = [*_spans(said), *(_spans(near) if own or base in {day for day, _ in _dates(said)} else ())]
        for months, days in spans:
            for way in (1, -1):
                moved = _moved(base, way * months)
                if moved is not None:
                    results |= {moved + timedelta(way * days + step) for step in (0, -way)}
    around = text[max(0, one.start - _NEAR) : one.end + _NEAR]
    if _NEW_YEAR.search(text):
        results |= {date(_ANY_YEAR, 1, 1), date(_ANY_YEAR, 12, 31)}
    results |= {base + timedelta(1) for base, _ in bases if _THE_NEXT.search(around)}
    results |= {base - timedelta(1) for base, _ in bases if _THE_LAST.search(around)}
    if _POSTPONED.search(text):
        results |= {base + timedelta(days) for base, _ in bases for days in (1, 2, 3)}
    # T+2 counts working days, so that a weekend may lie between.
    settled = [int(str(key[2])) for other in (*said, *near) for key in other.keys if key[0] == "settlement"]
    results |= {base + timedelta(days + more) for base, _ in _dates(said) for days in settled for more in range(4)}
    return any(
        (day.month, day.day) == (month, of_month) and (year is None or year == day.year or day.year == _ANY_YEAR)
        for day in results
        for year, month, of_month in wanted
    )


def _is_month(one: Quantity, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """ "2021年2月还清，到2026年2月": so many months on from one that is said."""
    spans = [months for months, _ in (*_spans(said), *_spans(near)) if months]
    bases = {(key[1], key[2]) for other in said for key in other.keys if key[0] == "date" and key[1] and key[2]}
    wanted = {(key[1], key[2]) for key in one.keys if key[0] == "date" and key[2]}
    return any(
        (moved.year, moved.month) in wanted or (None, moved.month) in wanted
        for year, month in bases
        for span in spans
        for way in (1, -1)
        if (moved := _moved(date(int(str(year)), int(str(month)), 1), way * span)) is not None
    )


def _dates(some: Sequence[Quantity]) -> list[tuple[date, bool]]:
    """The days that are told in full, or without their year; whether the year is missing."""
    found = []
    for one in some:
        for key in one.keys:
            if key[0] == "date" and key[2] and key[3]:
                try:
                    day = date(int(str(key[1] or _ANY_YEAR)), int(str(key[2])), int(str(key[3])))
                except ValueError:
                    continue
                found.append((day, key[1] is None))
                break
    return found


def _spans(some: Sequence[Quantity]) -> Iterator[tuple[int, int]]:
    """Months and days."""
    for one in some:
        kind, value = one.keys[0][0], one.keys[0][-1]
        if isinstance(value, Decimal) and value == value.to_integral_value() and 0 < value < 2000:
            if kind == "days":
                yield 0, int(value)
            elif kind == "months":
                yield int(value), 0


def _moved(day: date, months: int) -> date | None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    return None


def _is_count(one: Quantity, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """ "一共78天" between two days; "还有3天"."""
    value = one.keys[0][1]
    days = [day for day, _ in (*_dates(said), *_dates(near))]
    mine = {day for day, _ in _dates(said)}
    return any(
        (gap := abs((left.replace(year=_year(left, right)) - right).days)) and value in {gap - 1, gap, gap + 1}
        for left in mine
        for right in days
        if left != right
    )


def _year(left: date, right: date) -> int:
    return (
        right.year if _ANY_YEAR in {left.year, right.year} and not (left.month == 2 and left.day == 29) else left.year
    )


def _times(some: Sequence[Quantity]) -> list[int]:
    return [key[1] for one in some for key in one.keys if key[0] == "time" and isinstance(key[1], int)]


def _waits(some: Sequence[Quantity]) -> list[int]:
    return [int(key[1]) for one in some for key in one.keys if key[0] == "minutes" and isinstance(key[1], Decimal)]


def _is_hour(one: Quantity, text: str, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    """ "下午2点报的，24小时就是明天下午2点": an hour of the customer's, or one moved by a wait."""
    wanted = {key[1] for key in one.keys if key[0] == "time"}
    hours, waits = _times(said), [*_waits(said), *_waits(near)]
    if ":" not in one.text and not _HALF_OF_DAY.search(text, max(0, one.start - 2), one.start):
        # "您11点还", of the customer's 晚上11点.
        half = _DAY // 2
        if any(isinstance(hour, int) and (hour + half) % _DAY in hours for hour in wanted):
            return True
    return any((hour + way * wait) % _DAY in wanted for hour in hours for wait in waits for way in (1, -1))


def _is_wait(one: Quantity, said: Sequence[Quantity], near: Sequence[Quantity]) -> bool:
    hours = _times(said)
    gaps = {abs(left - right) for left in hours for right in (*hours, *_times(near))}
    return one.keys[0][1] in {*gaps, *(_DAY - gap for gap in gaps if gap)}
