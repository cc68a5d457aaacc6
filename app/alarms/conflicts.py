"""Two passages that give different figures for the same thing under the same conditions.

Claims of one sort are aligned by what they are about; only where the best aligned pair differs is it a contradiction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.alarms.alignment import Model, features, same_value, shipped
from app.alarms.claims import Claim, ClaimReader
from app.knowledge.passage import Passage

_ASKED = 0.5
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Contradiction:
    """score: how surely both are about the same figure, in log odds."""

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

    def __init__(self, reader: ClaimReader, model: Model | None = None) -> None:
        self._reader = reader
        self._model = model or shipped()
        self._kept: OrderedDict[tuple[str, str, str], list[Claim]] = OrderedDict()

    def between(self, mine: Passage, other: Passage, least: float | None = None) -> list[Contradiction]:
        """What the two say differently, the clearest first; never between versions of one document.

        least: the least score, the alarm's for people by default.
        """
        least = self._model.alarm if least is None else least
        if mine.document_id == other.document_id:
            return []
        return self._contradictions(self._claims(mine), self._claims(other), least)

    def _contradictions(self, mine: Sequence[Claim], other: Sequence[Claim], least: float) -> list[Contradiction]:
        pairs = [
            (
                a,
                b,
                self._model.score(features(a, b, self._reader.senses, self._reader.meanings)),
                same_value(a.quantity, b.quantity),
            )
            for a in mine
            for b in other
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
        if not asked:
            return None
        # Most passages say nothing in figures on the point asked: what they say otherwise is never compared.
        read = [
            (passage, [claim for claim in self._claims(passage) if _asked_for(asked, claim)]) for passage in passages
        ]
        speaking = [(passage, claims) for passage, claims in read if claims]
        for at, (mine, a) in enumerate(speaking):
            for other, b in speaking[at + 1 :]:
                if mine.document_id == other.document_id:
                    continue
                for found in self._contradictions(a, b, self._model.certain):
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
    if {one.bound, other.bound} == {"ge", "le"}:
        return False
    a, b = one.passage, other.passage
    if a.product_code and b.product_code and a.product_code != b.product_code:
        return False
    return (a.valid_from or date.min) <= (b.valid_to or date.max) and (b.valid_from or date.min) <= (
        a.valid_to or date.max
    )
