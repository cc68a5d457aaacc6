"""The chat's own retrieval, for staff: what would be found, for whom, on which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.api.shown import Shown
from app.clock import business_date
from app.identity import Caller, Role
from app.knowledge.found import Found, Scored
from app.knowledge.passage import Audience, Kind, Scope

router = APIRouter(prefix="/v1", tags=["search"])
Parts = Annotated[Services, Depends(services)]


class SearchBody(BaseModel):
    """audience: "public" is what customers' answers rest on; "staff" adds internal documents.

    known_at: answer from what had been approved by that instant, decisions since then ignored.
    """

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Shown]
    as_of: date | None = None
    kind: Kind | None = None
    product_code: str | None = Field(default=None, max_length=64)
    top_k: int | None = Field(default=None, ge=1, le=50)
    audience: Literal["public", "staff"] = "public"
    known_at: AwareDatetime | None = None
    explain: bool = False


@router.post("/search")
async def search(
    body: SearchBody,
    who: Annotated[Caller, Depends(caller(Role.AGENT, Role.EDITOR, Role.APPROVER, Role.EVALUATOR))],
    parts: Parts,
) -> dict[str, Any]:
    audiences: tuple[Audience, ...] = ("public", "staff") if body.audience == "staff" else ("public",)
    scope = Scope(
        tenant=who.tenant,
        as_of=body.as_of or business_date(parts.clock()),
        audiences=audiences,
        kind=body.kind,
        product_code=body.product_code,
    )
    top_k = body.top_k or parts.settings.search.top_k
    if body.known_at is None:
        found = await parts.search.find(body.query, scope, top_k)
    else:
        found = await parts.hindsight.find(body.query, scope, top_k, body.known_at)
    answer = {
        "passages": [_shown(scored) for scored in found.passages],
        "sufficient": found.sufficient,
        "confidence": found.confidence,
        "timings": dict(found.timings),
    }
    if not body.explain:
        return answer
    explained = _explained(found, scope, body.known_at)
    conflict = await parts.conflicts.about(body.query, [scored.passage for scored in found.grounds])
    if conflict is not None:  # the assistant would show neither as fact
        explained["conflict"] = conflict.sides
    return {**answer, "explain": explained}


def _explained(found: Found, scope: Scope, known_at: datetime | None) -> dict[str, Any]:
    """Why it was sufficient or not, and what every passage had to fit."""
    explained: dict[str, Any] = {
        "threshold": found.threshold,
        "evidence": dict(found.evidence),
        "filters": {
            "tenant": scope.tenant,
            "audiences": scope.audiences,
            "approved": True,
            "as_of": scope.as_of,
            "known_at": known_at,
            "kind": scope.kind,
            "product_code": scope.product_code,
        },
    }
    return explained if found.mended is None else {**explained, "mended": found.mended}


def _shown(scored: Scored) -> dict[str, Any]:
    passage = scored.passage
    return {
        "passage_id": passage.id,
        "document_id": passage.document_id,
        "version": passage.version,
        "kind": passage.kind,
        "title": passage.title,
        "section": passage.section,
        "page": passage.page,
        "question": passage.question,
        "text": passage.text,
        "product_code": passage.product_code,
        "valid_from": passage.valid_from,
        "valid_to": passage.valid_to,
        "score": scored.score,
        "dense_rank": scored.dense_rank,
        "lexical_rank": scored.lexical_rank,
    }
