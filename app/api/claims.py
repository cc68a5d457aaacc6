"""One request, one turn: its claim, and whoever sends the same again joins it. No claim outlives the request that made
it without a turn."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request

from app.api.dependencies import Services
from app.api.sse import frame
from app.chat.ask import Ask
from app.chat.running import RunningTurn
from app.errors import Overloaded
from app.store.records import Claim, Conversation

# How long the records may keep a customer waiting before they are told, seconds.
_STORE_S = 2.5


class StoreBusy(Overloaded):
    code, title = "store_busy", "系统现在有点忙，这条消息还没有收下。请稍等片刻再发一次；急事请拨打客服热线。"


@dataclass(frozen=True, slots=True)
class Asking:
    """What one request asks. key: its idempotency key. make: the turn's Ask, from its id."""

    parts: Services
    conversation: Conversation
    key: str | None
    digest: str
    make: Callable[[str], Ask]

    async def claim(self) -> Claim:
        """The claim, within what a customer waits for a first word. Whoever gets a new one starts its turn before
        waiting for anything else. Raises StoreBusy; then, and when cancelled, it is as if never asked."""
        given_up = False
        claiming = asyncio.ensure_future(
            self.parts.conversations.claims.make(self.conversation, self.key, self.digest, wanted=lambda: not given_up)
        )
        try:
            async with asyncio.timeout(_STORE_S):
                return await asyncio.shield(claiming)
        except (TimeoutError, asyncio.CancelledError) as failure:
            # A write that waits sees it; one that was just being made is taken back, so that its key is free again.
            given_up = True
            claiming.add_done_callback(self._give_back)
            if isinstance(failure, TimeoutError):
                raise StoreBusy() from None
            raise

    def start(self, claim: Claim) -> tuple[Ask, RunningTurn]:
        ask = self.make(claim.turn_id)
        return ask, self.parts.turns.start(ask)

    def _give_back(self, claiming: asyncio.Future[Claim]) -> None:
        if not claiming.cancelled() and claiming.exception() is None and claiming.result().state == "new":
            self.parts.conversations.claims.release(claiming.result().turn_id)

    async def join(self, claim: Claim) -> AsyncIterator[bytes]:
        """The frames of a turn that somebody else asked for; of our own when they take their claim back."""
        while claim.state != "new":
            async with aclosing(self.parts.conversations.claims.follow(self.conversation, claim.turn_id)) as events:
                async for event in events:
                    yield frame(event.type, event.data, event.sequence).encode()
                    if event.type == "turn.completed":
                        return
            claim = await self.claim()
        ask, running = self.start(claim)
        try:
            async with aclosing(frames(running)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.parts.turns.leave(ask, running)

    async def answer(self, claim: Claim, request: Request) -> dict[str, Any]:
        """The turn's JSON answer: ours for a new claim, else the one that the claim stands for."""
        while claim.state != "new":
            turn = claim.turn or await self.parts.conversations.await_turn(self.conversation, claim.turn_id)
            if turn is not None:
                return dict(turn.result)
            claim = await self.claim()
        return await while_connected(request, self.parts, *self.start(claim))


def digest_of(text: str, as_of: date | None) -> str:
    return hashlib.sha256(f"{text}\x1f{as_of}".encode()).hexdigest()


async def frames(running: RunningTurn) -> AsyncGenerator[bytes]:
    """Those of one commit in one piece: each piece costs a timer and a write to the socket."""
    async with aclosing(running.batches()) as batches:
        async for batch in batches:
            # What is no part of the log has no number, so that nobody resumes after it.
            yield b"".join(frame(event.type, event.data, event.sequence or None).encode() for event in batch)


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
        if not result.done():  # the request was cancelled
            result.cancel()
            parts.turns.leave(ask, running)
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
