"""The number lock on its own set: `python -m eval run numbers`. One wrong number a sentence, and the honest sentence.

Seen lines that went wrong are shown with `--misses`; unseen ones are only ever counted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from eval.cases import SUITES
from eval.guard_run import Miss, RailReport, Shares
from eval.guard_suite import Half, RailCase
from guardrails import Evidence, Guard, Product, Release

NAME = "numbers"
CLAIMS = ("wrong_numbers_are_caught", "honest_numbers_pass")
_CHOICE = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")


def load(path: Path = SUITES / f"{NAME}.yaml") -> tuple[Guard, list[RailCase]]:
    """The guard under test, and every case; a case's id is its kind."""
    suite: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    guard = Guard.create(suite["bank"], suite["hotline"], [Product(**entry) for entry in suite["catalogue"]])
    evidence = {name: tuple(Evidence(**entry) for entry in entries) for name, entries in suite["evidence"].items()}
    cases = []
    for name, kinds in suite["lines"].items():
        for kind, lines in kinds.items():
            for line in lines:
                release = Release("请介绍一下", evidence[name])
                cases += [
                    RailCase(kind, "output", _half(line), "allow", _CHOICE.sub(r"\1", line), release),
                    RailCase(kind, "output", _half(line), "unsupported_number", _CHOICE.sub(r"\2", line), release),
                ]
    for name, lines in suite["honest"].items():
        cases += [
            RailCase("other", "output", _half(line), "allow", line, Release("请介绍一下", evidence[name]))
            for line in lines
        ]
    return guard, cases


def _half(line: str) -> Half:
    return "unseen" if hashlib.sha256(line.encode()).digest()[0] % 2 else "seen"


def run(guard: Guard, cases: Sequence[RailCase]) -> RailReport:
    shares = {claim: Shares() for claim in CLAIMS}
    misses = []
    for case in cases:
        assert case.release is not None
        verdict = guard.check_release(case.text, case.release)
        claim = CLAIMS[1] if case.benign else CLAIMS[0]
        held = verdict.allowed == case.benign
        shares[claim].add(case, held, case.id)
        if case.seen and not held:
            got = "allow" if verdict.allowed else verdict.reason
            misses.append(Miss(claim, case.wanted, got, next(iter(verdict.rule_ids), ""), case.text))
    return RailReport(shares, misses)


def evaluate() -> RailReport:
    return run(*load())
