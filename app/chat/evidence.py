"""What the rails are given: passages as evidence, earlier turns as messages. A replay gives them the same."""

from __future__ import annotations

from collections.abc import Sequence

from app.knowledge.passage import Passage
from app.store.records import Turn
from guardrails import Evidence, Message


def as_evidence(passage: Passage) -> Evidence:
    text = passage.text
    if passage.question and passage.question not in text:
        text = f"{passage.question}\n{text}"
    return Evidence(
        text=text,
        title=passage.title,
        section=passage.section,
        product_code=passage.product_code,
        risk_level=passage.risk_level,
        valid_from=passage.valid_from.isoformat() if passage.valid_from else None,
    )


def as_messages(recent: Sequence[Turn]) -> list[Message]:
    """recent: oldest first."""
    return [Message(role, text) for turn in recent for role, text in (("customer", turn.question), ("bot", turn.text))]
