"""The number lock on natural answers, `suites/numbers_answers_*.yaml`: part of `python -m eval run numbers`.

The honest sentences of a matter are one answer, so what followed in one is kept for the next; a wrong sentence is
checked after them and leaves nothing behind. Only the lock is asked: another rail that stops a sentence is no credit
to it. Unseen matters are only ever counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from eval.cases import SUITES
from eval.guard_run import Miss, RailReport, Shares
from eval.guard_suite import ALLOW, RailCase
from guardrails import Evidence, Quantity
from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers import NumberLock, read_facts
from guardrails.rules import read_words, read_yaml

NAME = "numbers_answers"
# The later hands were asked for answers that reckon: those are counted apart, as they are harder.
_LATER = frozenset("efgh")
_OF_FIRST = ("wrong_answer_sentences_are_caught", "honest_answer_sentences_pass")
_OF_LATER = ("wrong_later_answer_sentences_are_caught", "honest_later_answer_sentences_pass")
CLAIMS = (*_OF_FIRST, *_OF_LATER)


class Matter(BaseModel):
    """A paper, what a customer asks of it, the sentences of one honest answer in turn, and wrong ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matter: str = Field(min_length=1)
    seen: bool
    title: str = Field(min_length=1)
    passage: str = Field(min_length=1)
    asked: str = Field(min_length=1)
    honest: tuple[str, ...] = Field(min_length=1)
    wrong: tuple[str, ...] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    matters: tuple[Matter, ...]


def load(folder: Path = SUITES) -> dict[str, tuple[Matter, ...]]:
    """The matters of each hand. Raises ValidationError for a malformed file."""
    files = sorted(folder.glob(f"{NAME}_*.yaml"))
    return {path.stem.removeprefix(f"{NAME}_"): _File.model_validate(read_yaml(path)).matters for path in files}


def lock() -> NumberLock:
    """It knows no product: the papers are of matters that no catalogue has."""
    phones = ("".join(char for char in str(number) if char.isdigit()) for number in read_words()["phones"])
    return NumberLock(Catalogue([]), frozenset(phones))


def run(checking: NumberLock, hands: Mapping[str, Sequence[Matter]]) -> RailReport:
    shares = {claim: Shares() for claim in CLAIMS}
    misses: list[Miss] = []
    catalogue, normaliser = Catalogue([]), Normaliser()
    for hand, matters in hands.items():
        for matter in matters:
            facts = read_facts((Evidence(matter.passage, title=matter.title),), catalogue, normaliser)
            asked = checking.ask(normaliser.plain(matter.asked))
            followed: list[Quantity] = []
            for benign, text in (*((True, one) for one in matter.honest), *((False, one) for one in matter.wrong)):
                kept = followed if benign else [*followed]
                stopped = checking.check(normaliser.plain(text), facts, asked, kept)
                wanted, held = (ALLOW if benign else "unsupported_number"), (stopped is None) is benign
                case = RailCase(matter.matter, "output", "seen" if matter.seen else "unseen", wanted, text)
                claim = (_OF_LATER if hand in _LATER else _OF_FIRST)[benign]
                shares[claim].add(case, held, hand)
                if case.seen and not held:
                    got, rule = (stopped.cause, stopped.quantity.text) if stopped else (ALLOW, "")
                    misses.append(Miss(claim, wanted, got, rule, f"{matter.matter}: {text}"))
    return RailReport(shares, misses)


def evaluate() -> RailReport:
    return run(lock(), load())
