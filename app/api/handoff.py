"""The customer's side of a hand-over: asking for a person, leaving the queue, being called back, typing, reading."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.errors import Conflict, Invalid
from app.handoff import tickets as machine
from app.handoff.hours import Hours
from app.identity import Caller, Role
from app.store import Ticket
from guardrails import mask_number

# A mobile or landline number, with or without country and area code.
_NUMBER = re.compile(r"\+?\(?\d{3,4}\)?(?:[- ]?\d){5,11}")

router = APIRouter(prefix="/v1", tags=["desk"])

Customer = Annotated[Caller, Depends(caller(Role.CUSTOMER))]
Parts = Annotated[Services, Depends(services)]


class NotQueued(Conflict):
    code, title = "not_queued", "您当前没有在排队，可以直接继续提问；需要人工时请点“转人工”。"


async def open_ticket(conversation_id: str, who: Customer, parts: Parts) -> Ticket:
    """The open ticket of the caller's own conversation. Raises NotFound, NotQueued."""
    await parts.own_conversation(who, conversation_id)
    ticket = await parts.conversations.open_ticket(conversation_id)
    if ticket is None:
        raise NotQueued()
    return ticket


OpenTicket = Annotated[Ticket, Depends(open_ticket)]


class NoSuchSlot(Invalid):
    code, title = "no_such_slot", "这个时间不能预约回电，请从列出的时间里选一个。"


class NoContact(Invalid):
    code, title = "no_contact", "没有认出电话号码，请填写手机号或带区号的座机号。"


class CallbackBody(BaseModel):
    """at: one of the offered slots. contact: a telephone number."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    contact: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class ReadBody(BaseModel):
    """sequence: of the last event that was read."""

    model_config = ConfigDict(extra="forbid")

    sequence: int = Field(ge=0, lt=2**31)


@router.post("/conversations/{conversation_id}/handoff")
async def ask_for_person(conversation_id: str, who: Customer, parts: Parts) -> dict[str, Any]:
    """Queue the conversation for a person; asking again gives the same ticket."""
    conversation = await parts.own_conversation(who, conversation_id)
    recent = await parts.conversations.recent(conversation_id, 1)
    outlook = await parts.desk.outlook(who.tenant)
    ticket = parts.desk.plan(
        outlook,
        conversation,
        reason="explicit_human",
        priority="P2",
        question=recent[-1].question if recent else "",
        answer=recent[-1].text if recent else "",
        language=str(recent[-1].trace.get("language", "zh-Hans")) if recent else "zh-Hans",
    )
    kept, place = await parts.tickets.open_one(ticket, outlook.announce, actor=who.id)
    if kept.id == ticket.id:
        parts.metrics.handoff(ticket.reason)
    return {"ticket_id": kept.id, "status": kept.status, "priority": kept.priority, "position": place}


@router.get("/conversations/{conversation_id}/handoff")
async def read_place(ticket: OpenTicket, parts: Parts) -> dict[str, Any]:
    """Where in the queue the conversation is now; position 0 and no estimate while a person has it."""
    outlook, place = await asyncio.gather(parts.desk.outlook(ticket.tenant), parts.tickets.position(ticket))
    return {
        "ticket_id": ticket.id,
        "status": ticket.status,
        "priority": ticket.priority,
        "position": place,
        "estimate_s": outlook.estimate(ticket, place),
    }


@router.delete("/conversations/{conversation_id}/handoff", status_code=204)
async def leave_queue(ticket: OpenTicket, who: Customer, parts: Parts) -> Response:
    show = parts.desk.show
    await parts.tickets.change(who.tenant, ticket.id, lambda t: machine.leave(t, parts.clock(), show), actor=who.id)
    return Response(status_code=204)


@router.post("/conversations/{conversation_id}/callback")
async def ask_for_callback(body: CallbackBody, ticket: OpenTicket, who: Customer, parts: Parts) -> dict[str, Any]:
    """To be called at one of the offered times. Asking again replaces it."""
    now = parts.clock()
    if body.at not in Hours(await parts.desk.rules(who.tenant)).slots(now):
        raise NoSuchSlot()
    if not _NUMBER.fullmatch(body.contact):
        raise NoContact()
    masked = mask_number(body.contact)
    sealed = parts.vault.seal(body.contact, ticket.conversation_id) if parts.vault else None
    changed = await parts.tickets.change(
        who.tenant,
        ticket.id,
        lambda t: machine.call_back(t, body.at, masked, sealed, now, parts.desk.show),
        actor=who.id,
    )
    return {"at": changed.callback_at, "contact_masked": changed.callback_masked}


@router.post("/conversations/{conversation_id}/typing", status_code=204)
async def customer_types(conversation_id: str, who: Customer, parts: Parts) -> Response:
    await parts.own_conversation(who, conversation_id)
    await parts.marks.typing(conversation_id, "customer")
    parts.feed.wake_conversation(conversation_id)
    return Response(status_code=204)


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def customer_reads(conversation_id: str, body: ReadBody, who: Customer, parts: Parts) -> Response:
    await parts.own_conversation(who, conversation_id)
    await parts.marks.read(conversation_id, "customer", body.sequence)
    parts.feed.wake_conversation(conversation_id)
    return Response(status_code=204)
