"""Several ranked lists into one: each candidate gets a row of features, and a few weights add them up.

Within a list, sparse scores count as shares of the best one and cosines as they are: both keep their meaning however
many passages there are, which ranks (RRF) and z-scores over a cut list do not.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.knowledge.encoding import DENSE, PAIRS, SOUNDS, WORDS, Analyser, Question
from app.knowledge.index import Hit
from app.knowledge.lexical import HAN, pairs
from app.knowledge.passage import Passage

FEATURES: Final = (
    "words",  # share of the best BM25 score over content words
    "pairs",  # the same over character pairs
    "sounds",  # the same over pairs of sounds
    "dense",  # cosine
    "covered",  # rarity-weighted share of the question's pairs that the passage has
    "focused",  # the same in its best sentence, longer sentences counting less
    "triples",  # share of the question's character triples
    "characters",  # share of its characters
    "named",  # share of the title's pairs that the question has
    "asked",  # overlap of the question with the question a FAQ passage answers
)
Rows = NDArray[np.float32]

_SENTENCE = re.compile(r"[^。;；!?！？\n]+[。;；!?！？\n]*")
_SENTENCE_CHARACTERS = 60
_HAN_ONLY = re.compile(f"^[{HAN}]+$")
# Typical e5 cosines of Chinese texts lie in .75–.95; a list that is absent says nothing for or against.
_COSINE_FLOOR = 0.75


@dataclass(frozen=True, slots=True)
class View:
    """A passage as fusion reads it: normalised, with the starts of its sentence groups and its title's pairs."""

    text: str
    starts: tuple[int, ...]
    title: frozenset[str]
    question: frozenset[str]


class Views:
    """Views of passages, the latest kept: normalising fifty texts costs more than the rest of fusion."""

    def __init__(self, analyser: Analyser, size: int = 2048) -> None:
        self._analyser, self._size = analyser, size
        self._kept: OrderedDict[tuple[str, str], View] = OrderedDict()

    def of(self, passage: Passage) -> View:
        key = (passage.id, passage.sha256)
        view = self._kept.get(key)
        if view is None:
            view = self._kept[key] = self._make(passage)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return view

    def _make(self, passage: Passage) -> View:
        normalise = self._analyser.normalise
        text = normalise("\n".join(filter(None, (passage.section, passage.question, passage.text))))
        title = "" if passage.question else normalise(passage.title)
        return View(text, _groups(text), frozenset(pairs(title)), frozenset(pairs(normalise(passage.question))))


@dataclass(frozen=True, slots=True)
class Candidates:
    """passages: of all lists, without repeats. rows: (passages, len(FEATURES)). ranks: 1-based, by list name."""

    passages: Sequence[Passage]
    rows: Rows
    ranks: Mapping[str, Mapping[str, int]]


def gather(
    question: Question, lists: Mapping[str, Sequence[Hit]], views: Views, stopwords: frozenset[str], limit: int
) -> Candidates:
    """The features of every passage in the lists; at most `limit` of them, those the lists put highest."""
    scores = {name: {hit.passage.id: hit.score for hit in hits} for name, hits in lists.items()}
    ranks = {name: {hit.passage.id: at for at, hit in enumerate(hits, 1)} for name, hits in lists.items()}
    found: dict[str, Passage] = {hit.passage.id: hit.passage for hits in lists.values() for hit in hits}
    listed = np.zeros((len(found), 4), np.float32)
    for column, name in enumerate((WORDS, PAIRS, SOUNDS, DENSE)):
        listed[:, column] = _column(list(found), scores.get(name, {}), cosine=name == DENSE)
    keep = np.argsort(-(listed @ np.array([1, 1, 0.3, 5], np.float32)), kind="stable")[:limit]
    passages = [list(found.values())[at] for at in keep]
    read = _read(question, [views.of(passage) for passage in passages], stopwords)
    return Candidates(passages, np.hstack([listed[keep], read]), ranks)


def _column(ids: Sequence[str], scores: Mapping[str, float], *, cosine: bool) -> Rows:
    """A passage missing from a full list scores at most what the list's last one does: that much it gets."""
    if not scores:
        return np.zeros(len(ids), np.float32)
    values = np.array([scores.get(one, -1.0) for one in ids], np.float32)
    last, best = min(scores.values()), max(scores.values())
    values[values < 0] = last if len(scores) >= 20 else (_COSINE_FLOOR if cosine else 0.0)
    if cosine:
        return np.asarray(np.maximum(values - _COSINE_FLOOR, 0), np.float32)
    return np.asarray(values / best, np.float32) if best > 0 else values


