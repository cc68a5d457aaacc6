"""The rails on their own: the chat's checks for one message, or for one answer against given evidence, and the rules
behind them in words."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Services, caller, services
from app.clock import business_date
from app.identity import Caller, Role
from guardrails import Customer, Evidence, Handbook, Message, Release, RuleNote, Span, Verdict

router = APIRouter(prefix="/v1/guard", tags=["rails"])
_TRIERS = (Role.EVALUATOR, Role.APPROVER, Role.EDITOR)


class HistoryMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["customer", "bot", "agent"]
    text: str = Field(max_length=20_000)


class CustomerProfile(BaseModel):
    """For whom an answer is meant: absent means not assessed, as for a visitor."""

    model_config = ConfigDict(extra="forbid")

    tolerance: Literal["C1", "C2", "C3", "C4", "C5"] | None = None
    assessed_until: date | None = None
    birth_year: int | None = Field(default=None, ge=1900, le=2100)


class InputCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    direction: Literal["input"]
    text: str = Field(max_length=20_000)
    history: list[HistoryMessage] = Field(default_factory=list, max_length=200)


class OutputCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    direction: Literal["output"]
    text: str = Field(max_length=20_000)
    question: str = Field(default="", max_length=20_000)
    evidence: list[Annotated[str, Field(max_length=50_000)]] = Field(default_factory=list, max_length=50)
    customer: CustomerProfile = CustomerProfile()


@router.post("/check")
async def check(
    body: Annotated[InputCheck | OutputCheck, Field(discriminator="direction")],
    who: Annotated[Caller, Depends(caller(*_TRIERS))],  # noqa: ARG001 - the role is what is asked for
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    guard = parts.guard
    if isinstance(body, InputCheck):
        history = [Message(message.role, message.text) for message in body.history]
        admitted = await parts.admission.check(body.text, guard.asked(body.text), history)
        return _shown(admitted.verdict, body.text, guard.handbook)
    profile = body.customer
    until = profile.assessed_until.isoformat() if profile.assessed_until else None
    release = Release(
        question=body.question,
        evidence=tuple(Evidence(text=text) for text in body.evidence),
        customer=Customer(profile.tolerance, until, profile.birth_year),
        today=business_date(parts.clock()).isoformat(),
    )
    return _shown(await guard.check_output(body.text, release), body.text, guard.handbook)


@router.get("/rules")
async def list_rules(
    who: Annotated[Caller, Depends(caller(*_TRIERS))],  # noqa: ARG001 - the role is what is asked for
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    """Every rule and check, most severe first; patterns are not told, examples are."""
    return {"rules": [_told(note) for note in parts.guard.handbook]}


def _shown(verdict: Verdict, text: str, handbook: Handbook) -> dict[str, Any]:
    return {
        "action": verdict.action,
        "reason": verdict.reason,
        "priority": verdict.priority,
        "rule_ids": list(verdict.rule_ids),
        "reply": verdict.reply,
        "masked_text": verdict.masked_text,
        "spans": [{"start": span.start, "end": span.end, "rule_id": span.rule_id} for span in verdict.spans],
        "rules": [_fired(rule_id, verdict, text, handbook) for rule_id in verdict.rule_ids],
        "timings": dict(verdict.timings),
    }


def _fired(rule_id: str, verdict: Verdict, text: str, handbook: Handbook) -> dict[str, Any]:
    """The rule in words, and where it matched. read_as: what the words mean when their disguise is taken off."""
    note = handbook.get(rule_id)
    return {
        "id": rule_id,
        "kind": note.kind if note else "check",
        "reason": note.reason if note else verdict.reason,
        "catches": note.catches if note else "",
        "source": note.source if note else "",
        "severity": note.severity if note else None,
        "priority": note.priority if note else verdict.priority,
        "spans": [_placed(span, text) for span in verdict.spans if span.rule_id == rule_id],
    }


def _placed(span: Span, text: str) -> dict[str, Any]:
    written = text[span.start : span.end]
    plain = unicodedata.normalize("NFKC", written).lower()
    read_as = span.read_as if span.read_as and span.read_as != plain else None
    return {"start": span.start, "end": span.end, "text": written, "read_as": read_as}


def _told(note: RuleNote) -> dict[str, Any]:
    return {
        "id": note.id,
        "kind": note.kind,
        "direction": note.direction,
        "reason": note.reason,
        "action": note.action,
        "priority": note.priority,
        "severity": note.severity,
        "catches": note.catches,
        "source": note.source,
        "reply": note.reply,
        "matches": list(note.matches),
        "spares": list(note.spares),
    }
