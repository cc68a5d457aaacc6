"""From which probability a reason acts: emergencies have alarms of their own to spend, and no floor is undercut."""

from __future__ import annotations

import numpy as np

from eval.guard_suite import ALLOW
from eval.rail_examples import Example
from eval.rail_limits import HeldOut, choose_limits
from guardrails.engine import Hints
from guardrails.likeness import Likeness

# 1,000 honest messages, of which twelve emergencies' alarms may be spent, and twelve of other reasons.
HONEST = 1000
NO_HINTS = Hints(frozenset(), frozenset())


def _held_out(*told: tuple[str, str, float]) -> HeldOut:
    """told: what a message is, what it is most like, and how likely it is not harmless. The rest is honest and calm."""
    calm = [(ALLOW, "fraud", 0.01)] * (HONEST - sum(reason == ALLOW for reason, _, _ in told))
    rows = [*told, *calm]
    examples = [Example(str(number), reason, str(number)) for number, (reason, _, _) in enumerate(rows)]
    harm = np.array([share for _, _, share in rows])
    likest = [name for _, name, _ in rows]
    return HeldOut("input", examples, [NO_HINTS] * len(rows), harm, likest, np.zeros(len(rows), np.bool_))


def _acts(held: HeldOut, reason: str, share: float) -> bool:
    return choose_limits(held).reached(Likeness(reason, share, ()), NO_HINTS)


def test_an_emergency_acts_on_less_than_another_reason() -> None:
    told = [(reason, reason, 0.3) for reason in ("fraud", "anger") for _ in range(5)]
    held = _held_out(*told)
    assert _acts(held, "fraud", 0.3)
    assert not _acts(held, "anger", 0.3)
    assert not _acts(held, "fraud", 0.1)


def test_alarms_of_other_reasons_leave_emergencies_theirs() -> None:
    """Twenty harmless messages look like anger as much as twelve angry ones do; that costs no emergency its alarms."""
    angry = [("anger", "anger", 0.6)] * 12 + [(ALLOW, "anger", 0.65)] * 20
    held = _held_out(*angry, ("fraud", "fraud", 0.4), (ALLOW, "fraud", 0.5))
    assert not _acts(held, "anger", 0.6)
    assert _acts(held, "fraud", 0.4)


def test_more_alarms_than_there_are_to_spend_are_not_spent() -> None:
    held = _held_out(("fraud", "fraud", 0.4), *[(ALLOW, "fraud", 0.5)] * 13)
    assert not _acts(held, "fraud", 0.4)


def test_a_gain_that_lies_behind_many_alarms_is_seen() -> None:
    held = _held_out(("fraud", "fraud", 0.4), *[(ALLOW, "fraud", 0.5)] * 9)
    assert _acts(held, "fraud", 0.4)
