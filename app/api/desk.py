"""The desk itself: its live stream, who sits at it, its hours, skills and ready-made replies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.api.dependencies import Services, caller, services
from app.api.sse import frame, stream
from app.clock import SHANGHAI, business_date
from app.errors import Invalid
from app.handoff.hours import Hours, day_of
from app.handoff.rules import read_rules
from app.identity import Caller, Role
from app.knowledge.passage import Scope
from app.store.records import Agent

router = APIRouter(prefix="/v1/desk", tags=["desk"])

AgentCaller = Annotated[Caller, Depends(caller(Role.AGENT))]
Parts = Annotated[Services, Depends(services)]


class RulesRefused(Invalid):
    code, title = "desk_rules_invalid", "这些服务设置不成立，请按提示修改后重试。"


class AgentBody(BaseModel):
    """skills and languages: what the agent takes. capacity: conversations at a time."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["online", "away"]
    skills: list[str] = Field(max_length=50)
    languages: list[Literal["zh-Hans", "zh-Hant", "en"]] = Field(min_length=1, max_length=3)
    capacity: int = Field(ge=1, le=50)


@router.get("/events", response_class=EventSourceResponse)
async def follow_desk(who: AgentCaller, parts: Parts) -> EventSourceResponse:
    """`hello` with every open ticket, then what changes. Nothing is resumed: whoever comes back gets a new `hello`."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        async with aclosing(parts.feed.follow(who.tenant, who.id)) as told:
            async for one in told:
                yield frame(one.event, one.data)

    return stream(events())


@router.get("/me")
async def read_me(who: AgentCaller, parts: Parts) -> dict[str, Any]:
    return _me(await parts.desk.agent(who.tenant, who.id))


@router.put("/me")
async def put_me(body: AgentBody, who: AgentCaller, parts: Parts) -> dict[str, Any]:
    known = set((await parts.desk.rules(who.tenant)).skill_ids())
    if not set(body.skills) <= known:
        raise Invalid("有不认识的技能组，请从列表里选。", code="unknown_skill")
    before = await parts.desk.agent(who.tenant, who.id)
    agent = replace(before, **body.model_dump())
    await parts.desk_records.put_agent(who.tenant, agent)
    parts.feed.wake(who.tenant)
    return _me(agent)


@router.get("/skills")
async def read_skills(who: AgentCaller, parts: Parts) -> dict[str, Any]:
    rules = await parts.desk.rules(who.tenant)
    return {"skills": [{"id": skill.id, "name": skill.name} for skill in rules.skills]}


@router.get("/hours")
async def read_hours(
    who: Annotated[Caller, Depends(caller(Role.CUSTOMER, Role.AGENT))], parts: Parts
) -> dict[str, Any]:
    now, hours = parts.clock(), Hours(await parts.desk.rules(who.tenant))
    day = day_of(business_date(now))
    opens_at, closes_at = hours.opens_at(now), hours.closes_at(now)
    return {
        "open": hours.is_open(now),
        "opens_at": opens_at.astimezone(SHANGHAI) if opens_at else None,
        "closes_at": closes_at.astimezone(SHANGHAI) if closes_at else None,
        "hotline": parts.settings.bank.hotline,
        "today": {"workday": day.workday, "name": day.name},
        "callback_slots": [slot.astimezone(SHANGHAI) for slot in hours.slots(now)],
    }


@router.get("/rules")
async def show_rules(who: AgentCaller, parts: Parts) -> dict[str, Any]:
    """The rules in force, and which of them the tenant set itself."""
    own = await parts.desk_records.rules(who.tenant)
    return {"rules": read_rules(own).model_dump(mode="json"), "own": dict(own)}


@router.put("/rules")
async def put_rules(
    body: dict[str, Any], who: Annotated[Caller, Depends(caller(Role.ADMIN))], parts: Parts
) -> dict[str, Any]:
    """What the tenant sets itself; parts it leaves out are as packaged. {} takes everything back."""
    try:
        rules = read_rules(body)
    except ValidationError as error:
        where = "、".join(sorted({".".join(str(step) for step in row["loc"]) or "规则" for row in error.errors()}))
        raise RulesRefused(f"这些服务设置不成立：{where}，请修改后重试。") from error
    own = {name: value for name, value in rules.model_dump(mode="json").items() if name in body}
    await parts.desk_records.put_rules(who.tenant, own, actor=who.id)
    parts.feed.wake(who.tenant)
    return {"rules": rules.model_dump(mode="json"), "own": own}


@router.get("/canned")
async def find_canned(
    who: AgentCaller,
    parts: Parts,
    query: Annotated[str, Query(min_length=1, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> dict[str, Any]:
    """Ready-made replies: passages that are approved, in force today and meant for customers, nothing else."""
    scope = Scope(tenant=who.tenant, as_of=business_date(parts.clock()))
    found = await parts.search.find(query, scope, limit)
    return {
        "replies": [
            {
                "passage_id": scored.passage.id,
                "title": scored.passage.title,
                "section": scored.passage.section,
                "text": scored.passage.text,
            }
            for scored in found.passages
        ]
    }


def _me(agent: Agent) -> dict[str, Any]:
    return {
        "status": agent.status,
        "skills": list(agent.skills),
        "languages": list(agent.languages),
        "capacity": agent.capacity,
    }
