"""One figure that a passage gives, with all that tells what it is the figure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from app.alarms.days import INTERVAL
from app.alarms.free import FREE
from app.knowledge.passage import Passage
from app.knowledge.subjects import Named
from guardrails import Quantity

# Kinds of numbers that count things: 5名操作员 and 10个操作员 are counts of the same.
THINGS: Final = frozenset("个人户家张份台只枚颗件")
# And kinds that count how often: 前3笔免费 and 3次免费.
TIMES: Final = frozenset("次笔回趟")
# What stands for a figure that is asked for.
_ASKED: Final = "多少"
_ASKED_PRICE: Final = "收多少"
# What a discount of so many 折 leaves, of a hundred.
_OFF: Final = "折"


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure. sort: what kind of value (a currency, "percent", "duration", "date", "free" …). Only equal sorts
    compare, and what is free with a price.

    label: the words that say what it is (its clause, its cell's label), each with its weight. own: with those of the
    clauses without a figure before it, or of its row. wide: the words of its sentence or row. head: those of title,
    section and question; subject: without the section's. conditions: other quantities it is said together with.
    opening, opened: words and quantities of the sentence's beginning, when that is another clause. measure: the name
    of what is measured, or "". letters: the characters of its clause outside numbers. everything: those of its
    sentence or row, title, section and question; spoken: without title and section. grams, all_grams: pairs of
    characters of letters and of everything. name: the title without its kind of paper; title: its pairs of characters.
    answers: whether the paper is a list of questions, which goes over many things. row: of a table. bound: "le", "ge"
    or "", by its number or by its name (上限, 下限). per: of what the figure is the price (亩, 公里). page and
    page_letters: words and characters of the whole passage. about: the things its clauses speak of, without what is
    measured. named: letters after those of the clause that names the sentence's subject. asking: what it says, with
    the paper, section and question before it, as a question for its figure; other figures stay in it. plainly: the same
    without the paper. topics: what the whole of it speaks of, own_topics: its sentence or row, as `Subjects` names it.
    worked: whether it is the rate that one amount is of another. threshold: whether it only says from where on another
    figure of its sentence holds (5万元以上的，提前1天预约).
    """

    passage: Passage
    quote: str
    quantity: Quantity
    sort: str
    label: Mapping[str, float]
    own: Mapping[str, float]
    wide: Mapping[str, float]
    head: Mapping[str, float]
    conditions: Sequence[Quantity]
    text: str
    place: int = 0
    example: bool = False
    periods: frozenset[str] = frozenset()
    subject: Mapping[str, float] = field(default_factory=dict)
    opening: Mapping[str, float] = field(default_factory=dict)
    opened: Sequence[Quantity] = ()
    measure: str = ""
    letters: str = ""
    everything: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()
    grams: frozenset[str] = frozenset()
    all_grams: frozenset[str] = frozenset()
    name: str = ""
    answers: bool = False
    row: bool = False
    title: frozenset[str] = frozenset()
    bound: str = ""
    per: frozenset[str] = frozenset()
    page: Mapping[str, float] = field(default_factory=dict)
    page_letters: frozenset[str] = frozenset()
    about: Mapping[str, float] = field(default_factory=dict)
    named: str = ""
    asking: str = ""
    plainly: str = ""
    topics: Named = field(default_factory=dict)
    own_topics: Named = field(default_factory=dict)
    worked: bool = False
    threshold: bool = False

    @property
    def value(self) -> str:
        """The figure as people are shown it."""
        return "免费" if self.quantity.kind == FREE else self.quantity.text

    def asked(self, *paper: str) -> str:
        """Its clause as a question for the figure, behind what names the paper and what the sentence says before."""
        free = self.quantity.kind == FREE
        clause = self.text.replace(self.quantity.text, _ASKED_PRICE if free else _ASKED, 1)
        opening, around = "".join(self.opening), "".join(word for word in self.own if word not in self.label)
        said = (*paper, self.passage.question, opening if opening not in clause else "", around, clause)
        return " ".join(filter(None, said))

    def as_rate(self, rate: Quantity) -> Claim:
        """The rate an example works out, which is as true as the rule's."""
        apart = [one for one in self.conditions if one.kind != "money"]
        return replace(self, quantity=rate, sort=rate.kind, conditions=apart, example=False, worked=True)


def same_value(one: Quantity, other: Quantity) -> bool:
    """Equal in canonical unit; a date that leaves out the year agrees with one that does not, 6个月 with 180天, and
    5名 with 5个, 六折 with 60%, 免费 with 0元."""
    if FREE in (one.kind, other.kind) or one.kind == other.kind == INTERVAL:
        return one.value == other.value
    if not set(one.keys).isdisjoint(other.keys):
        return True
    if any(one.kind in kinds and other.kind in kinds for kinds in (THINGS, TIMES)):
        return one.value == other.value
    if _OFF in (one.kind, other.kind):
        return _share(one) == _share(other)
    for longer, shorter in ((one, other), (other, one)):
        months = [float(key[-1]) for key in longer.keys if key[0] == "months"]  # type: ignore[arg-type]
        days = [float(key[-1]) for key in shorter.keys if key[0] == "days"]  # type: ignore[arg-type]
        if any(length in (30 * count, round(365 * count / 12)) for count in months for length in days):
            return True
    return any(
        a[0] == b[0] == "date" and all(x == y or x is None or y is None for x, y in zip(a[1:], b[1:], strict=True))
        for a in one.keys
        for b in other.keys
    )


def _share(number: Quantity) -> Decimal:
    """Of a hundred: 六折 is 60, 九五折 and 9.5折 are 95."""
    value = Decimal(str(number.value))
    return value * 10 if number.kind == _OFF and value < 10 else value
