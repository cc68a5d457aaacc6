"""Two passages that give different figures for the same thing under the same conditions.

Claims of one sort are aligned by what they are about; only where the best aligned pair differs is it a contradiction.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import structlog

from app.alarms.alignment import features
from app.alarms.asking import AskingReader, Vector, asking
from app.alarms.claim import TIMES, Claim, same_value
from app.alarms.claims import ClaimReader
from app.alarms.days import INTERVAL, LENGTHS, MONTHDAY, POINTS
from app.alarms.free import FREE
from app.alarms.model import AGREEING, Model, Models, shipped
from app.knowledge.passage import Passage

_log = structlog.get_logger(__name__)

_Key = tuple[str, str, str]

_ASKED = 0.5
_KEPT = 4096
# Seconds a customer waits for what is not embedded yet; the words alone decide then, and the next time all is known.
_PATIENCE_S = 0.25


@dataclass(frozen=True, slots=True)
class Contradiction:
    """score: how surely both are about the same figure, in log odds. chance: that the passages do contradict, 0..1."""

    mine: Claim
    other: Claim
    score: float
    chance: float

    @property
    def sides(self) -> list[dict[str, str]]:
        """Both passages with the figures that contradict each other, as traces and the search bench name them."""
        return [{"passage_id": one.passage.id, "value": one.value} for one in (self.mine, self.other)]

    @property
    def subject(self) -> str:
        """What both speak about, in the document's own words."""
        return self.mine.passage.question or self.mine.passage.title

    @property
    def attribute(self) -> str:
        """What the figure says, in the words before it; and which rate an amount was taken for."""
        text = self.mine.text
        before = text[: text.find(self.mine.quantity.text)].strip(" ，,：:为是") or text
        rates = (f"（{one.value}合{one.quantity.value:f}%）" for one in (self.mine, self.other) if one.worked)
        return before + "".join(rates)


@dataclass(frozen=True, slots=True)
class _Pair:
    """score: by the weights of the words; once it is judged, by all that was read."""

    mine: Claim
    other: Claim
    features: Sequence[float]
    score: float
    same: bool


class ConflictFinder:
    """Keeps the claims of the latest passages: reading them costs more than comparing them.

    vectors: reads what claims ask for; without it, and while it fails, the words alone decide.
    """

    def __init__(self, reader: ClaimReader, models: Models | None = None, vectors: AskingReader | None = None) -> None:
        self._reader, self._vectors = reader, vectors
        self._models = models or shipped()
        self._kept: OrderedDict[_Key, list[Claim]] = OrderedDict()

    def over(self, vectors: AskingReader | None) -> ConflictFinder:
        """The same finder with what reads vectors; what was read is shared."""
        made = ConflictFinder(self._reader, self._models, vectors)
        made._kept = self._kept
        return made

    @property
    def reads_with(self) -> str:
        """The name of the embedding model whose vectors its weights were fitted on."""
        return self._models.reader

    async def between(self, mine: Passage, other: Passage, least: float | None = None) -> list[Contradiction]:
        """What the two say differently, the clearest first; never between versions of one document.

        least: the least score, the alarm's for people by default.
        """
        if mine.document_id == other.document_id:
            return []
        a, b = self._claims(mine), self._claims(other)
        pairs = self._pairs(a, b)
        if not self._worth_reading(pairs):
            return []
        pairs, model = self._judged(pairs, a, b, await self._read([*a, *b]))
        return _contradictions(pairs, model, model.alarm if least is None else least)

    @property
    def has_room(self) -> bool:
        """Whether more can be read ahead without forgetting what was."""
        return self._vectors is not None and self._vectors.has_room and len(self._kept) < _KEPT

    async def read_ahead(self, passage: Passage) -> bool:
        """Read and embed its claims before somebody waits for them; whether all is known, so that none need wait."""
        if (key := _key(passage)) not in self._kept:
            self._keep(key, await asyncio.to_thread(self._reader.read, passage))
        return self._vectors is None or await self._read(self._claims(passage)) is not None

    def points(self, passage: Passage) -> list[str]:
        """What its figures ask for, one of each sentence or row: what a passage that contradicts one would answer."""
        asked: dict[str, str] = {}
        for claim in self._claims(passage):
            if not (claim.example or claim.threshold):
                asked.setdefault(claim.quote, claim.asking)
        return list(asked.values())

    async def about(self, question: str, passages: Sequence[Passage]) -> Contradiction | None:
        """A certain contradiction among passages on the very point the question asks for."""
        asked = self._reader.words(question)
        if not asked:
            return None
        # Most passages say nothing in figures on the point asked: what they say otherwise is never compared.
        speaking = [
            (passage, claims)
            for passage in passages
            if (claims := [claim for claim in self._claims(passage) if _asked_for(asked, claim)])
        ]
        suspected = [
            (self._claims(mine), self._claims(other), pairs)
            for at, (mine, a) in enumerate(speaking)
            for other, b in speaking[at + 1 :]
            if mine.document_id != other.document_id and self._worth_reading(pairs := self._pairs(a, b))
        ]
        if not suspected:
            return None
        vectors = await self._read([claim for a, b, _ in suspected for claim in (*a, *b)], _PATIENCE_S)
        for a, b, pairs in suspected:
            judged, model = self._judged(pairs, a, b, vectors)
            for found in _contradictions(judged, model, model.certain):
                return found
        return None

    def _pairs(self, mine: Sequence[Claim], other: Sequence[Claim]) -> list[_Pair]:
        senses, meanings = self._reader.senses, self._reader.meanings
        met = [(a, b, features(a, b, senses, meanings)) for a in mine for b in other if comparable(a, b)]
        scores = self._models.words.weighed([found for _, _, found in met])
        return [
            _Pair(a, b, found, float(score), same_value(a.quantity, b.quantity))
            for (a, b, found), score in zip(met, scores, strict=True)
        ]

    def _judged(
        self,
        pairs: Sequence[_Pair],
        mine: Sequence[Claim],
        other: Sequence[Claim],
        vectors: Mapping[str, Vector] | None,
    ) -> tuple[list[_Pair], Model]:
        """The same pairs, and the model that judged them; mine, other: all claims of both passages."""
        model, rows = self._models.words, [one.features for one in pairs]
        if vectors is not None:
            told = asking(mine, other, vectors)
            row, column = ({id(claim): at for at, claim in enumerate(claims)} for claims in (mine, other))
            rows = [[*one.features, *told[row[id(one.mine)], column[id(one.other)]]] for one in pairs]
            model = self._models.asking
        scores = model.scores(rows)
        return [replace(one, score=float(score)) for one, score in zip(pairs, scores, strict=True)], model

    def _worth_reading(self, pairs: Sequence[_Pair]) -> bool:
        return any(not one.same and one.score >= self._models.floor for one in pairs)

    async def _read(self, claims: Sequence[Claim], within_s: float | None = None) -> Mapping[str, Vector] | None:
        if self._vectors is None:
            return None
        try:
            return await self._vectors.read(claims, within_s)
        except Exception as error:  # whatever an embedder may raise, the words still decide
            _log.warning("claims_not_embedded", error=type(error).__name__)
            return None

    def _claims(self, passage: Passage) -> list[Claim]:
        key = _key(passage)
        claims = self._kept.get(key)
        if claims is None:
            return self._keep(key, self._reader.read(passage))
        self._kept.move_to_end(key)
        return claims

    def _keep(self, key: _Key, claims: list[Claim]) -> list[Claim]:
        self._kept[key] = claims
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return claims


