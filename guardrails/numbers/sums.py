"""The sums, differences, shares and multiples that the numbers of a sentence may come to, and whether one is the number
that is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import chain, combinations

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.elapsed import follows_in_time
from guardrails.numbers.own import THINGS, may_be_one, unit_of
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.units import MONEY

_SUM = re.compile(
    r"合计|共|总|一起|加|add|连同|全部|到手|连本带利|本息|total|sum|altogether|plus|both|combined|in all", re.IGNORECASE
)
_DIFFERENCE = re.compile(
    r"[多少高低差剩省余贵涨跌降减扣退欠缺再比]|超[出了]|便宜|还能|还可|还要|实[付际收]|净|只[要需付收]|折后|优惠|到手|better|more|less|higher|lower"
    r"|difference|save|left|remain|short|still|cheaper|off|exceed|over|minus|net|another|further",
    re.IGNORECASE,
)
_HALF = re.compile("一半|减半|半价|对折|对半|half", re.IGNORECASE)
_ABOUT = re.compile(
    r"约|大概|左右|差不多|上下|将近|接近|近|about|around|roughly|approximately|nearly|almost|~", re.IGNORECASE
)
_SHARE = re.compile("占|相当|[跌涨升降增减]|幅|打|倍|折|[^利费汇税]率|比例|share|equal", re.IGNORECASE)
# Right before a count or a term that is what is left, or what is more.
_LEFT = re.compile("[还再]|[多少差剩余早晚超短长]|不够|提前|left|more|another|less|short", re.IGNORECASE)
_ADJACENT = 6
_ON_TOP = re.compile("上浮|上调|加[收上成]?|罚|plus|above", re.IGNORECASE)
_OFF = re.compile("下浮|下调|[减降折]|优惠|minus|below|discount", re.IGNORECASE)
_TIMES_OF_YEAR = {"months": (Decimal(1), Decimal(3), Decimal(12))}
# Characters around a result in which the word stands that says how it was reached.
_BEFORE, _AFTER = 14, 6
_CENT, _HUNDRED, _YEAR = Decimal("0.01"), Decimal(100), Decimal(12)
_DAYS_OF_YEAR = (Decimal(360), Decimal(365))
_OLDEST = 120
_LOOSE = Decimal("0.02")
_NO_AMOUNT = frozenset(
    {"date", "time", "phone", "code", "ordinal", "ratio", "words", "settlement", "号", "percent", "折", "倍"}
)
# Numbers of these are small, and one of them is soon the sum of two others.
EASY = THINGS | {"次", "笔", "期", "months", "days", "workdays", "级", "步", "克", "岁", "minutes"}
_IN_TIME = frozenset({"date", "time", "days", "minutes", "months", "号"})
_PARTED = re.compile("[分要需每笔批次共以计]|可以|times|in ", re.IGNORECASE)


@dataclass(frozen=True)
class Sums:
    """said: the numbers of the sentence and the customer; near: those of the evidence that may be meant; wide: more of
    them. compares: whether numbers of which none is the customer's may be held against each other."""

    text: str
    said: Sequence[Quantity]
    near: Sequence[Quantity]
    wide: Sequence[Quantity]
    compares: bool = True

    def give(self, one: Quantity) -> bool:
        if one.kind in _IN_TIME and follows_in_time(one, self.text, self.said, self.near):
            return True
        value = amount_of(one)
        if value is None or not value or one.kind in {"phone", "code", "ordinal", "settlement"}:
            return False
        unit = unit_of(one)
        around, adds, differs = self._cues(one)
        wanted = _Wanted(value, _places(one), is_about(self.text, one))
        if unit in EASY:
            differs = _LEFT.search(self.text, max(0, one.start - _ADJACENT), one.start) is not None
        if unit == "岁":
            adds = differs = True
        if unit in EASY or (unit == "plain" and value < _HUNDRED):
            parted = unit != "months" and _PARTED.search(around) is not None
            results = chain(self._added(unit, adds, differs), self._parts(unit) if parted else ())
        else:
            results = chain(
                self._added(unit, adds, differs),
                self._multiplied(unit),
                self._left_over(unit),
                self._shares() if unit in {"percent", "倍", "折"} and _SHARE.search(around) else (),
                self._loaded() if unit == "percent" else (),
            )
        return any(wanted.is_(result) for result in results)

    def adds_up(self, one: Quantity) -> bool:
        value = amount_of(one)
        _, adds, differs = self._cues(one)
        return value is not None and any(value == result for result in self._added(unit_of(one), adds, differs))

    def is_share(self, one: Quantity) -> bool:
        """ "5000的10%是500"."""
        bases, rates = self._of(self.said, unit_of(one)), self._of(self.near, "percent")
        value = amount_of(one)
        return any(base * rate / _HUNDRED == value for base in bases for rate in rates)

    def _cues(self, one: Quantity) -> tuple[str, bool, bool]:
        """What stands around the number, and whether a word there adds up or compares."""
        around = self.text[max(0, one.start - _BEFORE) : one.end + _AFTER]
        return around, _SUM.search(around) is not None, _DIFFERENCE.search(around) is not None

    def _of(self, some: Sequence[Quantity], unit: object) -> list[Decimal]:
        """Their values in the unit."""
        values = [value for one in some for value in in_unit(one, unit)]
        return list(dict.fromkeys(values))

    def _added(self, unit: object, adds: bool, differs: bool) -> Iterator[Decimal]:
        said, near = self._of(self.said, unit), self._of(self.wide, unit)
        if adds:
            yield from (left + right for left, right in combinations(said, 2))
            yield from (left + left for left in said)
            yield sum(said, Decimal(0))
            yield from (first + second + third for first, second, third in combinations(said[:8], 3))
            yield from (left + right for left in said for right in near)
        if unit == "percent":
            yield from (_HUNDRED - left for left in said)
        if differs and self.compares:
            yield from (abs(left - right) for left, right in combinations(said, 2))
            yield from (abs(left - right) for left in said for right in near)

    def _multiplied(self, unit: object) -> Iterator[Decimal]:
        """A share of an amount, so many at a price, a half."""
        said, near = self._of(self.said, unit), self._of(self.near, unit)
        rates = dict.fromkeys((*self._of(self.said, "percent"), *self._of(self.near, "percent")))
        days = self._of(self.said, "days")
        months = self._of(self.said, "months")
        if unit in MONEY or unit == "plain":
            for base in said:
                for rate in rates:
                    share = base * rate / _HUNDRED
                    yield from (share, base - share, base + share)
                    yield from (share * day for day in days)
                    yield from (share * day / year for day in days for year in _DAYS_OF_YEAR)
                    yield from (share * month / _YEAR for month in months)
            for currency in MONEY - {unit}:
                for base in self._of(self.said, currency):
                    yield from (base * price / per for price in (*said, *near) for per in (1, _HUNDRED))
        if _HALF.search(self.text):
            yield from (base / 2 for base in (*said, *near))
        for some in (self.said, self.near):
            for one in some:
                value = amount_of(one)
                if value is None or one.kind not in {"折", "倍"}:
                    continue
                factor = value / 10 if one.kind == "折" else value
                yield from (base * factor for base in (*said, *(near if some is self.said else ())))
        if unit == "percent":
            return
        for one in self.said:
            times = amount_of(one)
            if times is None or times < 2 or one.kind in _NO_AMOUNT or one.kind == "money":
                continue
            # "每10份派0.18元", of 30,000.
            lots = [lot for lot in self._of(self.near, unit_of(one)) if 1 < lot < times]
            yield from (price * times / lot for price in near for lot in lots)
            for per in _TIMES_OF_YEAR.get(one.kind, (Decimal(1),)):
                count = times / per
                yield from (price * count for price in (*said, *near) if count > 1)
                yield from (whole / count for whole in said)

    def _parts(self, unit: object) -> Iterator[Decimal]:
        """How many times an amount of the evidence goes into one that is said ("8万要取4天")."""
        # "三项合计25元" are no three times 10元.
        wholes = frozenset[str]() if unit in THINGS else MONEY
        for kind in {unit_of(one) for one in self.said} & (wholes | {"plain", "克", "份", "minutes", "days", "months"}):
            for whole in self._of(self.said, kind):
                for part in self._of(self.near, kind):
                    if 0 < part < whole and kind != unit:
                        share = whole / part
                        yield from (share.to_integral_value(ROUND_CEILING), share.to_integral_value(ROUND_FLOOR))
        yield from self._left_over(unit)

    def _left_over(self, unit: object) -> Iterator[Decimal]:
        """What is whole of it, and what is left ("23克最多能提20克，剩3克")."""
        whole_of = self._of(self.said, unit)
        for whole in whole_of:
            for part in (*whole_of, *self._of(self.near, unit)):
                if 1 < part < whole:
                    left = whole % part
                    yield from (left, whole - left) if left else ()

    def _shares(self) -> Iterator[Decimal]:
        """What part one number is of another, in hundredths, tenths and times; how much more or less."""
        for kind in {unit_of(one) for one in (*self.said, *self.near)} - _NO_AMOUNT | {"percent"}:
            said = self._of(self.said, kind)
            for left in said:
                for right in (*said, *self._of(self.near, kind)):
                    if left and right and left != right:
                        for part in (left / right, right / left):
                            yield from (part, part * 10, part * _HUNDRED, abs(1 - part) * _HUNDRED)

    def _loaded(self) -> Iterator[Decimal]:
        """A rate with another on top of it or off it."""
        said, near = self._of(self.said, "percent"), self._of(self.near, "percent")
        ways = [sign for sign, word in ((1, _ON_TOP), (-1, _OFF)) if word.search(self.text)]
        for left in said:
            for right in (*said, *near):
                yield from (left * (1 + way * right / _HUNDRED) for way in ways)


