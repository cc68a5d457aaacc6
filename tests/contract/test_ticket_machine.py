"""The ticket machine against a reference of a few lines: whatever customers and agents do, in whatever order.

Real database, real log, real decisions; the reference knows only what the contract says.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.errors import AppError
from app.handoff import tickets as machine
from app.store import Conversation, Conversations, Database, EventLog, Tickets, Worker
from app.store.tickets import REOPENED_WITHIN

AGENTS = ("an", "bo", "cai")
PRIORITIES = ("P0", "P1", "P2")
SKILLS = ("general", "loan")
CONVERSATIONS = range(3)

agents = st.sampled_from(AGENTS)
conversations = st.sampled_from(CONVERSATIONS)


@dataclass
class Expected:
    """A ticket as the contract has it."""

    status: str
    priority: str
    skill: str
    created: datetime
    agent: str | None = None
    reopened: bool = False
    transferred: bool = False
    closed: datetime | None = None


class Desk(RuleBasedStateMachine):
    """One tenant, three conversations, three agents."""

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory()
        self.now = datetime(2026, 11, 23, 4, tzinfo=UTC)
        self.ids = (f"id{number}" for number in itertools.count())
        self.keys = itertools.count()
        self.tickets: dict[str, Expected] = {}
        self.of: dict[int, list[str]] = {number: [] for number in CONVERSATIONS}
        self.events: dict[int, list[tuple[str, str]]] = {number: [] for number in CONVERSATIONS}
        self.said: dict[tuple[str, str], tuple[str, int]] = {}
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        path = Path(self.folder.name) / "desk.db"
        shutil.copyfile(await _migrated(), path)
        self.database = Database(f"sqlite:///{path}")
        await self.database.open()
        self.log = EventLog(self.database, lambda: self.now)
        worker = Worker(self.database)
        chat = Conversations(self.database, self.log, worker=worker, new_id=lambda: next(self.ids))
        self.real: list[Conversation] = [await chat.create("t", "c") for _ in CONVERSATIONS]
        self.desk = Tickets(self.database, self.log, lambda: self.now)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.log.close())
            self.loop.run_until_complete(self.database.close())
            self.loop.close()
            self.folder.cleanup()

    # -- what people do ---------------------------------------------------------------------------------------

    @rule(number=conversations, priority=st.sampled_from(PRIORITIES))
    def ask_for_a_person(self, number: int, priority: str) -> None:
        ticket = machine.open_ticket(
            conversation=self.real[number], reason="explicit_human", priority=priority, question="", answer="",
            language="zh-Hans", now=self.now, ticket_id=next(self.ids),
        )  # fmt: skip
        told: list[int] = []
        kept, place = self.do(self.desk.open_one(ticket, lambda t, place: told.append(place) or [], "c"))
        known = self.open_of(number)
        if known is None:
            before = [self.tickets[id] for id in self.of[number]]
            self.tickets[ticket.id] = Expected(
                "queued", priority, "general", self.now,
                reopened=any(one.status == "resolved" and self.now - one.closed < REOPENED_WITHIN for one in before),
            )  # fmt: skip
            self.of[number].append(ticket.id)
            assert kept.id == ticket.id
        else:
            one = self.tickets[known]
            if priority < one.priority:
                one.priority = priority
                if one.status == "queued" and (not one.transferred or priority == "P0"):
                    one.skill = "general"
            assert kept.id == known, "one open ticket a conversation"
        assert place == self.place(kept.id)
        assert told in ([], [place])

    @rule(number=conversations, agent=agents)
    def accept(self, number: int, agent: str) -> None:
        self.step(number, agent, lambda t: machine.accept(t, agent, self.now), self._accept)

    def _accept(self, one: Expected, agent: str) -> str | None:
        if one.status == "assigned":
            return None if one.agent == agent else "ticket_taken"
        if one.status != "queued":
            return "ticket_closed"
        one.status, one.agent = "assigned", agent
        return "ticket.updated"

    @rule(number=conversations, agent=agents)
    def resolve(self, number: int, agent: str) -> None:
        self.step(number, agent, lambda t: machine.resolve(t, agent, "好", False, self.now), self._end("resolved"))

    @rule(number=conversations, agent=agents)
    def give_back(self, number: int, agent: str) -> None:
        self.step(number, agent, lambda t: machine.give_back(t, agent, self.now), self._end("returned"))

    def _end(self, status: str) -> Callable[[Expected, str], str | None]:
        def ended(one: Expected, agent: str) -> str | None:
            if one.status == status and one.agent == agent:
                return None
            if (refusal := _own(one, agent)) is not None:
                return refusal
            one.status, one.closed = status, self.now
            return "ticket.updated"

        return ended

    @rule(number=conversations)
    def leave(self, number: int) -> None:
        def left(one: Expected, _: str) -> str | None:
            if one.status == "left":
                return None
            if one.status != "queued":
                return "ticket_closed"
            one.status, one.closed = "left", self.now
            return "ticket.updated"

        self.step(number, "c", lambda t: machine.leave(t, self.now), left)

    @rule(number=conversations, agent=agents, skill=st.sampled_from(SKILLS))
    def transfer(self, number: int, agent: str, skill: str) -> None:
        def moved(one: Expected, agent: str) -> str | None:
            if one.status == "queued":
                if one.skill == skill:
                    return None
            elif (refusal := _own(one, agent)) is not None:
                return refusal
            one.status, one.agent, one.skill, one.transferred = "queued", None, skill, True
            return "ticket.updated"

        self.step(number, agent, lambda t: machine.transfer(t, agent, skill, skill, ""), moved)

    @rule(number=conversations, agent=agents, again=st.booleans(), data=st.data())
    def speak(self, number: int, agent: str, again: bool, data: st.DataObject) -> None:
        """again: the network failed, the page sends the same message under the same key."""
        if not self.of[number]:
            return
        id = self.of[number][-1]
        mine = [key for ticket, key in self.said if ticket == id]
        one = self.tickets[id]
        if again and mine:
            key = data.draw(st.sampled_from(mine))
            text, sequence = self.said[id, key]
            assert self.say(id, agent, text, key) == sequence
            with pytest.raises(AppError) as refused:
                self.say(id, agent, text + "!", key)
            assert refused.value.code == "idempotency_key_reused"
            return
        key, text = f"k{next(self.keys)}", f"第{next(self.keys)}句"
        if (refusal := _own(one, agent)) is not None:
            with pytest.raises(AppError) as refused:
                self.say(id, agent, text, key)
            assert refused.value.code == refusal
            return
        self.said[id, key] = (text, self.say(id, agent, text, key))
        self.events[number].append(("agent.message", text))

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # -- what must be true ------------------------------------------------------------------------------------

    @invariant()
    def every_ticket_is_as_expected_and_in_its_place(self) -> None:
        rows = self.do(self.desk.list("t"))
        assert {row.id for row in rows} == set(self.tickets)
        for row in rows:
            one = self.tickets[row.id]
            assert (row.status, row.priority, row.skill, row.agent_id, row.reopened) == (
                one.status, one.priority, one.skill, one.agent, one.reopened)  # fmt: skip
            assert row.closed_at == one.closed
            assert self.do(self.desk.position(row)) == self.place(row.id)

    @invariant()
    def every_event_was_written_once_and_in_order(self) -> None:
        for number in CONVERSATIONS:
            written = self.do(self.log.read(self.real[number].id))
            assert [event.sequence for event in written] == list(range(1, len(written) + 1))
            told = [
                (event.type, event.data["text"] if event.type == "agent.message" else event.data["status"])
                for event in written
            ]
            assert told == self.events[number]

    # -- small steps ------------------------------------------------------------------------------------------

    def step(
        self,
        number: int,
        who: str,
        decide: Callable[[Any], Any],
        expect: Callable[[Expected, str], str | None],
    ) -> None:
        """The conversation's latest ticket, changed here and there alike. expect: an event's type, a refusal's code,
        or None when nothing happens."""
        if not self.of[number]:
            return
        id = self.of[number][-1]
        outcome = expect(self.tickets[id], who)
        if outcome is None or outcome == "ticket.updated":
            self.do(self.desk.change("t", id, decide, who))
            if outcome:
                self.events[number].append((outcome, self.tickets[id].status))
            return
        with pytest.raises(AppError) as refused:
            self.do(self.desk.change("t", id, decide, who))
        assert refused.value.code == outcome

    def say(self, id: str, agent: str, text: str, key: str) -> int:
        decide = lambda t: machine.speak(t, agent, text, self.now)  # noqa: E731
        return self.do(self.desk.speak("t", id, decide, agent, text=text, idempotency_key=key))[1]

    def open_of(self, number: int) -> str | None:
        return next((id for id in self.of[number] if self.tickets[id].status in ("queued", "assigned")), None)

    def place(self, id: str) -> int:
        queued = [key for key, one in self.tickets.items() if one.status == "queued"]
        ordered = sorted(queued, key=lambda key: (self.tickets[key].priority, self.tickets[key].created, key))
        return ordered.index(id) + 1 if id in ordered else 0

    def do(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)  # type: ignore[arg-type]


_made: list[Path] = []


async def _migrated() -> Path:
    """An empty database with the newest schema, made once: migrating takes longer than a run."""
    if not _made:
        path = Path(mkdtemp()) / "empty.db"
        database = Database(f"sqlite:///{path}")
        await database.open()
        await database.close()
        _made.append(path)
    return _made[0]


def _own(one: Expected, agent: str) -> str | None:
    if one.status == "queued":
        return "ticket_not_yours"
    if one.status != "assigned":
        return "ticket_closed"
    return None if one.agent == agent else "ticket_not_yours"


def test_tickets_do_what_the_reference_says() -> None:
    run_state_machine_as_test(Desk, settings=settings(max_examples=20, stateful_step_count=20, deadline=None))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_tickets_do_what_the_reference_says_in_five_hundred_runs() -> None:
    run_state_machine_as_test(Desk, settings=settings(max_examples=500, stateful_step_count=40, deadline=None))
