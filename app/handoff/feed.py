"""What agents' desks see live: one picture of a tenant's open tickets, read again whenever something changed.

Everything comes from the database, so it does not matter which worker a customer or a colleague is on: changes of this
process arrive at once, those of others within POLL seconds. A desk starts with the whole picture and then gets what
differs, each message once and in order; a desk that falls behind gets the whole picture again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from app.clock import Clock
from app.events import Event
from app.handoff import tickets as machine
from app.handoff.desk import Desk, Outlook
from app.handoff.shown import show_tickets
from app.store.desk import PRESENCE, DeskRecords
from app.store.event_log import POLL, EventLog
from app.store.faces import View
from app.store.marks import TYPING_LASTS
from app.store.records import Face, Said

_log = structlog.get_logger(__name__)

# Changes that come this close together (seconds) are read in one go.
_TOGETHER = 0.02
_BACKLOG = 2000
_OPENING = ("handoff.created", "ticket.updated")


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a desk's stream. only: the agent it is for; None = everybody."""

    event: str
    data: Mapping[str, Any]
    only: str | None = None


class _Window:
    """One open desk: what it has not been sent yet. behind: it lost events and must get the whole picture."""

    def __init__(self, agent_id: str) -> None:
        self.agent_id = agent_id
        self.pending: list[Told] = []
        self.counts: Mapping[str, int] = {}
        self.behind = True
        self.signal = asyncio.Event()

    def offer(self, told: Sequence[Told], counts: Mapping[str, int]) -> None:
        own = [one for one in told if one.only in (None, self.agent_id)]
        if counts != self.counts:
            self.counts = counts
            own.append(Told("counts", counts))
        if not own:
            return
        if len(self.pending) + len(own) > _BACKLOG:
            self.pending.clear()
            self.behind = True
        elif not self.behind:
            self.pending.extend(own)
        self.signal.set()


class DeskFeed:
    """Call stop() when the service stops."""

    def __init__(self, records: DeskRecords, desk: Desk, log: EventLog, clock: Clock) -> None:
        self._records = records
        self._desk = desk
        self._clock = clock
        self._pictures: dict[str, _Picture] = {}
        log.listeners.append(self._heard)

    async def follow(self, tenant: str, agent_id: str) -> AsyncGenerator[Told]:
        """`hello` with everything, then what changes. Close the iterator (or cancel) to stop."""
        await self._records.see(tenant, await self._desk.agent(tenant, agent_id))
        picture = self._pictures.get(tenant)
        if picture is None:
            picture = self._pictures[tenant] = _Picture(tenant, self._records, self._desk, self._clock)
        window = _Window(agent_id)
        picture.windows.add(window)
        presence = asyncio.create_task(self._stay(tenant, agent_id), name="desk-presence")
        try:
            await picture.ready()
            while True:
                if window.behind:
                    window.pending.clear()
                    window.behind = False
                    window.counts = picture.counts(agent_id)
                    yield picture.hello(agent_id)
                window.signal.clear()
                pending, window.pending = window.pending, []
                for told in pending:
                    yield told
                if not window.pending and not window.behind:
                    await window.signal.wait()
        finally:
            presence.cancel()
            picture.windows.discard(window)
            if not picture.windows:
                self._pictures.pop(tenant, None)
                picture.stop()
            if not any(other.agent_id == agent_id for other in picture.windows):
                with suppress(Exception):  # seen_at runs out by itself
                    await asyncio.shield(self._records.gone(tenant, agent_id))

    def wake(self, tenant: str) -> None:
        """Something that no event tells of has changed (an agent went away, a mark)."""
        if tenant in self._pictures:
            self._pictures[tenant].wake()

    def wake_conversation(self, conversation_id: str) -> None:
        for picture in self._pictures.values():
            if conversation_id in picture.conversations:
                picture.wake()

    async def stop(self) -> None:
        for picture in self._pictures.values():
            picture.stop()

    def _heard(self, conversation_id: str, events: Sequence[Event]) -> None:
        opening = any(event.type in _OPENING for event in events)
        for picture in self._pictures.values():
            if opening or conversation_id in picture.conversations:
                picture.wake()

    async def _stay(self, tenant: str, agent_id: str) -> None:
        while True:
            await asyncio.sleep(PRESENCE.total_seconds())
            with suppress(Exception):  # the next one comes soon
                await self._records.see(tenant, await self._desk.agent(tenant, agent_id))


