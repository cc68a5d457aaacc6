"""Texts to search terms, the same way for passages and for questions.

Whatever changes here changes what stored passages mean: it needs a re-ingestion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.knowledge.catalogue import short_names
from app.knowledge.index import SparseVector
from app.knowledge.lexical import (
    PAIRS_PIVOT,
    WORDS_PIVOT,
    Names,
    Segmenter,
    is_han,
    pairs,
    passage_weights,
    placed_pairs,
    read_lines,
    sparse,
)
from app.knowledge.normalise import Normaliser
from app.knowledge.passage import Passage
from app.knowledge.sounds import Echo, Sounds
from app.knowledge.subjects import Named, Subjects
from app.knowledge.subjects import shipped as shipped_subjects
from app.knowledge.synonyms import Meaning, Thesaurus
from app.knowledge.typos import mend
from app.knowledge.wording import specifics

# The names of the sparse vectors.
WORDS, PAIRS, SOUNDS = "words", "pairs", "sounds"

# Asks for money as 多少 asks for anything: no passage says it, and a FAQ's own question need not.
_HOW_MUCH = "多少钱|几块钱?|几元|几毛钱?"
_MONEY = re.compile(_HOW_MUCH)

# A synonym is what the customer may have meant, the word itself is what they said.
_SYNONYM = 0.5


@dataclass(frozen=True, slots=True)
class Unit:
    """A thing a question says, at [start, end) of its normalised text. forms: spellings that count as having it."""

    start: int
    end: int
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart. text: normalised. words, pairs, sounds: terms with their weights, synonyms included.

    units: what a passage that answers should have: the question's pairs without those of question words, and phrases
    with their synonyms. characters, own_pairs: its own, each once. rarities: its own content words, without those of
    phrases with synonyms, and how rare each is in Chinese at large. specifics: the quantities and codes it names.
    subjects: what it is about.
    """

    text: str
    words: Mapping[str, float]
    pairs: Mapping[str, float]
    sounds: Mapping[str, float]
    units: Sequence[Unit]
    characters: Sequence[str]
    own_pairs: frozenset[str]
    rarities: Mapping[str, float]
    specifics: frozenset[str]
    subjects: Named

    def vectors(self) -> dict[str, SparseVector]:
        """One sparse vector a list; lists without a term are left out."""
        named = ((WORDS, self.words), (PAIRS, self.pairs), (SOUNDS, self.sounds))
        return {name: sparse(weights) for name, weights in named if weights}


class Analyser:
    """Texts to terms, the same way on both sides. cache_dir: see Segmenter. Loading takes about a second."""

    def __init__(self, cache_dir: Path | None = None) -> None:
        self.normalise = Normaliser()
        self.names = Names()
        self.subjects: Subjects = shipped_subjects()
        self._segment = Segmenter(cache_dir)
        self._sounds = Sounds()
        self._stopwords = frozenset(word for line in read_lines("stopwords.txt") for word in line.split())
        self._small = frozenset(word for word in self._stopwords if len(word) == 1)
        long = sorted((word for word in self._stopwords if len(word) > 1 and not word.isascii()), key=len, reverse=True)
        self._asked = self._sounds.echo("\n".join(sorted(long)))  # 多少 and 怎么 are typed by sound as well
        self._asking = re.compile("|".join([_HOW_MUCH, *map(re.escape, long)]))

    def learn_names(self, names: Iterable[str]) -> None:
        """Product names as whole words of questions, from now on; passages know their own titles by themselves."""
        self.names.replace(self.normalise(name) for name in names)

    def passage(self, passage: Passage) -> dict[str, SparseVector]:
        text = self.normalise("\n".join((passage.title, passage.section, passage.question, passage.text)))
        return {
            WORDS: passage_weights(self._words(text, self._own_names(passage)), WORDS_PIVOT),
            PAIRS: passage_weights(self._pairs(text), PAIRS_PIVOT),
            SOUNDS: passage_weights(self._sounds.passage_codes(text), PAIRS_PIVOT),
        }

    def question(self, text: str, thesaurus: Thesaurus | None = None, *, normalised: bool = False) -> Question:
        plain = text if normalised else self.normalise(text)
        meanings = thesaurus.find(plain) if thesaurus is not None else []
        words, both = _counted(self._words(plain, self.names)), _counted(self._pairs(plain))
        said = frozenset(words), frozenset(both)
        for other in dict.fromkeys(other for meaning in meanings for other in meaning.others):
            for word in self._words(other, self.names):
                if word not in said[0]:
                    words[word] = _SYNONYM
            for pair in self._pairs(other):
                if pair not in said[1]:
                    both[pair] = _SYNONYM
        return Question(
            text=plain,
            words=words,
            pairs=both,
            sounds=self._sounds.query_codes(plain),
            units=self._units(plain, meanings),
            characters=[one for one in dict.fromkeys(plain) if is_han(one) and one not in self._small],
            own_pairs=said[1],
            rarities=self._rarities(words, said[0], [*(one.phrase for one in meanings), *_MONEY.findall(plain)]),
            specifics=frozenset(specifics(plain)),
            subjects=self.subjects.of(plain),
        )

    def cut(self, text: str) -> list[str]:
        """The words of a text as it is; joined they are the text."""
        return [word for _, word in self._segment.tokens(text)]

    def echo(self, text: str) -> Echo:
        return self._sounds.echo(text)

    def mend(self, question: Question, texts: Sequence[str], echoes: Sequence[Echo]) -> str:
        """The question as it was meant, by the sound of the passages found: see app.knowledge.typos."""
        return mend(
            question.text,
            self._segment.tokens(question.text),
            self._sounds.syllables(question.text),
            [*echoes, self._asked],
            lambda word: word in self.names or self._segment.knows(word),
            lambda stretch: any(stretch in text for text in texts),
        )

    def _units(self, text: str, meanings: Sequence[Meaning]) -> list[Unit]:
        rest = list(text)
        for meaning in meanings:
            rest[meaning.start : meaning.end] = " " * (meaning.end - meaning.start)
        units = [Unit(one.start, one.end, (one.phrase, *one.others)) for one in meanings]
        masked = self._asking.sub(lambda asking: " " * len(asking.group()), "".join(rest))
        said: set[str] = set()
        for start, pair in placed_pairs(masked):
            if pair not in said and pair not in self._stopwords and not self._small.issuperset(pair):
                said.add(pair)
                units.append(Unit(start, start + len(pair), (pair,)))
        return units

    def _rarities(self, words: Iterable[str], said: frozenset[str], phrases: Sequence[str]) -> dict[str, float]:
        """phrases: those whose words do not count, having synonyms or asking."""
        return {
            word: self._segment.surprise(word)
            for word in words
            if word in said and not any(word in phrase for phrase in phrases)
        }

    def _pairs(self, text: str) -> list[str]:
        """Without English stopwords; a pair of Chinese ones may well be part of a name."""
        return [pair for pair in pairs(text) if not (pair.isascii() and pair in self._stopwords)]

    def _words(self, text: str, names: Names) -> list[str]:
        words = [word for word in self._segment(text) if word not in self._stopwords]
        known = frozenset(words)
        whole = [*names.find(text), *sorted(specifics(text))]
        return words + [name for name in whole if name not in known]

    def _own_names(self, passage: Passage) -> Names:
        return Names(self.normalise(name) for name in short_names(passage.title))


def _counted(terms: Iterable[str]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for term in terms:
        counts[term] = counts.get(term, 0.0) + 1.0
    return counts
