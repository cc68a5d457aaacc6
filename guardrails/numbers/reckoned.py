"""What follows by plain arithmetic from the figures of a sentence, those of the customer and those that the evidence
has of what is spoken of: "8万要取4天", "还差1万", "3月5日起20天，到3月25日".

At least one operand is said in the sentence or by the customer; two of the evidence alone follow only where a word says
how ("一共", "比"). A number is looked at only when it stands nowhere in the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.clauses import Clause, is_label, names_cells
from guardrails.numbers.own import is_same, is_supposed, is_told_back, own_figures, unit_of
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.steps import follows_in_two_steps
from guardrails.numbers.sums import EASY, Sums, in_unit
from guardrails.numbers.units import MONEY
from guardrails.numbers.worked import MOST_TOLD, Told

# What is paid, or got, in all; "另收" is something else.
_PAID = re.compile("先[交付缴存]|开支|支出|花费?|准备|到手|拿到|实[际付]")
# So many numbers of the evidence may be what a sentence speaks of.
_NUMBERS = 40
# Of what followed in the sentences before, so much is remembered.
_KEPT = 8
_ADJACENT = 6
_IN_ALL = re.compile(
    "合计|共计|总共|一共|合共|总计|加起来|合起来|相加|算上|in all|in total|altogether|together|total", re.IGNORECASE
)
_NEAR_SUM = 12
_TIMES_THAT = re.compile(r" (?:the|that|as|what|your|its|of)\b", re.IGNORECASE)
_YEAR = Decimal(12)
_COMPARES = re.compile("比|较|than|below|above|原来|以前", re.IGNORECASE)
_UNITS = frozenset({"份", "股", "张", "克"})


def reckoned(
    told: Told, standing: Sequence[Quantity], failing: Sequence[Quantity], kept: Sequence[Quantity] = ()
) -> set[int]:
    """Where those of the failing numbers start that follow. standing: the sentence's numbers that stand or follow
    already. kept: what followed, or stood, in the answer's sentences before it.

    A limit, a term or a count is too easily hit by chance: it follows from a figure of the customer's only.
    """
    if len(told.quantities) > MOST_TOLD:
        return set()
    known = _Known(told, standing, kept)
    found = {one.start for one in failing if known.tells_back(one)}
    compares = not found
    # What the customer said and is told back wrongly follows from nothing.
    open_ = [one for one in failing if one.start not in found and not any(is_same(one, own) for own in known.own)]
    grown = True
    while grown:
        so_far = len(found)
        found |= {one.start for one in open_ if one.start not in found and known.gives(one, compares)}
        if len(found) == so_far:
            found |= {one.start for one in open_ if one.start not in found and known.gives_in_two(one)}
        grown = len(found) > so_far
    if found and not _FREE.search(told.text):
        found |= {one.start for one in failing if one.keys[0][0] == "ordinal" and one.value == 1}
    return found


class _Known:
    """The figures that a sentence may reckon with; what follows is one of them from then on.

    own: the customer's and what followed of them. mine: own, and what the sentence tells of them. pool: mine, and what
    stands in the sentence. near, wide: of the evidence, what the sentence speaks of. stood: what stood in the sentences
    before.
    """

    def __init__(self, told: Told, standing: Sequence[Quantity], kept: Sequence[Quantity]) -> None:
        self._told, self._standing = told, standing
        self._limited = {
            one.start for one, around in zip(told.quantities, told.around, strict=True) if around.limit or one.bound
        }
        stood = [one for one in kept if any(key in told.facts.holds for key in one.keys)]
        own = [*own_figures(told.asked), *[one for one in kept if one not in stood][-_KEPT:]]
        self._stood = stood[-_KEPT:]
        self._rates = [one for one in self._stood if one.kind == "percent"]
        self.own = [*own, *holdings(own)]
        self._near = _near(told, standing)
        self._wide = [*dict.fromkeys((*self._near, *_spoken_of(told)))]
        self._mine, self._pool = [*self.own], [*standing, *self.own]
        self._of_said = Sums(told.text, standing, standing, ())

    def tells_back(self, one: Quantity) -> bool:
        """It is the customer's, an example of the answer's or a factor of a sum that is written out."""
        text = self._told.text
        if one.start in self._limited or not (
            is_told_back(one, self.own, text, self._standing, list(self._told.lines))
            or is_supposed(one, text)
            or _is_factor(one, text, [*self._pool, *self._near])
        ):
            return False
        self._mine.append(one)
        self._pool.append(one)
        return True

    def gives(self, one: Quantity, compares: bool) -> bool:
        """It follows in one step. compares: whether numbers of which none is theirs may be held against each other."""
        text, free = self._told.text, one.start not in self._limited
        # What the sentence itself tells is what it adds up and compares.
        told = [other for other in self._pool if other in self._told.quantities]
        named = [other for other in told if other.end <= one.start]
        held = [other for other in named if other not in self._mine and in_unit(other, unit_of(one))] or self._wide
        held = [*held, *self._stood, *(self._wide if _COMPARES.search(text) else ())]
        of_mine = Sums(text, self._mine, [*self._near, *self._standing, *self._rates], held)
        theirs = (free or unit_of(one) != "percent") and of_mine.give(one)
        if not theirs and not (
            free
            and (
                _adds_up(one, text, told)
                or _totals(one, text, [*named, *self._stood])
                or _is_multiple(one, text, [*self._pool, *self._near, *self._stood])
                or (self._of_said if unit_of(one) in EASY else Sums(text, self._pool, self._near, held, compares)).give(
                    one
                )
            )
        ):
            return False
        self._pool.append(one)
        self._mine += [one] if theirs else []
        return True

    def gives_in_two(self, one: Quantity) -> bool:
        """It follows in two steps, from anything that the evidence has."""
        held = [other for line in self._told.lines for other in line.quantities]
        if not follows_in_two_steps(one, self._told.text, self._pool, held):
            return False
        self._pool.append(one)
        return True


def holdings(own: Sequence[Quantity]) -> list[Quantity]:
    """What so many units at a price come to ("2万份，净值1.25"), of the customer's own."""
    counts = [one for one in own if one.kind in _UNITS]
    prices = [one for one in own if unit_of(one) in MONEY | {"plain"}]
    return [
        replace(price, text="", kind="money", keys=(("CNY" if price.kind == "plain" else unit_of(price), amount),))
        for count in counts
        for price in prices
        if (amount := (amount_of(count) or Decimal(0)) * (amount_of(price) or Decimal(0)))
    ]


