"""Amounts worked out by a count the sentence tells: so much a month for a year ("每月2元，一年24元"), for so many
copies, grams or instalments, so many times another, at a rate of exchange ("9000积分换500里程").

The count and the result bear each other out; a result that fits no amount of the evidence follows from nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from itertools import chain, pairwise
from typing import NamedTuple

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.charged import SAME, charged_for
from guardrails.numbers.dates import days_of_spans
from guardrails.numbers.facts import Line
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.worked import MOST_TOLD, Told, values_between

_REACH = 16
# What a count of a sentence counts, by the kind of its unit.
_COUNTS = frozenset({"期", "份", "张", "次", "笔", "户", "人", "克", "个", "只", "平方米", "公里", "页"})
_NO_WORDS: frozenset[str] = frozenset()
_YEAR = Decimal(12)
_IN_A_YEAR = {"月": (Decimal(12),), "季": (Decimal(4),), "日": (Decimal(365), Decimal(360)), "周": (Decimal(52),)}
_YEARLY = re.compile("每年|全年|年化|整年|一整年|a year|per year|per annum|annual|yearly", re.IGNORECASE)
_FREE_FIRST = re.compile("(?:前|首|头|first )$", re.IGNORECASE)
_ABOUT = re.compile(r"约|近|差不多|左右|将近|接近|about|almost|nearly|roughly", re.IGNORECASE)
_TIMES = re.compile("(?:是|为|相当于|等于)")
_TOLERANCE = Decimal("0.05")


class _Price(NamedTuple):
    """So much for each unit."""

    value: Decimal
    kind: object
    unit: str


class _Count(NamedTuple):
    """So many units. start: of the number in the sentence, None where a word ("每年") says it."""

    value: Decimal
    unit: str
    start: int | None


def multiplied(told: Told) -> set[int]:
    """Where the numbers start that are such results, and the counts they were worked out by."""
    if len(told.quantities) > MOST_TOLD:
        return set()
    return (
        _priced(told)
        | _ratios(told)
        | _counted(told)
        | _rounded(told)
        | _exchanged(told)
        | _apart(told)
        | _recurring(told)
    )


def _priced(told: Told) -> set[int]:
    units = charged_for(told.text, told.quantities, told.around)
    said = told.words
    asked = told.asked.words
    counts: list[_Count] | None = None
    found: set[int] = set()
    held: dict[object, list[_Price]] = {}
    own: list[_Price] = []
    for one, each in zip(told.quantities, units, strict=True):
        value = amount_of(one)
        if one.kind not in {"money", "percent"} or value is None:
            continue
        kind = one.keys[0][0]
        prices = [price for price in own if price.kind == kind]
        if not prices:
            if kind not in held:
                held[kind] = _nearest(told.lines, kind, said) or _nearest(told.lines, kind, asked)
            prices = held[kind]
        for price in prices:
            # What a sentence says of each unit is no total of it; a yearly rate is never added up over years.
            if price.unit in each or (price.unit == "年" and one.kind == "percent"):
                continue
            if price.unit == "年" and any(value * times == price.value for unit in each for times in _parts(unit)):
                found.add(one.start)
            counts = list(_counts(told)) if counts is None else counts
            for count in counts:
                if count.unit == price.unit and count.value > 1 and price.value * count.value == value:
                    found |= {one.start} if count.start is None else {one.start, count.start}
        found |= _split(told.text, one, units, told.quantities)
        own += [_Price(value, kind, unit) for unit in each]
    return found


_DIVIDED = re.compile(" ?(?:分成?|拆成?)")


def _split(text: str, one: Quantity, units: Sequence[frozenset[str]], quantities: Sequence[Quantity]) -> set[int]:
    """ "12000元分12期，每期本金1000元": the amount of an example, and what it makes by the piece."""
    count = next((other for other in quantities if other.start >= one.end and other.kind == "期"), None)
    times = amount_of(count) if count is not None and _DIVIDED.match(text, one.end) else None
    whole = amount_of(one)
    if not times or whole is None:
        return set()
    return {
        start
        for other, each in zip(quantities, units, strict=True)
        if "期" in each and other.kind == "money" and (part := amount_of(other)) is not None and part * times == whole
        for start in (one.start, other.start)
    }


def _parts(unit: str) -> Sequence[Decimal]:
    """How often the unit goes into a year ("一年12000元，平均每月1000元")."""
    return _IN_A_YEAR.get(unit, ())


def _counts(told: Told) -> Iterator[_Count]:
    free, free_times = _free(told, "months"), _free(told, "笔")
    if _YEARLY.search(told.text) is not None:
        yield from _of_months(_YEAR, None, free)
    for one in told.quantities:
        value = amount_of(one)
        if value is None:
            continue
        if one.kind == "months":
            yield from _of_months(value, one.start, free)
        elif one.keys[0][:2] == ("ordinal", "年") and value == 1:
            yield from _of_months(_YEAR, one.start, free)
        elif one.kind == "days":
            yield _Count(value, "日", one.start)
        elif one.kind in _COUNTS and value > 1:
            unit = SAME.get(one.kind, one.kind)
            yield _Count(value, unit, one.start)
            yield from (_Count(value - some, unit, one.start) for some in free_times if unit == "笔" and some < value)


_FREE = re.compile("免|不收|free|waive", re.IGNORECASE)
_FREE_YEAR = re.compile("首年[^,，;；。]{0,8}免|首年[^,，;；。]{0,8}不收|首年免|首两年[^,，;；。]{0,6}免")


def _free(told: Told, kind: str) -> set[Decimal]:
    """How much of what is counted is free at first, by the sentence or by a line that speaks of the same."""
    said = told.words | told.asked.words
    texts = [(told.text, told.quantities)]
    texts += [(line.text, line.quantities) for line in told.lines if said & line.words]
    found = set()
    for text, quantities in texts:
        for one in quantities:
            if not any(key[0] == kind for key in _both_ways(one)) or (value := amount_of(one)) is None:
                continue
            first = _FREE_FIRST.search(text, max(0, one.start - 6), one.start)
            if first or _FREE.search(text, max(0, one.start - 10), one.end + 6):
                found.add(value)
        if kind == "months" and _FREE_YEAR.search(text):
            found.add(_YEAR)
    return found


def _both_ways(one: Quantity) -> Iterator[tuple[object, ...]]:
    yield from one.keys
    # "3 free per month" leaves out what is free.
    yield from (("笔", key[1]) for key in one.keys if key[0] in {"次", "plain"})


def _of_months(months: Decimal, start: int | None, free: Collection[Decimal]) -> Iterator[_Count]:
    for value in (months, *(months - one for one in free if one < months)):
        yield _Count(value, "月", start)
        if value % 3 == 0:
            yield _Count(value / 3, "季", start)
        if value == _YEAR:
            yield from (_Count(times, unit, start) for unit in ("日", "周") for times in _IN_A_YEAR[unit])
        if value % _YEAR == 0:
            yield _Count(value / _YEAR, "年", start)


def _nearest(lines: Sequence[Line], kind: object, said: frozenset[str]) -> list[_Price]:
    """The prices of the evidence that share the most words with the sentence, and at least one."""
    prices: list[tuple[int, _Price]] = []
    for line in lines:
        if not any(key[0] == kind for key in line.keys):
            continue
        words = {one.start: clause.words for clause in line.clauses for one in clause.quantities}
        said_here = said & line.words
        for one, units in zip(line.quantities, line.units, strict=True):
            value = amount_of(one)
            if one.keys[0][0] != kind or value is None:
                continue
            if units:
                shared = len(said_here | (said & words.get(one.start, _NO_WORDS)))
                prices += [(shared, _Price(value, kind, unit)) for unit in units]
    most = max((shared for shared, _ in prices), default=0)
    return [price for shared, price in prices if shared == most and most > 0]


def _ratios(told: Told) -> set[int]:
    """ "是动态令牌的两倍": of two numbers of the sentence, or of one and the evidence's of what stands after 是."""
    found = set()
    for one in told.quantities:
        times = amount_of(one)
        if one.kind != "倍" or not times:
            continue
        about = _ABOUT.search(told.text, max(0, one.start - _REACH), min(len(told.text), one.end + 3)) is not None
        before = [other for other in told.quantities if other.end <= one.start and other.kind in {"money", "percent"}]
        link = max((match.end() for match in _TIMES.finditer(told.text, 0, one.start)), default=None)
        # "刷脸后的限额是默认的10倍": neither amount is told.
        for kind in dict.fromkeys(other.keys[0][0] for other in before) or ("CNY", "percent"):
            values = [value for other in before if other.keys[0][0] == kind if (value := amount_of(other))]
            others = values_between(told, kind, link, one.start) if link is not None else set()
            values = values or list(values_between(told, kind, 0, link or 0))
            if any(_is_times(left, right, times, about) for left in values for right in chain(values, others)):
                found.add(one.start)
    return found


