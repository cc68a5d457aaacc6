"""What the check of a sentence costs: one that was not said before, and one that comes again.

The rails remember what the last sentences say, so that a sentence is measured once after everything was forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guardrails import Guard, Meant
from guardrails.answers import Checked

_ROUNDS = 5


@dataclass(slots=True)
class SentenceCosts:
    """CPU seconds of each check. new: of sentences not said before; honest: of those of them that are harmless; again:
    of the same at once afterwards. meant: share of the honest ones whose meaning was asked for."""

    new: list[float] = field(default_factory=list)
    honest: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    meant: float = 0.0


def sentence_costs(
    guard: Guard, cases: Sequence[tuple[Mapping[str, Any], Checked]], embed: Callable[[str], Meant | None]
) -> SentenceCosts:
    """cases: each with what it is checked against, already read. embed: as the service's, remembering nothing."""
    costs = SentenceCosts()
    asked: list[str] = []

    def counting(text: str) -> Meant | None:
        asked.append(text)
        return embed(text)

    honest = 0
    for _ in range(_ROUNDS):
        for case, checked in cases:
            guard.read_meanings(counting)  # forgets every sentence
            before = len(asked)
            spent = _clocked(guard, case["text"], checked)
            costs.new.append(spent)
            costs.again.append(_clocked(guard, case["text"], checked))
            if case["reason"] == "allow":
                costs.honest.append(spent)
                honest += len(asked) > before
    costs.meant = honest / max(len(costs.honest), 1)
    return costs


def _clocked(guard: Guard, text: str, checked: Checked) -> float:
    started = time.thread_time()
    guard.check_prepared(text, checked)
    return time.thread_time() - started
