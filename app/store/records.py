"""Rows as frozen dataclasses: what the store takes and gives back. Times are UTC-aware datetimes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

TicketStatus = Literal["queued", "assigned", "resolved", "returned", "left"]


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    tenant: str
    customer_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One closed turn. result: exactly the JSON answer of the API. question and text are stored masked.

    trace: what replay and the evaluator need (standalone question, passage ids with sha256 and ranks, verdicts,
    raw model text masked, prompt hash, model and settings, timings).
    """

    id: str
    conversation_id: str
    tenant: str
    customer_id: str
    question: str
    standalone: str
    text: str
    status: str
    reason: str
    generator: str
    as_of: date
    result: Mapping[str, Any]
    trace: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A distinct question of the past: its latest turn, and how often it was asked."""

    turn_id: str
    question: str
    asked_at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """Who runs a turn. new: the caller does; running: follow it; done: `turn` is its stored answer."""

    state: Literal["new", "running", "done"]
    turn_id: str
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message of a conversation as its readers see it. role: customer | bot | agent.

    The fields after `created_at` belong to the bot's messages; status is "running" until the turn is closed.
    """

    sequence: int
    role: Literal["customer", "bot", "agent"]
    text: str
    created_at: datetime
    turn_id: str | None = None
    agent: str | None = None
    status: str | None = None
    reason: str | None = None
    rule_ids: Sequence[str] = ()
    citations: Sequence[Mapping[str, Any]] = ()
    generator: str | None = None
    ai_label: str | None = None
    ticket_id: str | None = None
    suggestions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A hand-over to a person. status: queued | assigned | resolved | returned | left."""

    id: str
    tenant: str
    conversation_id: str
    customer_id: str
    status: str
    reason: str
    priority: str
    summary: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    turn_id: str | None = None
    skill: str = "general"
    agent_id: str | None = None
    resolution: str = ""
    reusable: bool = False
    assigned_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GapQuestion:
    """One time a question was left without a good answer. cause: abstained | down_rated | conflicting.

    comment: what was said beside a thumb down. draft: (document id, version) of the FAQ draft made from it.
    """

    id: str
    question: str
    normalised: str
    turn_id: str
    cause: str
    asked_at: datetime
    comment: str = ""
    draft: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Freeze:
    """A topic pinned to approved wording. valid_from, valid_to: business dates, both inclusive; None = until lifted."""

    id: str
    tenant: str
    topic: str
    questions: Sequence[str]
    text: str
    comment: str
    valid_from: date
    valid_to: date | None
    created_by: str
    created_at: datetime

    def holds(self, day: date) -> bool:
        return self.valid_from <= day <= (self.valid_to or date.max)


@dataclass(frozen=True, slots=True)
class Profile:
    """What staff recorded about a customer's suitability; None = not assessed. tolerance: C1..C5."""

    tolerance: str | None = None
    assessed_until: date | None = None
    birth_year: int | None = None
