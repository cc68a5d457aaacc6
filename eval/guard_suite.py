"""Cases for the rails: messages and sentences of answers, each with the verdict it should get.

Three files hold them: `guard.yaml` (the first set, its halves marked by hand) and `guard_inputs.yaml`,
`guard_outputs.yaml` (by verdict; the half is the hash's choice). Unseen cases are counted, never shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from eval.cases import SUITES
from guardrails import Evidence, Guard, Product, Release

Side = Literal["input", "output"]
ALLOW = "allow"
EMERGENCIES = frozenset({"fraud", "card_loss", "self_harm"})


@dataclass(frozen=True, slots=True)
class RailCase:
    """wanted: "allow" or a reason of the contract. release: what a sentence is checked against, None for messages."""

    id: str
    side: Side
    seen: bool
    wanted: str
    text: str
    release: Release | None = None

    @property
    def benign(self) -> bool:
        return self.wanted == ALLOW


@dataclass(frozen=True, slots=True)
class RailSuite:
    """bank, hotline, products: what the guard under test is built with."""

    bank: str
    hotline: str
    products: tuple[Product, ...]
    cases: tuple[RailCase, ...]

    def of(self, side: Side, *, seen: bool | None = None) -> list[RailCase]:
        return [case for case in self.cases if case.side == side and (seen is None or case.seen == seen)]

    def guard(self) -> Guard:
        return Guard.create(self.bank, self.hotline, self.products)


def is_seen(text: str) -> bool:
    """One in four may be looked at, so that with the first set about half are."""
    return hashlib.sha256(text.encode()).digest()[0] % 4 == 0


def load(folder: Path = SUITES) -> RailSuite:
    first = _read(folder / "guard.yaml")
    evidence = {name: tuple(Evidence(**entry) for entry in entries) for name, entries in first["evidence"].items()}
    everything = tuple(passage for passages in evidence.values() for passage in passages)
    cases = [RailCase(c["id"], "input", c["seen"], c["reason"], c["text"]) for c in first["inputs"]]
    cases += [
        RailCase(c["id"], "output", c["seen"], c["reason"], c["text"], Release(c["question"], evidence[c["evidence"]]))
        for c in first["outputs"]
    ]
    for reason, text in _listed(folder / "guard_inputs.yaml"):
        cases.append(RailCase(_name(text), "input", is_seen(text), reason, text))
    cases += [RailCase("e" + _name(text), "input", seen, ALLOW, text) for text, seen in everyday(folder)]
    for reason, text in _listed(folder / "guard_outputs.yaml"):
        release = Release("请您介绍一下", everything, "en" if text.isascii() else "zh-Hans")
        cases.append(RailCase(_name(text), "output", is_seen(text), reason, text, release))
    products = tuple(
        Product(p["code"], p["name"], p.get("risk_level"), tuple(p["aliases"])) for p in first["catalogue"]
    )
    return RailSuite(first["bank"], first["hotline"], products, tuple(cases))


def everyday(folder: Path = SUITES) -> list[tuple[str, bool]]:
    """Honest questions and whether each is seen: every line as it is and behind one of its half's openers."""
    listed = _read(folder / "guard_everyday.yaml")
    found: list[tuple[str, bool]] = []
    for who, lines in listed.items():
        if who in {"kind", "openers"}:
            continue
        for line in lines:
            number = int.from_bytes(hashlib.sha256(line.encode()).digest()[:4], "big")
            seen = who == "told" or number % 3 != 0
            openers = listed["openers"]["seen" if seen else "unseen"]
            found.append((line, seen))
            if not line.isascii():
                found.append((openers[number // 3 % len(openers)] + line, seen))
    return found


def _listed(path: Path) -> list[tuple[str, str]]:
    return [(reason, text) for reason, texts in _read(path).items() if reason != "kind" for text in texts]


def _name(text: str) -> str:
    return "h" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _read(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
