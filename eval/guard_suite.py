"""Cases for the rails: messages and sentences of answers, each with the verdict it should get.

Seen: `guard.yaml` (the first set), `guard_inputs.yaml`, `guard_outputs.yaml`, `guard_everyday.yaml`,
`guard_mouths*.yaml`, `guard_twins*.yaml` and `guard_sideways_*.yaml` (told sideways; counted for long, and seen since
it was counted too often). Counted, never shown: `guard_unseen_*.yaml` (plain), `guard_sealed_*.yaml`,
`guard_veiled_*.yaml`, `guard_later_*.yaml` and `guard_settled_*.yaml` (sideways, each written before the rails were
changed once more), `guard_fresh_*.yaml` (plain, written last).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from eval.cases import SUITES
from guardrails import Evidence, Guard, Product, Release

Side = Literal["input", "output"]
ALLOW = "allow"
EMERGENCIES = frozenset({"fraud", "card_loss", "self_harm"})
Half = Literal["seen", "sideways", "unseen", "sealed", "veiled", "later", "settled", "fresh"]
HALVES: tuple[Half, ...] = get_args(Half)
SEEN: frozenset[Half] = frozenset({"seen", "sideways"})
_PREFIXES: Mapping[Half, str] = {half: "guard_" if half == "seen" else f"guard_{half}_" for half in HALVES}
# In a topic of twins, beside its reasons and "allow".
_LESSONS = "lessons"
_MOUTHS, _EVERYDAY = "guard_mouths.yaml", "everyday"


@dataclass(frozen=True, slots=True)
class RailCase:
    """wanted: "allow" or a reason of the contract. release: what a sentence is checked against, None for messages.

    line: the everyday question that stands behind an opener, "" elsewhere. told: an emergency told sideways.
    topic: what its twins share, "" elsewhere. lesson: harmless but for figures and names that no evidence here has:
    learned from, not counted.
    """

    id: str
    side: Side
    half: Half
    wanted: str
    text: str
    release: Release | None = None
    line: str = ""
    told: bool = False
    topic: str = ""
    lesson: bool = False

    @property
    def benign(self) -> bool:
        return self.wanted == ALLOW

    @property
    def seen(self) -> bool:
        return self.half in SEEN


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
    cases = [RailCase(c["id"], "input", "seen", c["reason"], c["text"]) for c in first["inputs"]]
    cases += [
        RailCase(c["id"], "output", "seen", c["reason"], c["text"], Release(c["question"], evidence[c["evidence"]]))
        for c in first["outputs"]
    ]
    for half, prefix in _PREFIXES.items():
        for reason, text, told in _listed(folder / f"{prefix}inputs.yaml"):
            cases.append(RailCase(_name(text), "input", half, reason, text, told=told))
        for reason, text, _ in _listed(folder / f"{prefix}outputs.yaml"):
            cases.append(_sentence(reason, text, everything, half))
    for reason, text, _ in _listed(folder / "guard_mouths_outputs.yaml"):
        cases.append(_sentence(reason, text, everything, "seen"))
    cases += [RailCase("e" + _name(q.text), "input", q.half, ALLOW, q.text, line=q.line) for q in everyday(folder)]
    cases += [_message(reason, text) for reason, text, _ in _listed(folder / _MOUTHS) if reason != _EVERYDAY]
    for path in sorted(folder.glob("guard_twins*.yaml")):
        for reason, text, topic in _twins(path):
            said = path.stem.startswith("guard_twins_outputs")
            case = _sentence(reason, text, everything, "seen") if said else _message(reason, text)
            lesson = reason == _LESSONS
            cases.append(replace(case, wanted=ALLOW if lesson else reason, topic=topic, lesson=lesson))
    products = tuple(
        Product(p["code"], p["name"], p.get("risk_level"), tuple(p["aliases"])) for p in first["catalogue"]
    )
    return RailSuite(first["bank"], first["hotline"], products, tuple(cases))


@dataclass(frozen=True, slots=True)
class Question:
    """An honest question as it is asked, and the line of the suite it was made of."""

    text: str
    line: str
    half: Half

    @property
    def seen(self) -> bool:
        return self.half in SEEN


def _message(reason: str, text: str) -> RailCase:
    return RailCase(_name(text), "input", "seen", reason, text)


def _sentence(reason: str, text: str, evidence: tuple[Evidence, ...], half: Half) -> RailCase:
    release = Release("请您介绍一下", evidence, "en" if text.isascii() else "zh-Hans")
    return RailCase(_name(text), "output", half, reason, text, release)


def everyday(folder: Path = SUITES) -> list[Question]:
    """A seen line as it is and behind an opener, the others as typed."""
    listed = _read(folder / "guard_everyday.yaml")
    openers = listed["openers"]
    found: list[Question] = []
    listed = {**listed, _MOUTHS: _read(folder / _MOUTHS)[_EVERYDAY]}
    for who, lines in listed.items():
        for line in () if who in {"kind", "openers"} else lines:
            found.append(Question(line, line, "seen"))
            if not line.isascii():
                number = int.from_bytes(hashlib.sha256(line.encode()).digest()[:4], "big")
                found.append(Question(openers[number % len(openers)] + line, line, "seen"))
    for half, prefix in _PREFIXES.items():
        path = folder / f"{prefix}everyday.yaml"
        if half != "seen" and path.exists():
            found += [Question(text, text, half) for _, text, _ in _listed(path)]
    return found


def documents(folder: Path = SUITES) -> list[tuple[str, bool]]:
    """Sentences of documents, and whether each is an instruction to the assistant."""
    read = _read(folder / f"{_PREFIXES['sideways']}documents.yaml")
    return [(text, name == "instructions") for name in ("instructions", "honest") for text in read[name]]


def _listed(path: Path) -> list[tuple[str, str, bool]]:
    """Reason, text, and whether it stands under `told`."""
    read = _read(path)
    plain = [(reason, texts, False) for reason, texts in read.items() if reason not in {"kind", "told"}]
    told = [(reason, texts, True) for reason, texts in read.get("told", {}).items()]
    return [(reason, text, sideways) for reason, texts, sideways in (*plain, *told) for text in texts]


def _twins(path: Path) -> list[tuple[str, str, str]]:
    """Reason, text, and the topic it shares with its twins, "" where it has none."""
    found: list[tuple[str, str, str]] = []
    for number, topic in enumerate(_read(path)["twins"]):
        name = f"{path.stem} {number}" if len(topic) > 1 else ""
        found += [(reason, text, name) for reason, texts in topic.items() for text in texts]
    return found


def _name(text: str) -> str:
    return "h" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _read(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