def _read(question: Question, views: Sequence[View], stopwords: frozenset[str]) -> Rows:
    asked = _asked(question, stopwords)
    own = frozenset(pairs(question.text))
    found = [_find(asked, view) for view in views]
    rarity = _rarity([hits for hits, _ in found], len(asked))
    total = float(rarity.sum()) or 1.0
    triples, characters = _triples(question.text), _characters(question.text, stopwords)
    rows = np.zeros((len(views), 6), np.float32)
    has_triples = np.array([[part in view.text for part in triples] for view in views], np.float32)
    has_characters = np.array([[part in view.text for part in characters] for view in views], np.float32)
    rows[:, 2], rows[:, 3] = _share(has_triples), _share(has_characters)
    for at, (view, (hits, groups)) in enumerate(zip(views, found, strict=True)):
        rows[at, 0] = rarity[list(hits)].sum() / total
        rows[at, 1] = (
            max((_focus(rarity, members, view, group) for group, members in groups.items()), default=0) / total
        )
        rows[at, 4] = len(view.title & own) / len(view.title) if view.title else 0.0
        rows[at, 5] = 2 * len(view.question & own) / (len(view.question) + len(own)) if view.question else 0.0
    return rows


def _asked(question: Question, stopwords: frozenset[str]) -> list[tuple[str, ...]]:
    """What a passage should have, each with the forms that count as having it: pairs, and phrases with synonyms."""
    text = list(question.text)
    units: list[tuple[str, ...]] = []
    for meaning in question.meanings:
        units.append((meaning.phrase, *meaning.others))
        text[meaning.start : meaning.end] = "\x00" * (meaning.end - meaning.start)
    small = frozenset("".join(word for word in stopwords if len(word) == 1 or not word.isascii()))
    for pair in dict.fromkeys(pairs("".join(text))):
        if pair not in stopwords and not all(character in small for character in pair):
            units.append((pair,))
    return units


def _find(asked: Sequence[tuple[str, ...]], view: View) -> tuple[set[int], dict[int, set[int]]]:
    """Which units the view has, and which of them each sentence group has."""
    hits: set[int] = set()
    groups: dict[int, set[int]] = {}
    text, starts = view.text, view.starts
    for unit, forms in enumerate(asked):
        for form in forms:
            at = text.find(form)
            while at >= 0:
                hits.add(unit)
                group = bisect_right(starts, at) - 1
                groups.setdefault(group, set()).add(unit)
                # The next sentence group is the next place that can matter.
                at = text.find(form, starts[group + 1]) if group + 1 < len(starts) else -1
    return hits, groups


def _rarity(hits: Sequence[set[int]], units: int) -> Rows:
    """BM25's IDF over the candidates: what few of them have tells them apart."""
    frequency = np.zeros(units, np.float32)
    for found in hits:
        frequency[list(found)] += 1
    rarity: Rows = np.log(1 + (len(hits) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    return rarity


def _focus(rarity: Rows, members: set[int], view: View, group: int) -> float:
    end = view.starts[group + 1] if group + 1 < len(view.starts) else len(view.text)
    length = (end - view.starts[group]) / _SENTENCE_CHARACTERS
    return float(rarity[list(members)].sum()) * 2.5 / (2.5 + 1.1 * max(length - 0.8, 0.0))


def _share(has: Rows) -> Rows:
    if not has.size:
        return np.zeros(len(has), np.float32)
    frequency = has.sum(0)
    rarity = np.log(1 + (len(has) - frequency + 0.5) / (frequency + 0.5))
    shares: Rows = (has @ rarity / max(float(rarity.sum()), 1e-6)).astype(np.float32)
    return shares


def _triples(text: str) -> list[str]:
    return [part for at in range(len(text) - 2) if _HAN_ONLY.match(part := text[at : at + 3])]


def _characters(text: str, stopwords: frozenset[str]) -> list[str]:
    return [one for one in dict.fromkeys(text) if one not in stopwords and (one.isalnum())]


def _groups(text: str) -> tuple[int, ...]:
    """Starts of runs of whole sentences of about sixty characters."""
    starts = [0]
    for match in _SENTENCE.finditer(text):
        if match.end() - starts[-1] > _SENTENCE_CHARACTERS and match.start() > starts[-1]:
            starts.append(match.start())
    return tuple(starts)


def fuse(rows: Rows, weights: Mapping[str, float]) -> Rows:
    """One score a candidate: the weighted sum of its features."""
    vector = np.array([weights.get(name, 0.0) for name in FEATURES], np.float32)
    fused: Rows = rows @ vector
    return fused


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
