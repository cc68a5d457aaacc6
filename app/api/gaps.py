"""Questions the knowledge did not answer, as gaps that one click turns into a FAQ draft."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.alarms.gaps import Gap, cluster, faq_file
from app.api.dependencies import Services, caller, services
from app.errors import NotFound
from app.identity import Caller, Role
from app.knowledge.preparing import Metadata, Source

router = APIRouter(prefix="/v1/gaps", tags=["knowledge"])
Parts = Annotated[Services, Depends(services)]
Editor = Annotated[Caller, Depends(caller(Role.EDITOR))]

_SHOWN = 200
# A sheet of more wordings adds nothing that search does not find already.
_PARAPHRASES = 30


class DraftBody(BaseModel):
    """question: put first, before the questions customers asked. title: of the FAQ document."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    question: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class DismissBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    comment: str = Field(default="", max_length=2000)


@router.get("")
async def list_gaps(who: Editor, parts: Parts) -> dict[str, Any]:
    """The most frequent and most recent first."""
    return {"gaps": [_shown(gap) for gap in (await _gaps(parts, who.tenant))[:_SHOWN]]}


@router.post("/{gap_id}/draft", status_code=202)
async def draft(gap_id: str, body: DraftBody, who: Editor, parts: Parts) -> dict[str, Any]:
    """A FAQ draft that answers every question of the gap; it is reviewed and approved like any other document."""
    gap = await _gap(parts, who.tenant, gap_id)
    questions = list(dict.fromkeys(filter(None, (body.question, *gap.paraphrases))))[:_PARAPHRASES]
    title = body.title or questions[0]
    source = Source(f"gaps/{gap.id}.csv", faq_file(questions, body.answer, title))
    accepted = await parts.library.upload(who.tenant, who.id, source, Metadata(kind="faq", title=title))
    ids = [one.id for one in gap.questions]
    await parts.gaps.drafted(who.tenant, gap.id, ids, accepted.document_id, accepted.version, actor=who.id)
    return {"document_id": accepted.document_id, "version": accepted.version, "job_id": accepted.job_id}


@router.post("/{gap_id}/dismiss", status_code=204)
async def dismiss(gap_id: str, body: DismissBody, who: Editor, parts: Parts) -> Response:
    """Put the gap aside; the same question asked again comes up again."""
    gap = await _gap(parts, who.tenant, gap_id)
    await parts.gaps.dismiss(who.tenant, gap.id, [one.id for one in gap.questions], body.comment, actor=who.id)
    return Response(status_code=204)


async def _gaps(parts: Services, tenant: str) -> list[Gap]:
    return await cluster(await parts.gaps.open(tenant), parts.likeness, parts.clock())


async def _gap(parts: Services, tenant: str, gap_id: str) -> Gap:
    """The gap that has this question in it: more may have joined since it was listed. Raises NotFound."""
    for gap in await _gaps(parts, tenant):
        if any(one.id == gap_id for one in gap.questions):
            return gap
    raise NotFound()


def _shown(gap: Gap) -> dict[str, Any]:
    return {
        "gap_id": gap.id,
        "question": gap.question,
        "count": len(gap.questions),
        "causes": gap.causes,
        "first_at": gap.questions[-1].asked_at,
        "last_at": gap.questions[0].asked_at,
        "score": round(gap.score, 4),
        "questions": [
            {
                "question": one.question,
                "turn_id": one.turn_id,
                "cause": one.cause,
                "asked_at": one.asked_at,
                "comment": one.comment,
            }
            for one in gap.questions
        ],
        "draft": {"document_id": gap.draft[0], "version": gap.draft[1]} if gap.draft else None,
    }
