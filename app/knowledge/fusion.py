"""Several ranked lists into one: each candidate gets a row of features, and a few weights add them up.

Within a list, sparse scores count as shares of the best one and cosines as they are: both keep their meaning however
many passages there are, which ranks (RRF) and z-scores over a cut list do not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.knowledge.analysis import PAIRS, SOUNDS, WORDS, Analyser, Question, Unit
from app.knowledge.catalogue import short_names
from app.knowledge.encoding import DENSE, SENTENCES
from app.knowledge.index import Hit
from app.knowledge.lexical import is_han, pairs
from app.knowledge.passage import Passage
from app.knowledge.sounds import Echo
from app.knowledge.subjects import LOOSE, Named
from app.knowledge.wording import specifics, units

FEATURES: Final = (
    "words",  # share of the best BM25 score over content words
    "pairs",  # the same over character pairs
    "sounds",  # the same over pairs of sounds
    "dense",  # cosine above the floor
    "sentence",  # the same of its nearest sentence
    "covered",  # share of the question's pairs that the passage has, rare ones counting more
    "triples",  # the same of its character triples
    "characters",  # the same of its characters
    "named",  # how much of the product's name beyond a third the question says
    "asked",  # overlap of the question with the question a FAQ passage answers
    "specific",  # share of the quantities and codes the question names that the passage has; 0 where it names none
    "heading",  # share of its section's pairs that the question says; 0 for FAQ passages
    "astray",  # in how many dimensions (product, matter, …) it is about a sibling of what the question names
    "elsewhere",  # the same of the channel
)

Rows = NDArray[np.float32]

# Cosines of e5 between Chinese texts lie between here and .95.
_COSINE_FLOOR = 0.75
# A list this long has been cut: a passage missing from it may score as much as its last one. A shorter one is whole.
_CUT = 20
# Less of a name than this is shared by chance: every second title has 保险 or 存款 in it.
_UNSAID = 0.35
# What decides which candidates are read at all; close to the fitted weights, but no part of them.
_FIRST_LOOK = np.array([1.0, 1.0, 0.3, 6.0, 6.0], np.float32)


class View:
    """A passage as fusion reads it: normalised, what is rarely needed computed when it is."""

    def __init__(self, passage: Passage, analyser: Analyser) -> None:
        self._analyser = analyser
        self._title, self._section, self._question = passage.title, passage.section, passage.question
        self._text = passage.text
        self._codes = f"{passage.risk_level or ''} {passage.product_code or ''}"
        self.text = analyser.normalise("\n".join(filter(None, (passage.section, passage.question, passage.text))))

    @cached_property
    def names(self) -> Sequence[frozenset[str]]:
        """The title and its short forms as pairs; none for FAQ passages, whose title is a category."""
        if self._question:
            return ()
        named = [frozenset(pairs(self._analyser.normalise(name))) for name in short_names(self._title)]
        return [name for name in named if len(name) > 1]

    @cached_property
    def question(self) -> frozenset[str]:
        return frozenset(pairs(self._analyser.normalise(self._question)))

    @cached_property
    def head(self) -> str:
        """Title, section, and the question of a FAQ passage: what every sentence of it is about."""
        return self._analyser.normalise("\n".join((self._title, self._section, self._question)))

    @cached_property
    def title(self) -> str:
        return self._analyser.normalise(self._title)

    @cached_property
    def under(self) -> str:
        """Section and question: what the sentences speak of within their document."""
        return self._analyser.normalise("\n".join((self._section, self._question)))

    @cached_property
    def statements(self) -> Sequence[str]:
        """What it says, sentence by sentence and row by row; the answer of a FAQ passage is one statement."""
        text = self._analyser.normalise(self._text)
        if self._question:
            return (text.replace(self._analyser.normalise(self._question), "", 1),)
        return tuple(units(text)) or (text,)

    @cached_property
    def whole(self) -> str:
        return f"{self.head}\n{self.text}"

    @cached_property
    def specifics(self) -> frozenset[str]:
        return frozenset(specifics(f"{self.whole}\n{self._codes}"))

    @cached_property
    def heading(self) -> frozenset[str]:
        return frozenset() if self._question else frozenset(pairs(self._analyser.normalise(self._section)))

    @cached_property
    def subjects(self) -> Named:
        """What it says it is about, its title counted with it; a FAQ passage is about what it asks, or else says."""
        parts = (self._title, self._section, self._question, self._text)
        return self._analyser.subjects.told(*map(self._analyser.normalise, parts))

    def astray(self, question: Question) -> frozenset[str]:
        return self._analyser.subjects.astray(question.subjects, self.subjects)

    @cached_property
    def echo(self) -> Echo:
        return self._analyser.echo(self.whole)


class Views:
    """Views of passages, the latest kept: normalising forty texts costs more than the rest of fusion."""

    def __init__(self, analyser: Analyser, size: int = 4096) -> None:
        self._analyser, self._size = analyser, size
        self._kept: OrderedDict[tuple[str, str], View] = OrderedDict()

    def of(self, passage: Passage) -> View:
        key = (passage.id, passage.sha256)
        view = self._kept.get(key)
        if view is None:
            view = self._kept[key] = View(passage, self._analyser)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return view


@dataclass(frozen=True, slots=True)
class Candidates:
    """passages and views: of all lists, without repeats. rows: (passages, len(FEATURES)). ranks: 1-based, by list.

    has: (passages, units of the question), whether the text, its title not counted, has the unit.
    """

    passages: Sequence[Passage]
    views: Sequence[View]
    rows: Rows
    has: NDArray[np.bool_]
    ranks: Mapping[str, Mapping[str, int]]


def gather(question: Question, lists: Mapping[str, Sequence[Hit]], views: Views, limit: int) -> Candidates:
    """The features of the passages in the lists; at most `limit` of them, those that the lists put highest."""
    found = {hit.passage.id: hit.passage for hits in lists.values() for hit in hits}
    ranks = {name: {hit.passage.id: at for at, hit in enumerate(hits, 1)} for name, hits in lists.items()}
    listed = np.zeros((len(found), len(_FIRST_LOOK)), np.float32)
    for column, name in enumerate((WORDS, PAIRS, SOUNDS, DENSE, SENTENCES)):
        listed[:, column] = _column(found, lists.get(name, ()), cosine=name in (DENSE, SENTENCES))
    keep = np.argsort(-(listed @ _FIRST_LOOK), kind="stable")[:limit]
    ordered = list(found.values())
    passages = [ordered[at] for at in keep]
    read = [views.of(passage) for passage in passages]
    has = matches(question.units, [view.text for view in read])
    return Candidates(passages, read, np.hstack([listed[keep], _read(question, read, has)]), has, ranks)


def fuse(rows: Rows, weights: Mapping[str, float]) -> Rows:
    """One score a candidate: the weighted sum of its features."""
    return np.asarray(rows @ np.array([weights.get(name, 0.0) for name in FEATURES], np.float32), np.float32)


def rarity(has: NDArray[np.bool_]) -> Rows:
    """BM25's IDF of each column over the rows: what few candidates have tells them apart."""
    frequency = has.sum(0)
    return np.asarray(np.log(1 + (len(has) - frequency + 0.5) / (frequency + 0.5)), np.float32)


