"""Fits the statistical half of the rails: `python -m eval.fit_rails [input|output …]`.

Learns from the phrases of guardrails/learned/*.yaml, from the rules' own examples, from the seen half of the suite and
from the sample corpus (harmless). Nothing unseen is read. Deterministic. From which probability each reason
acts is found by cross-validation over phrases. The committed input.tsv is the mean of two such fits, without and with
the everyday questions: either alone misses a gate of `eval run guard` or stops too many of those.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import yaml
from charset_normalizer import from_path
from numpy.typing import NDArray

from eval.cases import load_suites
from eval.corpus import SAMPLES
from eval.guard_suite import ALLOW, Side, load
from guardrails.likeness import EMERGENCIES, LEARNED_FOLDER, grams_of
from guardrails.normal import Normaliser
from guardrails.rules import read_rules

Floats = NDArray[np.float32]

_DRAWS = {ALLOW: 36}
_DRAWS_OTHER = 18
_RARE = 3
_FOLDS = 4
_PASSES = 18
_BATCH = 256
_STEP = 0.02
_DECAY = 2e-4
_SHARPNESS = 2.0
_LEAST_WEIGHT = 0.25
# A harmless text weighs more than a harmful one, a written-out text more than a drawn one.
_EMPHASIS, _WRITTEN = 1.5, 2.0
# Of the harmless texts that were written out, the share that held-out folds may stop, all reasons together.
_ALARMS = 0.005
_LEAST_SURE, _SURE = 0.5, 0.9
# A missed emergency weighs as much as this many other misses.
_URGENCY = 5
# Recall has gates of its own: a reason acts from here at the latest, even where that costs more alarms than `_ALARMS`.
_CEILINGS: Mapping[Side, float] = {"input": 0.55, "output": 0.6}
_CEILING_EMERGENCY = 0.4

_OPTION = re.compile(r"\[([^\[\]]*)\](\?)?|<([^<>]+)>|(.)\?")


@dataclass(frozen=True, slots=True)
class Example:
    """group: what it came from; cross-validation never splits a group."""

    text: str
    reason: str
    group: str


def draw(phrase: str, classes: Mapping[str, str], rng: random.Random) -> str:
    """One text of a phrase: [a|b] picks one, <name> one of a class, `]?` and `x?` may be left out."""
    while match := _OPTION.search(phrase):
        if match.group(1) is not None:
            chosen = rng.choice(match.group(1).split("|"))
            if match.group(2) and rng.random() < 0.5:
                chosen = ""
        elif match.group(3) is not None:
            chosen = rng.choice(classes[match.group(3)].split("|")) if match.group(3) in classes else ""
        else:
            chosen = match.group(4) if rng.random() < 0.5 else ""
        phrase = phrase[: match.start()] + chosen + phrase[match.end() :]
    return phrase


def examples_of(side: Side) -> list[Example]:
    learned: Mapping[str, Any] = yaml.safe_load((LEARNED_FOLDER / f"{side}s.yaml").read_text(encoding="utf-8"))
    examples: list[Example] = []
    for reason, phrases in learned["phrases"].items():
        for phrase in phrases:
            rng = random.Random(hashlib.sha256(phrase.encode()).hexdigest())
            for _ in range(_DRAWS.get(reason, _DRAWS_OTHER)):
                examples.append(Example(draw(phrase, learned["classes"], rng), reason, phrase))
    known = {example.reason for example in examples}
    for rule in read_rules():
        if rule.direction == side:
            examples += [Example(text, rule.reason, text) for text in rule.matches]
            examples += [Example(text, ALLOW, text) for text in rule.spares]
    examples += [Example(text, ALLOW, text) for text in harmless_of_the_corpus(side)]
    # What a sentence's numbers and names make of it is not the model's to learn.
    examples += [Example(c.text, c.wanted, c.text) for c in load().of(side, seen=True) if c.wanted in known]
    unique = {(example.text, example.reason): example for example in examples if example.text.strip()}
    return list(unique.values())


def harmless_of_the_corpus(side: Side) -> list[str]:
    """Questions of the seen half of the sample suite, or sentences of the approved documents that are plain text."""
    if side == "input":
        asked = [case.question for suite in load_suites(["sample", "absent"]) for case in suite.cases if case.seen]
        with (SAMPLES / "faq" / "faq.csv").open(encoding="utf-8-sig", newline="") as rows:
            return [*asked, *(row["question"] for row in csv.DictReader(rows))]
    found: list[str] = []
    for path in sorted(SAMPLES.rglob("*")):
        if path.suffix in {".md", ".txt", ".csv"}:
            plain = re.sub(r"[#*|>`-]+", " ", str(from_path(path).best()))
            found += [piece.strip() for piece in re.split(r"[。！？；\n]", plain) if 6 <= len(piece.strip()) <= 120]
    return found


@dataclass(frozen=True, slots=True)
class Fitted:
    reasons: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: Floats
    bias: Floats

    def harm(self, grams: Sequence[Mapping[str, int]]) -> tuple[Floats, list[str]]:
        """Probability (n,) that each text is not harmless, and what it is most like of all that is harmful."""
        scores = features(grams, self.vocabulary) @ self.weights + self.bias
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        allow = self.reasons.index(ALLOW)
        result: Floats = 1 - shares[:, allow] / shares.sum(axis=1)
        shares[:, allow] = -1
        return result, [self.reasons[index] for index in shares.argmax(axis=1)]


def features(grams: Sequence[Mapping[str, int]], vocabulary: Mapping[str, int]) -> Floats:
    """Shape (texts, n-grams): 1/sqrt(n-grams of the text) where it occurs."""
    matrix = np.zeros((len(grams), len(vocabulary)), dtype=np.float32)
    for row, found in enumerate(grams):
        columns = [vocabulary[gram] for gram in found if gram in vocabulary]
        matrix[row, columns] = _SHARPNESS / np.sqrt(max(1, len(found)))
    return matrix


def fit(examples: Sequence[Example], grams: Sequence[Mapping[str, int]]) -> Fitted:
    """Multinomial logistic regression by Adam with weight decay; every reason weighs the same, "allow" more."""
    groups: dict[str, set[str]] = {}
    for example, found in zip(examples, grams, strict=True):
        for gram in found:
            groups.setdefault(gram, set()).add(example.group)
    counted = Counter(gram for found in grams for gram in found)
    kept = sorted(gram for gram, held in groups.items() if len(held) >= 2 and counted[gram] >= _RARE)
    vocabulary = {gram: index for index, gram in enumerate(kept)}
    reasons = tuple(sorted({example.reason for example in examples}))
    labels = np.array([reasons.index(example.reason) for example in examples])
    emphasis = np.array([_EMPHASIS if e.reason == ALLOW else 1.0 for e in examples], dtype=np.float32)
    emphasis *= np.array([_WRITTEN if e.group == e.text else 1.0 for e in examples], dtype=np.float32)
    rng = np.random.default_rng(7)
    weights = np.zeros((len(vocabulary), len(reasons)), dtype=np.float32)
    bias = np.zeros(len(reasons), dtype=np.float32)
    moments = [np.zeros_like(weights), np.zeros_like(weights), np.zeros_like(bias), np.zeros_like(bias)]
    step = 0
    matrix = features(grams, vocabulary)
    for number in range(_PASSES):
        rate = _STEP * (1 - number / _PASSES) + 0.001
        order = rng.permutation(len(examples))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            x = matrix[rows]
            scores = x @ weights + bias
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            shares[np.arange(len(rows)), labels[rows]] -= 1
            shares *= emphasis[rows, None]
            step += 1
            for value, gradient, mean, square in (
                (weights, x.T @ shares / len(rows) + _DECAY * weights, moments[0], moments[1]),
                (bias, shares.mean(axis=0), moments[2], moments[3]),
            ):
                mean *= 0.9
                mean += 0.1 * gradient
                square *= 0.999
                square += 0.001 * gradient * gradient
                value -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return Fitted(reasons, vocabulary, weights, bias)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a reason acts; from which an emergency is certain."""

    acts: Mapping[str, float]
    certain: Mapping[str, float]


