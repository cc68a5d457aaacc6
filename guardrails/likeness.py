"""The statistical half of the rails: a linear model over character n-grams, fitted from phrases in this repository.

It only ever adds to what the rules decide, and names what it saw: the strongest n-grams and where they stand. Fitted by
`python -m eval.fit_rails` from guardrails/learned/*.yaml; linear in the text, no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.engine import Hit, sentences_of
from guardrails.normal import NormalText
from guardrails.rules import Rule
from guardrails.verdict import Span

LEARNED_FOLDER = Path(__file__).parent / "learned"
LONGEST_GRAM = 3
# A message is read whole up to this many characters, a longer one in pieces: what is dangerous must not be diluted.
_WHOLE = 120
_PIECE = 90
_SHOWN = 3
# A greeting says too little to be like anything.
_LEAST = 4
ALLOW = "allow"
EMERGENCIES = frozenset({"fraud", "card_loss", "self_harm"})
_NEVER = 2.0
_HUNDRED = np.float32(100)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a text is most like. probability: 0..1 that it is not harmless. places: the strongest n-grams' spans."""

    reason: str
    probability: float
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LikenessModel:
    """rows: n-gram -> row of weights, shape (n-grams, reasons); `reasons` hold "allow".

    thresholds: reason -> probability from which it acts. certain: emergency -> from which it is one (P0).
    """

    reasons: tuple[str, ...]
    bias: Floats
    rows: Mapping[str, int]
    weights: Floats
    thresholds: Mapping[str, float] = field(default_factory=dict)
    certain: Mapping[str, float] = field(default_factory=dict)

    def read(self, text: str) -> Likeness | None:
        """The most dangerous piece of a normalised text; None when nothing in it is known."""
        best: Likeness | None = None
        for piece, start in pieces_of(text):
            if len(piece) < _LEAST:
                continue
            likeness = self._read_piece(piece, start)
            if likeness is not None and (best is None or self._excess(likeness) > self._excess(best)):
                best = likeness
        return best

    def acts_on(self, likeness: Likeness) -> bool:
        return self._excess(likeness) >= 0

    def is_certain(self, likeness: Likeness) -> bool:
        return likeness.probability >= self.certain.get(likeness.reason, 0.0)

    def _excess(self, likeness: Likeness) -> float:
        return likeness.probability - self.thresholds.get(likeness.reason, _NEVER)

    def _read_piece(self, piece: str, start: int) -> Likeness | None:
        grams = grams_of(piece)
        rows = self.rows
        seen = [gram for gram in grams if gram in rows]
        if not seen:
            return None
        held = self.weights[[rows[gram] for gram in seen]]
        scores = self.bias + held.sum(axis=0) / len(grams) ** 0.5
        shares = np.exp(scores - scores.max())
        allow = self.reasons.index(ALLOW)
        probability = float(1.0 - shares[allow] / shares.sum())
        shares[allow] = -1.0
        chosen = int(shares.argmax())
        places: tuple[tuple[int, int], ...] = ()
        if probability >= self.thresholds.get(self.reasons[chosen], _NEVER):
            strongest = np.argsort(held[:, allow] - held[:, chosen], kind="stable")[:_SHOWN].tolist()
            held_at = [(seen[i], start + grams[seen[i]]) for i in strongest if grams[seen[i]] >= 0]
            places = tuple(sorted((at, at + len(gram)) for gram, at in held_at))
        return Likeness(self.reasons[chosen], probability, places)


class Likenesses:
    """The model as one more rule a reason: the words, priority and severity of the reason's own mildest rule.

    What is only like its examples may be the least of them: a page's small print is no beating.
    """

    def __init__(self, model: LikenessModel, rules: Iterable[Rule]) -> None:
        self._model = model
        self._rules: dict[str, Rule] = {}
        for rule in rules:
            known = self._rules.get(rule.reason)
            if rule.reason in model.reasons and (known is None or (rule.priority or "") > (known.priority or "")):
                name = rule.id.split(".", 1)[0] + f".{rule.reason}.likeness"
                catches = f"说法与“{rule.catches}”的例句相近（由字词组合判断）"
                self._rules[rule.reason] = replace(rule, id=name, catches=catches, matches=(), spares=())

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules.values())

    def match(self, readings: Sequence[NormalText]) -> list[Hit]:
        """At most one hit: what any reading of the text is most like. Its span covers the strongest n-grams.

        What is only like an emergency, not certainly one, is brought to a person without the alarm (P1).
        """
        found = [(likeness, reading) for reading in readings if (likeness := self._model.read(reading.text))]
        acted = [pair for pair in found if self._model.acts_on(pair[0])]
        if not acted:
            return []
        likeness, reading = max(acted, key=lambda pair: pair[0].probability)
        rule = self._rules[likeness.reason]
        if rule.priority == "P0" and not self._model.is_certain(likeness):
            rule = replace(rule, priority="P1")
        first, last = 0, len(reading.text)
        if likeness.places:
            first, last = likeness.places[0][0], max(end for _, end in likeness.places)
        start, end = reading.span(first, last)
        return [Hit(rule, Span(start, end, rule.id, reading.text[first:last]))]


def grams_of(piece: str) -> dict[str, int]:
    """Every n-gram (1..3) of the piece and where it first stands; its two ends are marked and stand nowhere (-1)."""
    found: dict[str, int] = {}
    size = len(piece)
    for start in range(size):
        for end in range(start + 1, min(start + LONGEST_GRAM, size) + 1):
            found.setdefault(piece[start:end], start)
    for length in (1, 2):
        found.setdefault("^" + piece[:length], -1)
        found.setdefault(piece[-length:] + "$", -1)
    return found


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
        _named(header["#thresholds"]),
        _named(header.get("#certain", "")),
    )


def _named(values: str) -> dict[str, float]:
    return {name: float(value) for name, _, value in (entry.partition("=") for entry in values.split())}
