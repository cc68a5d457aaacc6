"""Conversations over HTTP: ask (streamed or whole), read, follow. Translates only; the turn decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.api.claims import Asking, digest_of, frames
from app.api.dependencies import Services, caller, services
from app.api.readers import readable_conversation
from app.api.shown import Shown
from app.api.sse import frame, stream
from app.chat.ask import Ask
from app.clock import business_date
from app.errors import Invalid, TooLarge
from app.events import Event
from app.identity import Caller, Role
from app.store.records import Conversation, MessageView

router = APIRouter(prefix="/v1", tags=["chat"])


class MessageTooLong(TooLarge):
    title = "这条消息太长了，请分成几条、每条不超过2000字发送。"


class AsOfRefused(Invalid):
    code, title = "as_of_future", "查询日期不能晚于今天，请改为今天或更早的日期。"


class MessageBody(BaseModel):
    """as_of: the business date whose versions answer; default today."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Shown]
    as_of: date | None = None


class Created(BaseModel):
    id: str


class ConversationView(BaseModel):
    id: str
    created_at: str
    messages: list[dict[str, Any]] = Field(default_factory=list)


@router.post("/conversations")
async def create_conversation(
    who: Annotated[Caller, Depends(caller(Role.CUSTOMER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
) -> Created:
    conversation = await parts.conversations.create(who.tenant, who.id)
    return Created(id=conversation.id)


@router.get("/conversations/{conversation_id}")
async def read_conversation(
    conversation: Annotated[Conversation, Depends(readable_conversation)],
    parts: Annotated[Services, Depends(services)],
) -> ConversationView:
    messages = await parts.conversations.messages(conversation.id)
    return ConversationView(
        id=conversation.id,
        created_at=conversation.created_at.isoformat(),
        messages=[_message(message) for message in messages],
    )


def _message(view: MessageView) -> dict[str, Any]:
    row: dict[str, Any] = {
        "sequence": view.sequence,
        "role": view.role,
        "text": view.text,
        "created_at": view.created_at.isoformat(),
        "turn_id": view.turn_id,
    }
    if view.role == "agent":
        row["agent"] = view.agent
    elif view.role == "bot":
        for name in ("status", "reason", "generator", "ai_label", "ticket_id"):
            row[name] = getattr(view, name)
        for name in ("rule_ids", "citations", "suggestions"):
            row[name] = list(getattr(view, name))
    return row


@router.get("/conversations/{conversation_id}/events", response_class=EventSourceResponse)
async def follow_conversation(
    conversation: Annotated[Conversation, Depends(readable_conversation)],
    parts: Annotated[Services, Depends(services)],
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> EventSourceResponse:
    """The whole conversation, from the start or after Last-Event-ID, then live; who types and reads has no id."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        async with aclosing(parts.log.listen(conversation.id, last_event_id or 0)) as heard:
            async for event in heard:
                yield frame(event.type, event.data, event.sequence if isinstance(event, Event) else None)

    return stream(events())


@router.post("/conversations/{conversation_id}/messages", response_model=None)
async def send_message(
    conversation_id: str,
    body: MessageBody,
    request: Request,
    who: Annotated[Caller, Depends(caller(Role.CUSTOMER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    accept: Annotated[str, Header()] = "application/json",
) -> Response:
    """One turn: streamed when the client accepts `text/event-stream`, else waited for."""
    refuse_long(parts, body.text)
    today = business_date(parts.clock())
    as_of = body.as_of or today
    if as_of > today and Role.EVALUATOR not in who.roles:
        raise AsOfRefused()
    conversation = await parts.own_conversation(who, conversation_id)
    parts.rate.spend(who)
    parts.turns.places.check()
    customer = await parts.suitability(who)
    asking = Asking(
        parts,
        conversation,
        idempotency_key,
        digest_of(body.text, body.as_of),
        lambda turn_id: Ask(turn_id, conversation, body.text, as_of, customer),
    )
    claim = await asking.claim()
    if "text/event-stream" not in accept:
        return Response(orjson.dumps(await asking.answer(claim, request)), media_type="application/json")
    if claim.state != "new":
        return stream(asking.join(claim), finishes=True)
    ask, running = asking.start(claim)
    return stream(frames(running), finishes=True, on_end=lambda: parts.turns.leave(ask, running))


def refuse_long(parts: Services, text: str) -> None:
    if len(text) > parts.settings.limits.message_chars:
        raise MessageTooLong()
