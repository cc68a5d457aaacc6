"""Fits the learned half of the rails: `python -m eval.fit_rails [input|output …] [--misses|--check]`.

Learns from what rail_examples.py gathers; nothing unseen is read. Of each side two files are fitted: the wording
(input.tsv, output.tsv) and the meaning beside it (meaning.tsv, meaning_output.tsv), which of a sentence is asked for
only where its wording leaves a doubt. From which probability each reason acts, with a hint of the rules and without
one, is found on what was held out: by cross-validation over phrases for the wording, and for the meaning on the topics
that its reader (eval.fit_readers) was not taught. Deterministic: --check says
whether the committed files are what a fit of today's examples gives (their digest; exit 1 if not).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from deploy.local.embedding_model import reader_name
from eval.fit_readers import left_out
from eval.guard_suite import Side
from eval.rail_examples import Example, examples_of
from eval.rail_fit import SHARPNESS, Fitted, fit
from eval.rail_limits import HeldOut, choose_lifts, choose_limits
from eval.rail_meaning import fit_meaning
from eval.rail_vectors import CHANGES, RailVectors, Vectors
from guardrails.engine import Hints, RuleEngine
from guardrails.likeness import ALLOW, LEARNED_FOLDER, Limits, features_of
from guardrails.meaning import (
    DOUBTED,
    MEANING_FILE,
    SENTENCE_MEANING_FILE,
    Meaning,
    likest_of,
    log_shares,
    mixed,
    written,
)
from guardrails.normal import Normaliser
from guardrails.rules import Rule, read_rules

_FOLDS = 4
_LEAST_WEIGHT = 0.25
# Raise it when the fitting itself changes.
_VERSION = 4
_SAMPLED = 16
_MEANINGS: Mapping[Side, Path] = {"input": MEANING_FILE, "output": SENTENCE_MEANING_FILE}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The examples of a side, their features, what the rules suspect in each, and which rules match."""

    side: Side
    examples: Sequence[Example]
    features: Sequence[Collection[str]]
    hints: Sequence[Hints]
    rules: Sequence[Collection[Rule]]

    @property
    def ruled(self) -> NDArray[np.bool_]:
        return np.array([bool(matched) for matched in self.rules])

    @property
    def yielding(self) -> Sequence[Collection[str]]:
        """Of each text the reasons of its rules where all of them yield to its meaning, else none."""
        return [
            {rule.reason for rule in matched} if all(rule.meaning == "lifts" for rule in matched) else ()
            for matched in self.rules
        ]

    def of(self, rows: Sequence[int]) -> Prepared:
        """The same of some examples."""
        examples, features = [self.examples[row] for row in rows], [self.features[row] for row in rows]
        return Prepared(self.side, examples, features, [self.hints[at] for at in rows], [self.rules[at] for at in rows])

    def held_out(self, scores: Vectors, settled: NDArray[np.bool_]) -> HeldOut:
        likest, harm = likest_of(log_shares(scores), sorted({example.reason for example in self.examples}))
        return HeldOut(self.side, self.examples, self.hints, harm.astype(np.float64), likest, settled)


def _reader(side: Side) -> Callable[[str], tuple[Collection[str], Hints, Collection[Rule]]]:
    """Of a text: its features, what the rules see in it, and which match."""
    normaliser = Normaliser()
    engine = RuleEngine(rule for rule in read_rules() if rule.direction == side)

    def read(text: str) -> tuple[Collection[str], Hints, Collection[Rule]]:
        normal = normaliser.normalise(text)
        matched = [hit.rule for hit in engine.match(normal)]
        return frozenset(features_of(normal.text.strip())), engine.hints([normal]), matched

    return read


def prepare(side: Side) -> Prepared:
    read, examples = _reader(side), examples_of(side)
    features, hints, rules = zip(*(read(example.text) for example in examples), strict=True)
    return Prepared(side, examples, features, hints, rules)


def digest_of(side: Side, examples: Sequence[Example]) -> str:
    """Of what a fit depends on but its own code: every example, and what is read of every sixteenth."""
    read = _reader(side)
    told = [[example.text, example.reason, example.group, example.written] for example in examples]
    sampled = [read(example.text) for example in examples[::_SAMPLED]]
    seen = [[sorted(found), sorted(hints.likely), sorted(hints.spared)] for found, hints, _ in sampled]
    return hashlib.sha256(json.dumps([_VERSION, told, seen], ensure_ascii=False).encode()).hexdigest()[:16]


def by_folds(prepared: Prepared, score: Callable[[list[int], list[int]], Vectors]) -> Vectors:
    """Scores of every example, shape (examples, reasons), each by a fit that has not seen its phrase.

    score: fits on the first positions and tells the scores of the second.
    """
    examples = prepared.examples
    fold = np.array([hashlib.sha256(e.group.encode()).digest()[1] % _FOLDS for e in examples])
    scores = np.zeros((len(examples), len({e.reason for e in examples})), np.float32)
    for number in range(_FOLDS):
        inside, outside = np.flatnonzero(fold != number).tolist(), np.flatnonzero(fold == number).tolist()
        scores[outside] = score(inside, outside)
    return scores


