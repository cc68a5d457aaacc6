"""What people think of answers, and what staff know of customers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Services, caller, services
from app.chat.briefing import written_rule
from app.errors import Conflict, Invalid, NotFound
from app.handoff.reasons import REASONS, About
from app.identity import Caller, Role
from app.store import Profile, Ticket, Turn
from app.store.tickets import Announce

router = APIRouter(prefix="/v1", tags=["feedback"])
Parts = Annotated[Services, Depends(services)]


class FeedbackBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rating: Literal["up", "down"]
    tags: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=10)
    comment: str = Field(default="", max_length=1000)


class RatingBody(BaseModel):
    """about: None = the person when one has been there, else the bot. reasons: codes of app.handoff.reasons."""

    model_config = ConfigDict(extra="forbid")

    score: int = Field(ge=1, le=5)
    comment: str = Field(default="", max_length=1000)
    about: About | None = None
    reasons: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=10)


class UnknownReason(Invalid):
    code, title = "unknown_reason", "没有这个评价原因，请从列表里选，或写在补充里。"


class NobodyServed(Conflict):
    code, title = "nobody_served", "这次对话还没有人工服务，请评价前面的回答。"


class ProfileBody(BaseModel):
    """None = not assessed. assessed_until: the last day on which the assessment counts."""

    model_config = ConfigDict(extra="forbid")

    tolerance: Literal["C1", "C2", "C3", "C4", "C5"] | None = None
    assessed_until: date | None = None
    birth_year: int | None = Field(default=None, ge=1900, le=2100)


@router.post("/turns/{turn_id}/feedback", status_code=204)
async def give_feedback(
    turn_id: str,
    body: FeedbackBody,
    who: Annotated[Caller, Depends(caller(Role.CUSTOMER, Role.EVALUATOR))],
    parts: Parts,
) -> Response:
    turn = await parts.conversations.turn(who.tenant, turn_id)
    if turn.customer_id != who.id and not who.may(Role.EVALUATOR):
        raise NotFound()
    comment = parts.guard.mask(body.comment) if body.comment else ""
    ticket, announce = None, None
    if body.rating == "down" and comment.strip() and turn.customer_id == who.id:
        ticket, announce = await _unhappy(parts, turn, comment)
    await parts.customers.give_feedback(turn, who.id, body.rating, body.tags, comment, ticket=ticket, announce=announce)
    return Response(status_code=204)


async def _unhappy(parts: Services, turn: Turn, comment: str) -> tuple[Ticket, Announce]:
    """Who says what was wrong with an answer is given a person; what they say may be more urgent than that."""
    rule = written_rule(await parts.guard.check_input(comment), parts.guard.handbook)
    urgent = rule is not None and rule.action == "handoff"
    outlook = await parts.desk.outlook(turn.tenant)
    ticket = parts.desk.plan(
        outlook,
        await parts.conversations.get(turn.tenant, turn.conversation_id),
        reason=rule.reason if rule and urgent else "down_rated",
        priority=(rule.priority or "P2") if rule and urgent else "P2",
        question=turn.question,
        answer=turn.text,
        language=str(turn.trace.get("language", "zh-Hans")),
        details={"comment": comment},
    )
    return ticket, outlook.announce


@router.post("/conversations/{conversation_id}/rating", status_code=204)
async def rate(
    conversation_id: str, body: RatingBody, who: Annotated[Caller, Depends(caller(Role.CUSTOMER))], parts: Parts
) -> Response:
    """Of the bot and of a person apart; the same one rated again replaces what was said before."""
    conversation = await parts.own_conversation(who, conversation_id)
    served = None if body.about == "bot" else await parts.tickets.last_served(conversation_id)
    if body.about == "person" and served is None:
        raise NobodyServed()
    if not set(body.reasons) <= REASONS["person" if served else "bot"]:
        raise UnknownReason()
    comment = parts.guard.mask(body.comment) if body.comment else ""
    reasons = list(dict.fromkeys(body.reasons))
    await parts.customers.rate(conversation, body.score, comment, reasons, ticket_id=served or "")
    return Response(status_code=204)


@router.put("/customers/{customer_id}/profile")
async def put_profile(
    customer_id: str, body: ProfileBody, who: Annotated[Caller, Depends(caller(Role.AGENT))], parts: Parts
) -> dict[str, Any]:
    """Record the result of a suitability assessment done elsewhere."""
    profile = Profile(body.tolerance, body.assessed_until, body.birth_year)
    await parts.customers.put_profile(who.tenant, customer_id, profile, actor=who.id)
    return {"customer_id": customer_id, **asdict(profile)}