class _Picture:
    """A tenant's open tickets as last read, and the desks of this process that look at them."""

    def __init__(self, tenant: str, records: DeskRecords, desk: Desk, clock: Clock) -> None:
        self.windows: set[_Window] = set()
        self.conversations: set[str] = set()
        self._tenant = tenant
        self._records = records
        self._desk = desk
        self._clock = clock
        self._faces: dict[str, Face] = {}
        self._shown: dict[str, Mapping[str, Any]] = {}
        self._flags: dict[str, tuple[bool, bool]] = {}
        self._outlook: Outlook | None = None
        self._changed = asyncio.Event()
        self._first = asyncio.Event()
        self._task = asyncio.create_task(self._keep_reading(), name="desk-feed")

    def wake(self) -> None:
        self._changed.set()

    async def ready(self) -> None:
        """Return once the picture has been read; raises nothing: a database that is away is asked again."""
        await self._first.wait()

    def stop(self) -> None:
        self._task.cancel()

    def hello(self, agent_id: str) -> Told:
        rows = [self._shown[id] for id in self._faces]
        return Told("hello", {"agent": agent_id, "tickets": rows, "counts": self.counts(agent_id)})

    def counts(self, agent_id: str) -> Mapping[str, int]:
        return count(list(self._faces.values()), agent_id, self._clock())

    async def _keep_reading(self) -> None:
        while True:
            started = time.perf_counter()
            self._changed.clear()
            try:
                await self._read()
                self._first.set()
            except Exception as failure:
                _log.warning("desk_not_read", error=type(failure).__name__)
            # A busy evening changes something all the time: reading takes at most half of it, customers the rest.
            await asyncio.sleep(min(max(_TOGETHER, time.perf_counter() - started), POLL))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._changed.wait()

    async def _read(self) -> None:
        """Read the picture again and tell every desk what differs."""
        view = await self._records.view(self._tenant, self._faces)
        outlook = await self._desk.outlook(self._tenant)
        faces = {face.ticket.id: face for face in view.faces}
        shown = show_tickets([*view.faces, *view.closed], outlook)
        told = self._differences(view, shown, outlook.now, outlook.rules.remind_after)
        self._faces, self._shown, self._outlook = faces, {id: shown[id] for id in faces}, outlook
        self.conversations = {face.ticket.conversation_id for face in view.faces}
        for window in list(self.windows):
            window.offer(told, self.counts(window.agent_id))

    def _differences(
        self, view: View, shown: Mapping[str, Mapping[str, Any]], now: datetime, remind_after: float
    ) -> list[Told]:
        told: list[Told] = []
        flags: dict[str, tuple[bool, bool]] = {}
        for face in (*view.faces, *view.closed):
            ticket, before = face.ticket, self._faces.get(face.ticket.id)
            flags[ticket.id] = (machine.overdue(ticket, now), machine.due_soon(ticket, now, remind_after))
            was = self._flags.get(ticket.id, (False, False))
            agent = ticket.agent_id if ticket.status == "assigned" or not ticket.open else None
            row = {"ticket": shown[ticket.id]}
            if before is None or before.ticket != ticket or flags[ticket.id][0] != was[0]:
                told.append(Told("ticket", row))
            elif (before.last, before.unread) != (face.last, face.unread):
                told.append(Told("ticket", row, only=agent))
            told += [Told("message", _message(face, said), agent) for said in self._said(view, face) if agent]
            told += _marked(face, before, now) if agent else []
            if before is not None and flags[ticket.id][1] and not was[1]:
                reminder = {"ticket_id": ticket.id, "due_at": shown[ticket.id]["due_at"], "reason": ticket.reason}
                told.append(Told("reminder", reminder, only=agent))
        self._flags = {id: flags[id] for id in flags if shown[id]["status"] in ("queued", "assigned")}
        return told

    def _said(self, view: View, face: Face) -> Sequence[Said]:
        return view.said.get(face.ticket.conversation_id, ()) if face.ticket.id in self._faces else ()


def count(faces: Sequence[Face], agent_id: str, now: datetime) -> Mapping[str, int]:
    """queued: all that wait; p0: those of them that cannot; overdue: open ones whose time has run out."""
    queued = [face for face in faces if face.ticket.status == "queued"]
    return {
        "queued": len(queued),
        "assigned_to_me": sum(face.ticket.status == "assigned" and face.ticket.agent_id == agent_id for face in faces),
        "p0": sum(face.ticket.priority == "P0" for face in queued),
        "overdue": sum(machine.overdue(face.ticket, now) for face in faces),
    }


def _message(face: Face, said: Said) -> Mapping[str, Any]:
    return {
        "ticket_id": face.ticket.id,
        "conversation_id": face.ticket.conversation_id,
        "sequence": said.sequence,
        "from": said.by,
        "text": said.text,
        "at": said.at,
    }


def _marked(face: Face, before: Face | None, now: datetime) -> list[Told]:
    """The customer typed, or read."""
    if before is None or before.marks == face.marks:
        return []
    told, agent, marks = [], face.ticket.agent_id, face.marks
    typed = marks.customer_typing_at
    if typed is not None and typed != before.marks.customer_typing_at and now - typed < TYPING_LASTS:
        told.append(Told("typing", {"ticket_id": face.ticket.id}, agent))
    if marks.customer_read > before.marks.customer_read:
        told.append(Told("read", {"ticket_id": face.ticket.id, "sequence": marks.customer_read}, agent))
    return told
