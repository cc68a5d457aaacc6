"""Fits the statistical half of the rails: `python -m eval.fit_rails [input|output …] [--misses|--check]`.

Learns from what rail_examples.py gathers; nothing unseen is read. From which probability each reason acts, with a hint
of the rules and without one, is found by cross-validation over phrases. Deterministic: --check says whether the
committed files are what a fit of today's examples gives (their digest; exit 1 if not).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from eval.guard_suite import ALLOW, Side
from eval.rail_examples import Example, examples_of
from eval.rail_fit import SHARPNESS, Fitted, fit
from guardrails.engine import Hints, RuleEngine
from guardrails.likeness import EMERGENCIES, LEARNED_FOLDER, features_of
from guardrails.normal import Normaliser
from guardrails.rules import read_rules

_FOLDS = 4
_LEAST_WEIGHT = 0.25
# Of the harmless texts that were written out, the share that held-out folds may stop, all reasons together.
_ALARMS: Mapping[Side, float] = {"input": 0.012, "output": 0.006}
# No reason acts under these, whatever the folds say: beside a hint of the rules, alone, and as an emergency (P0).
_LEAST: Mapping[Side, Mapping[str, float]] = {
    "input": {"hinted": 0.3, "alone": 0.5},
    "output": {"hinted": 0.4, "alone": 0.6},
}
_SURE = 0.9
# A missed emergency weighs as much as this many other misses.
_URGENCY = 4
_NEVER = 2.0
# Raise it when the fitting itself changes.
_VERSION = 2
_SAMPLED = 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """The examples of a side, their features, what the rules suspect in each, and whether a rule matches."""

    side: Side
    examples: Sequence[Example]
    features: Sequence[Collection[str]]
    hints: Sequence[Hints]
    ruled: Sequence[bool]


def _reader(side: Side) -> Callable[[str], tuple[Collection[str], Hints, bool]]:
    """Of a text: its features, what the rules see in it, and whether one matches."""
    normaliser = Normaliser()
    engine = RuleEngine(rule for rule in read_rules() if rule.direction == side)

    def read(text: str) -> tuple[Collection[str], Hints, bool]:
        normal = normaliser.normalise(text)
        return frozenset(features_of(normal.text.strip())), engine.hints([normal]), bool(engine.match(normal))

    return read


def prepare(side: Side) -> Prepared:
    read, examples = _reader(side), examples_of(side)
    features, hints, ruled = zip(*(read(example.text) for example in examples), strict=True)
    return Prepared(side, examples, features, hints, ruled)


def digest_of(side: Side, examples: Sequence[Example]) -> str:
    """Of what a fit depends on but its own code: every example, and what is read of every sixteenth."""
    read = _reader(side)
    told = [[example.text, example.reason, example.group, example.written] for example in examples]
    sampled = [read(example.text) for example in examples[::_SAMPLED]]
    seen = [[sorted(found), sorted(hints.likely), sorted(hints.spared)] for found, hints, _ in sampled]
    return hashlib.sha256(json.dumps([_VERSION, told, seen], ensure_ascii=False).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a reason acts alone, and beside a hint; from which an emergency is certain."""

    alone: Mapping[str, float]
    hinted: Mapping[str, float]
    certain: Mapping[str, float]


