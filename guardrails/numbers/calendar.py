"""Dates and clock times as a bank writes them: 2026年7月1日, 二〇二六年七月一日, July 1, 2026, 下午3点."""

from __future__ import annotations

import re

from guardrails.numbers.chinese import CHARACTERS, read_numeral

_D = "[〇零一二三四五六七八九十]"
_MONTHS = {
    m: i
    for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)
}
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"

_FULL = re.compile(r"((?:19|20)\d\d) ?(?:年|[-/.]) ?(\d{1,2}) ?(?:月|[-/.]) ?(\d{1,2})(?!\d)(?![.%]\d) ?(?:日|号)?")
_CN_FULL = re.compile(f"([〇零一二三四五六七八九]{{4}})年(?:({_D}{{1,3}})月(?:({_D}{{1,3}})[日号])?)?")
_YEAR_MONTH = re.compile(r"((?:19|20)\d\d) ?(?:年 ?(\d{1,2}) ?月|-(0[1-9]|1[0-2]))(?![\d-])")
_SHORT_YEAR = re.compile(r"(\d\d)年(\d{1,2})月(?:(\d{1,2})[日号])?(?!\d)")
_MONTH_DAY = re.compile(r"(\d{1,2}) ?月 ?(\d{1,2}) ?(?:日|号)")
_CN_MONTH_DAY = re.compile(f"({_D}{{1,2}})月({_D}{{1,3}})[日号]")
_YEAR = re.compile(r"((?:19|20)\d\d) ?年(?!期)")
_MONTH_ONLY = re.compile(f"(?:(\\d{{1,2}})|({_D}{{1,2}})) ?月(?!期|\\d|均|供|薪|收|租|费|结|付|末?交)(?:份|末|初|底)?")
_COMPACT = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_EN_MDY = re.compile(_MONTH + r" (\d{1,2})(?:st|nd|rd|th)?(?!\d)(?:,? ?((?:19|20)\d\d))?", re.IGNORECASE)
_EN_DMY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? (?:of )?" + _MONTH + r"(?:,? ?((?:19|20)\d\d))?", re.IGNORECASE)
_EN_MY = re.compile(_MONTH + r",? ((?:19|20)\d\d)", re.IGNORECASE)
# How any date or time that opens with a digit or a letter begins.
_DATED = re.compile(r"19|20|\d\d?(?: ?月|年\d|(?:st|nd|rd|th)? [A-Za-z])|[A-Za-z]", re.IGNORECASE)
_TIMED = re.compile(r"(?:\d\d?|[零一二两三四五六七八九十]{1,3})(?: ?[:aApP]|[点时])")
_CLOCK = re.compile(r"(\d{1,2}) ?: ?([0-5]\d)(?::[0-5]\d)?(?!\d) ?(a\.?m\.?|p\.?m\.?)?", re.IGNORECASE)
_CN_CLOCK = re.compile(
    r"(\d{1,2}|[零一二两三四五六七八九十]{1,3})(?:点(?=\d{1,2}分|[0-5]\d(?![\d.%元万个]))|点(?!\d)|时(?!间))"
    r"(?:(\d{1,2}|[零一二三四五六七八九十]{1,3})分(?!钟)|(半)|(整)|([0-5]\d)(?!\d))?"
)
_EN_CLOCK = re.compile(r"(\d{1,2}) ?(a\.?m\.?|p\.?m\.?)(?![A-Za-z])", re.IGNORECASE)
_AFTERNOON = re.compile("(?:下午|晚上|晚间|傍晚|晚)$")
_NIGHT = re.compile("(?:晚上?|夜里?|半夜)$")
_MORNING = re.compile("(?:上午|早上|早晨|凌晨|中午|清晨|每日|当日|次日|每天|早)$")

Date = tuple[int | None, int | None, int | None, int]


