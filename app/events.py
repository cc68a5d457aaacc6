"""The closed set of events of a conversation: the same list in the API contract, the server and the page.

Every event is appended to the conversation's log, which gives it its sequence number, before anyone sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

EventType = Literal[
    "customer.message",
    "turn.started",
    "turn.progress",
    "answer.delta",
    "answer.citations",
    "turn.refused",
    "handoff.created",
    "answer.suggestions",
    "agent.message",
    "ticket.updated",
    "notice",
    "turn.failed",
    "turn.completed",
]

TurnStatus = Literal["answered", "abstained", "refused", "handed_off", "relayed", "failed"]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log. sequence: 1, 2, 3 … within its conversation; the SSE `id`."""

    sequence: int
    type: EventType
    data: Mapping[str, Any]
    turn_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event before the log has numbered it."""

    type: EventType
    data: Mapping[str, Any]
    turn_id: str | None = None


@dataclass(frozen=True, slots=True)
class Whisper:
    """What is told to whoever listens now and kept nowhere: no number, and lost to those who are away."""

    type: Literal["typing", "read"]
    data: Mapping[str, Any]
