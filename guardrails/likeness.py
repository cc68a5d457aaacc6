"""The statistical half of the rails: a linear model over n-grams and concepts, fitted from phrases in this repository.

A second opinion: it only ever adds to what the rules decide, from a lower probability where a rule sees a hint. It
names what it saw: the strongest n-grams and where they stand. Fitted by `python -m eval.fit_rails`; linear in the
text, no clock, no randomness.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import add
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.concepts import read_concepts
from guardrails.engine import Hints, sentences_of
from guardrails.tallies import Tallies
from guardrails.verdict import EMERGENCIES

LEARNED_FOLDER = Path(__file__).parent / "learned"
# A message is read whole up to this many characters, a longer one in pieces: what is dangerous must not be diluted.
_WHOLE = 120
_PIECE = 90
_SHOWN = 3
# Words and concepts are looked for only where n-grams leave at least this doubt: they cost more, and turn no text over
# that n-grams find this harmless.
_DOUBT = 0.12
# Pieces of a long text that are read in full, the likeliest to be dangerous.
_READ_IN_FULL = 40
# A greeting says too little to be like anything.
_LEAST = 4
ALLOW = "allow"
_NEVER = 2.0
_LIMITS = ("alone", "hinted", "certain", "lifts")
_HUNDRED = np.float32(100)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a text is most like. probability: 0..1 that it is not harmless. places: the strongest n-grams' spans."""

    reason: str
    probability: float
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """From which probability a reason acts: alone; hinted, where the rules see a hint of it; certain: from which an
    emergency is one (P0), and any other reason overrules a rule that takes it for harmless. lifts: up to which
    probability the meaning of a message takes back a rule of the reason."""

    alone: Mapping[str, float] = field(default_factory=dict)
    hinted: Mapping[str, float] = field(default_factory=dict)
    certain: Mapping[str, float] = field(default_factory=dict)
    lifts: Mapping[str, float] = field(default_factory=dict)

    def reached(self, likeness: Likeness, hints: Hints) -> bool:
        """What a rule takes for harmless an emergency may overrule, alone, or what is certain."""
        limits = self.hinted if likeness.reason in hints.likely else self.alone
        if likeness.reason in hints.spared:
            limits = self.alone if likeness.reason in EMERGENCIES else self.certain
        return likeness.probability >= limits.get(likeness.reason, _NEVER)

    def excess(self, likeness: Likeness) -> float:
        """By how much it is above the lower of its limits."""
        reason = likeness.reason
        return likeness.probability - min(self.hinted.get(reason, _NEVER), self.alone.get(reason, _NEVER))

    def is_certain(self, likeness: Likeness) -> bool:
        return likeness.probability >= self.certain.get(likeness.reason, 0.0)

    def lifted(self, harm: float, reason: str) -> bool:
        """Whether a rule of the reason is taken back where the probability of harm is this."""
        return harm <= self.lifts.get(reason, -1.0)

    def lines(self) -> list[str]:
        """Their lines of a fitted file."""
        return [f"#{name}\t{_as_text(getattr(self, name))}" for name in _LIMITS]


def read_limits(header: Mapping[str, str]) -> Limits:
    return Limits(*(_named(header.get(f"#{name}", "")) for name in _LIMITS))


