"""What the rails are given: passages as evidence, earlier turns as messages. A replay gives them the same."""

from __future__ import annotations

from collections.abc import Sequence

from app.knowledge.passage import Passage
from app.store.records import Said, Turn
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


def as_messages(recent: Sequence[Turn | Said]) -> list[Message]:
    """recent: oldest first. A relayed turn has no words of the bot's."""
    messages: list[Message] = []
    for item in recent:
        if isinstance(item, Said):
            messages.append(Message(item.by, item.text))
            continue
        messages.append(Message("customer", item.question))
        if item.text or item.status != "relayed":
            messages.append(Message("bot", item.text))
    return messages
