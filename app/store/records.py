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
    """A hand-over to a person. status: queued | assigned | resolved | returned | left.

    respond_by: until when a person should have spoken; due_at: the same, for a complaint the end of its legal term.
    """

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
    language: str = "zh-Hans"
    respond_by: datetime | None = None
    first_response_at: datetime | None = None
    transferred_from: str | None = None
    reopened: bool = False
    opened_sequence: int = 0
    callback_at: datetime | None = None
    callback_masked: str | None = None
    callback_sealed: str | None = None

    @property
    def open(self) -> bool:
        return self.status in ("queued", "assigned")


@dataclass(frozen=True, slots=True)
class Marks:
    """How far both sides have read (event numbers, 0 = nothing), and when they last typed."""

    customer_read: int = 0
    agent_read: int = 0
    customer_typing_at: datetime | None = None
    agent_typing_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation. by: customer | bot | agent."""

    sequence: int
    by: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Face:
    """A ticket as the desk shows it. last: the conversation's latest message; unread: the customer's messages that no
    agent has read; last_sequence: of the conversation's latest event."""

    ticket: Ticket
    last_sequence: int
    last: Said | None = None
    unread: int = 0
    marks: Marks = Marks()


@dataclass(frozen=True, slots=True)
class Agent:
    """status: online | away. capacity: conversations at a time. assigned: how many there are now."""

    id: str
    status: str
    skills: Sequence[str]
    languages: Sequence[str]
    capacity: int
    seen_at: datetime | None = None
    assigned: int = 0


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
class Lesson:
    """An answer of an agent's that may become knowledge. question and answer are already masked.

    questions: every wording its FAQ draft answers, gap_ids: the gaps they come from, once settled; document_id,
    version: that draft.
    """

    ticket_id: str
    tenant: str
    conversation_id: str
    agent_id: str
    question: str
    answer: str
    created_at: datetime
    questions: Sequence[str] | None = None
    gap_ids: Sequence[str] | None = None
    document_id: str | None = None
    version: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeRequest:
    """A customer's wish to be told once a question of theirs has an answer. asked: their words; question: as it stands
    alone. consent: which wording they agreed to."""

    turn_id: str
    tenant: str
    conversation_id: str
    customer_id: str
    asked: str
    question: str
    language: str
    consent: str
    requested_at: datetime
    revoked_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.revoked_at is None and self.told_at is None


@dataclass(frozen=True, slots=True)
class Rating:
    """What a customer thought of the service. about: bot | person; ticket_id: of the person's service, "" of the
    bot's. score: 1..5. reasons: codes."""

    about: str
    ticket_id: str
    score: int
    reasons: Sequence[str]
    comment: str
    created_at: datetime


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
