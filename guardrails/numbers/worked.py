"""Sums whose operands stand in the evidence though the sentence need not repeat them: an amount times its rate within
the least and the most, the difference between two rows, the total of fees that are named. A wrong sum follows from
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from guardrails.catalogue import Mention
from guardrails.numbers.arithmetic import DIFFERENCE, LONGEST, amount_of
from guardrails.numbers.asked import Asked
from guardrails.numbers.attributes import named_in, same_words
from guardrails.numbers.circumstances import Circumstances, circumstances_of
from guardrails.numbers.clauses import words_of
from guardrails.numbers.facts import Facts, Line
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.tiers import placed
from guardrails.numbers.units import CURRENCY_WORDS

_NUMBER = r"(?P<{0}>\d[\d,]*(?:\.\d+)?)\s*(?P<{0}_scale>万)?(?:元)?"
_TIMES = r"\s*[×x✕*]\s*"
_RATE = r"(?P<rate>\d+(?:\.\d+)?)\s*(?P<share>[%‰])"
_YEARS = rf"(?:{_TIMES}(?P<years>\d+(?:\.\d+)?)\s*(?:年|/\s*1)?)?"
_MADE = rf"\s*(?:[=≈约为]|等于)+\s*(?:{CURRENCY_WORDS})?\s*{_NUMBER.format('result')}"
_AMOUNT = rf"(?:{CURRENCY_WORDS})?\s*{_NUMBER.format('amount')}"
_PRODUCTS = (
    re.compile(f"{_AMOUNT}{_TIMES}{_RATE}{_YEARS}{_MADE}", re.IGNORECASE),
    re.compile(f"{_RATE}{_TIMES}{_AMOUNT}{_YEARS}{_MADE}", re.IGNORECASE),
)
_EARNED = re.compile("利息|到期可?得|计息|interest", re.IGNORECASE)
_DAILY = re.compile("每[天日]|一天|日息")
_YEARLY = re.compile("每年|每一年")
_THAN = re.compile("比|较|than", re.IGNORECASE)
_MORE = re.compile("高|多|贵|长|more|higher", re.IGNORECASE)
_LESS = re.compile("低|少|便宜|省|短|less|lower", re.IGNORECASE)
_TO_START = re.compile("起[存购投点]")
_NEAR = 8
_COMPARED = frozenset({"percent", "money", "笔", "次", "months", "days", "workdays", "minutes", "克", "份", "倍"})
_CENT = Decimal("0.01")
# Sentences with more numbers than this declare no sum that a customer could follow.
MOST_TOLD = 12


@dataclass(frozen=True)
class Told:
    """What sums may be worked from. text: the sentence without product names. lines: those of the passages it may come
    from. pieces: those of each product's passages, by code."""

    text: str
    quantities: Sequence[Quantity]
    mentions: Sequence[Mention]
    facts: Facts
    lines: Sequence[Line]
    asked: Asked

    @cached_property
    def words(self) -> frozenset[str]:
        return words_of(self.text, 0, self.quantities)

    @cached_property
    def around(self) -> Sequence[Circumstances]:
        return circumstances_of(self.text, self.quantities)

    @cached_property
    def fees(self) -> frozenset[str]:
        """What it names that is no rate of interest."""
        return frozenset(name for name in named_in(self.text) if not name.endswith("率"))


def worked_out(told: Told) -> set[int]:
    """Where the numbers start that follow from the evidence, with the customer's amounts they were worked from."""
    if len(told.quantities) > MOST_TOLD:
        return set()
    own = placed(told.text, told.quantities, told.lines, told.asked)
    return own | _products_written(told) | _products_told(told) | _differences(told)