def fit_side(side: Side, *, told: bool = False) -> None:
    """Fits and writes the side's files. told: print what held-out folds get wrong."""
    prepared = prepare(side)
    examples, features = prepared.examples, prepared.features
    print(f"{side}: {len(examples)} texts of {len({e.group for e in examples})} phrases and cases")

    def worded(inside: list[int], outside: list[int]) -> Vectors:
        return fit([examples[i] for i in inside], [features[i] for i in inside]).scores([features[i] for i in outside])

    said = by_folds(prepared, worded)
    made_of, ruled = digest_of(side, examples), prepared.ruled
    held = prepared.held_out(said, ruled)
    limits = choose_limits(held, told=told)
    count = write(prepared, fit(examples, features), limits, made_of)
    print(f"  {count} features")
    _fit_meaning(prepared, said, held.alarms(limits), made_of, told=told)


def _fit_meaning(
    prepared: Prepared, said: Vectors, alarmed: NDArray[np.bool_], made_of: str, *, told: bool = False
) -> None:
    """said: the wording's held-out scores. alarmed: what it stops with an alarm; nothing lifts that, nor most rules."""
    examples = prepared.examples
    with RailVectors(prepared.side) as read:
        vectors = read.of([example.text for example in examples])
    apart = np.array([left_out(example) for example in examples])
    learned = fit_meaning([one for one, left in zip(examples, apart, strict=True) if not left], vectors[~apart])
    prepared, said, alarmed = prepared.of(np.flatnonzero(apart).tolist()), said[apart], alarmed[apart]
    meant = learned.scores(vectors[apart])
    print("  and with meaning:")
    held = prepared.held_out(mixed(said, meant), alarmed)
    if prepared.side == "output":
        doubted = prepared.held_out(said, alarmed).harm >= DOUBTED
        print(f"  its meaning is asked for: {_share(prepared, doubted)} of the harmless")
        held = replace(held, harm=np.where(doubted, held.harm, 0.0))
    lifts, lifted = choose_lifts(held, prepared.yielding)
    held = replace(held, settled=alarmed | (prepared.ruled & ~lifted))
    limits = replace(choose_limits(held, few=True, told=told), lifts=lifts)
    fitted = fit_meaning(examples, vectors)
    reasons = tuple(sorted({example.reason for example in examples}))
    parts = (fitted.centre, fitted.weights, fitted.thresholds, fitted.votes, fitted.bias)
    model = Meaning(read.name, reasons, *parts, limits)
    _MEANINGS[prepared.side].write_text(written(model, made_of), encoding="utf-8")


def _share(prepared: Prepared, some: NDArray[np.bool_]) -> str:
    harmless = np.array([example.written and example.reason == ALLOW for example in prepared.examples])
    return f"{some[harmless].mean():.3f}"


def write(prepared: Prepared, fitted: Fitted, limits: Limits, made_of: str) -> int:
    """Weights in hundredths, one feature a line; small ones are left out. Returns how many lines."""
    lines = [
        "#made of\t" + made_of,
        "#reasons\t" + " ".join(fitted.reasons),
        "#bias\t" + " ".join(str(round(100 * value)) for value in fitted.bias.tolist()),
        *limits.lines(),
    ]
    headers = len(lines)
    for name, index in fitted.vocabulary.items():
        row = fitted.weights[index] * SHARPNESS
        row = row - np.median(row)
        if "\t" in name or "\n" in name or name.startswith("#") or float(np.abs(row).max()) < _LEAST_WEIGHT:
            continue
        lines.append(name + "\t" + " ".join(str(round(100 * value)) for value in row.tolist()))
    (LEARNED_FOLDER / f"{prepared.side}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - headers


def is_fresh(side: Side) -> bool:
    """Whether the committed files were made of today's examples, rules and features."""
    made_of = "#made of\t" + digest_of(side, examples_of(side))
    paths = (LEARNED_FOLDER / f"{side}.tsv", _MEANINGS[side])
    wording, meaning = (path.read_text(encoding="utf-8") for path in paths)
    by = f"{made_of}\n#embedder\t{reader_name(CHANGES[side])}\n"
    return wording.startswith(made_of + "\n") and meaning.startswith(by)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.fit_rails", description=__doc__)
    parser.add_argument("sides", nargs="*", choices=[[], *get_args(Side)])
    parser.add_argument("--misses", action="store_true", help="show what held-out folds get wrong")
    parser.add_argument("--check", action="store_true", help="fit nothing; say whether the files are up to date")
    options = parser.parse_args(arguments)
    sides: Sequence[Side] = options.sides or get_args(Side)
    if options.check:
        stale = [side for side in sides if not is_fresh(side)]
        print("stale: " + " ".join(stale) if stale else "up to date")
        return 1 if stale else 0
    for side in sides:
        fit_side(side, told=options.misses)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