def _key(passage: Passage) -> _Key:
    return passage.id, passage.sha256, f"{passage.valid_from}{passage.valid_to}"


def _contradictions(pairs: Sequence[_Pair], model: Model, least: float) -> list[Contradiction]:
    agreed = [one for one in pairs if one.same]
    found: dict[int, Contradiction] = {}
    for one in pairs:
        if one.same or one.score < least:
            continue
        # A figure that fits another one about as well and agrees with it contradicts nothing.
        least_agreed = one.score - AGREEING
        if any((one.mine is by.mine or one.other is by.other) and by.score >= least_agreed for by in agreed):
            continue
        if id(one.other) not in found or found[id(one.other)].score < one.score:
            found[id(one.other)] = Contradiction(one.mine, one.other, one.score, model.chance(one.score))
    return sorted(found.values(), key=lambda one: -one.score)


def _asked_for(asked: Mapping[str, float], claim: Claim) -> bool:
    """Whether the claim has most of what the question says, and its own clause some of it."""
    said = {**claim.own, **claim.head}
    had = sum(weight for word, weight in asked.items() if word in said)
    return had > _ASKED * sum(asked.values()) and any(word in claim.label for word in asked)


def comparable(one: Claim, other: Claim) -> bool:
    """Whether two claims could speak of the same thing at all: sort, bound, place in a range, product, days."""
    if not _of_one_sort(one, other) or _placed_apart(one, other) or one.example or other.example:
        return False
    if {one.bound, other.bound} == {"ge", "le"}:
        return False
    a, b = one.passage, other.passage
    if a.product_code and b.product_code and a.product_code != b.product_code:
        return False
    return (a.valid_from or date.min) <= (b.valid_to or date.max) and (b.valid_from or date.min) <= (
        a.valid_to or date.max
    )


def _placed_apart(one: Claim, other: Claim) -> bool:
    """Begin and end of a range; a time that says neither may be either, an amount only as its bound says."""
    if one.place == other.place:
        return False
    if (one.place and other.place) or one.sort in POINTS:
        return bool(one.place and other.place)
    ranged, single = (one, other) if one.place else (other, one)
    return single.bound != {1: "ge", 2: "le"}[ranged.place]


def _of_one_sort(one: Claim, other: Claim) -> bool:
    """Being free is a price as good as any; how often may be told as a number of times or as the time between."""
    kinds = {one.quantity.kind, other.quantity.kind}
    if kinds == {"money"}:
        return not _units(one).isdisjoint(_units(other))
    if one.sort == other.sort or {one.sort, other.sort} == {MONTHDAY, "date"}:
        return True
    if INTERVAL in kinds:
        often, told = (one, other) if one.sort == INTERVAL else (other, one)
        return not _units(often).isdisjoint({"times": TIMES, "duration": LENGTHS}.get(told.sort, frozenset()))
    free, priced = (one, other) if one.sort == FREE else (other, one)
    return free.sort == FREE and (priced.sort == "percent" or priced.quantity.kind == "money")


def _units(claim: Claim) -> set[object]:
    return {key[0] for key in claim.quantity.keys}
