"""The conversations for the hand-over are many, near misses among them; a person is right only at the right moment."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from eval import handoff_run
from eval.handoff_run import Called, Played
from eval.handoff_suite import Dialogue, load


def test_the_set_is_large_half_unseen_and_more_than_a_third_near_misses() -> None:
    files = load()
    dialogues = [dialogue for file in files for dialogue in file.dialogues]
    assert len(dialogues) >= 220
    assert sum(dialogue.person is None for dialogue in dialogues) >= 0.35 * len(dialogues)
    assert {file.seen: len(file.dialogues) for file in files}[False] >= 0.45 * len(dialogues)
    said = [dialogue.says for dialogue in dialogues]
    assert len(set(map(str, said))) >= len(said) - 1  # the button alone is the same in both halves


@pytest.mark.parametrize(
    ("due", "called", "right"),
    [
        (None, None, True),
        (None, Called(1, "fraud"), False),
        ({"turn": 2, "reason": "fraud"}, None, False),
        ({"turn": 2, "reason": "fraud"}, Called(1, "fraud"), False),
        ({"turn": 2, "reason": "fraud"}, Called(2, "complaint"), True),
    ],
)
def test_a_person_counts_only_at_the_entry_where_one_is_due(
    due: dict[str, object] | None, called: Called | None, right: bool
) -> None:
    dialogue = Dialogue.model_validate({"id": "x", "kind": "k", "says": ["你好", "我被骗了"], "person": due})
    assert Played(dialogue, True, called, ()).right is right


def test_a_person_called_too_early_is_a_false_alarm_and_a_miss() -> None:
    due = Dialogue.model_validate(
        {"id": "x", "kind": "k", "says": ["你好", "我被骗了"], "person": {"turn": 2, "reason": "fraud"}}
    )
    played = [Played(due, False, Called(1, "fraud"), ()), Played(due, False, Called(2, "fraud"), ())]
    gates = {"handoff": {"handoff_recall": 0.9, "handoff_precision": 0.9}}
    assert len(handoff_run.crossed(played, gates)) == 2
    assert "handoff_recall (unseen) 0.500 of 2" in handoff_run.as_text(played, gates)
    assert handoff_run.crossed(played[1:], gates) == []


def test_a_rating_needs_something_to_rate() -> None:
    with pytest.raises(ValidationError, match="nothing to rate"):
        Dialogue.model_validate({"id": "x", "kind": "k", "says": [{"down": "不对"}]})