def _products_written(told: Told) -> set[int]:
    """ "5000×1%=50元": with every number of the expression, and the same amount before it."""
    found: set[int] = set()
    for match in chain.from_iterable(pattern.finditer(told.text) for pattern in _PRODUCTS):
        amount, result = (_value(match[one], match[f"{one}_scale"]) for one in ("amount", "result"))
        rate = Decimal(match["rate"]) / (1 if match["share"] == "%" else 10)
        held = _rates(told, rate)
        years = Decimal(match["years"]) if match["years"] else None
        terms = _terms(told)
        if terms and held:
            held = [one for one in held if any(("months", term) in one.keys for term in terms)]
            if not any(term == (years or 1) * 12 for term in terms):
                continue
        elif years is not None:
            continue
        exact = _round(amount * rate / 100 * (years or 1))
        if result == exact and any(_within(told, one, rate, exact, match.end()) for one in held):
            found |= {one.start for one in told.quantities if match.start() <= one.start < match.end()}
            found |= {one.start for one in told.quantities if one.kind == "money" and amount_of(one) == amount}
    return found


def _products_told(told: Told) -> set[int]:
    """ "取现5000元，手续费50元": the sentence's own rate or, where it names none, the rate of what it speaks of."""
    found: set[int] = set()
    asked = [one for one in told.asked.quantities if one.kind == "money"]
    # "3000万的信托": so many are yuan.
    money = [one for one in told.quantities if one.kind == "money" or (one.kind == "plain" and "万" in one.text)]
    percents = [one for one in told.quantities if one.kind == "percent"]
    for result in (one for one in money if one.kind == "money"):
        value = amount_of(result)
        rates = [said for one in percents if one.end <= result.start and (said := amount_of(one)) is not None]
        places = [(line, rate) for rate in rates for line in _rates(told, rate)] if rates else _likely(told)
        # "不足13元按10元收" is a condition, no amount of the customer's.
        for amount in [*(one for one in money if one.end <= result.start and not one.bound), *asked]:
            base = amount_of(amount)
            if base is None or value is None:
                continue
            yearly = _YEARLY.search(told.text, max(0, result.start - LONGEST), result.start)
            timed = [
                (place, *term) for place in places for term in _terms_of(told, place[0], place[1], yearly is not None)
            ]
            for (line, rate), years, term in timed:
                exact = base * rate / 100 * years
                least, most = _limits(line, rate)
                held = max(least or exact, min(most or exact, exact))
                if held != exact and amount not in asked and all(amount_of(one) != exact for one in money):
                    continue  # below the least any amount costs the same: such a sum shows nothing
                rounded = _is_about(told, result) and value == held.quantize(Decimal(1), ROUND_HALF_UP)
                unlimited = value == _round(exact) and _within(told, line, rate, exact, result.end)
                if rounded or unlimited or value == _round(held):
                    found |= {result.start} if term is None else {result.start, term}
                    if amount in money:
                        found.add(amount.start)
    return found


def _is_about(told: Told, quantity: Quantity) -> bool:
    return "约" in told.text[max(0, quantity.start - 3) : quantity.start]


def _likely(told: Told) -> list[tuple[Line, Decimal]]:
    """The rates of what the sentence and its question speak of, where no rate is said."""
    earned = _EARNED.search(told.text) is not None
    names = {"利率", "年利率"} if earned else told.fees
    said = told.words | told.asked.words
    likely = [*_rates_of(told, said, names)] if names else []
    likely = likely or [*_rates_of(told, said, ())]
    terms = _terms(told)
    if earned:
        daily = not terms and _DAILY.search(told.text) is not None
        likely = [
            one
            for one in likely
            if (daily and _is_daily(one[1], one[2]))
            or any(_stand_together(one[1], ("months", term), one[2]) for term in terms)
        ]
    rounds = {key for one in told.quantities if one.kind == "期" for key in one.keys}
    if any(_is_of_rounds(one[1], rounds, one[2]) for one in likely if rounds):
        likely = [one for one in likely if _is_of_rounds(one[1], rounds, one[2])]
    most = max((shared for shared, _, _ in likely), default=0)
    if earned and len({rate for _, _, rate in likely}) == 1:
        most = max(most, 1)  # the only rate of that term
        likely = [(most, line, rate) for _, line, rate in likely]
    return [(line, rate) for shared, line, rate in likely if shared == most and most > 0]


