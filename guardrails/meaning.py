"""What a text means, beside what it says: the learned half once more, with a reading of the whole text.

It is read by the packaged embedding model as it was taught for that (eval.fit_readers), a sentence of an answer only
where its wording leaves a doubt. The reader is named in the fitted file; without it, or with another one, the n-grams
stand alone. What it reads goes through one hidden layer and is mixed with the n-grams' reading, reason by reason, as
logarithms of shares. Fitted by `python -m eval.fit_rails`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guardrails.likeness import ALLOW, LEARNED_FOLDER, Likeness, Limits, read_limits
from guardrails.verdict import Meant

MEANING_FILE = LEARNED_FOLDER / "meaning.tsv"
SENTENCE_MEANING_FILE = LEARNED_FOLDER / "meaning_output.tsv"
# What the packaged embedding model is taught for either: of it, each machine makes the reader that the file names.
MESSAGE_CHANGES = LEARNED_FOLDER / "message_reader.npz"
SENTENCE_CHANGES = LEARNED_FOLDER / "sentence_reader.npz"
# Length of a centred vector.
SCALE = 6.0
# Of the mixture, the part that the reading has; on topics that the reader was not taught .5 beat .3 and .8.
PART = 0.5
# A meaning that is this surely harmless is mixed with nothing: it would turn no message that n-grams find as harmless
# as not, and emergencies act on a fifth.
_CALM = 0.01
# From which probability of harm, by its wording, a sentence is read: of the twins made to be mistaken a third of the
# harmless reach it.
DOUBTED = 0.1
_THOUSAND = np.float32(1000)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Meaning:
    """weights: shape (dimension, hidden); thresholds: (hidden,); votes: (hidden, reasons); reasons in the n-gram
    model's order. limits: from which share of the mixture a reason acts."""

    embedder: str
    reasons: tuple[str, ...]
    centre: Floats
    weights: Floats
    thresholds: Floats
    votes: Floats
    bias: Floats
    limits: Limits

    def fits(self, meant: Meant | None) -> bool:
        """Whether the embedding is of the model that this was fitted on."""
        return meant is not None and meant.embedder == self.embedder and meant.vector.shape == self.centre.shape

    def shares(self, meant: Meant) -> Floats:
        """Logarithms of each reason's share, shape (reasons,)."""
        scores = scored(centred(meant.vector[None], self.centre), self.weights, self.thresholds, self.votes, self.bias)
        shares: Floats = log_shares(scores)[0]
        return shares

    def is_calm(self, meant: Meant) -> bool:
        return float(self.shares(meant)[self.reasons.index(ALLOW)]) > float(np.log1p(-_CALM))

    def mix(self, said: Sequence[float], meant: Meant) -> Likeness:
        """said: the n-grams' scores, one a reason."""
        likest, harm = likest_of(mixed(np.array([said], np.float32), self.shares(meant)[None]), self.reasons)
        return Likeness(likest[0], float(harm[0]), ())


def centred(vectors: NDArray[Any], centre: Floats) -> Floats:
    """Rows moved to the middle of what was learned from and brought to one length."""
    moved = vectors.astype(np.float32) - centre
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    scaled: Floats = SCALE * moved / np.maximum(lengths, np.float32(1e-6))
    return scaled


def scored(rows: Floats, weights: Floats, thresholds: Floats, votes: Floats, bias: Floats) -> Floats:
    """Centred vectors, shape (texts, dimension), to scores, shape (texts, reasons)."""
    scores: Floats = np.maximum(rows @ weights + thresholds, 0) @ votes + bias
    return scores


def log_shares(scores: NDArray[Any]) -> Floats:
    moved = scores - scores.max(axis=1, keepdims=True)
    shares: Floats = moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))
    return shares


def mixed(said: Floats, meant: Floats) -> Floats:
    """Scores of both readings, shape (texts, reasons) each, to logarithms of the mixture's shares."""
    return log_shares((1 - PART) * log_shares(said) + PART * log_shares(meant))


def likest_of(shares: Floats, reasons: Sequence[str]) -> tuple[list[str], NDArray[Any]]:
    """What each text is most like of all that is harmful, and the probability that it is not harmless."""
    allow = list(reasons).index(ALLOW)
    harm = 1 - np.exp(shares[:, allow])
    others = shares.copy()
    others[:, allow] = -np.inf
    return [reasons[at] for at in others.argmax(axis=1)], harm


def read_meaning(path: Path = MEANING_FILE) -> Meaning:
    """Lines that open with # say the rest; then one line a dimension: its centre in ten-thousandths, its weights in
    thousandths; then one a hidden unit: its threshold and its votes in thousandths."""
    header: dict[str, str] = {}
    rows: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, values = line.partition("\t")
        if key.startswith("#"):
            header[key] = values
        else:
            rows.append(line.split())
    hidden = len(rows[0]) - 1
    dimensions, units = (np.array(some, dtype=np.float32) for some in (rows[:-hidden], rows[-hidden:]))
    return Meaning(
        header["#embedder"],
        tuple(header["#reasons"].split()),
        dimensions[:, 0] / np.float32(10_000),
        dimensions[:, 1:] / _THOUSAND,
        units[:, 0] / _THOUSAND,
        units[:, 1:] / _THOUSAND,
        np.array(header["#bias"].split(), dtype=np.float32) / _THOUSAND,
        read_limits(header),
    )


def written(meaning: Meaning, made_of: str) -> str:
    """The file's text. made_of: digest of what it was fitted on."""
    middles = np.rint(meaning.centre * 10_000).astype(int).tolist()
    return "\n".join(
        [
            "#made of\t" + made_of,
            "#embedder\t" + meaning.embedder,
            "#reasons\t" + " ".join(meaning.reasons),
            "#bias\t" + " ".join(map(str, _thousandths(meaning.bias))),
            *meaning.limits.lines(),
            *_lines(middles, meaning.weights),
            *_lines(_thousandths(meaning.thresholds), meaning.votes),
            "",
        ]
    )


def _lines(firsts: Sequence[int], rows: Floats) -> list[str]:
    return [" ".join(map(str, [first, *row])) for first, row in zip(firsts, _thousandths(rows), strict=True)]


def _thousandths(values: Floats) -> Any:
    return np.rint(values * _THOUSAND).astype(int).tolist()
