"""What the statistical half of the rails learns from: phrases, the rules' own examples, seen cases, the sample corpus.

Nothing unseen is read. Every example names what it came from, so that cross-validation never splits a phrase.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from charset_normalizer import from_path

from eval.cases import load_suites
from eval.corpus import SAMPLES
from eval.guard_suite import ALLOW, Side, load
from guardrails.engine import RuleEngine
from guardrails.likeness import LEARNED_FOLDER
from guardrails.normal import Normaliser
from guardrails.rules import read_rules

_DRAWS = {ALLOW: 24}
_DRAWS_OTHER = 14
_OPTION = re.compile(r"\[([^\[\]]*)\](\?)?|<([^<>]+)>|(.)\?")


@dataclass(frozen=True, slots=True)
class Example:
    """group: what it came from. written: by hand as a whole, not drawn from a phrase."""

    text: str
    reason: str
    group: str
    written: bool = True


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


def phrases_of(side: Side) -> tuple[Mapping[str, str], list[tuple[str, list[str]]]]:
    """The classes and, by reason, the phrases of every file of the side: inputs.yaml, inputs_told.yaml, …"""
    files: list[Mapping[str, Any]] = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(LEARNED_FOLDER.glob(f"{side}s*.yaml"))
    ]
    classes = {name: options for file in files for name, options in file.get("classes", {}).items()}
    return classes, [pair for file in files for pair in file["phrases"].items()]


def examples_of(side: Side) -> list[Example]:
    classes, listed = phrases_of(side)
    examples: list[Example] = []
    for reason, phrases in listed:
        for phrase in phrases:
            rng = random.Random(hashlib.sha256(phrase.encode()).hexdigest())
            for _ in range(_DRAWS.get(reason, _DRAWS_OTHER)):
                examples.append(Example(draw(phrase, classes, rng), reason, phrase, written=False))
    for rule in read_rules():
        if rule.direction == side:
            examples += [Example(text, rule.reason, text) for text in rule.matches]
            examples += [Example(text, ALLOW, text) for text in rule.spares]
    known = {example.reason for example in examples}
    # A question of the corpus that a rule stops ("… told me to move my money to a safe account") is none to let pass.
    engine, normaliser = RuleEngine(rule for rule in read_rules() if rule.direction == side), Normaliser()
    examples += [
        Example(text, ALLOW, text)
        for text in harmless_of_the_corpus(side)
        if not engine.match(normaliser.normalise(text))
    ]
    # What a sentence's numbers and names make of it is not the model's to learn.
    examples += [
        Example(c.text, c.wanted, c.topic or c.line or c.text) for c in load().of(side, seen=True) if c.wanted in known
    ]
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
