"""Turns that were left open: whoever asked is told, and may ask again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import Connection, delete, or_, select
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock, utc_now
from app.events import NewEvent
from app.store.conversations import Conversations
from app.store.database import Database
from app.store.event_log import EventLog
from app.store.records import Turn
from app.store.schema import ClaimRow, ConversationRow
from app.store.workers import Worker

_log = structlog.get_logger(__name__)


class Recovery:
    """worker: this process."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        conversations: Conversations,
        worker: Worker,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._log = log
        self._conversations = conversations
        self._claims = conversations.claims
        self._worker = worker
        self._clock = clock

    async def recover(self, title: str) -> int:
        """Close the turns that a dead process left open, and those of this one that nothing runs any more (its database
        was away when they were to be closed). One whose closing this process still has gets that; the others get
        `turn.failed`. Returns how many."""

        def orphans(connection: Connection) -> list[Mapping[str, Any]]:
            alive = self._worker.living(connection)
            rows = connection.execute(
                select(ClaimRow.turn_id, ClaimRow.conversation_id, ClaimRow.tenant, ConversationRow.customer_id)
                .join(ConversationRow, ConversationRow.id == ClaimRow.conversation_id)
                .where(
                    ClaimRow.closed_at.is_(None),
                    or_(ClaimRow.worker_id.not_in(alive), ClaimRow.worker_id == self._worker.id),
                )
            )
            return [row._asdict() for row in rows if not self._claims.holds(row.turn_id)]

        left = await self._database.write(orphans)
        for row in left:
            if not await self._closed_again(row["turn_id"]):
                await self._fail(row, title)
        return len(left)

    async def _closed_again(self, turn_id: str) -> bool:
        """What this process had to say at the turn's end, the ticket it promised above all, if it still knows it."""
        try:
            return await self._conversations.close_again(turn_id)
        except SQLAlchemyError as failure:
            _log.error("turn_not_recorded_again", turn_id=turn_id, error=type(failure).__name__)
            return False

    async def _fail(self, row: Mapping[str, Any], title: str) -> None:
        events = await self._log.read(row["conversation_id"])
        own = [event for event in events if event.turn_id == row["turn_id"]]
        if not own:  # nothing was ever said: as if it had not been asked
            await self._database.write(
                lambda c: c.execute(delete(ClaimRow).where(ClaimRow.turn_id == row["turn_id"])) and None
            )
            return
        text = "".join(str(event.data.get("text", "")) for event in own if event.type == "answer.delta")
        question = next((str(event.data["text"]) for event in own if event.type == "customer.message"), "")
        label = next((event.data for event in own if event.type == "turn.started"), {})
        ticket = await self._conversations.open_ticket(row["conversation_id"])
        # What a person is there to read has reached them: nothing failed.
        heard = not label and ticket is not None and ticket.status == "assigned"
        status = "relayed" if heard else "failed"
        result = {
            "turn_id": row["turn_id"],
            "status": status,
            "text": text,
            "citations": [],
            "reason": "interrupted",
            "rule_ids": [],
            "ticket_id": None,
            "suggestions": [],
            "ai_label": label.get("ai_label", ""),
            "generator": label.get("generator", "rule"),
            "timings": {},
        }
        turn = Turn(
            id=row["turn_id"],
            conversation_id=row["conversation_id"],
            tenant=row["tenant"],
            customer_id=row["customer_id"],
            question=question,
            standalone="",
            text=text,
            status=status,
            reason="interrupted",
            generator=str(result["generator"]),
            as_of=self._clock().date(),
            result=result,
        )
        await self._conversations.close_turn(
            turn,
            [
                *([] if heard else [NewEvent("turn.failed", {"code": "interrupted", "title": title}, turn.id)]),
                NewEvent("turn.completed", {"turn": result}, turn.id),
            ],
            actor="recovery",
        )
