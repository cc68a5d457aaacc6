"""The evidence read for one question, unit by unit: which passage answers it best, and which rows of it.

A unit is a verbatim sentence, a row of a table or a list's line; what passages are about is told by
app.knowledge.subjects.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.knowledge.catalogue import build
from app.knowledge.passage import Passage
from app.knowledge.subjects import LOOSE, Named, shipped, siblings
from app.knowledge.wording import (
    asked_kinds,
    asked_measures,
    gives,
    grams,
    keys,
    measures,
    speaks_of,
    specifics,
    units,
    without_asking,
)

# What a unit is worth for the share of the question it says itself or stands under, for having the sort of thing asked
# for, for the quantities named and for the product called by its name; what a place in the search's order is worth.
_SAID, _UNDER, _KIND, _NAMED, _CALLED = 1.0, 0.85, 0.25, 0.4, 0.3
_RANK, _STANDING = 0.08, 0.35
# What a passage loses for being about a sibling of what was asked for, or about a special account nobody spoke of.
_ASTRAY, _ELSEWHERE, _NARROW = 1.0, 0.8, 1.0
# Rows that say less than this share of what the best one says of the question are about other things.
_ROWS_SAY = 0.5
_TERMS = frozenset("年月周天期")
# A row of a table ("存期：3年；年利率：1.25%") or of a list.
_ROW = re.compile(r"[-*•]|[^。！？：]{1,24}：[^。！？]*$")
_HAN = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an answer should speak of: a pair of the question, or a phrase of it with what else it may be called.
    size: how many pairs it stands for."""

    forms: tuple[str, ...]
    size: int = 1

    def stands_in(self, text: str, own: set[str]) -> bool:
        return any(form in own if len(self.forms) == 1 else form in text for form in self.forms)


class Reading:
    """pieces, scores: each passage's verbatim units, and what each is worth."""

    def __init__(
        self,
        question: str,
        evidence: Sequence[Passage],
        scores: Sequence[float] = (),
        synonyms: Sequence[Sequence[str]] = (),
    ) -> None:
        self.evidence = evidence
        self._wanted = _wanted(question.lower(), synonyms)
        self._named, self._kinds = set(keys(question)), asked_kinds(question)
        self._measures = asked_measures(question)
        self._said = specifics(question)
        self.pieces = [units(passage.text) or [passage.text] for passage in evidence]
        heads = [f"{passage.title}\n{passage.section}\n{passage.question}" for passage in evidence]
        # A FAQ's answer is quoted whole, so it is judged whole.
        texts = [
            ["\n".join(answer_lines(passage))] if passage.question else pieces
            for passage, pieces in zip(evidence, self.pieces, strict=True)
        ]
        self._weights = self._rarities([*(text for some in texts for text in some), *heads])
        standing = [_STANDING * (scores[0] - one) for one in scores] or [_RANK * at for at in range(len(evidence))]
        self._about = shipped().of(question.lower())
        self._told = [_told(passage) for passage in evidence]
        self._behind = standing
        self._astray = [_astray(self._about, told) for told in self._told]
        self._names = names(question, evidence)
        self._called = [any(name in passage.title for name in self._names) for passage in evidence]
        self.scores = [[self._score(text, head) for text in some] for some, head in zip(texts, heads, strict=True)]

    def worth(self, at: int) -> float:
        return self.answers(at) - self._behind[at]

    def answers(self, at: int) -> float:
        """The same without its place in the search's order: how well its best unit answers the question."""
        return max(self.scores[at]) - self._astray[at]

    def siblings(self, one: int, other: int) -> bool:
        """Whether two passages are about different products: of one kind, between which the question did not choose, or
        each called by its name."""
        if self._called[one] and self._called[other]:
            return self.evidence[one].title != self.evidence[other].title
        return siblings(self._about, self._told[one], self._told[other])

    def told(self, at: int) -> tuple[list[str], list[float]]:
        """The units of a passage that may be quoted, and what each is worth."""
        aside = self._aside(at)
        kept = [i for i in range(len(self.pieces[at])) if i not in aside]
        return [self.pieces[at][i] for i in kept], [self.scores[at][i] for i in kept]

    def share(self, texts: Sequence[str]) -> float:
        """How much of the question the texts have, rare things counting more."""
        return self._held("".join(texts))

    def _aside(self, at: int) -> set[int]:
        """The rows of a passage that answer something else: for other values than the one asked for ("存期：1年" of
        三年) if it has that one, or those that say far less of the question than the best row does."""
        rows = {i: piece for i, piece in enumerate(self.pieces[at]) if _ROW.match(piece)}
        if self._said:
            firsts = {i: piece.partition("；")[0] for i, piece in rows.items()}
            held = {i: specifics(first) for i, first in firsts.items()}
            right = {i for i, first in firsts.items() if any(speaks_of(one, first, held[i]) for one in self._said)}
            aside = {i for i in held if i not in right and _misses(self._said, held[i])} if right else set()
            if right:
                return aside
        said = {i: self._said_by(piece) for i, piece in rows.items()}
        best = max(said.values(), default=0.0)
        return {i for i, share in said.items() if share < _ROWS_SAY * best}

    def _said_by(self, row: str) -> float:
        held = self._held(row)
        right = held and not self._measures.isdisjoint(measures(row))
        return held / (sum(self._weights.values()) or 1.0) + _KIND * bool(right)

    def _held(self, text: str) -> float:
        lowered = text.lower()
        own = grams(lowered)
        return sum(weight for one, weight in self._weights.items() if one.stands_in(lowered, own))

    def _rarities(self, texts: Sequence[str]) -> dict[_Wanted, float]:
        """BM25's IDF of what is wanted; what no text has tells nothing apart and is left out."""
        every = [(text.lower(), grams(text)) for text in texts]
        counts = {one: sum(one.stands_in(text, own) for text, own in every) for one in self._wanted}
        return {one: one.size * math.log(1 + (len(every) - n + 0.5) / (n + 0.5)) for one, n in counts.items() if n}

    def _score(self, text: str, head: str) -> float:
        total = sum(self._weights.values()) or 1.0
        said, both = self._held(text), self._held(f"{head}\n{text}")
        worth = (_SAID * said + _UNDER * (both - said)) / total
        if self._measures:
            worth += -2 * _KIND if self._measures.isdisjoint(measures(text)) else _KIND
        elif self._kinds and any(gives(kind, text) for kind in self._kinds):
            worth += _KIND
        if self._names and any(name in f"{head}\n{text}" for name in self._names):
            worth += _CALLED
        if self._named:
            held = specifics(f"{head}\n{text}")
            spoken = sum(speaks_of(one, f"{head}\n{text}", held) for one in self._named)
            worth += _NAMED * (spoken / len(self._named) - (not spoken and _misses(self._named, held)))
        return worth