@dataclass(frozen=True, slots=True)
class _Wanted:
    value: Decimal
    places: Decimal
    about: bool

    def is_(self, result: Decimal) -> bool:
        if result <= 0:
            return False
        if self.about and abs(result - self.value) <= self.value * _LOOSE:
            return True
        return self.value == result or (
            result != result.to_integral_value() and self.value == result.quantize(self.places, ROUND_HALF_UP)
        )


def _places(one: Quantity) -> Decimal:
    """How exactly the number is told."""
    decimals = re.search(r"\.(\d+)", one.text)
    exponent = (
        Decimal(1).scaleb(-len(decimals.group(1))) if decimals else _CENT if unit_of(one) in MONEY else Decimal(1)
    )
    return exponent * 10_000 if "万" in one.text and decimals else exponent


def is_about(text: str, one: Quantity) -> bool:
    return _ABOUT.search(text, max(0, one.start - 4), min(len(text), one.end + 3)) is not None


def in_unit(one: Quantity, unit: object) -> Collection[Decimal]:
    value, own = amount_of(one), unit_of(one)
    if value is None or (one.kind in _NO_AMOUNT and own != unit):
        return ()
    if may_be_one(own, unit):
        return (value,)
    if unit == "months" and own in {"岁", "plain"}:
        return (value * _YEAR,) if value < _OLDEST else ()
    if unit in {"岁", "plain"} and own == "months":
        return (value / _YEAR,)
    if unit in THINGS and own in THINGS:
        return (value,)
    return ()
