"""Two passages that give different figures for the same thing under the same conditions.

Claims of one sort are aligned by what they are about; only where the best aligned pair differs is it a contradiction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.alarms.claims import Claim, ClaimReader
from app.knowledge.passage import Passage
from guardrails import Quantity

# An alarm for people reads more, an answer that is withheld must be surer: `python -m eval run conflicts`.
# How much a word that only one side adds (附属卡) sets two claims apart, and the least score.
ALARM, ALARM_ADDED = -0.4, 0.4
CERTAIN, CERTAIN_ADDED = 0.25, 0.7
_ASKED = 0.5
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Contradiction:
    """score: see score()."""

    mine: Claim
    other: Claim
    score: float

    @property
    def subject(self) -> str:
        """What both speak about, in the document's own words."""
        return self.mine.passage.question or self.mine.passage.title

    @property
    def attribute(self) -> str:
        """What the figure says, in the words before it."""
        text = self.mine.text
        return text[: text.find(self.mine.quantity.text)].strip(" ，,：:为是") or text


class ConflictFinder:
    """Keeps the claims of the latest passages: reading them costs more than comparing them."""

    def __init__(self, reader: ClaimReader) -> None:
        self._reader = reader
        self._kept: OrderedDict[tuple[str, str, str], list[Claim]] = OrderedDict()

    def between(
        self, mine: Passage, other: Passage, least: float = ALARM, added: float = ALARM_ADDED
    ) -> list[Contradiction]:
        """What the two say differently, the clearest first; never between versions of one document."""
        if mine.document_id == other.document_id:
            return []
        pairs = [
            (a, b, score(a, b, added), same_value(a.quantity, b.quantity))
            for a in self._claims(mine)
            for b in self._claims(other)
            if comparable(a, b)
        ]
        agreed = [(a, b, value) for a, b, value, same in pairs if same]
        found: dict[int, Contradiction] = {}
        for a, b, value, same in pairs:
            if same or value < least:
                continue
            # A figure that fits another one at least as well and agrees with it contradicts nothing.
            if any((a is c or b is d) and other_value >= value for c, d, other_value in agreed):
                continue
            if id(b) not in found or found[id(b)].score < value:
                found[id(b)] = Contradiction(a, b, value)
        return sorted(found.values(), key=lambda one: -one.score)

    def about(self, question: str, passages: Sequence[Passage]) -> Contradiction | None:
        """A certain contradiction among passages on the very point the question asks for."""
        asked = self._reader.words(question)
        for at, mine in enumerate(passages):
            for other in passages[at + 1 :]:
                for found in self.between(mine, other, CERTAIN, CERTAIN_ADDED):
                    if _asked_for(asked, found.mine) and _asked_for(asked, found.other):
                        return found
        return None

    def _claims(self, passage: Passage) -> list[Claim]:
        key = (passage.id, passage.sha256, f"{passage.valid_from}{passage.valid_to}")
        claims = self._kept.get(key)
        if claims is None:
            claims = self._kept[key] = self._reader.read(passage)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return claims


def _asked_for(asked: Mapping[str, float], claim: Claim) -> bool:
    """Whether the claim has most of what the question says, and its own clause some of it."""
    said = {**claim.own, **claim.head}
    had = sum(weight for word, weight in asked.items() if word in said)
    return had > _ASKED * sum(asked.values()) and any(word in claim.label for word in asked)


def comparable(one: Claim, other: Claim) -> bool:
    """Whether two claims could speak of the same thing at all: sort, bound, place in a range, product, days."""
    if one.sort != other.sort or one.place != other.place or one.example or other.example:
        return False
    if {one.quantity.bound, other.quantity.bound} == {"ge", "le"}:
        return False
    a, b = one.passage, other.passage
    if a.product_code and b.product_code and a.product_code != b.product_code:
        return False
    return (a.valid_from or date.min) <= (b.valid_to or date.max) and (b.valid_from or date.min) <= (
        a.valid_to or date.max
    )


def score(one: Claim, other: Claim, added: float = ALARM_ADDED) -> float:
    """How surely two comparable claims are about the same figure.

    Whatever each side says and the other does not (金卡 | 白金卡, 柜台 | 手机银行), and a condition with another value,
    sets them apart; words that only one side adds do so as far as `added` says. Weights fitted on the set's seen half.
    """
    a_all, b_all = {**one.wide, **one.head}, {**other.wide, **other.head}
    apart = max(
        min(_left(one.own, other.own), _left(other.own, one.own), 1.0),
        min(_left(one.subject, b_all), _left(other.subject, a_all), 1.0),
        min(_left(one.label, other.label), _left(other.label, one.label), 1.0),
        _otherwise(one.conditions, other.conditions),
        1.0 if one.periods and other.periods and not one.periods & other.periods else 0.0,
    )
    one_sided = max(_left(one.label, b_all), _left(other.label, a_all))
    apart = max(apart, min(added * one_sided, 1.0))
    return 1.7 * _shared(one.label, other.label) + _shared(a_all, b_all) - 3.5 * apart + 0.5


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = sum(one.values()) + sum(other.values())
    return sum(one[word] + other[word] for word in one.keys() & other.keys()) / both if both else 0.0


def _left(own: Mapping[str, float], whole: Mapping[str, float]) -> float:
    """How much the words say that the other side does not, the two weightiest counting; 年租金 has 租金 in it."""
    strange = [word for word in own if word not in whole]
    left = sorted((own[word] * (1 - _near(word, whole)) for word in strange), reverse=True)
    return sum(left[:2])


def _near(word: str, whole: Mapping[str, float]) -> float:
    """0..1: the part of its characters that one word of the other side has, if that is most of them."""
    if any(word in other and len(other) > len(word) + 2 for other in whole):
        return 1.0  # part of a term: 评估 of 风险承受能力评估
    inside = [other for other in whole if other in word or word in other]
    best = max((min(len(word), len(other)) / max(len(word), len(other)) for other in inside), default=0.0)
    return best if best > 0.6 else 0.0


def _otherwise(one: Sequence[Quantity], other: Sequence[Quantity]) -> float:
    """1 when a condition of one side has another value on the other (3个月 | 1年)."""
    for mine, theirs in ((one, other), (other, one)):
        for number in mine:
            kinds = [that for that in theirs if that.kind == number.kind]
            if kinds and not any(same_value(number, that) for that in kinds):
                return 1.0
    return 0.0


def same_value(one: Quantity, other: Quantity) -> bool:
    """Equal in canonical unit; a date that leaves out the year agrees with one that does not."""
    if not set(one.keys).isdisjoint(other.keys):
        return True
    return any(
        a[0] == b[0] == "date" and all(x == y or x is None or y is None for x, y in zip(a[1:], b[1:], strict=True))
        for a in one.keys
        for b in other.keys
    )
