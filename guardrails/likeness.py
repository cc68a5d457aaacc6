"""The statistical half of the rails: a linear model over character n-grams, fitted from phrases in this repository.

It only ever adds to what the rules decide, and names what it saw: the strongest n-grams and where they stand. Fitted by
`python -m eval.fit_rails` from guardrails/learned/*.yaml; linear in the text, no clock, no randomness.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

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
# Whoever may be in danger is asked about sooner than others: one needless call costs less than one missed.
EMERGENCIES = frozenset({"fraud", "card_loss", "self_harm"})
EMERGENCY = 0.4
# A short message that is this surely harmless only shares a word with a rule; emergencies and attacks are not let off.
_HARMLESS = 0.05
_SHORT = 40
_NEVER_SPARED = EMERGENCIES | {"injection", "illegal", "other_customer_data"}


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a text is most like. probability: 0..1 that it is not harmless; emergency: 0..1 that it is one.

    places: the strongest n-grams' spans.
    """

    reason: str
    probability: float
    emergency: float
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LikenessModel:
    """weights: n-gram -> one weight a class, in the order of `reasons` (which hold "allow"). threshold: 0..1."""

    reasons: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]
    threshold: float
    # Of n-grams met so far, the weights that are not zero: most are.
    _telling: dict[str, tuple[tuple[int, float], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def read(self, text: str) -> Likeness | None:
        """The most dangerous piece of a normalised text; None when nothing in it is known."""
        best: Likeness | None = None
        for piece, start in pieces_of(text):
            if len(piece) < _LEAST:
                continue
            likeness = self._read_piece(piece, start)
            if likeness is not None and (best is None or likeness.probability > best.probability):
                best = likeness
        return best

    def acts_on(self, likeness: Likeness) -> bool:
        return likeness.probability >= (self.threshold if likeness.emergency < EMERGENCY else EMERGENCY)

    def _read_piece(self, piece: str, start: int) -> Likeness | None:
        scores, seen, size = list(self.bias), {}, 0
        weights = self.weights
        for gram, at in grams_of(piece).items():
            size += 1
            held = weights.get(gram)
            if held is not None:
                seen[gram] = (held, at)
        if not seen:
            return None
        scale = 1.0 / math.sqrt(size)
        for gram, (held, _) in seen.items():
            telling = self._telling.get(gram)
            if telling is None:
                telling = tuple((index, weight) for index, weight in enumerate(held) if weight)
                self._telling[gram] = telling
            for index, weight in telling:
                scores[index] += weight * scale
        highest = max(scores)
        shares = [math.exp(score - highest) for score in scores]
        allow = self.reasons.index(ALLOW)
        total = sum(shares)
        probability = 1.0 - shares[allow] / total
        emergency = sum(shares[i] for i, reason in enumerate(self.reasons) if reason in EMERGENCIES) / total
        chosen = max((i for i in range(len(shares)) if i != allow), key=shares.__getitem__)
        strongest = sorted(seen.items(), key=lambda item: item[1][0][allow] - item[1][0][chosen])[:_SHOWN]
        places = sorted((start + at, start + at + len(gram)) for gram, (_, at) in strongest if at >= 0)
        return Likeness(self.reasons[chosen], probability, emergency, tuple(places))


class Likenesses:
    """The model as one more rule a reason: the same words, priority and severity as the reason's own first rule."""

    def __init__(self, model: LikenessModel, rules: Iterable[Rule]) -> None:
        self._model = model
        self._rules: dict[str, Rule] = {}
        for rule in rules:
            if rule.reason in model.reasons and rule.reason not in self._rules:
                name = rule.id.split(".", 1)[0] + f".{rule.reason}.likeness"
                catches = f"说法与“{rule.catches}”的例句相近（由字词组合判断）"
                self._rules[rule.reason] = replace(rule, id=name, catches=catches, matches=(), spares=())

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules.values())

    def match(self, readings: Sequence[NormalText]) -> list[Hit]:
        """At most one hit: what any reading of the text is most like. Its span covers the strongest n-grams."""
        found = [(likeness, reading) for reading in readings if (likeness := self._model.read(reading.text))]
        acted = [pair for pair in found if self._model.acts_on(pair[0])]
        if not acted:
            return []
        likeness, reading = max(acted, key=lambda pair: pair[0].probability)
        rule = self._rules[likeness.reason]
        if likeness.places:
            start, end = reading.span(likeness.places[0][0], max(end for _, end in likeness.places))
        else:
            start, end = 0, len(reading.original)
        return [Hit(rule, Span(start, end, rule.id))]

    def spare(self, hits: Sequence[Hit], readings: Sequence[NormalText]) -> list[Hit]:
        """The hits without those that only a shared word explains, in a short message that is surely harmless."""
        if not hits or len(readings[0].text) > _SHORT or any(hit.rule.reason in _NEVER_SPARED for hit in hits):
            return list(hits)
        if any(h is None or h.probability > _HARMLESS for h in (self._model.read(r.text) for r in readings)):
            return list(hits)
        return []


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
    """One line a feature: the n-gram, a tab, its weights in hundredths."""
    reasons: tuple[str, ...] = ()
    bias: tuple[float, ...] = ()
    threshold = 1.0
    weights: dict[str, tuple[float, ...]] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        key, _, values = line.partition("\t")
        if key == "#reasons":
            reasons = tuple(values.split())
        elif key == "#bias":
            bias = _hundredths(values)
        elif key == "#threshold":
            threshold = float(values)
        elif values:
            weights[key] = _hundredths(values)
    return LikenessModel(reasons, bias, weights, threshold)


def _hundredths(values: str) -> tuple[float, ...]:
    return tuple(int(value) / 100 for value in values.split())