@dataclass(frozen=True, slots=True)
class LikenessModel:
    """rows: n-gram -> row of weights, shape (n-grams, reasons), whole hundredths; `reasons` hold "allow"."""

    reasons: tuple[str, ...]
    bias: Floats
    rows: Mapping[str, int]
    weights: Floats
    limits: Limits = field(default_factory=Limits)
    _bias: tuple[float, ...] = field(init=False, repr=False)
    _tallies: Tallies = field(init=False, repr=False)

    def __post_init__(self) -> None:
        hundredths = np.rint(self.weights * _HUNDRED).astype(int).tolist()
        packed = Tallies({gram: hundredths[row] for gram, row in self.rows.items()}, len(self.reasons))
        object.__setattr__(self, "_bias", tuple(self.bias.tolist()))
        object.__setattr__(self, "_tallies", packed)

    def read(self, text: str) -> Likeness | None:
        """The most dangerous piece of a normalised text; None when nothing in it speaks for harm."""
        best: Likeness | None = None
        pieces = [pair for pair in pieces_of(text) if len(pair[0]) >= _LEAST]
        for piece, start in pieces if len(pieces) <= _READ_IN_FULL else self._likeliest(pieces, text):
            likeness = self._read_piece(piece, start)
            if likeness is not None and (best is None or self.limits.excess(likeness) > self.limits.excess(best)):
                best = likeness
        return best

    def _likeliest(self, pieces: Sequence[tuple[str, int]], text: str) -> list[tuple[str, int]]:
        """The pieces of a long text whose pairs of characters alone speak loudest for harm, in their order.

        Pairs are looked up once a place, not once a piece: pieces overlap.
        """
        found = [self.rows.get(text[at : at + 2], -1) for at in range(len(text))]
        known = np.flatnonzero(np.array(found) >= 0)
        summed = np.zeros((len(text) + 1, len(self.reasons)), np.float32)
        summed[known + 1] = self.weights.take([found[at] for at in known.tolist()], axis=0)
        np.cumsum(summed, axis=0, out=summed)
        starts = np.array([start for _, start in pieces])
        ends = np.array([start + len(piece) - 1 for piece, start in pieces])
        scores = self.bias + (summed[ends] - summed[starts]) / np.sqrt(ends - starts)[:, None]
        allow = self.reasons.index(ALLOW)
        others = np.delete(scores, allow, axis=1).max(axis=1) - scores[:, allow]
        return [pieces[at] for at in sorted(np.argsort(-others, kind="stable")[:_READ_IN_FULL].tolist())]

    def acts_on(self, likeness: Likeness, hints: Hints | None = None) -> bool:
        """hints: what the rules see; None = not looked for, so that it may act beside any."""
        return self.limits.excess(likeness) >= 0 if hints is None else self.limits.reached(likeness, hints)

    def scores(self, text: str) -> list[float]:
        """What all of a short text speaks for, one number a reason, whatever doubt there is."""
        features = frozenset(features_of(text.strip()))
        summed = self._tallies.add_up(features)
        return self._scores(summed or [0] * len(self.reasons), len(features))

    def _read_piece(self, piece: str, start: int) -> Likeness | None:
        grams = frozenset(_grams_in(piece))
        summed = self._tallies.add_up(grams)
        if summed is None:
            return None
        if self._shares(summed, len(grams))[1] < _DOUBT:
            return None
        closer = frozenset(_words_and_concepts(piece))
        more = self._tallies.add_up(closer)
        both = summed if more is None else list(map(add, summed, more))
        shares, probability = self._shares(both, len(grams) + len(closer))
        shares[self.reasons.index(ALLOW)] = -1.0
        reason = self.reasons[shares.index(max(shares))]
        likeness = Likeness(reason, probability, ())
        return replace(likeness, places=self._places(piece, start, reason)) if self.acts_on(likeness) else likeness

    def _shares(self, summed: Sequence[int], count: int) -> tuple[list[float], float]:
        """What speaks for each reason, and the probability that the text is not harmless. summed: hundredths."""
        scores = self._scores(summed, count)
        most = max(scores)
        shares = [math.exp(score - most) for score in scores]
        return shares, 1.0 - shares[self.reasons.index(ALLOW)] / sum(shares)

    def _scores(self, summed: Sequence[int], count: int) -> list[float]:
        weight = 0.01 / math.sqrt(max(count, 1))
        return [bias + total * weight for bias, total in zip(self._bias, summed, strict=True)]

    def places(self, text: str, reason: str) -> tuple[tuple[int, int], ...]:
        """Where in a short text the n-grams stand that speak loudest for the reason."""
        piece = text.strip()
        return self._places(piece, text.index(piece), reason)

    def _places(self, piece: str, start: int, reason: str) -> tuple[tuple[int, int], ...]:
        grams = grams_of(piece)
        seen = [gram for gram in grams if gram in self.rows]
        held = self.weights[[self.rows[gram] for gram in seen]]
        shares = held[:, self.reasons.index(ALLOW)] - held[:, self.reasons.index(reason)]
        strongest = np.argsort(shares, kind="stable")[:_SHOWN].tolist()
        held_at = [(seen[i], start + grams[seen[i]]) for i in strongest if grams[seen[i]] >= 0]
        return tuple(sorted((at, at + len(gram)) for gram, at in held_at))


def grams_of(piece: str) -> dict[str, int]:
    """Every n-gram (1..3) of the piece and where it first stands; its two ends are marked and stand nowhere (-1)."""
    return {gram: piece.find(gram) for gram in _grams_in(piece)}


def _grams_in(piece: str) -> list[str]:
    """The piece's n-grams (1..3) and its marked ends, some more than once."""
    pairs = [*map(add, piece, piece[1:])]
    ends = ("^" + piece[:1], piece[-1:] + "$", "^" + piece[:2], piece[-2:] + "$")
    return [*piece, *pairs, *map(add, pairs, piece[2:]), *ends]


_WORD = re.compile(r"[a-z][a-z']{0,30}")


def features_of(piece: str) -> Iterator[str]:
    """What the model counts, some more than once: n-grams, English words and pairs of them ("w:my card"), concepts."""
    yield from _grams_in(piece)
    yield from _words_and_concepts(piece)


def _words_and_concepts(piece: str) -> Iterator[str]:
    words = _WORD.findall(piece)
    for word in words:
        yield "w:" + word
    for first, second in pairwise(words):
        yield f"w:{first} {second}"
    yield from read_concepts().features(piece)


def is_short(text: str) -> bool:
    """Whether it is read whole; a greeting is not read at all."""
    return _LEAST <= len(text.strip()) <= _WHOLE


def pieces_of(text: str) -> list[tuple[str, int]]:
    """A short text whole; a long one sentence by sentence, long sentences in overlapping stretches."""
    text_ = text.strip()
    if not text_:
        return []
    if len(text_) <= _WHOLE:
        return [(text_, text.index(text_))]
    pieces: list[tuple[str, int]] = []
    for sentence in sentences_of(text):
        for offset in range(0, max(1, len(sentence.text) - _PIECE // 3), _PIECE - _PIECE // 3):
            pieces.append((sentence.text[offset : offset + _PIECE], sentence.start + offset))
    return pieces


def read_model(path: Path) -> LikenessModel:
    """One line a feature: the n-gram, a tab, its weights in hundredths; lines that open with # say the rest."""
    header: dict[str, str] = {}
    rows: dict[str, int] = {}
    weights: list[str] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        key, _, values = line.partition("\t")
        if key.startswith("#"):
            header[key] = values
        elif values:
            rows[key] = len(rows)
            weights.append(values)
    reasons = tuple(header["#reasons"].split())
    numbers = np.array(" ".join(weights).split(), dtype=np.float32).reshape(len(rows), len(reasons)) / _HUNDRED
    return LikenessModel(
        reasons,
        np.array(header["#bias"].split(), dtype=np.float32) / _HUNDRED,
        rows,
        numbers,
        read_limits(header),
    )


def _as_text(values: Mapping[str, float]) -> str:
    return " ".join(f"{reason}={at:.3f}" for reason, at in sorted(values.items()))


def _named(values: str) -> dict[str, float]:
    return {name: float(value) for name, _, value in (entry.partition("=") for entry in values.split())}
