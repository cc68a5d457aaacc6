"""Topics pinned to approved wording: an approver makes and lifts them, every worker answers by them within seconds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.api.shown import Shown
from app.clock import business_date
from app.errors import Invalid
from app.identity import Caller, Role
from app.store import Freeze
from guardrails import Evidence, Release

router = APIRouter(prefix="/v1/freezes", tags=["knowledge"])
Parts = Annotated[Services, Depends(services)]
Approver = Annotated[Caller, Depends(caller(Role.APPROVER))]
Reader = Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER))]

Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100), Shown]
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200), Shown]

# How many recent questions a preview looks at.
_RECENT = 500


class FreezeBlocked(Invalid):
    code = "freeze_blocked"


class FreezeBody(BaseModel):
    """questions: ways to ask about the topic. text: what the customer is told, word for word."""

    model_config = ConfigDict(extra="forbid")

    topic: Topic
    questions: list[Question] = Field(min_length=1, max_length=50)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000), Shown]
    valid_to: date | None = None
    comment: str = Field(default="", max_length=2000)


class PreviewBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topic: Topic
    questions: list[Question] = Field(min_length=1, max_length=50)


class LiftBody(BaseModel):
    """comment: why it is lifted, for the record; in the body because addresses end up in logs."""

    model_config = ConfigDict(extra="forbid")

    comment: str = Field(default="", max_length=2000)


@router.get("")
async def list_freezes(who: Reader, parts: Parts) -> dict[str, Any]:
    """Those that hold today, the newest first."""
    live = await parts.freezes.live(business_date(parts.clock()), who.tenant)
    return {"freezes": [_shown(freeze) for freeze in live]}


@router.post("", status_code=201)
async def create(body: FreezeBody, who: Approver, parts: Parts) -> dict[str, Any]:
    """Pin a topic. Raises FreezeBlocked when the output rails would not let the text pass."""
    now = parts.clock()
    if body.valid_to is not None and body.valid_to < business_date(now):
        raise Invalid("失效日期已经过去，请修改日期后重试。", code="invalid_dates")
    freeze = Freeze(
        id=parts.new_id(),
        tenant=who.tenant,
        topic=body.topic,
        questions=tuple(dict.fromkeys(body.questions)),
        text=body.text,
        comment=body.comment,
        valid_from=business_date(now),
        valid_to=body.valid_to,
        created_by=who.id,
        created_at=now,
    )
    await _check(freeze, parts)
    await parts.freezes.add(freeze)
    await parts.freeze_board.refresh()
    return _shown(freeze)


@router.post("/preview")
async def preview(body: PreviewBody, who: Approver, parts: Parts) -> dict[str, Any]:
    """The recent questions of customers that such a freeze would catch."""
    recent = await parts.conversations.recent_questions(who.tenant, _RECENT)
    hits = await parts.freeze_board.hits(body.topic, body.questions, [asked.question for asked in recent])
    return {"hits": hits}


@router.delete("/{freeze_id}", status_code=204)
async def lift(freeze_id: str, who: Approver, parts: Parts, body: LiftBody | None = None) -> Response:
    await parts.freezes.lift(who.tenant, freeze_id, actor=who.id, comment=body.comment if body else "")
    await parts.freeze_board.refresh()
    return Response(status_code=204)


async def _check(freeze: Freeze, parts: Services) -> None:
    """The approved wording is its own evidence; every other rule holds for it as for any answer."""
    release = Release(question=freeze.topic, evidence=(Evidence(text=freeze.text, title=freeze.topic),))
    verdict = await parts.guard.check_output(freeze.text, release)
    if not verdict.allowed:
        rules = "、".join(verdict.rule_ids) or verdict.reason
        raise FreezeBlocked(f"这段口径违反了输出规则（{rules}），客户不会看到它，请修改措辞后重试。")


def _shown(freeze: Freeze) -> dict[str, Any]:
    values = {name: value for name, value in asdict(freeze).items() if name not in ("id", "tenant")}
    return {"freeze_id": freeze.id, **values}