def is_sum_of(one: Quantity, told: Told, others: Sequence[Quantity]) -> bool:
    """ "每份20加10，也就是30元": what it says of others of its own numbers, by a word."""
    if unit_of(one) in EASY:
        return False
    own = [figure for figure in own_figures(told.asked) if any(is_same(figure, other) for other in told.quantities)]
    return Sums(told.text, others, (), ()).adds_up(one) or (
        bool(own) and Sums(told.text, own, others, ()).is_share(one)
    )


def follows_otherwise(one: Quantity, told: Told, others: Sequence[Quantity]) -> bool:
    """Whether a number that the evidence has as something else is the customer's, or a sum with what is theirs."""
    own = own_figures(told.asked)
    return any(is_same(one, figure) for figure in own) or Sums(told.text, [*own, *others], (), ()).adds_up(one)


_FREE = re.compile("免|不收|优惠|减|赠|送|free", re.IGNORECASE)
_OPERATOR = re.compile("[×÷*/+=≈-]")
_OF_A_YEAR = frozenset(map(Decimal, (12, 100, 360, 365)))


def _adds_up(one: Quantity, text: str, others: Sequence[Quantity]) -> bool:
    """ "租金800元，保证金1000元，第一年先交1800元": two amounts of the sentence, without a word for their sum."""
    if unit_of(one) not in MONEY or not _PAID.search(text, max(0, one.start - _ADJACENT), one.start):
        return False
    values = [value for other in others if unit_of(other) == unit_of(one) and (value := amount_of(other)) is not None]
    return any(left + right == amount_of(one) for left, right in combinations(values, 2))


def _is_multiple(one: Quantity, text: str, others: Sequence[Quantity]) -> bool:
    """ "three times the minimum", "2.80%的四分之一": what one figure is of another of its unit."""
    if one.kind == "ratio":
        _, part, whole = one.keys[0]
        wanted = Decimal(str(part)) / Decimal(str(whole))
    elif one.kind == "次" and one.value and _TIMES_THAT.match(text, one.end):
        wanted = one.value
    else:
        return False
    values: dict[object, set[Decimal]] = {}
    for other in others:
        if (value := amount_of(other)) is not None and value > 0:
            values.setdefault("money" if unit_of(other) in MONEY | {"plain"} else unit_of(other), set()).add(value)
    values.setdefault("months", set()).add(_YEAR)
    return any(left == right * wanted for some in values.values() for left in some for right in some)


def _totals(one: Quantity, text: str, others: Sequence[Quantity]) -> bool:
    """ "两笔加起来330元": of two or three amounts, or of all, of the sentence and those before it."""
    if not (_IN_ALL.search(text, max(0, one.start - _NEAR_SUM), one.start) or _IN_ALL.match(text, one.end)):
        return False
    values = [value for other in others for value in in_unit(other, unit_of(one))]
    sums = (sum(some) for size in (2, 3) for some in combinations(values[-_KEPT:], size))
    return amount_of(one) in {sum(values), *sums}


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
    # Of a row what its other cells have belongs to the number too.
    rows = [line for line in told.lines if "|" in line.text or names_cells(line.text)]
    held += [one for line in rows if not keys.isdisjoint(line.keys) for one in line.quantities]
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