def _rates_of(told: Told, said: frozenset[str], names: Collection[str]) -> Iterator[tuple[int, Line, Decimal]]:
    """Every rate of a line that speaks of one of the names, if there are any, with how many words it shares."""
    for line in told.lines:
        if names and not _speaks_of(line, names):
            continue
        for clause in line.clauses:
            for one in clause.quantities:
                rate = amount_of(one)
                if one.kind == "percent" and rate is not None:
                    yield len(said & clause.words), line, rate


def _is_of_rounds(line: Line, rounds: Collection[tuple[object, ...]], rate: Decimal) -> bool:
    """Whether a clause gives the rate for so many instalments as the sentence counts."""
    return any(not clause.keys.isdisjoint(rounds) and ("percent", rate) in clause.keys for clause in line.clauses)


def _stand_together(line: Line, key: tuple[object, ...], value: Decimal, kind: object = "percent") -> bool:
    """In one clause of the line; in the line, where no clause of it holds both kinds."""
    clauses = [clause for clause in line.clauses if {str(key[0]), str(kind)} <= clause.kinds]
    if not clauses:
        return key in line.keys and (kind, value) in line.keys
    return any(key in one.keys and (kind, value) in one.keys for one in clauses)


def _speaks_of(line: Line, names: Iterable[str]) -> bool:
    return any(word in line.text or pairs <= line.sentence for name in names for word, pairs in _words_for(name))


@lru_cache(256)
def _words_for(name: str) -> Sequence[tuple[str, frozenset[str]]]:
    """The words by which a passage may speak of it, each with its pairs of characters."""
    return [(word, frozenset(a + b for a, b in pairwise(word))) for word in same_words(name)]


def _terms(told: Told) -> list[Decimal]:
    """The terms in the sentence; of the question, where the sentence names none."""
    for quantities in (told.quantities, told.asked.quantities):
        terms = [value for one in quantities if one.kind == "months" and (value := amount_of(one)) is not None]
        if terms and _EARNED.search(told.text):
            return terms
    return []


def _years(told: Told, line: Line) -> Decimal:
    terms = [term for term in _terms(told) if ("months", term) in line.keys]
    return terms[0] / 12 if terms else Decimal(1)


def _terms_of(told: Told, line: Line, rate: Decimal, yearly: bool) -> Iterator[tuple[Decimal, int | None]]:
    """How long the rate runs, in its own unit of time, and where the sentence counts the days of it."""
    yield Decimal(1) if yearly else _years(told, line), None
    if not _EARNED.search(told.text):
        return
    if _is_daily(line, rate):
        yield from ((days, one.start) for one in told.quantities if one.kind == "days" and (days := amount_of(one)))
        return
    for one in told.quantities:
        days = amount_of(one)
        if one.kind == "days" and days is not None:
            yield from ((days / year, one.start) for year in (360, 365))


def _is_daily(line: Line, rate: Decimal) -> bool:
    return any(
        amount_of(one) == rate and "日" in around.per for one, around in zip(line.quantities, line.around, strict=True)
    )


def _rates(told: Told, rate: Decimal) -> list[Line]:
    """The lines that have the rate, of what the sentence speaks of."""
    names = told.fees
    lines = [line for line in told.lines if ("percent", rate.normalize()) in line.keys]
    return [line for line in lines if not names or _speaks_of(line, names)]


