"""When people answer: the tenant's hours over the Chinese calendar of working days, exchanged days and holidays.

The calendar is published once a year; for a year it does not know yet, Monday to Friday count as working days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import chinese_calendar

from app.clock import SHANGHAI
from app.handoff.rules import DeskRules

# The longest look ahead for the next opening; the longest holiday has nine days.
_AHEAD = 31
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


@dataclass(frozen=True, slots=True)
class Day:
    """name: of the holiday, None on ordinary days."""

    workday: bool
    name: str | None


def day_of(day: date) -> Day:
    try:
        workday = chinese_calendar.is_workday(day)
        _, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return Day(day.weekday() < 5, None)
    return Day(workday, None if workday or name is None else _NAMES.get(name, name))


class Hours:
    def __init__(self, rules: DeskRules) -> None:
        self._rules = rules

    def is_open(self, now: datetime) -> bool:
        return self.closes_at(now) is not None

    def closes_at(self, now: datetime) -> datetime | None:
        """When today's hours end; None when nobody is there now."""
        span = self._span(now.astimezone(SHANGHAI).date())
        return span[1] if span is not None and span[0] <= now < span[1] else None

    def opens_at(self, now: datetime) -> datetime | None:
        """The next opening after now; None when open, or when there is none within a month."""
        if self.is_open(now):
            return None
        return next((start for start, _ in self._spans(now) if start > now), None)

    def after(self, now: datetime, seconds: float) -> datetime:
        """The moment at which that many open seconds have passed; when it never opens, plain seconds."""
        left = timedelta(seconds=seconds)
        for start, end in self._spans(now):
            begin = max(start, now)
            if end > begin:
                if end - begin >= left:
                    return begin + left
                left -= end - begin
        return now + timedelta(seconds=seconds)

    def slots(self, now: datetime) -> list[datetime]:
        """Full hours, within open hours, at which somebody can call back; the earliest first."""
        earliest = now + timedelta(seconds=self._rules.callback_after_s)
        found: list[datetime] = []
        for start, end in self._spans(now):
            slot = start if start.minute == 0 else start.replace(minute=0) + timedelta(hours=1)
            while slot < end and len(found) < self._rules.callback_slots:
                if slot >= earliest:
                    found.append(slot)
                slot += timedelta(hours=1)
            if len(found) == self._rules.callback_slots:
                break
        return found

    def _spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open spans of today and the days that follow."""
        today = now.astimezone(SHANGHAI).date()
        for ahead in range(_AHEAD):
            span = self._span(today + timedelta(days=ahead))
            if span is not None:
                yield span

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        if day in self._rules.special_days:
            span = self._rules.special_days[day]
        else:
            span = self._rules.hours.workday if day_of(day).workday else self._rules.hours.holiday
        return None if span is None else (_moment(day, span[0]), _moment(day, span[1]))


def _moment(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)
