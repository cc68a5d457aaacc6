"""The claim that makes one request one turn, however often the request is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.clock import Clock, utc_now
from app.errors import Overloaded, ReusedKey
from app.events import Event
from app.store.database import Database
from app.store.event_log import EventLog
from app.store.records import Claim, Conversation
from app.store.schema import ClaimRow
from app.store.turn_rows import find_turn
from app.store.workers import Worker

KEY_LIFE = timedelta(hours=24)
# Whoever waits for a turn of another request looks this often whether it is still to come, seconds.
STILL_CLAIMED_S = 2.0


class Claims:
    """worker: under whose id this process claims turns."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        *,
        worker: Worker,
        new_id: Callable[[], str],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._log = log
        self._worker = worker
        self._new_id = new_id
        self._clock = clock
        # The turns that this process has claimed and not yet let go: what else it left open, nobody answers.
        self._held: set[str] = set()

    async def make(
        self,
        conversation: Conversation,
        idempotency_key: str | None,
        body_sha256: str,
        *,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Claim:
        """Reserve a turn. Without a key always new. Raises ReusedKey when the key came with another body.

        wanted: asked when the write's turn has come; False = the caller has given up, and nothing is reserved
        (raises Overloaded, which nobody reads).

        A turn left unfinished by a dead process is claimed anew under its old id after `recover` closed it. Whoever
        makes a new claim runs its turn, and then says let_go(), or gives it back with release().
        """
        now = self._clock()
        turn_id = self._new_id()

        def work(connection: Connection) -> Claim:
            if not wanted():
                raise Overloaded()
            if idempotency_key is not None:
                row = connection.execute(
                    select(ClaimRow.turn_id, ClaimRow.body_sha256, ClaimRow.started_at).where(
                        ClaimRow.conversation_id == conversation.id, ClaimRow.idempotency_key == idempotency_key
                    )
                ).one_or_none()
                if row is not None and now - row.started_at > KEY_LIFE:
                    connection.execute(
                        update(ClaimRow).where(ClaimRow.turn_id == row.turn_id).values(idempotency_key=None)
                    )
                elif row is not None:
                    if row.body_sha256 != body_sha256:
                        raise ReusedKey()
                    turn = find_turn(connection, row.turn_id)
                    return Claim("done" if turn else "running", row.turn_id, turn)
            claimed = {
                "turn_id": turn_id,
                "conversation_id": conversation.id,
                "tenant": conversation.tenant,
                "idempotency_key": idempotency_key,
                "body_sha256": body_sha256,
                "worker_id": self._worker.id,
                "started_at": now,
                "closed_at": None,
            }
            connection.execute(_CLAIM, claimed)
            return Claim("new", turn_id)

        self._held.add(turn_id)
        claim = None
        try:
            claim = await self._database.write(work)
            return claim
        finally:
            if claim is None or claim.state != "new":
                self.let_go(turn_id)

    def let_go(self, turn_id: str) -> None:
        """Nothing of the turn runs here any more. If it is still open, which it should not be, `recover` closes it."""
        self._held.discard(turn_id)

    def release(self, turn_id: str) -> None:
        """Take back a claim whose turn nobody runs, without waiting for it: as if it had not been asked."""
        self.let_go(turn_id)
        query = delete(ClaimRow).where(ClaimRow.turn_id == turn_id, ClaimRow.closed_at.is_(None))
        self._database.submit(lambda c: c.execute(query) and None)

    async def follow(self, conversation: Conversation, turn_id: str) -> AsyncGenerator[Event]:
        """A claimed turn's events, those stored and those to come, here or on another worker, up to `turn.completed`.

        Ends without that one when the claim is taken back: then nobody answers, and it may be claimed again. Close the
        iterator (or cancel) to stop.
        """
        async with aclosing(self._log.follow(conversation.id)) as events:
            coming = asyncio.ensure_future(anext(events))
            try:
                while True:
                    await asyncio.wait({coming}, timeout=STILL_CLAIMED_S)
                    if coming.done():
                        event = coming.result()
                        if event.turn_id == turn_id:
                            yield event
                            if event.type == "turn.completed":
                                return
                        coming = asyncio.ensure_future(anext(events))
                    elif not await self._database.read(lambda c: _claimed(c, turn_id)):
                        return
            finally:
                coming.cancel()
                with suppress(asyncio.CancelledError):
                    await coming

    def holds(self, turn_id: str) -> bool:
        """Whether this process has claimed the turn and may still be running it."""
        return turn_id in self._held


def close_claim(connection: Connection, turn_id: str, now: datetime) -> None:
    """Inside the transaction that closes the turn."""
    connection.execute(_CLOSE_CLAIM, {"turn": turn_id, "now": now})


def _claimed(connection: Connection, turn_id: str) -> bool:
    return connection.execute(_FIND_CLAIM, {"turn": turn_id}).first() is not None


_CLAIM = insert(ClaimRow)
_FIND_CLAIM = select(ClaimRow.turn_id).where(ClaimRow.turn_id == bindparam("turn"))
_CLOSE_CLAIM = update(ClaimRow).where(ClaimRow.turn_id == bindparam("turn")).values(closed_at=bindparam("now"))