def _limits(line: Line, rate: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that the line charges at this rate."""
    least = most = None
    passed = False
    for one, around in zip(line.quantities, line.around, strict=True):
        value = amount_of(one)
        if one.kind == "percent":
            passed = value == rate
        elif passed and one.kind == "money" and value is not None and not _is_first_deposit(line.text, one):
            least = value if around.limit == "ge" else least
            most = value if around.limit == "le" else most
    return least, most


def _is_first_deposit(text: str, one: Quantity) -> bool:
    """ "20万元起存": the least that is paid in, not the least that is charged."""
    return _TO_START.search(text[max(0, one.start - _NEAR) : one.end + 2]) is not None


def _within(told: Told, line: Line, rate: Decimal, value: Decimal, end: int) -> bool:
    """Between the least and the most; or else the sentence goes on to say which of them is charged."""
    least, most = _limits(line, rate)
    limit = least if least is not None and value < least else most if most is not None and value > most else None
    return limit is None or any(
        one.start >= end and one.kind == "money" and amount_of(one) == limit for one in told.quantities
    )


def _differences(told: Told) -> set[int]:
    """ "三年期比一年期高30个基点": between what the evidence has for one side and for the other."""
    found = set()
    for one in told.quantities:
        value = amount_of(one)
        than = _THAN.search(told.text)
        if one.kind not in _COMPARED or value is None or than is None:
            continue
        if than.end() > one.start:  # "30 basis points higher than …"
            start, stop = one.start, len(told.text)
            how = DIFFERENCE.search(told.text, one.end, than.start())
            near = how is not None and than.start() - one.end <= LONGEST
        else:
            how = DIFFERENCE.search(told.text, than.end(), one.start)
            start, stop = than.start(), how.start() if how else 0
            near = how is not None and one.start - how.start() <= LONGEST
        if how is None or not near:
            continue
        kind = one.keys[0][0]
        sides = [values_between(told, kind, 0, start), values_between(told, kind, than.end(), stop)]
        differences = {left - right for left in sides[0] for right in sides[1]}
        if _LESS.match(how.group()):
            differences = {-difference for difference in differences}
        elif not _MORE.match(how.group().lstrip("高出")) and how.group() in {"相差", "差", "差额"}:
            differences = {abs(difference) for difference in differences}
        if value in differences:
            found.add(one.start)
    return found


def values_between(told: Told, kind: object, start: int, end: int) -> set[Decimal]:
    """What the evidence has of that kind for the product, the term or the words between two places of the sentence."""
    codes = {mention.product.code for mention in told.mentions if start <= mention.start < end}
    # A term or an age that the evidence has nowhere ("一天" for 每日) tells no row apart.
    terms = [
        one
        for one in told.quantities
        if start <= one.start < end
        and one.kind in {"months", "days", "岁"}
        and not told.facts.holds.keys().isdisjoint(one.keys)
    ]
    names = named_in(told.text)
    said = words_of(told.text[start:end], start, ())
    held: list[tuple[int, Decimal]] = []
    for line in told.lines:
        if codes and not told.facts.pieces[line.piece].products & codes:
            continue
        for clause in line.clauses:
            for one in clause.quantities:
                value = amount_of(one)
                if (
                    one.keys[0][0] != kind
                    or value is None
                    or (names and not _speaks_of_clause(line, clause.words, names))
                ):
                    continue
                if terms and not any(_stand_together(line, key, value, kind) for term in terms for key in term.keys):
                    continue
                held.append((len(said & clause.words), value))
    if codes or terms:
        return {value for _, value in held}
    most = max((shared for shared, _ in held), default=0)
    return {value for shared, value in held if shared == most and most > 0}


def _speaks_of_clause(line: Line, words: frozenset[str], names: Iterable[str]) -> bool:
    """By the words of the clause where these are a fee's, else by its line's."""
    pairs = [{name[i : i + 2] for i in range(len(name) - 1)} for name in names]
    return any(one <= words for one in pairs) or (not any("费" in pair for pair in words) and _speaks_of(line, names))


def _value(digits: str, scale: str | None) -> Decimal:
    return Decimal(digits.replace(",", "")) * (10_000 if scale else 1)


def _round(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP).normalize()
