"""Asking for a person and leaving the queue; the tickets that agents work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.chat.words import say
from app.errors import Conflict
from app.events import NewEvent
from app.handoff import tickets as machine
from app.identity import Caller, Role
from app.store import Ticket

router = APIRouter(prefix="/v1", tags=["desk"])

Customer = Annotated[Caller, Depends(caller(Role.CUSTOMER))]
Agent = Annotated[Caller, Depends(caller(Role.AGENT))]
Parts = Annotated[Services, Depends(services)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class NotQueued(Conflict):
    code, title = "not_queued", "您当前没有在排队，可以直接继续提问。"


class MessageBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Text


class ResolutionBody(BaseModel):
    """reusable: the answer may become knowledge."""

    model_config = ConfigDict(extra="forbid")

    resolution: str = Field(max_length=4000)
    reusable: bool = False


@router.post("/conversations/{conversation_id}/handoff")
async def ask_for_person(conversation_id: str, who: Customer, parts: Parts) -> dict[str, Any]:
    """Queue the conversation for a person; asking again gives the same ticket."""
    conversation = await parts.own_conversation(who, conversation_id)
    recent = await parts.conversations.recent(conversation_id, 1)
    ticket = machine.open_ticket(
        conversation=conversation,
        reason="explicit_human",
        priority="P2",
        question=recent[-1].question if recent else "",
        answer=recent[-1].text if recent else "",
        language="zh-Hans",
        now=parts.clock(),
        ticket_id=parts.new_id(),
    )

    def announce(queued: Ticket, place: int) -> Sequence[NewEvent]:
        data = {
            "ticket_id": queued.id,
            "reason": queued.reason,
            "priority": queued.priority,
            "position": place,
            "text": say("handoff.queued", "zh-Hans", position=place),
        }
        return (NewEvent("handoff.created", data),)

    kept, place = await parts.tickets.open_one(ticket, announce, actor=who.id)
    return {"ticket_id": kept.id, "status": kept.status, "priority": kept.priority, "position": place}


@router.delete("/conversations/{conversation_id}/handoff", status_code=204)
async def leave_queue(conversation_id: str, who: Customer, parts: Parts) -> Response:
    await parts.own_conversation(who, conversation_id)
    ticket = await parts.conversations.open_ticket(conversation_id)
    if ticket is None:
        raise NotQueued()
    await parts.tickets.change(who.tenant, ticket.id, lambda t: machine.leave(t, parts.clock()), actor=who.id)
    return Response(status_code=204)


@router.get("/tickets")
async def list_tickets(
    who: Agent,
    parts: Parts,
    status: Literal["queued", "assigned", "resolved", "returned", "left"] | None = None,
    priority: Literal["P0", "P1", "P2"] | None = None,
) -> dict[str, Any]:
    tickets = await parts.tickets.list(who.tenant, status=status, priority=priority)
    return {"tickets": [_shown(ticket) for ticket in tickets]}


@router.get("/tickets/{ticket_id}")
async def read_ticket(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    return {**_shown(ticket), "position": await parts.tickets.position(ticket)}


@router.post("/tickets/{ticket_id}/accept")
async def accept(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    """One agent wins, another gets 409; repeating it is harmless."""
    return _shown(
        await parts.tickets.change(
            who.tenant, ticket_id, lambda t: machine.accept(t, who.id, parts.clock()), actor=who.id
        )
    )


@router.post("/tickets/{ticket_id}/resolve")
async def resolve(ticket_id: str, body: ResolutionBody, who: Agent, parts: Parts) -> dict[str, Any]:
    return _shown(
        await parts.tickets.change(
            who.tenant,
            ticket_id,
            lambda t: machine.resolve(t, who.id, body.resolution, body.reusable, parts.clock()),
            actor=who.id,
        )
    )


@router.post("/tickets/{ticket_id}/return")
async def give_back(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    """Give the conversation back to the bot."""
    return _shown(
        await parts.tickets.change(
            who.tenant, ticket_id, lambda t: machine.give_back(t, who.id, parts.clock()), actor=who.id
        )
    )


@router.post("/tickets/{ticket_id}/messages")
async def speak(ticket_id: str, body: MessageBody, who: Agent, parts: Parts) -> dict[str, Any]:
    """One message to the customer; it reaches them as `agent.message`."""
    return _shown(
        await parts.tickets.change(who.tenant, ticket_id, lambda t: machine.speak(t, who.id, body.text), actor=who.id)
    )


def _shown(ticket: Ticket) -> dict[str, Any]:
    return {field.name: getattr(ticket, field.name) for field in fields(ticket) if field.name != "tenant"}