def matches(units: Sequence[Unit], texts: Sequence[str]) -> NDArray[np.bool_]:
    """(texts, units): whether a text has one of a unit's forms."""
    rows = np.zeros((len(texts), len(units)), np.bool_)
    for column, unit in enumerate(units):
        for form in unit.forms:
            rows[:, column] |= np.fromiter((form in text for text in texts), np.bool_, len(texts))
    return rows


def _column(found: Mapping[str, Passage], hits: Sequence[Hit], *, cosine: bool) -> Rows:
    if not hits:
        return np.zeros(len(found), np.float32)
    scores = {hit.passage.id: hit.score for hit in hits}
    least = hits[-1].score if len(hits) >= _CUT else (_COSINE_FLOOR if cosine else 0.0)
    values = np.array([scores.get(one, least) for one in found], np.float32)
    if cosine:
        return np.asarray(np.maximum(values - _COSINE_FLOOR, 0), np.float32)
    best = hits[0].score
    return np.asarray(values / best if best > 0 else np.zeros_like(values), np.float32)


def _read(question: Question, views: Sequence[View], has: NDArray[np.bool_]) -> Rows:
    rows = np.zeros((len(views), len(FEATURES) - len(_FIRST_LOOK)), np.float32)
    texts = [view.text for view in views]
    rows[:, 0] = _share(has)
    rows[:, 1] = _share(_contains(_triples(question.text), texts))
    rows[:, 2] = _share(_contains(question.characters, texts))
    own = question.own_pairs
    for at, view in enumerate(views):
        said = max((len(name & own) / len(name) for name in view.names), default=0.0)
        rows[at, 3] = max(said - _UNSAID, 0.0) / (1 - _UNSAID)
        if view.question:
            rows[at, 4] = 2 * len(view.question & own) / (len(view.question) + len(own))
        if question.specifics:
            rows[at, 5] = len(question.specifics & view.specifics) / len(question.specifics)
        if view.heading:
            rows[at, 6] = len(view.heading & own) / len(view.heading)
        astray = view.astray(question)
        rows[at, 7], rows[at, 8] = len(astray - LOOSE), len(astray & LOOSE)
    return rows


def _contains(parts: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[part in text for part in parts] for text in texts], np.bool_).reshape(len(texts), len(parts))


def _share(has: NDArray[np.bool_]) -> Rows:
    """Each row's share of the columns it has, weighted by their rarity."""
    weights = rarity(has)
    return np.asarray(has @ weights / max(float(weights.sum()), 1e-6), np.float32)


def _triples(text: str) -> list[str]:
    return [part for at in range(len(text) - 2) if is_han(part := text[at : at + 3])]