def _is_times(left: Decimal, right: Decimal, times: Decimal, about: bool) -> bool:
    larger, smaller = max(left, right), min(left, right)
    exact = smaller * times
    return larger == exact or (about and bool(exact) and abs(larger - exact) <= exact * _TOLERANCE)


_BETWEEN = re.compile(r"\s*(?:[、/]|或者?|和|及)\s*")


def _counted(told: Told) -> set[int]:
    """ "共10天" of a span of dates, "共5档" of what the evidence lists."""
    said = told.words
    found = set()
    for one in told.quantities:
        value = amount_of(one)
        if value is None or value <= 2 or one.bound or one.kind not in {"days", "个", "级", "期"}:
            continue
        if one.kind == "期" and any(("months", value) in other.keys for other in told.quantities):
            found.add(one.start)  # "三年一共36期"
            continue
        lines = (line for line in told.lines if said & line.words)
        if one.kind == "days":
            sizes = chain(
                days_of_spans(told.text, told.quantities),
                chain.from_iterable(days_of_spans(line.text, line.quantities) for line in lines),
            )
        else:
            sizes = chain.from_iterable(map(_lists, lines))
        if value in sizes:
            found.add(one.start)
    return found


def _lists(line: Line) -> Iterator[Decimal]:
    """How long each row of numbers of one kind is ("3个月、6个月、12个月")."""
    length = 1
    for first, second in pairwise((*line.quantities, None)):
        assert first is not None
        if second and first.kind == second.kind and _BETWEEN.fullmatch(line.text, first.end, second.start):
            length += 1
            continue
        yield Decimal(length)
        length = 1