def cross_validate(prepared: Prepared, *, told: bool = False) -> Thresholds:
    """What each reason may act from so that held-out harmless texts are stopped no more often than `_ALARMS`.

    told: print what goes wrong. Written-out texts (cases, rules' examples, questions) are what customers are like;
    drawn ones are many and alike.
    """
    examples = prepared.examples
    fold = np.array([hashlib.sha256(e.group.encode()).digest()[1] % _FOLDS for e in examples])
    harm = np.zeros(len(examples))
    likest = [""] * len(examples)
    for number in range(_FOLDS):
        inside, outside = np.flatnonzero(fold != number).tolist(), np.flatnonzero(fold == number).tolist()
        fitted = fit([examples[i] for i in inside], [prepared.features[i] for i in inside])
        held, named = fitted.harm([prepared.features[i] for i in outside])
        harm[outside] = held
        for i, name in zip(outside, named, strict=True):
            likest[i] = name
    ways = [(name, way_of(name, hints)) for name, hints in zip(likest, prepared.hints, strict=True)]
    written = [i for i, example in enumerate(examples) if example.written]
    benign = [i for i in written if examples[i].reason == ALLOW]
    bad = [i for i in written if examples[i].reason != ALLOW]
    every = [(r, way) for r in sorted({e.reason for e in examples} - {ALLOW}) for way in ("hinted", "alone")]
    alarms = {way: sorted((harm[i] for i in benign if ways[i] == way), reverse=True) for way in every}
    caught = {way: [harm[i] for i in bad if ways[i] == way] for way in every}
    allowed = dict.fromkeys(every, 0)

    def threshold(way: tuple[str, str], alarmed: int) -> float:
        held, least = alarms[way], _LEAST[prepared.side][way[1]]
        return max(least, float(held[alarmed]) + 0.005) if alarmed < len(held) else least

    def gain(way: tuple[str, str], steps: int) -> float:
        before, after = threshold(way, allowed[way]), threshold(way, allowed[way] + steps)
        won = sum(1 for value in caught[way] if after <= value < before)
        return won * (_URGENCY if way[0] in EMERGENCIES else 1) / steps

    budget = int(_ALARMS[prepared.side] * len(benign))
    while budget > 0:
        best, steps = max(((way, n) for way in every for n in range(1, min(4, budget) + 1)), key=lambda p: gain(*p))
        if gain(best, steps) == 0:
            break
        allowed[best] += steps
        budget -= steps
    acts = defaultdict(lambda: _NEVER, {way: threshold(way, allowed[way]) for way in every})
    stopped = sum(harm[i] >= acts[ways[i]] for i in bad)
    false = [i for i in benign if harm[i] >= acts[ways[i]]]
    print(f"  held out, written: stopped {stopped}/{len(bad)}, false alarms {len(false)}/{len(benign)}")
    missed = [i for i in bad if harm[i] < acts[ways[i]] and not prepared.ruled[i]]
    alarmed = {*false, *(i for i in benign if prepared.ruled[i])}
    print(f"  with the rules: missed {len(missed)}/{len(bad)}, false alarms {len(alarmed)}/{len(benign)}")
    for i in (*missed, *sorted(alarmed)) if told else ():
        print(f"    {examples[i].reason} as {ways[i]} {harm[i]:.2f} {prepared.ruled[i]}: {examples[i].text}")
    return Thresholds(
        {reason: acts[reason, way] for reason, way in every if way == "alone"},
        {reason: acts[reason, way] for reason, way in every if way == "hinted"},
        {r: max(_SURE, threshold((r, "hinted"), 0), threshold((r, "alone"), 0)) for r, _ in every if r in EMERGENCIES},
    )


def way_of(reason: str, hints: Hints) -> str:
    """As LikenessModel.way: beside a hint, alone, or not at all."""
    if reason in hints.spared:
        return "alone" if reason in EMERGENCIES else "spared"
    return "hinted" if reason in hints.likely else "alone"


def write(prepared: Prepared, fitted: Fitted, thresholds: Thresholds) -> int:
    """Weights in hundredths, one feature a line; small ones are left out. Returns how many lines."""
    lines = [
        "#made of\t" + digest_of(prepared.side, prepared.examples),
        "#reasons\t" + " ".join(fitted.reasons),
        "#bias\t" + " ".join(str(round(100 * value)) for value in fitted.bias.tolist()),
        "#alone\t" + _named(thresholds.alone),
        "#hinted\t" + _named(thresholds.hinted),
        "#certain\t" + _named(thresholds.certain),
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


def _named(values: Mapping[str, float]) -> str:
    return " ".join(f"{reason}={at:.3f}" for reason, at in sorted(values.items()))


def is_fresh(side: Side) -> bool:
    """Whether the committed file was made of today's examples, rules and features."""
    with (LEARNED_FOLDER / f"{side}.tsv").open(encoding="utf-8") as lines:
        return next(lines).strip() == "#made of\t" + digest_of(side, examples_of(side))


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
        prepared = prepare(side)
        print(
            f"{side}: {len(prepared.examples)} texts of {len({e.group for e in prepared.examples})} phrases and cases"
        )
        thresholds = cross_validate(prepared, told=options.misses)
        count = write(prepared, fit(prepared.examples, prepared.features), thresholds)
        print(f"  {count} features; alone from {_named(thresholds.alone)}")
        print(f"  beside a hint from {_named(thresholds.hinted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
