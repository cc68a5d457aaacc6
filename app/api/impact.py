"""What publishing a version would contradict, repeat and change, for whoever reviews it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.alarms.claims import Claim
from app.alarms.impact import Changed, Duplicate, Outcome
from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role
from app.knowledge.passage import Passage

router = APIRouter(prefix="/v1/documents", tags=["knowledge"])


@router.get("/{document_id}/versions/{version}/impact")
async def read_impact(
    document_id: str,
    version: int,
    who: Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    """Never blocks a decision by itself. checked: how much was looked at in the time there was."""
    impact = await parts.impact.of(who.tenant, document_id, version)
    return {
        "conflicts": [
            {
                "subject": one.subject,
                "attribute": one.attribute,
                "mine": _claim(one.mine),
                "other": {**_place(one.other.passage), **_claim(one.other)},
            }
            for one in impact.conflicts
        ],
        "duplicates": [_duplicate(one) for one in impact.duplicates],
        "answers": [_changed(one) for one in impact.answers],
        "golden": [
            {
                "question": one.question,
                "expected": one.expected,
                "before": one.before,
                "after": one.after,
                "quote_before": one.quote_before,
                "quote_after": one.quote_after,
            }
            for one in impact.golden
        ],
        "checked": impact.checked,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "passage_id": claim.passage.id,
        "quote": claim.quote,
        "value": claim.quantity.text,
        "section": claim.passage.section,
        "page": claim.passage.page,
    }


def _place(passage: Passage) -> dict[str, Any]:
    return {
        "document_id": passage.document_id,
        "version": passage.version,
        "title": passage.title,
        "valid_from": passage.valid_from,
        "valid_to": passage.valid_to,
    }


def _duplicate(one: Duplicate) -> dict[str, Any]:
    other = {
        "document_id": one.other.document_id,
        "version": one.other.version,
        "title": one.other.title,
        "passage_id": one.other.id,
        "quote": one.other.text,
    }
    return {
        "passage_id": one.passage.id,
        "quote": one.passage.text,
        "similarity": round(one.similarity, 4),
        "other": other,
    }


def _changed(one: Changed) -> dict[str, Any]:
    return {
        "turn_id": one.turn_id,
        "question": one.question,
        "asked_at": one.asked_at,
        "times": one.times,
        "change": one.change,
        "before": _outcome(one.before),
        "after": _outcome(one.after),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"status": outcome.status, "quotes": list(outcome.quotes)}
