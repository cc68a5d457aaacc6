"""What follows by plain arithmetic from the figures of a sentence, those of the customer and those that the evidence
has of what is spoken of: "8万要取4天", "还差1万", "3月5日起20天，到3月25日".

At least one operand is said in the sentence or by the customer; two of the evidence alone follow only where a word says
how ("一共", "比"). A number is looked at only when it stands nowhere in the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import chain, combinations

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.clauses import Clause, is_label
from guardrails.numbers.elapsed import follows_in_time
from guardrails.numbers.own import THINGS, is_same, is_supposed, is_told_back, may_be_one, own_figures, unit_of
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.units import MONEY
from guardrails.numbers.worked import MOST_TOLD, Told

_SUM = re.compile(
    r"合计|共|总|一起|加|add|连同|全部|到手|连本带利|本息|total|sum|altogether|plus|both|combined|in all", re.IGNORECASE
)
_DIFFERENCE = re.compile(
    r"[多少高低差剩省余贵涨跌降减扣退欠缺超再比]|便宜|还能|还可|还要|实[付际收]|净|只[要需付收]|折后|优惠|到手|better|more|less|higher|lower"
    r"|difference|save|left|remain|short|still|cheaper|off|exceed|over|minus|net|another|further",
    re.IGNORECASE,
)
_HALF = re.compile("一半|减半|半价|对折|对半|half", re.IGNORECASE)
_ABOUT = re.compile(
    r"约|大概|左右|差不多|上下|将近|接近|近|about|around|roughly|approximately|nearly|almost|~", re.IGNORECASE
)
_SHARE = re.compile("占|相当|[跌涨升降增减]|幅|打|倍|折|share|equal", re.IGNORECASE)
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
# So many numbers of the evidence may be what a sentence speaks of.
_NUMBERS = 40
# Of what followed in the sentences before, so much is remembered.
_KEPT = 8
_NO_AMOUNT = frozenset(
    {"date", "time", "phone", "code", "ordinal", "ratio", "words", "settlement", "号", "percent", "折", "倍"}
)
# Numbers of these are small, and one of them is soon the sum of two others.
_EASY = frozenset(
    {
        "次",
        "笔",
        "期",
        "months",
        "days",
        "workdays",
        "人",
        "户",
        "家",
        "份",
        "个",
        "级",
        "张",
        "步",
        "只",
        "克",
        "岁",
        "minutes",
    }
)
_IN_TIME = frozenset({"date", "time", "days", "minutes", "months", "号"})
_PARTED = re.compile("[分要需每笔批次共以计]|可以|times|in ", re.IGNORECASE)


def reckoned(
    told: Told, standing: Sequence[Quantity], failing: Sequence[Quantity], kept: Sequence[Quantity] = ()
) -> set[int]:
    """Where those of the failing numbers start that follow. standing: the sentence's numbers that stand or follow
    already. kept: what followed in the answer's sentences before it.

    A limit, a term or a count is too easily hit by chance: it follows from a figure of the customer's only.
    """
    if len(told.quantities) > MOST_TOLD:
        return set()
    limited = {one.start for one, around in zip(told.quantities, told.around, strict=True) if around.limit or one.bound}
    own = [*own_figures(told.asked), *kept[-_KEPT:]]
    near = _near(told, standing)
    wide = [*dict.fromkeys((*near, *_spoken_of(told)))]
    lines = list(told.lines)
    found: set[int] = set()
    mine, pool = [*own], [*standing, *own]
    for one in failing:
        if one.start not in limited and (
            is_told_back(one, own, told.text, standing, lines)
            or is_supposed(one, told.text)
            or _is_factor(one, told.text, [*pool, *near])
        ):
            found.add(one.start)
            mine.append(one)
            pool.append(one)
    told_back = any(one.start in found for one in failing)
    # What the customer said and is told back wrongly follows from nothing.
    failing = [one for one in failing if one.start in found or not any(is_same(one, figure) for figure in own)]
    grown = True
    while grown:
        grown = False
        for one in failing:
            if one.start in found:
                continue
            # What the sentence itself tells is what it adds up and compares.
            named = [other for other in pool if other.end <= one.start and other in told.quantities]
            held = [other for other in named if other not in mine and _in_unit(other, unit_of(one))] or wide
            of_mine = _Sums(told.text, mine, [*near, *standing], held)
            of_any = _Sums(told.text, pool, near, held, not told_back)
            of_said = _Sums(told.text, standing, standing, ())
            together = unit_of(one) in MONEY and _adds_up(one, [other for other in pool if other in told.quantities])
            shared = one.start in limited and unit_of(one) == "percent"
            theirs = not shared and of_mine.give(one)
            easy = unit_of(one) in _EASY
            free = one.start not in limited
            if theirs or (free and (together or (of_said if easy else of_any).give(one))):
                found.add(one.start)
                pool.append(one)
                mine += [one] if theirs else []
                grown = True
    if found and not _FREE.search(told.text):
        found |= {one.start for one in failing if one.keys[0][0] == "ordinal" and one.value == 1}
    return found


def is_sum_of(one: Quantity, told: Told, others: Sequence[Quantity]) -> bool:
    """ "每份20加10，也就是30元": what it says of others of its own numbers, by a word."""
    if unit_of(one) in _EASY:
        return False
    own = [figure for figure in own_figures(told.asked) if any(is_same(figure, other) for other in told.quantities)]
    return _Sums(told.text, others, (), ()).adds_up(one) or (
        bool(own) and _Sums(told.text, own, others, ()).is_share(one)
    )


def follows_otherwise(one: Quantity, told: Told, others: Sequence[Quantity]) -> bool:
    """Whether a number that the evidence has as something else is the customer's, or a sum with what is theirs."""
    own = own_figures(told.asked)
    return any(is_same(one, figure) for figure in own) or _Sums(told.text, [*own, *others], (), ()).adds_up(one)


