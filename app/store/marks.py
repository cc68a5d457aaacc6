"""Read marks and typing, overwritten in place and never part of a conversation's log.

Followers in this process are told at once, those of other workers within POLL seconds; what is told this way has no
number, and whoever was away asks for the marks as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from app.clock import Clock, utc_now
from app.events import Whisper
from app.store.database import Database
from app.store.desk_schema import MarkRow
from app.store.event_log import PAGE, POLL, EventLog
from app.store.records import Marks

Side = Literal["customer", "agent"]
# Typing that is older is over, and told to nobody.
TYPING_LASTS = timedelta(seconds=6)


class ReadMarks:
    """Call start() before use and stop() after."""

    def __init__(self, database: Database, log: EventLog, clock: Clock = utc_now) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._seen: dict[str, Marks] = {}
        self._poller: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._poller = asyncio.create_task(self._poll(), name="marks-poll")

    async def stop(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller

    async def get(self, conversation_id: str) -> Marks:
        return await self._database.read(lambda c: marks_of(c, [conversation_id]).get(conversation_id, Marks()))

    async def typing(self, conversation_id: str, side: Side) -> None:
        await self._put(conversation_id, {f"{side}_typing_at": self._clock()})

    async def read(self, conversation_id: str, side: Side, sequence: int) -> None:
        """Everything up to this event has been read; a mark never goes back."""
        await self._put(conversation_id, {f"{side}_read": sequence})

    async def _put(self, conversation_id: str, values: dict[str, Any]) -> None:
        def work(connection: Connection) -> Marks:
            known = marks_of(connection, [conversation_id], lock=True).get(conversation_id)
            before = known or Marks()
            advanced = {
                name: max(value, getattr(before, name)) if name.endswith("_read") else value
                for name, value in values.items()
            }
            after = replace(before, **advanced)
            row = {name: getattr(after, name) for name in Marks.__dataclass_fields__}
            if known is None:
                connection.execute(insert(MarkRow).values(conversation_id=conversation_id, **row))
            else:
                connection.execute(update(MarkRow).where(MarkRow.conversation_id == conversation_id).values(**row))
            return after

        after = await self._database.write(work)
        self._tell(conversation_id, after, new=Marks())

    def _tell(self, conversation_id: str, after: Marks, *, new: Marks) -> None:
        """Whisper what changed. new: what a conversation seen for the first time is compared with."""
        before = self._seen.get(conversation_id, new)
        if before == after:
            return
        self._seen[conversation_id] = after
        whispers = []
        for side in ("customer", "agent"):
            typed = getattr(after, f"{side}_typing_at")
            if typed and typed != getattr(before, f"{side}_typing_at") and self._clock() - typed < TYPING_LASTS:
                whispers.append(Whisper("typing", {"from": side}))
            if getattr(after, f"{side}_read") > getattr(before, f"{side}_read"):
                whispers.append(Whisper("read", {"by": side, "sequence": getattr(after, f"{side}_read")}))
        self._log.whisper(conversation_id, whispers)

    async def _poll(self) -> None:
        """Look for what other workers wrote about conversations followed here."""
        while True:
            await asyncio.sleep(POLL)
            ids = self._log.followed()
            self._seen = {id: marks for id, marks in self._seen.items() if id in ids}
            followed = sorted(ids)
            for start in range(0, len(followed), PAGE):
                chunk = followed[start : start + PAGE]
                with suppress(Exception):  # a database that is briefly away is asked again at the next poll
                    found = await self._database.read(partial(marks_of, ids=chunk))
                    for conversation_id, marks in found.items():
                        self._tell(conversation_id, marks, new=replace(marks, agent_typing_at=None))


def marks_of(connection: Connection, ids: list[str], *, lock: bool = False) -> dict[str, Marks]:
    query = select(*_COLUMNS).where(MarkRow.conversation_id.in_(ids))
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.conversation_id: _marks(row._mapping) for row in rows}


_COLUMNS = (MarkRow.conversation_id, *(getattr(MarkRow, name) for name in Marks.__dataclass_fields__))


def _marks(row: Mapping[Any, Any]) -> Marks:
    return Marks(**{name: row[name] for name in Marks.__dataclass_fields__})
