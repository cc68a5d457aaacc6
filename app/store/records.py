"""Rows as frozen dataclasses: what the store takes and gives back. Times are UTC-aware datetimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


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
