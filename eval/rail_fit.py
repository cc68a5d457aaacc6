"""Multinomial logistic regression over sparse binary features, in numpy: Adam with weight decay, one fixed seed.

Every text's features weigh 1/sqrt(their number), as guardrails/likeness.py reads them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.rail_examples import Example
from guardrails.likeness import ALLOW

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

_RARE = 3
_PASSES = 14
_BATCH = 512
_STEP = 0.03
_DECAY = 1.5e-4
SHARPNESS = 2.0
# A harmless text weighs more than a harmful one, a written-out text more than a drawn one.
_EMPHASIS, _WRITTEN = 1.5, 3.0


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse texts: columns[starts[i]:starts[i+1]] hold text i's features, each of the value values[i]."""

    columns: Indices
    starts: Indices
    values: Floats

    def take(self, texts: Indices) -> Rows:
        pieces = [self.columns[self.starts[i] : self.starts[i + 1]] for i in texts.tolist()]
        starts = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
        return Rows(np.concatenate(pieces), starts, self.values[texts])

    def times(self, weights: Floats) -> Floats:
        """Shape (texts, reasons). Every text has at least one column (the first: always there, weight 0 of its own)."""
        summed: Floats = np.add.reduceat(weights[self.columns], self.starts[:-1], axis=0) * self.values[:, None]
        return summed

    def gradient(self, errors: Floats, size: int) -> Floats:
        """Shape (features, reasons): what each feature's weights owe to errors of shape (texts, reasons)."""
        spread = np.repeat(errors * self.values[:, None], np.diff(self.starts), axis=0)
        return np.stack([np.bincount(self.columns, part, size) for part in spread.T], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Fitted:
    """vocabulary: feature -> row of weights, shape (features + 1, reasons); row 0 is nobody's."""

    reasons: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: Floats
    bias: Floats

    def scores(self, features: Sequence[Collection[str]]) -> Floats:
        """Shape (texts, reasons)."""
        summed: Floats = rows_of(features, self.vocabulary).times(self.weights) + self.bias
        return summed


def emphasis_of(examples: Sequence[Example]) -> Floats:
    """What each example weighs, shape (examples,)."""
    allowed = np.array([_EMPHASIS if e.reason == ALLOW else 1.0 for e in examples], dtype=np.float32)
    written = np.array([_WRITTEN if e.written else 1.0 for e in examples], dtype=np.float32)
    weights: Floats = allowed * written
    return weights


def rows_of(features: Sequence[Collection[str]], vocabulary: Mapping[str, int]) -> Rows:
    columns: list[int] = []
    starts = [0]
    for found in features:
        columns += [0, *sorted(vocabulary[name] for name in found if name in vocabulary)]
        starts.append(len(columns))
    values = [SHARPNESS / max(1, len(found)) ** 0.5 for found in features]
    return Rows(np.array(columns, np.int64), np.array(starts, np.int64), np.array(values, np.float32))


def fit(examples: Sequence[Example], features: Sequence[Collection[str]]) -> Fitted:
    """Features of one phrase alone are left out: they would be learned by heart."""
    groups: dict[str, set[str]] = {}
    for example, found in zip(examples, features, strict=True):
        for name in found:
            groups.setdefault(name, set()).add(example.group)
    counted = Counter(name for found in features for name in found)
    kept = sorted(name for name, held in groups.items() if len(held) >= 2 and counted[name] >= _RARE)
    vocabulary = {name: index for index, name in enumerate(kept, start=1)}
    reasons = tuple(sorted({example.reason for example in examples}))
    labels = np.array([reasons.index(example.reason) for example in examples])
    emphasis = emphasis_of(examples)
    rng = np.random.default_rng(7)
    size = len(vocabulary) + 1
    weights = np.zeros((size, len(reasons)), dtype=np.float32)
    bias = np.zeros(len(reasons), dtype=np.float32)
    moments = [np.zeros_like(weights), np.zeros_like(weights), np.zeros_like(bias), np.zeros_like(bias)]
    step = 0
    everything = rows_of(features, vocabulary)
    for number in range(_PASSES):
        rate = _STEP * (1 - number / _PASSES) + 0.001
        order = rng.permutation(len(examples))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            rows = everything.take(chosen)
            scores = rows.times(weights) + bias
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            shares[np.arange(len(chosen)), labels[chosen]] -= 1
            shares *= emphasis[chosen, None]
            step += 1
            for value, gradient, mean, square in (
                (weights, rows.gradient(shares, size) / len(chosen) + _DECAY * weights, moments[0], moments[1]),
                (bias, shares.mean(axis=0), moments[2], moments[3]),
            ):
                mean *= 0.9
                mean += 0.1 * gradient
                square *= 0.999
                square += 0.001 * gradient * gradient
                value -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
            weights[0] = 0
    return Fitted(reasons, vocabulary, weights, bias)
