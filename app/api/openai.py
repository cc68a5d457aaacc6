"""The OpenAI-compatible door: the same turn, rails and records as the chat, in the form OpenAI clients expect."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import ServerSentEvent

from app.api.chat import refuse_long
from app.api.claims import Asking, while_connected
from app.api.dependencies import Services, caller, services
from app.api.shown import Shown
from app.api.sse import stream
from app.chat.ask import Ask
from app.chat.running import RunningTurn
from app.clock import business_date
from app.errors import Invalid
from app.identity import Caller, Role
from guardrails import Message

router = APIRouter(prefix="/v1", tags=["openai"])

_ROLES = {"user": "customer", "assistant": "bot"}


class NoUserMessage(Invalid):
    code, title = "no_user_message", "最后一条消息必须是用户的提问，请补充后重试。"


class TextPart(BaseModel):
    type: Literal["text"]
    text: Annotated[str, Shown]


class ChatMessage(BaseModel):
    """System and tool messages are accepted and ignored: the product's own instructions are not for changing."""

    model_config = ConfigDict(extra="ignore")

    role: str
    content: Annotated[str, Shown] | list[TextPart] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class CompletionBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    messages: list[ChatMessage] = Field(min_length=1)
    model: str = "wenda"
    stream: bool = False


@router.post("/chat/completions", response_model=None)
async def complete(
    body: CompletionBody,
    request: Request,
    who: Annotated[Caller, Depends(caller(Role.CUSTOMER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
) -> Response:
    """One turn. The conversation is the caller's: earlier user and assistant messages are its history."""
    *earlier, last = body.messages
    if last.role != "user" or not last.text.strip():
        raise NoUserMessage()
    refuse_long(parts, last.text)
    parts.rate.spend(who)
    parts.turns.places.check()
    conversation = await parts.conversations.create(who.tenant, who.id)
    customer = await parts.suitability(who)
    asking = Asking(
        parts,
        conversation,
        None,
        "",
        lambda turn_id: Ask(
            turn_id,
            conversation,
            last.text.strip(),
            business_date(parts.clock()),
            customer,
            history=[Message(_ROLES[m.role], m.text) for m in earlier if m.role in _ROLES],
        ),
    )
    ask, turn = asking.start(await asking.claim())
    if body.stream:
        return stream(_chunks(ask, turn), finishes=True, on_end=lambda: parts.turns.leave(ask, turn))
    return JSONResponse(_completion(await while_connected(request, parts, ask, turn)))


def _frame(turn_id: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{turn_id}", "created": int(time.time()), "model": "wenda"}


def _finish_reason(result: dict[str, Any]) -> str:
    return "content_filter" if result["status"] == "refused" else "stop"


def _completion(result: dict[str, Any]) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": result["text"]},
        "finish_reason": _finish_reason(result),
    }
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    return {
        **_frame(result["turn_id"]),
        "object": "chat.completion",
        "choices": [choice],
        "usage": usage,
        "wenda": result,
    }


async def _chunks(ask: Ask, turn: RunningTurn) -> AsyncIterator[ServerSentEvent]:
    frame = {**_frame(ask.turn_id), "object": "chat.completion.chunk"}

    def chunk(delta: dict[str, str], finish: str | None = None, **extra: Any) -> ServerSentEvent:
        body = {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **extra}
        return ServerSentEvent(data=orjson.dumps(body).decode())

    yield chunk({"role": "assistant", "content": ""})
    async with aclosing(turn.events()) as events:
        async for event in events:
            if event.type == "answer.delta":
                yield chunk({"content": event.data["text"]})
            elif event.type == "turn.completed":
                result = dict(event.data["turn"])
                yield chunk({}, _finish_reason(result), wenda=result)
    yield ServerSentEvent(data="[DONE]")