_FREE = re.compile("免|不收|优惠|减|赠|送|free", re.IGNORECASE)
_OPERATOR = re.compile("[×÷*/+=≈-]")
_OF_A_YEAR = frozenset(map(Decimal, (12, 100, 360, 365)))


def _adds_up(one: Quantity, others: Sequence[Quantity]) -> bool:
    """ "租金800元，保证金1000元，第一年先交1800元": two amounts of the sentence, without a word for it."""
    values = [value for other in others if unit_of(other) == unit_of(one) and (value := amount_of(other)) is not None]
    return any(left + right == amount_of(one) for left, right in combinations(values, 2))


def _is_factor(one: Quantity, text: str, known: Sequence[Quantity]) -> bool:
    """A bare number of a sum that is written out ("200000×6.50%×30÷360"), in whatever unit it is known."""
    if one.kind != "plain":
        return False
    if text[one.start - 1 : one.start] not in set("×÷*/+=≈-") and _OPERATOR.match(text, one.end) is None:
        return False
    value = amount_of(one)
    return value in _OF_A_YEAR or any(amount_of(other) == value for other in known)


def _near(told: Told, standing: Sequence[Quantity]) -> list[Quantity]:
    """The numbers of the clauses that the sentence speaks of: of each kind those that share the most words with it, or
    with its question where none does; and those beside a number of its own."""
    keys = {key for one in standing for key in one.keys}
    scored: list[tuple[tuple[int, int], Clause]] = []
    for line in told.lines:
        for clause in line.clauses:
            words = clause.words | line.lead
            scored.append(((_labels(told.words & words), _labels(told.asked.words & words)), clause))
    chosen: list[Quantity] = []
    for kind in sorted({kind for _, clause in scored for kind in clause.kinds}):
        those = [(score, clause) for score, clause in scored if kind in clause.kinds]
        top = max(score for score, _ in those)
        if top != (0, 0):
            best = [clause for score, clause in those if score == top]
            chosen += [one for clause in best for one in clause.quantities if str(unit_of(one)) == kind]
    held = [one for _, clause in scored if not keys.isdisjoint(clause.keys) for one in clause.quantities]
    if not chosen and not held:  # in another language than the evidence
        chosen = [one for _, clause in scored for one in clause.quantities]
    return [*dict.fromkeys((*chosen, *held))][:_NUMBERS]


def _spoken_of(told: Told) -> list[Quantity]:
    """The numbers of all clauses that share a word with the sentence: for what a word says is added or compared."""
    return [
        one
        for line in told.lines
        for clause in line.clauses
        if _labels(told.words & clause.words)
        for one in clause.quantities
    ][:_NUMBERS]


def _labels(words: Iterable[str]) -> int:
    return sum(map(is_label, words))


@dataclass(frozen=True)
class _Sums:
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
        around = self.text[max(0, one.start - _BEFORE) : one.end + _AFTER]
        adds, differs = _SUM.search(around) is not None, _DIFFERENCE.search(around) is not None
        wanted = _Wanted(value, _places(one), _is_about(self.text, one))
        if unit in _EASY:
            differs = _LEFT.search(self.text, max(0, one.start - _ADJACENT), one.start) is not None
        if unit == "岁":
            adds = differs = True
        if unit in _EASY or (unit == "plain" and value < _HUNDRED):
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
        around = self.text[max(0, one.start - _BEFORE) : one.end + _AFTER]
        adds, differs = _SUM.search(around) is not None, _DIFFERENCE.search(around) is not None
        return value is not None and any(value == result for result in self._added(unit_of(one), adds, differs))

    def is_share(self, one: Quantity) -> bool:
        """ "5000的10%是500"."""
        bases, rates = self._of(self.said, unit_of(one)), self._of(self.near, "percent")
        value = amount_of(one)
        return any(base * rate / _HUNDRED == value for base in bases for rate in rates)

    def _of(self, some: Sequence[Quantity], unit: object) -> list[Decimal]:
        """Their values in the unit."""
        values = [value for one in some for value in _in_unit(one, unit)]
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
            for per in _TIMES_OF_YEAR.get(one.kind, (Decimal(1),)):
                count = times / per
                yield from (price * count for price in (*said, *near) if count > 1)
                yield from (whole / count for whole in said)

    def _parts(self, unit: object) -> Iterator[Decimal]:
        """How many times an amount of the evidence goes into one that is said ("8万要取4天")."""
        for kind in {unit_of(one) for one in self.said} & (MONEY | {"plain", "克", "份", "minutes", "days", "months"}):
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


def _is_about(text: str, one: Quantity) -> bool:
    return _ABOUT.search(text, max(0, one.start - 4), min(len(text), one.end + 3)) is not None


def _in_unit(one: Quantity, unit: object) -> Collection[Decimal]:
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
