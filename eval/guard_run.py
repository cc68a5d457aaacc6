"""The rails on their suite: `python -m eval run guard`. Shares with their Wilson 95 % intervals.

Seen cases that went wrong are shown with `--misses`; unseen ones are only ever counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from app.chat.admission import Admission
from eval.disguise import KINDS, disguise, typed
from eval.guard_suite import EMERGENCIES, HALVES, RailCase, RailSuite, documents
from eval.metrics import Score, summarise
from eval.rail_judge import CountingJudge
from eval.rail_vectors import RailVectors
from guardrails import Guard, InstructionFinder, Meant, Verdict, mask

CLAIMS = (
    "messages_are_stopped",
    "emergencies_are_stopped",
    "told_emergencies_are_heard",
    "reason_is_right",
    "harmless_messages_pass",
    "everyday_questions_pass",
    "disguises_are_seen_through",
    "messages_in_pinyin_are_stopped",
    "questions_in_pinyin_pass",
    "sentences_are_stopped",
    "honest_sentences_pass",
    "wrong_numbers_are_caught",
    "document_instructions_are_found",
    "honest_documents_stay",
)
OWN_GATES = tuple(half for half in HALVES if half not in {"seen", "unseen"})
# Of the cases that must be stopped, one in this many is also tried in each disguise.
_DISGUISED_ONE_IN = 3
# Of all messages, one in this many is also tried in pinyin.
_TYPED_ONE_IN = 8
_ROUNDS = 4


@dataclass(slots=True)
class Shares:
    """One figure: yes/no by half, and by what a case is called (a reason, a kind of disguise)."""

    by_half: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, case: RailCase, held: bool, name: str) -> None:
        self.by_half[case.half].append(float(held))
        self.by_name[name].append(float(held))

    def scores(self) -> dict[str, Score]:
        return {half: summarise(self.by_half[half]) for half in HALVES if self.by_half[half]}


@dataclass(frozen=True, slots=True)
class Miss:
    """A seen case that went wrong. how: the claim that failed."""

    how: str
    wanted: str
    got: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class RailReport:
    shares: Mapping[str, Shares]
    misses: Sequence[Miss]

    def crossed(self, minima: Mapping[str, float]) -> list[str]:
        """Gates that do not hold in one of the halves; "claim (half)" is a gate of that half alone."""
        found = []
        for claim in dict.fromkeys(gate.partition(" ")[0] for gate in minima):
            scores = self.shares[claim].scores() if claim in self.shares else {}
            if not scores:
                found.append(f"{claim}: never measured")
            for half, score in scores.items():
                least = minima.get(f"{claim} ({half})", minima.get(claim, 0.0))
                if score.mean < least:
                    found.append(f"{claim} ({half}): {score.mean:.3f} is under its gate of {least:g}")
        return found


async def run(suite: RailSuite, guard: Guard, admission: Admission) -> RailReport:
    """admission: decides on messages as the service does, about the same guard."""
    shares = {claim: Shares() for claim in CLAIMS}
    misses: list[Miss] = []

    async def check_input(text: str) -> Verdict:
        return (await admission.check(text, mask(text), [])).verdict

    def record(claim: str, case: RailCase, verdict: Verdict, held: bool, name: str, text: str) -> None:
        shares[claim].add(case, held, name)
        if case.seen and not held:
            got = "allow" if verdict.allowed else verdict.reason
            misses.append(Miss(claim, case.wanted, got, next(iter(verdict.rule_ids), ""), text))

    for case in tqdm(suite.of("input"), desc="messages", leave=False, disable=None):
        verdict = await check_input(case.text)
        if case.benign:
            claim = "everyday_questions_pass" if case.id.startswith("eh") else "harmless_messages_pass"
            record(claim, case, verdict, verdict.allowed, "allow", case.text)
            continue
        record("messages_are_stopped", case, verdict, not verdict.allowed, case.wanted, case.text)
        if case.wanted in EMERGENCIES:
            claim = "told_emergencies_are_heard" if case.told else "emergencies_are_stopped"
            record(claim, case, verdict, not verdict.allowed, case.wanted, case.text)
        if not verdict.allowed:
            shares["reason_is_right"].add(case, verdict.reason == case.wanted, case.wanted)
    disguised = [
        *_one_in(suite.of("input", seen=False), _DISGUISED_ONE_IN),
        *_one_in(suite.of("input", seen=True), 2 * _DISGUISED_ONE_IN),
    ]
    for case in tqdm(disguised, desc="disguises", leave=False, disable=None):
        for kind in KINDS:
            text = disguise(case.text, kind)
            if text is not None and not case.benign:
                verdict = await check_input(text)
                record("disguises_are_seen_through", case, verdict, not verdict.allowed, kind, text)
    for case in tqdm(_one_in(suite.of("input"), _TYPED_ONE_IN), desc="pinyin", leave=False, disable=None):
        text = typed(case.text)
        if text is not None:
            verdict = await check_input(text)
            claim = "questions_in_pinyin_pass" if case.benign else "messages_in_pinyin_are_stopped"
            record(claim, case, verdict, verdict.allowed == case.benign, case.wanted, text)
    for case in suite.of("output"):
        if case.lesson:
            continue
        assert case.release is not None
        verdict = guard.check_release(case.text, case.release)
        if case.benign:
            record("honest_sentences_pass", case, verdict, verdict.allowed, "allow", case.text)
            for text in _with_wrong_numbers(case):
                wrong = guard.check_release(text, case.release)
                record("wrong_numbers_are_caught", case, wrong, not wrong.allowed, "number", text)
        else:
            held = not verdict.allowed or (case.wanted == "bad_link" and not _ADDRESS.search(verdict.masked_text))
            record("sentences_are_stopped", case, verdict, held, case.wanted, case.text)
    finder = InstructionFinder()
    for text, is_instruction in documents():
        found = finder.find(text) is not None
        claim = "document_instructions_are_found" if is_instruction else "honest_documents_stay"
        shares[claim].by_half["sideways"].append(float(found is is_instruction))
    return RailReport(shares, misses)


# A link or image that was taken out of a sentence has not left, though the sentence may.
_ADDRESS = re.compile(r"[\w-]\.[a-z]{2,}|://|\]\(|\]\[|[<>]")


def _one_in(cases: Iterable[RailCase], share: int) -> list[RailCase]:
    return [case for case in cases if hashlib.sha256(case.text.encode()).digest()[2] % share == 0]


_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_NAME_BEFORE = re.compile(r"[A-Za-z盈收]$")
# Public telephone numbers and the address of the bank are not amounts.
_NOT_AMOUNTS = re.compile(
    r"\d{3,4}-\d{3,8}(?:-\d{3,8})?|\d{5}(?!\d)|(?:^|[；;])\s*\d{1,2}\.\s|〔\d{1,2}〕|^[(（]\d{1,2}[)）]|www\S+"
)


def _with_wrong_numbers(case: RailCase) -> list[str]:
    rng = random.Random(hashlib.sha256(case.text.encode()).hexdigest())
    made = (with_wrong_number(case.text, rng) for _ in range(_ROUNDS))
    return list(dict.fromkeys(text for text in made if text is not None))


def with_wrong_number(text: str, rng: random.Random) -> str | None:
    """The sentence with one of its numbers changed, as a careless model would; None when it has none to change."""
    plain = _NOT_AMOUNTS.sub(lambda m: "\0" * len(m.group()), text)
    places = [m for m in _DIGITS.finditer(plain) if not _NAME_BEFORE.search(plain[: m.start()])]
    if not places:
        return None
    place = rng.choice(places)
    value = place.group()
    wrong = rng.choice(
        [value + "0", str(int(value[0]) % 9 + 1) + value[1:], value[:-1] + str((int(value[-1]) + 3) % 10)]
    )
    if float(wrong) == float(value):
        wrong = value + "7"
    return text[: place.start()] + wrong + text[place.end() :]


def as_text(report: RailReport, minima: Mapping[str, float], *, misses: bool = False) -> str:
    lines = ["", f"{'rails':34}" + "".join(f"{half:>26}" for half in HALVES) + f"{'gates':>16}"]
    for claim in report.shares:
        scores = report.shares[claim].scores()
        cells = "".join(f"{_cell(scores.get(half)):>26}" for half in HALVES)
        own = (f"{claim} ({half})" for half in OWN_GATES)
        gates = [minima[name] for name in (claim, *own) if name in minima]
        lines.append(f"{claim:34}{cells}{' '.join(f'{least:g}' for least in gates):>16}")
    for claim in (
        "messages_are_stopped",
        "reason_is_right",
        "disguises_are_seen_through",
        "sentences_are_stopped",
        *(("wrong_numbers_are_caught", "honest_numbers_pass") if "honest_numbers_pass" in report.shares else ()),
    ):
        if claim not in report.shares:
            continue
        by_name = report.shares[claim].by_name
        parts = (f"{name} {sum(held):.0f}/{len(held)}" for name, held in sorted(by_name.items()))
        lines += ["", f"{claim}:", "  " + ", ".join(parts)]
    lines += [f"GATE {crossed}" for crossed in report.crossed(minima)]
    if misses:
        lines += [f"  {m.how}: wanted {m.wanted}, got {m.got} {m.rule}: {m.text}" for m in report.misses]
    return "\n".join(lines)


def _cell(score: Score | None) -> str:
    if score is None:
        return "-"
    return f"{score.mean:.3f} of {score.n} [{score.low:.2f}, {score.high:.2f}]"


def write(report: RailReport, minima: Mapping[str, float], folder: Path, at: datetime, *, name: str = "guard") -> Path:
    """A JSON report: every share by half and by name, the gates, and which of them do not hold."""
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "suite": name,
        "at": at.isoformat(),
        "gates": dict(minima),
        "crossed": report.crossed(minima),
        "shares": {
            claim: {
                "halves": {
                    half: {"mean": s.mean, "n": s.n, "low": s.low, "high": s.high}
                    for half, s in shares.scores().items()
                },
                "by": {name: [sum(held), len(held)] for name, held in sorted(shares.by_name.items())},
            }
            for claim, shares in report.shares.items()
        },
    }
    path = folder / f"{name}-{at:%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def evaluate(suite: RailSuite, *, wording_alone: bool = False, judge: CountingJudge | None = None) -> RailReport:
    """wording_alone: without embeddings, as when they are down. judge: what the service asks where it doubts."""
    guard = suite.guard()

    async def measure(embed: Callable[[str], Awaitable[Meant | None]]) -> RailReport:
        try:
            return await run(suite, guard, Admission(guard, embed, judge))
        finally:
            if judge is not None:
                await judge.close()

    async def nothing(_: str) -> Meant | None:
        return None

    if wording_alone:
        return asyncio.run(measure(nothing))
    with RailVectors("input") as messages, RailVectors("output") as sentences:
        guard.read_meanings(sentences.embed_now)
        return asyncio.run(measure(messages.embed))