_NOT_QUITE = re.compile("(?:不到|不足|将近|接近|近|差不多|约|大约|大概|about|around|nearly|almost) ?$", re.IGNORECASE)
_OR_SO = re.compile("左右|上下|的样子|出头")
_DAYS_OF_MONTH = Decimal(30)


def _rounded(told: Told) -> set[int]:
    """ "299元，不到三百块", "三个月左右，即90天": about as much as another number of the sentence."""
    found = set()
    for one in told.quantities:
        value = amount_of(one)
        near = _NOT_QUITE.search(told.text, max(0, one.start - 8), one.start) or _OR_SO.match(told.text, one.end)
        if near is None or not value:
            continue
        others = (_alike(one, other) for other in told.quantities if other is not one)
        if any(other is not None and abs(other - value) <= value * _TOLERANCE for other in others):
            found.add(one.start)
    return found


def _alike(one: Quantity, other: Quantity) -> Decimal | None:
    """The other's value in the unit of the one."""
    value = amount_of(other)
    if value is None or other.keys[0][0] == one.keys[0][0]:
        return value
    return {("months", "days"): value / _DAYS_OF_MONTH, ("days", "months"): value * _DAYS_OF_MONTH}.get(
        (one.kind, other.kind)
    )


_NOUN = re.compile("[\u4e00-\u9fff]{2}")
_MADE_INTO = re.compile("换|兑|抵|[可以能会再就]得|[累积送返]|是$")


def _exchanged(told: Told) -> set[int]:
    """ "9000积分可以换500里程", where 18积分 is 1里程; "刷200元得10个积分", where 20元 is one."""
    found: set[int] = set()
    for first, second in pairwise(told.quantities):
        rate = _exchange(told.text, first, second)
        if rate is None:
            continue
        if any(
            rate == _exchange(line.text, one, other) for line in told.lines for one, other in pairwise(line.quantities)
        ):
            found |= {first.start, second.start}
    return found


def _exchange(text: str, first: Quantity, second: Quantity) -> tuple[str, str, Decimal] | None:
    """What is exchanged for what, and how much of it for one."""
    if second.start - first.end > _REACH or not _MADE_INTO.search(text, first.end, second.start):
        return None
    what, other = _counted_as(text, first), _counted_as(text, second)
    left, right = amount_of(first), amount_of(second)
    if not left or not right or not what or not other or what == other:
        return None
    return what, other, left / right


def _counted_as(text: str, one: Quantity) -> str:
    """Points and money by their unit, what has none by the noun after it; "" of what is never exchanged."""
    if one.kind != "plain":
        return str(one.keys[0][0]) if one.kind in {"分", "money"} else ""
    noun = _NOUN.match(text, one.end)
    return noun.group() if noun else ""


_RECURRING = re.compile("[按每逢]个?([季月周])")


def _recurring(told: Told) -> set[int]:
    """ "一年结四次", where it is done 按季."""
    years = [one for one in told.quantities if one.text in {"一年", "1年"}]
    times = [one for one in told.quantities if one.kind == "次" and not one.bound]
    if not times or not (years or _YEARLY.search(told.text)):
        return set()
    said = told.words
    lines = (line.text for line in told.lines if said & line.words)
    counts = {_IN_A_YEAR[unit][0] for text in lines for unit in _RECURRING.findall(text)}
    found = {one.start for one in times if amount_of(one) in counts}
    return found | {one.start for one in years if found}


_EARLIER = re.compile("早|晚|提前|推迟|earlier|later", re.IGNORECASE)


def _apart(told: Told) -> set[int]:
    """ "比对私业务早半小时": two times of what is spoken of are so far apart."""
    if not _EARLIER.search(told.text):
        return set()
    said = told.words
    held = chain(told.quantities, *(line.quantities for line in told.lines if said & line.words))
    times = {key[1] for one in held for key in one.keys if key[0] == "time" and isinstance(key[1], int)}
    return {
        one.start
        for one in told.quantities
        if one.kind == "minutes" and (value := amount_of(one)) and any(time + int(value) in times for time in times)
    }
