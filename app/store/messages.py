"""A conversation as its readers see it: one message a speaker and turn, put together from the log and the turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from app.store.records import MessageView
from app.store.schema import EventRow, TurnRow

_SHOWN = ("customer.message", "turn.started", "answer.delta", "agent.message", "turn.failed", "turn.completed")


def view_messages(connection: Connection, conversation_id: str) -> list[MessageView]:
    events = connection.execute(
        select(EventRow.sequence, EventRow.type, EventRow.turn_id, EventRow.data, EventRow.created_at)
        .where(EventRow.conversation_id == conversation_id, EventRow.type.in_(_SHOWN))
        .order_by(EventRow.sequence)
    ).all()
    results: Mapping[str, Mapping[str, Any]] = {
        row.id: row.result
        for row in connection.execute(
            select(TurnRow.id, TurnRow.result).where(TurnRow.conversation_id == conversation_id)
        )
    }
    running: dict[str, list[str]] = {}
    for event in events:
        if event.type == "answer.delta" and event.turn_id:
            running.setdefault(event.turn_id, []).append(event.data["text"])

    messages: list[MessageView] = []
    answered: set[str] = set()
    for event in events:
        if event.type == "customer.message":
            messages.append(
                MessageView(event.sequence, "customer", event.data["text"], event.created_at, event.turn_id)
            )
        elif event.type == "agent.message":
            messages.append(
                MessageView(
                    event.sequence,
                    "agent",
                    event.data["text"],
                    event.created_at,
                    event.turn_id,
                    agent=event.data.get("agent"),
                )
            )
        elif event.turn_id and event.turn_id not in answered:
            result = results.get(event.turn_id)
            if result is not None and result["status"] == "relayed":
                continue
            answered.add(event.turn_id)
            text = "".join(running.get(event.turn_id, ()))
            if result is None:
                messages.append(
                    MessageView(event.sequence, "bot", text, event.created_at, event.turn_id, status="running")
                )
            else:
                messages.append(
                    MessageView(
                        event.sequence,
                        "bot",
                        result["text"],
                        event.created_at,
                        event.turn_id,
                        status=result["status"],
                        reason=result.get("reason"),
                        rule_ids=result.get("rule_ids", ()),
                        citations=result.get("citations", ()),
                        generator=result.get("generator"),
                        ai_label=result.get("ai_label"),
                        ticket_id=result.get("ticket_id"),
                        suggestions=result.get("suggestions", ()),
                    )
                )
    return messages