def _wanted(question: str, synonyms: Sequence[Sequence[str]]) -> list[_Wanted]:
    """Of an English question a Chinese text has no word: "the" and "of" in the one English passage would decide. Only
    what its phrases are called in Chinese counts."""
    phrases = [_Wanted(tuple(group), max(len(grams(group[0])), 1)) for group in synonyms if group[0] in question]
    for phrase in phrases:
        question = question.replace(phrase.forms[0], " ")
    pairs = grams(without_asking(question)) if _HAN.search(question) else set()
    return [*phrases, *(_Wanted((pair,)) for pair in sorted(pairs))]


def names(question: str, evidence: Sequence[Passage]) -> list[str]:
    """The names, whole or their telling beginnings, by which the question calls products of the evidence."""
    rows = [(one.title, one.product_code, one.risk_level) for one in evidence if one.kind == "product"]
    return [name for one in build(sorted(set(rows), key=str)) for name in (*one.names, *one.starts) if name in question]


def _told(passage: Passage) -> Named:
    parts = (passage.title, passage.section, passage.question, passage.text)
    return shipped().told(*(part.lower() for part in parts))


def _astray(asked: Named, told: Named) -> float:
    astray = shipped().astray(asked, told)
    narrow = _NARROW * shipped().narrower(asked, told)
    return _ASTRAY * len(astray - LOOSE) + _ELSEWHERE * len(astray & LOOSE) + narrow


def _misses(named: set[str], held: set[str]) -> bool:
    """Whether a text has the units asked about, but only with other values."""
    units_held = {_unit(value) for value in held}
    return any(value not in held and _unit(value) in units_held for value in named if value[0].isdigit())


def _unit(value: str) -> str:
    """A term is a term, whether it counts years or months."""
    unit = value.lstrip("0123456789.")
    return "期" if unit in _TERMS else unit


def answer_lines(passage: Passage) -> list[str]:
    """The answer of a FAQ passage as verbatim lines, its question left out."""
    text = passage.text
    if passage.question and text.lstrip("问：: \n").startswith(passage.question):
        text = text.lstrip("问：: \n")[len(passage.question) :].lstrip("\n 　")
        text = re.sub(r"^(?:答|A)\s*[：:]\s*", "", text)
    return text.split("\n")
