"""What publishing a version would contradict, repeat and change, for whoever reviews it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.alarms.claim import Claim
from app.alarms.impact import PARTS, Changed, Duplicate, Impact, ImpactView, Progress
from app.alarms.rehearsal import Outcome
from app.api.dependencies import Services, caller, services
from app.api.sse import frame, stream
from app.identity import Caller, Role
from app.knowledge.documents import Version
from app.knowledge.passage import Passage

# So often at most is a reader told how far it is (seconds).
_TOLD_S = 0.2

router = APIRouter(prefix="/v1/documents", tags=["knowledge"])


@router.get("/{document_id}/versions/{version}/impact", response_model=None)
async def read_impact(
    document_id: str,
    version: int,
    who: Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
    accept: Annotated[str, Header()] = "",
) -> dict[str, Any] | EventSourceResponse:
    """Never blocks a decision by itself. checked: how much was looked at in the time there was. Of a conflict, `model`
    says what a configured model thinks of it (true, false, null: no opinion); one that only the model sees has no
    values and no chance.

    For whoever accepts `text/event-stream`: `impact.progress` {part, done, total} as it goes, `impact.part` with the
    body as known so far once a part is whole, and `impact.completed` with all of it.
    """
    if "text/event-stream" in accept:
        return stream(_frames(parts.impact, await parts.impact.begin(who.tenant, document_id, version)))
    return _shown(await parts.impact.of(who.tenant, document_id, version))


async def _frames(view: ImpactView, version: Version) -> AsyncIterator[ServerSentEvent]:
    told = 0.0
    step: Progress | None = None
    async with aclosing(view.follow(version)) as steps:
        async for step in steps:
            at = {"part": step.part, "parts": list(PARTS), "done": step.done, "total": step.total}
            if step.ended:
                yield frame("impact.part", {**at, "impact": _shown(step.impact)})
            elif time.monotonic() - told >= _TOLD_S:
                told = time.monotonic()
                yield frame("impact.progress", at)
    yield frame("impact.completed", _shown(step.impact if step else Impact()))


def _shown(impact: Impact) -> dict[str, Any]:
    return {
        "conflicts": [
            {
                "subject": one.subject,
                "attribute": one.attribute,
                "chance": round(one.chance, 2),
                "model": impact.seconded.get((one.mine.passage.id, one.other.passage.id)),
                "mine": _claim(one.mine),
                "other": {**_place(one.other.passage), **_claim(one.other)},
            }
            for one in impact.conflicts
        ]
        + [
            {
                "subject": one.passage.question or one.passage.title,
                "attribute": "",
                "chance": None,
                "model": True,
                "mine": _whole(one.passage),
                "other": {**_place(one.other), **_whole(one.other)},
            }
            for one in impact.opposed
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
        "value": claim.value,
        "section": claim.passage.section,
        "page": claim.passage.page,
    }


def _whole(passage: Passage) -> dict[str, Any]:
    return {
        "passage_id": passage.id,
        "quote": passage.text,
        "value": "",
        "section": passage.section,
        "page": passage.page,
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