def read_date(text: str, at: int) -> Date | None:
    """(year, month, day, end) with None for what is not said, or None when no date starts at `at`."""
    if text[at] in CHARACTERS:
        return _chinese_date(text, at)
    if _DATED.match(text, at) is None:
        return None
    if match := _FULL.match(text, at) or _COMPACT.match(text, at):
        return _checked(int(match[1]), int(match[2]), int(match[3]), match.end())
    if match := _YEAR_MONTH.match(text, at):
        return _checked(int(match[1]), int(match[2] or match[3]), None, match.end())
    if match := _SHORT_YEAR.match(text, at):
        return _checked(2000 + int(match[1]), int(match[2]), int(match[3]) if match[3] else None, match.end())
    if match := _EN_MDY.match(text, at):
        return _checked(int(match[3]) if match[3] else None, _MONTHS[match[1].lower()[:3]], int(match[2]), match.end())
    if match := _EN_MY.match(text, at):
        return _checked(int(match[2]), _MONTHS[match[1].lower()[:3]], None, match.end())
    if match := _EN_DMY.match(text, at):
        return _checked(int(match[3]) if match[3] else None, _MONTHS[match[2].lower()[:3]], int(match[1]), match.end())
    if match := _MONTH_DAY.match(text, at):  # 70月15日 is a date as well: one that no evidence has
        return (None, int(match[1]), int(match[2]), match.end())
    if match := _YEAR.match(text, at):
        return _checked(int(match[1]), None, None, match.end())
    return _month(text, at)


def _chinese_date(text: str, at: int) -> Date | None:
    if match := _CN_FULL.match(text, at):
        return _checked(_cn(match[1]), _cn(match[2]), _cn(match[3]), match.end())
    if match := _CN_MONTH_DAY.match(text, at):
        return _checked(None, _cn(match[1]), _cn(match[2]), match.end())
    return _month(text, at)


def _month(text: str, at: int) -> Date | None:
    if (match := _MONTH_ONLY.match(text, at)) and (month := _cn(match[1] or match[2])) and 1 <= month <= 12:
        return (None, month, None, match.end())
    return None


def _cn(text: str | None) -> int | None:
    if not text:
        return None
    if text.isascii():
        return int(text)
    value = read_numeral(text)
    return None if value is None else int(value)


def _checked(year: int | None, month: int | None, day: int | None, end: int) -> Date | None:
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    return (year, month, day, end)


def read_time(text: str, at: int) -> tuple[int, int, bool] | None:
    """(minutes since midnight, end, certain): 9点 alone could also be a count of points."""
    if _TIMED.match(text, at) is None:
        return None
    afternoon = _AFTERNOON.search(text, max(0, at - 2), at) is not None
    if match := _CLOCK.match(text, at):
        hour, minute = int(match[1]), int(match[2])
        afternoon = afternoon or (match[3] or "").lower().startswith("p")
        return (_clock(hour, minute, afternoon), match.end(), True) if hour <= 24 else None
    if match := _EN_CLOCK.match(text, at):
        return (_clock(int(match[1]), 0, match[2].lower().startswith("p")), match.end(), True)
    if match := _CN_CLOCK.match(text, at):
        hour_value, minute_value = _cn(match[1]), 30 if match[3] else (_cn(match[2] or match[5]) or 0)
        sure = afternoon or "时" in match.group() or bool(match[2] or match[3] or match[4] or match[5])
        sure = sure or _MORNING.search(text, max(0, at - 2), at) is not None
        if hour_value is None or hour_value > 24 or (not sure and not match[1].isdigit()):
            return None
        if hour_value == 12 and _NIGHT.search(text, max(0, at - 2), at) is not None:
            hour_value = 24
        return (_clock(hour_value, minute_value, afternoon), match.end(), sure)
    return None


def _clock(hour: int, minute: int, afternoon: bool) -> int:
    return (hour + (12 if afternoon and hour < 12 else 0)) * 60 + minute