def _ceiling(side: Side, reason: str) -> float:
    return _CEILING_EMERGENCY if reason in EMERGENCIES else _CEILINGS[side]


def cross_validate(side: Side, examples: Sequence[Example], grams: Sequence[Mapping[str, int]]) -> Thresholds:
    """What each reason may act from so that held-out harmless texts are stopped no more often than `_ALARMS`.

    Written-out texts (cases, rules' examples, questions) are what customers are like; drawn ones are many and alike.
    """
    fold = np.array([hashlib.sha256(e.group.encode()).digest()[1] % _FOLDS for e in examples])
    harm = np.zeros(len(examples))
    likest = [""] * len(examples)
    for number in range(_FOLDS):
        inside, outside = np.flatnonzero(fold != number).tolist(), np.flatnonzero(fold == number).tolist()
        fitted = fit([examples[i] for i in inside], [grams[i] for i in inside])
        held, named = fitted.harm([grams[i] for i in outside])
        harm[outside] = held
        for i, name in zip(outside, named, strict=True):
            likest[i] = name
    written = [i for i, example in enumerate(examples) if example.group == example.text]
    benign = [i for i in written if examples[i].reason == ALLOW]
    budget = int(_ALARMS * len(benign))
    reasons = sorted({example.reason for example in examples} - {ALLOW})
    alarms = {r: sorted((harm[i] for i in benign if likest[i] == r), reverse=True) for r in reasons}
    caught = {
        r: sorted((harm[i] for i, e in enumerate(examples) if e.reason != ALLOW and likest[i] == r), reverse=True)
        for r in reasons
    }
    allowed = dict.fromkeys(reasons, 0)

    def threshold(reason: str, alarmed: int) -> float:
        held = alarms[reason]
        return max(_LEAST_SURE, float(held[alarmed]) + 0.005) if alarmed < len(held) else _LEAST_SURE

    def gain(reason: str) -> int:
        before, after = threshold(reason, allowed[reason]), threshold(reason, allowed[reason] + 1)
        won = sum(1 for value in caught[reason] if after <= value < before)
        return won * (_URGENCY if reason in EMERGENCIES else 1)

    for _ in range(budget):
        best = max(reasons, key=gain)
        if gain(best) == 0:
            break
        allowed[best] += 1
    acts = {reason: min(threshold(reason, allowed[reason]), _ceiling(side, reason)) for reason in reasons}
    certain = {r: max(_SURE, threshold(r, 0)) for r in EMERGENCIES if r in acts}
    bad = [i for i in written if examples[i].reason != ALLOW]
    stopped = sum(harm[i] >= acts[likest[i]] for i in bad)
    false = sum(harm[i] >= acts[likest[i]] for i in benign)
    print(f"  held out, written: stopped {stopped}/{len(bad)}, false alarms {false}/{len(benign)}")
    for i in benign:
        if harm[i] >= acts[likest[i]]:
            print(f"    {likest[i]} {harm[i]:.2f}: {examples[i].text}")
    return Thresholds(acts, certain)


