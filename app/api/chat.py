"""Conversations over HTTP: ask (streamed or whole), read, follow. Translates only; the turn decides."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.api.dependencies import Services, caller, services
from app.api.readers import readable_conversation
from app.api.sse import frame, stream
from app.chat.ask import Ask
from app.chat.running import RunningTurn
from app.clock import business_date
from app.errors import Invalid, Overloaded, TooLarge
from app.events import Event
from app.identity import Caller, Role
from app.store.records import Claim, Conversation, MessageView

router = APIRouter(prefix="/v1", tags=["chat"])

# How long the records may keep a customer waiting before they are told, seconds.
_STORE_S = 2.5


class StoreBusy(Overloaded):
    code, title = "store_busy", "系统现在有点忙，这条消息还没有收下。请稍等片刻再发一次；急事请拨打客服热线。"


class MessageTooLong(TooLarge):
    title = "这条消息太长了，请分成几条、每条不超过2000字发送。"


class AsOfRefused(Invalid):
    code, title = "as_of_future", "查询日期不能晚于今天，请改为今天或更早的日期。"


class MessageBody(BaseModel):
    """as_of: the business date whose versions answer; default today."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
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
    digest = hashlib.sha256(f"{body.text}\x1f{body.as_of}".encode()).hexdigest()
    parts.turns.places.check()
    claim = await claim_soon(parts, conversation, idempotency_key, digest)
    streamed = "text/event-stream" in accept
    if claim.state != "new":
        if streamed:
            return stream(_replay(parts, conversation, claim.turn_id), finishes=True)
        turn = claim.turn or await parts.conversations.await_turn(conversation, claim.turn_id)
        return _json(turn.result)
    ask = Ask(
        turn_id=claim.turn_id,
        conversation=conversation,
        text=body.text,
        as_of=as_of,
        customer=await parts.suitability(who),
    )
    running = start_turn(parts, ask)
    if streamed:
        return stream(_events(parts, ask, running), finishes=True)
    return _json(await while_connected(request, parts, ask, running))


async def claim_soon(parts: Services, conversation: Conversation, idempotency_key: str | None, digest: str) -> Claim:
    """The claim, within what a customer waits for a first word. Raises StoreBusy; then as if never asked."""
    gone = False
    claiming = asyncio.ensure_future(
        parts.conversations.claim(conversation, idempotency_key, digest, wanted=lambda: not gone)
    )
    try:
        async with asyncio.timeout(_STORE_S):
            return await asyncio.shield(claiming)
    except TimeoutError:
        # A write that waits sees it; one that was just being made is taken back, so that its key is free again.
        gone = True
        claiming.add_done_callback(lambda done: _give_back(parts, done))
        raise StoreBusy() from None


def _give_back(parts: Services, claiming: asyncio.Future[Claim]) -> None:
    if not claiming.cancelled() and claiming.exception() is None and claiming.result().state == "new":
        parts.conversations.release(claiming.result().turn_id)


def refuse_long(parts: Services, text: str) -> None:
    if len(text) > parts.settings.limits.message_chars:
        raise MessageTooLong()


def start_turn(parts: Services, ask: Ask) -> RunningTurn:
    return parts.turns.start(ask)


async def _events(parts: Services, ask: Ask, running: RunningTurn) -> AsyncIterator[bytes]:
    """Frames, those of one commit in one piece: each piece costs a timer and a write to the socket."""
    try:
        async with aclosing(running.batches()) as batches:
            async for batch in batches:
                # What is no part of the log has no number, so that nobody resumes after it.
                yield b"".join(frame(event.type, event.data, event.sequence or None).encode() for event in batch)
    finally:
        parts.turns.leave(ask, running)


async def _replay(parts: Services, conversation: Conversation, turn_id: str) -> AsyncIterator[ServerSentEvent]:
    """The events of a turn that is running elsewhere or done: the stored ones, then what follows."""
    async with aclosing(parts.log.follow(conversation.id)) as events:
        async for event in events:
            if event.turn_id == turn_id:
                yield frame(event.type, event.data, event.sequence)
                if event.type == "turn.completed":
                    return


async def while_connected(request: Request, parts: Services, ask: Ask, running: RunningTurn) -> dict[str, Any]:
    """The turn's JSON answer; when the client goes away first, the turn is told so."""
    result = asyncio.ensure_future(running.result())
    left = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({result, left}, return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            parts.turns.leave(ask, running)
        return await result
    finally:
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _json(result: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(result), media_type="application/json")
