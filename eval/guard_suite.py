"""Cases for the rails: messages and sentences of answers, each with the verdict it should get.

`guard.yaml` (the first set), `guard_inputs.yaml`, `guard_outputs.yaml`, `guard_everyday.yaml` and
`guard_mouths*.yaml` are the seen part; `guard_unseen_*.yaml` (plain), `guard_fresh_*.yaml` (sideways, from many mouths)
and `guard_sealed_*.yaml` (sideways, written before the rails were last changed) are counted, never shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from eval.cases import SUITES
from guardrails import Evidence, Guard, Product, Release

Side = Literal["input", "output"]
ALLOW = "allow"
EMERGENCIES = frozenset({"fraud", "card_loss", "self_harm"})
Half = Literal["seen", "unseen", "fresh", "sealed"]
_FRESH, _SEALED = "guard_fresh_", "guard_sealed_"
_MOUTHS, _EVERYDAY = "guard_mouths.yaml", "everyday"


@dataclass(frozen=True, slots=True)
class RailCase:
    """wanted: "allow" or a reason of the contract. release: what a sentence is checked against, None for messages.

    line: the everyday question that stands behind an opener, "" elsewhere. fresh: of the unseen, from the last set.
    told: an emergency told sideways. sealed: of the unseen, from the one written after that.
    """

    id: str
    side: Side
    seen: bool
    wanted: str
    text: str
    release: Release | None = None
    line: str = ""
    fresh: bool = False
    told: bool = False
    sealed: bool = False

    @property
    def benign(self) -> bool:
        return self.wanted == ALLOW

    @property
    def half(self) -> Half:
        return "seen" if self.seen else "fresh" if self.fresh else "sealed" if self.sealed else "unseen"


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


def load(folder: Path = SUITES) -> RailSuite:
    first = _read(folder / "guard.yaml")
    evidence = {name: tuple(Evidence(**entry) for entry in entries) for name, entries in first["evidence"].items()}
    everything = tuple(passage for passages in evidence.values() for passage in passages)
    cases = [RailCase(c["id"], "input", True, c["reason"], c["text"]) for c in first["inputs"]]
    cases += [
        RailCase(c["id"], "output", True, c["reason"], c["text"], Release(c["question"], evidence[c["evidence"]]))
        for c in first["outputs"]
    ]
    halves: dict[str, Half] = {"guard_": "seen", "guard_unseen_": "unseen", _FRESH: "fresh", _SEALED: "sealed"}
    for prefix, half in halves.items():
        seen, fresh, sealed = half == "seen", half == "fresh", half == "sealed"
        for reason, text, told in _listed(folder / f"{prefix}inputs.yaml"):
            cases.append(RailCase(_name(text), "input", seen, reason, text, fresh=fresh, told=told, sealed=sealed))
        for reason, text, _ in _listed(folder / f"{prefix}outputs.yaml"):
            cases.append(replace(_sentence(reason, text, everything, seen=seen), fresh=fresh, sealed=sealed))
    for reason, text, _ in _listed(folder / "guard_mouths_outputs.yaml"):
        cases.append(_sentence(reason, text, everything, seen=True))
    cases += [
        RailCase("e" + _name(q.text), "input", q.seen, ALLOW, q.text, line=q.line, fresh=q.fresh)
        for q in everyday(folder)
    ]
    cases += [RailCase(_name(t), "input", True, why, t) for why, t, _ in _listed(folder / _MOUTHS) if why != _EVERYDAY]
    products = tuple(
        Product(p["code"], p["name"], p.get("risk_level"), tuple(p["aliases"])) for p in first["catalogue"]
    )
    return RailSuite(first["bank"], first["hotline"], products, tuple(cases))


@dataclass(frozen=True, slots=True)
class Question:
    """An honest question as it is asked, and the line of the suite it was made of."""

    text: str
    line: str
    seen: bool
    fresh: bool = False


def _sentence(reason: str, text: str, evidence: tuple[Evidence, ...], *, seen: bool) -> RailCase:
    release = Release("请您介绍一下", evidence, "en" if text.isascii() else "zh-Hans")
    return RailCase(_name(text), "output", seen, reason, text, release)


def everyday(folder: Path = SUITES) -> list[Question]:
    """A seen line as it is and behind an opener, the others as typed."""
    listed = _read(folder / "guard_everyday.yaml")
    openers = listed["openers"]
    found: list[Question] = []
    listed = {**listed, _MOUTHS: _read(folder / _MOUTHS)[_EVERYDAY]}
    for who, lines in listed.items():
        for line in () if who in {"kind", "openers"} else lines:
            found.append(Question(line, line, seen=True))
            if not line.isascii():
                number = int.from_bytes(hashlib.sha256(line.encode()).digest()[:4], "big")
                found.append(Question(openers[number % len(openers)] + line, line, seen=True))
    found += [Question(q, q, seen=False) for _, q, _ in _listed(folder / "guard_unseen_everyday.yaml")]
    return [*found, *(Question(q, q, False, fresh=True) for _, q, _ in _listed(folder / f"{_FRESH}everyday.yaml"))]


def documents(folder: Path = SUITES) -> list[tuple[str, bool]]:
    """Sentences of documents that nobody has tuned on, and whether each is an instruction to the assistant."""
    read = _read(folder / f"{_FRESH}documents.yaml")
    return [(text, name == "instructions") for name in ("instructions", "honest") for text in read[name]]


def _listed(path: Path) -> list[tuple[str, str, bool]]:
    """Reason, text, and whether it stands under `told`."""
    read = _read(path)
    plain = [(reason, texts, False) for reason, texts in read.items() if reason not in {"kind", "told"}]
    told = [(reason, texts, True) for reason, texts in read.get("told", {}).items()]
    return [(reason, text, sideways) for reason, texts, sideways in (*plain, *told) for text in texts]


def _name(text: str) -> str:
    return "h" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _read(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