def write(side: Side, fitted: Fitted, thresholds: Thresholds) -> int:
    """Weights in hundredths, one n-gram a line; small ones are left out. Returns how many lines."""
    lines = [
        "#reasons\t" + " ".join(fitted.reasons),
        "#bias\t" + " ".join(str(round(100 * value)) for value in fitted.bias.tolist()),
        "#thresholds\t" + " ".join(f"{reason}={at:.3f}" for reason, at in thresholds.acts.items()),
        "#certain\t" + " ".join(f"{reason}={at:.3f}" for reason, at in sorted(thresholds.certain.items())),
    ]
    for gram, index in fitted.vocabulary.items():
        row = fitted.weights[index] * _SHARPNESS
        row = row - np.median(row)
        if "\t" in gram or "\n" in gram or gram.startswith("#") or float(np.abs(row).max()) < _LEAST_WEIGHT:
            continue
        lines.append(gram + "\t" + " ".join(str(round(100 * value)) for value in row.tolist()))
    (LEARNED_FOLDER / f"{side}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 4


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.fit_rails", description=__doc__)
    parser.add_argument("sides", nargs="*", choices=[[], *get_args(Side)], default=list(get_args(Side)))
    options = parser.parse_args(arguments)
    normaliser = Normaliser()
    for side in options.sides:
        examples = examples_of(side)
        grams = [grams_of(normaliser.normalise(example.text).text.strip()) for example in examples]
        print(f"{side}: {len(examples)} texts of {len({e.group for e in examples})} phrases and cases")
        thresholds = cross_validate(side, examples, grams)
        count = write(side, fit(examples, grams), thresholds)
        print(f"  {count} n-grams; acts from", " ".join(f"{name}={at:.2f}" for name, at in thresholds.acts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
