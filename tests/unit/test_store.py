"""The database and what is stored in it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, func, insert, select, update
from sqlalchemy.exc import OperationalError

from app.errors import NotFound, ReusedKey
from app.events import NewEvent
from app.handoff.tickets import open_ticket
from app.store import Conversations, Customers, Database, EventLog, Gaps, Profile, Turn, Worker
from app.store.desk_schema import GapRow, TicketRow
from app.store.recovery import Recovery
from app.store.schema import ClaimRow, Model, SynonymsRow, TurnRow, WorkerRow

_NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class _Here:
    """The stores over one database, as one worker would have them."""

    def __init__(self, database: Database, name: str = "") -> None:
        numbers = itertools.count()
        self.now = _NOON
        self.database = database
        self.log = EventLog(database)
        self.worker = Worker(database)
        self.conversations = Conversations(
            database,
            self.log,
            worker=self.worker,
            new_id=lambda: f"{name}{next(numbers)}",
            clock=lambda: self.now,
        )

        self.recovery = Recovery(database, self.log, self.conversations, self.worker, lambda: self.now)

    async def turn(self, key: str | None = None, **changes: Any) -> Turn:
        conversation = await self.conversations.create("t", "c")
        claim = await self.conversations.claims.make(conversation, key, "body")
        return replace(_turn(claim.turn_id, conversation.id), **changes)

    async def close(self, turn: Turn, **more: Any) -> Any:
        completed = NewEvent("turn.completed", {"turn": dict(turn.result)}, turn.id)
        return await self.conversations.close_turn(turn, [completed], **more)


def _turn(turn_id: str, conversation_id: str) -> Turn:
    return Turn(
        id=turn_id,
        conversation_id=conversation_id,
        tenant="t",
        customer_id="c",
        question="手续费多少",
        standalone="转账手续费多少",
        text="每笔2元。",
        status="answered",
        reason="",
        generator="quote",
        as_of=date(2026, 11, 23),
        result={"turn_id": turn_id, "status": "answered", "text": "每笔2元。", "ticket_id": None},
        trace={"passages": []},
    )


@pytest.fixture
async def here(database: Database) -> Any:
    stores = _Here(database)
    yield stores
    await stores.log.close()


# -- the database ---------------------------------------------------------------------------------------------


async def test_migrations_build_exactly_what_the_models_say(url: str) -> None:
    database = Database(url)
    await database.open()
    await database.close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []
    engine.dispose()


async def test_opening_an_existing_database_changes_nothing(url: str) -> None:
    for groups in ([["甲", "乙"]], None):
        database = Database(url)
        await database.open()
        if groups:
            row = {"tenant": "t", "groups": groups, "updated_by": "e", "updated_at": _NOON}
            await database.write(lambda c, row=row: c.execute(insert(SynonymsRow).values(row)) and None)  # type: ignore[misc]
        else:
            kept = await database.read(lambda c: c.execute(select(SynonymsRow.groups, SynonymsRow.updated_at)).one())
            assert (kept.groups, kept.updated_at) == ([["甲", "乙"]], _NOON)
        await database.close()


async def test_a_write_that_fails_leaves_its_neighbours_alone(database: Database) -> None:
    def good(number: int) -> Any:
        row = {"tenant": f"t{number}", "groups": [], "updated_by": "e", "updated_at": _NOON}
        return lambda c: c.execute(insert(SynonymsRow).values(row)) and None

    def bad(connection: Connection) -> None:
        good(99)(connection)
        raise NotFound()

    writes = [database.write(good(number)) for number in range(20)] + [database.write(bad)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 20 + [NotFound]
    count = await database.read(lambda c: c.execute(select(func.count()).select_from(SynonymsRow)).scalar_one())
    assert count == 20


async def test_a_cancelled_caller_does_not_undo_a_write(database: Database) -> None:
    row = {"tenant": "t", "groups": [], "updated_by": "e", "updated_at": _NOON}
    task = asyncio.create_task(database.write(lambda c: c.execute(insert(SynonymsRow).values(row)) and None))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    count = 0
    for _ in range(500):  # PostgreSQL has several writers: a later write may be committed first
        count = await database.read(lambda c: c.execute(select(func.count()).select_from(SynonymsRow)).scalar_one())
        if count:
            break
        await asyncio.sleep(0.01)
    assert count == 1


async def test_a_write_that_somebody_waits_for_ends_the_wait_for_company(url: str) -> None:
    database = Database(url, window_s=60.0)
    await database.open()
    async with asyncio.timeout(60):
        for _ in range(3):
            patient = [database.submit(lambda c: c.execute(select(1)) and None, patient=True) for _ in range(5)]
            await asyncio.gather(*patient, database.write(lambda c: c.execute(select(1)) and None))
        await database.close()


async def test_closing_finishes_the_writes_already_accepted(url: str) -> None:
    database = Database(url)
    await database.open()
    rows = [{"tenant": f"t{n}", "groups": [], "updated_by": "e", "updated_at": _NOON} for n in range(50)]
    pending = [database.submit(lambda c, row=row: c.execute(insert(SynonymsRow).values(row)) and None) for row in rows]  # type: ignore[misc]
    await database.close()
    await asyncio.gather(*pending)


_WRITE_UNTIL_KILLED = """
import asyncio, sys
from app.events import NewEvent
from app.store import Conversations, Database, EventLog, Worker

async def main():
    database = Database(sys.argv[1])
    await database.open()
    log = EventLog(database)
    conversation = await Conversations(database, log, worker=Worker(database), new_id=lambda: "c1").create("t", "c")
    while True:
        for event in await log.append("c1", [NewEvent("answer.delta", {"text": "句"})]):
            print(event.sequence, flush=True)

asyncio.run(main())
"""


def test_an_acknowledged_event_survives_kill_9(url: str) -> None:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE_UNTIL_KILLED, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.wait()
    process.stdout.close()

    async def stored() -> list[int]:
        database = Database(url)
        await database.open()
        events = await EventLog(database).read("c1")
        await database.close()
        return [event.sequence for event in events]

    assert asyncio.run(stored())[: len(acknowledged)] == acknowledged == list(range(1, len(acknowledged) + 1))


# -- claims ---------------------------------------------------------------------------------------------------


async def test_the_same_key_and_body_is_one_turn_however_many_ask(here: _Here) -> None:
    conversation = await here.conversations.create("t", "c")
    claims = await asyncio.gather(*(here.conversations.claims.make(conversation, "k", "body") for _ in range(50)))
    assert sorted(claim.state for claim in claims) == ["new"] + ["running"] * 49
    assert len({claim.turn_id for claim in claims}) == 1
    turn = _turn(claims[0].turn_id, conversation.id)
    waiting = asyncio.create_task(here.conversations.await_turn(conversation, turn.id))
    await here.close(turn)
    waited = await waiting
    assert waited
    assert waited.result == turn.result
    done = await here.conversations.claims.make(conversation, "k", "body")
    assert (done.state, done.turn.result if done.turn else None) == ("done", turn.result)


async def test_a_key_with_another_body_is_refused_for_a_day_and_free_after_it(here: _Here) -> None:
    conversation = await here.conversations.create("t", "c")
    first = await here.conversations.claims.make(conversation, "k", "body")
    with pytest.raises(ReusedKey):
        await here.conversations.claims.make(conversation, "k", "other")
    here.now += timedelta(hours=24, seconds=1)
    assert (await here.conversations.claims.make(conversation, "k", "other")).state == "new"
    assert first.turn_id != (await here.conversations.claims.make(conversation, "k", "other")).turn_id


async def test_a_claim_that_is_taken_back_ends_the_wait_for_its_turn_and_frees_its_key(here: _Here) -> None:
    conversation = await here.conversations.create("t", "c")
    first = await here.conversations.claims.make(conversation, "k", "body")
    assert (await here.conversations.claims.make(conversation, "k", "body")).state == "running"
    waiting = asyncio.create_task(here.conversations.await_turn(conversation, first.turn_id))
    await asyncio.sleep(0)
    here.conversations.claims.release(first.turn_id)
    assert await waiting is None
    assert (await here.conversations.claims.make(conversation, "k", "body")).state == "new"


async def test_without_a_key_every_request_is_a_turn(here: _Here) -> None:
    conversation = await here.conversations.create("t", "c")
    claims = [await here.conversations.claims.make(conversation, None, "body") for _ in range(3)]
    assert len({claim.turn_id for claim in claims}) == 3


# -- closing a turn -------------------------------------------------------------------------------------------


async def test_a_turn_and_all_that_follows_from_it_are_stored_together_or_not_at_all(here: _Here) -> None:
    turn = await here.turn()
    conversation = await here.conversations.get("t", turn.conversation_id)
    ticket = _ticket(conversation, "P1")
    with pytest.raises(Exception, match=r"NOT NULL|not-null"):
        await here.close(replace(turn, status=None), ticket=ticket, gap="abstained")  # type: ignore[arg-type]
    assert await here.log.read(turn.conversation_id) == []
    assert await here.conversations.open_ticket(turn.conversation_id) is None
    assert await Gaps(here.database).open("t") == []
    events = await here.close(turn, ticket=ticket, gap="abstained")
    assert [event.sequence for event in events] == [1]
    stored = await here.conversations.turn("t", turn.id)
    assert (stored.question, stored.result, stored.trace) == (turn.question, turn.result, turn.trace)
    assert (await here.conversations.open_ticket(turn.conversation_id)) == replace(ticket, turn_id=turn.id)
    assert [gap.question for gap in await Gaps(here.database).open("t")] == [turn.standalone]


async def test_closing_twice_changes_nothing(here: _Here) -> None:
    turn = await here.turn()
    first = await here.close(turn)
    assert await here.close(replace(turn, text="另一个")) == first
    assert (await here.conversations.turn("t", turn.id)).text == turn.text


async def test_a_second_ticket_joins_the_open_one_and_raises_its_priority(here: _Here) -> None:
    turn = await here.turn()
    conversation = await here.conversations.get("t", turn.conversation_id)
    await here.close(turn, ticket=_ticket(conversation, "P2"))
    second = await here.conversations.claims.make(conversation, None, "b")
    urgent = replace(_ticket(conversation, "P0"), id="urgent", reason="fraud")
    next_turn = replace(
        _turn(second.turn_id, conversation.id),
        result={"turn_id": second.turn_id, "ticket_id": "urgent", "status": "handed_off"},
    )
    events = await here.conversations.close_turn(
        next_turn,
        [
            NewEvent("handoff.created", {"ticket_id": "urgent", "priority": "P0"}, next_turn.id),
            NewEvent("turn.completed", {"turn": dict(next_turn.result)}, next_turn.id),
        ],
        ticket=urgent,
    )
    kept = await here.conversations.open_ticket(conversation.id)
    assert kept is not None
    assert (kept.id, kept.priority, kept.reason) == ("ticket", "P0", "fraud")
    assert events[0].data["ticket_id"] == events[1].data["turn"]["ticket_id"] == "ticket"
    assert (await here.conversations.turn("t", next_turn.id)).result["ticket_id"] == "ticket"
    count = await here.database.read(lambda c: c.execute(select(func.count()).select_from(TicketRow)).scalar_one())
    assert count == 1


async def test_recent_turns_come_oldest_first_even_when_the_clock_stands_still(here: _Here) -> None:
    conversation = await here.conversations.create("t", "c")
    for text_ in ("一", "二", "三"):
        claim = await here.conversations.claims.make(conversation, None, "b")
        await here.close(replace(_turn(claim.turn_id, conversation.id), text=text_))
    assert [turn.text for turn in await here.conversations.recent(conversation.id, 2)] == ["二", "三"]


async def test_another_tenant_finds_neither_conversation_nor_turn(here: _Here) -> None:
    turn = await here.turn()
    await here.close(turn)
    with pytest.raises(NotFound):
        await here.conversations.get("other", turn.conversation_id)
    with pytest.raises(NotFound):
        await here.conversations.turn("other", turn.id)


async def test_the_messages_of_a_conversation_are_put_together_from_its_events(here: _Here) -> None:
    turn = await here.turn()
    said = [
        NewEvent("customer.message", {"text": "手续费多少"}, turn.id),
        NewEvent("turn.started", {"turn_id": turn.id, "generator": "quote", "ai_label": "AI"}, turn.id),
        NewEvent("answer.delta", {"text": "每笔"}, turn.id),
        NewEvent("answer.delta", {"text": "2元。"}, turn.id),
    ]
    await here.log.append(turn.conversation_id, said)
    running = await here.conversations.messages(turn.conversation_id)
    assert [(m.role, m.text, m.status) for m in running] == [
        ("customer", "手续费多少", None),
        ("bot", "每笔2元。", "running"),
    ]
    await here.close(replace(turn, result={**turn.result, "rule_ids": ["r1"], "citations": [{"n": 1}]}))
    await here.log.append(turn.conversation_id, [NewEvent("agent.message", {"agent": "agent", "text": "您好"})])
    views = await here.conversations.messages(turn.conversation_id)
    assert [(m.role, m.text) for m in views] == [("customer", "手续费多少"), ("bot", "每笔2元。"), ("agent", "您好")]
    assert (views[1].status, views[1].rule_ids, views[1].citations) == ("answered", ["r1"], [{"n": 1}])


# -- a dead worker's turns ------------------------------------------------------------------------------------


async def test_a_turn_that_could_not_be_closed_and_that_nothing_runs_any_more_is_closed_by_its_own_process(
    here: _Here,
) -> None:
    await here.worker.start()
    turn = await here.turn("k")
    await here.log.append(turn.conversation_id, [NewEvent("customer.message", {"text": "手续费多少"}, turn.id)])
    assert await here.recovery.recover("请重试。") == 0, "it may be running"
    here.conversations.claims.let_go(turn.id)
    assert await here.recovery.recover("请重试。") == 1
    conversation = await here.conversations.get("t", turn.conversation_id)
    assert (await here.conversations.claims.make(conversation, "k", "body")).state == "done"
    await here.worker.stop()


class _Refusing:
    """A database whose next writes through `submit` are refused, as a full disk refuses them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.times = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def submit(self, work: Any, **more: Any) -> asyncio.Future[Any]:
        if not self.times:
            return self._database.submit(work, **more)
        self.times -= 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_exception(OperationalError("insert", None, OSError("disk full")))
        return future


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_ticket_promised_in_a_closing_that_could_not_be_written_is_made_once_it_can(
    database: Database, refusals: int
) -> None:
    refusing: Any = _Refusing(database)
    here = _Here(refusing)
    await here.worker.start()
    turn = await here.turn("k", status="handed_off")
    await here.log.append(turn.conversation_id, [NewEvent("customer.message", {"text": "转人工"}, turn.id)])
    conversation = await here.conversations.get("t", turn.conversation_id)
    refusing.times = refusals
    with pytest.raises(OperationalError):
        await here.close(turn, ticket=_ticket(conversation, "P1"))
    here.conversations.claims.let_go(turn.id)
    refusing.times = refusals - 1

    assert await here.recovery.recover("请重试。") == 1
    ticket = await here.conversations.open_ticket(turn.conversation_id)
    last = (await here.log.read(turn.conversation_id))[-1]
    if refusals == 1:
        assert ticket is not None
        assert ticket.turn_id == turn.id
        (kept,) = await here.conversations.recent(turn.conversation_id, 5)
        assert kept.status == "handed_off"
    else:  # refused again by a database that takes everything else: then the customer is told
        assert ticket is None
        assert last.data["turn"]["status"] == "failed"
    assert await here.recovery.recover("请重试。") == 0
    await here.worker.stop()


async def test_what_a_killed_process_left_open_is_closed_as_failed(here: _Here) -> None:
    dead = _Here(here.database, "dead")
    turn = await dead.turn("k")
    untouched = await dead.turn("k")
    said = [
        NewEvent("customer.message", {"text": "手续费多少"}, turn.id),
        NewEvent("answer.delta", {"text": "每笔"}, turn.id),
    ]
    await here.log.append(turn.conversation_id, said)
    alive = _Here(here.database, "alive")
    await alive.worker.start()
    running = await alive.turn("k")
    await here.worker.start()

    assert await here.recovery.recover("请重试。") == 2
    events = await here.log.read(turn.conversation_id)
    assert [event.type for event in events][-2:] == ["turn.failed", "turn.completed"]
    assert events[-1].data["turn"]["text"] == "每笔"
    conversation = await here.conversations.get("t", turn.conversation_id)
    assert (await here.conversations.claims.make(conversation, "k", "body")).state == "done"
    never_said = await here.conversations.get("t", untouched.conversation_id)
    assert (await here.conversations.claims.make(never_said, "k", "body")).state == "new"
    still = await here.database.read(
        lambda c: c.execute(select(ClaimRow.closed_at).where(ClaimRow.turn_id == running.id)).scalar_one()
    )
    assert still is None
    assert await here.recovery.recover("请重试。") == 0
    await alive.worker.stop()
    await here.worker.stop()


async def test_a_worker_is_dead_when_it_stops_moving_or_when_its_process_is_gone(database: Database) -> None:
    now = 0.0
    here = Worker(database, lambda: now)
    await here.start()

    def others(connection: Connection) -> None:
        host = connection.execute(select(WorkerRow.host)).scalar_one()
        rows = [
            {"id": "killed", "host": host, "pid": _dead_pid(), "beats": 7},
            {"id": "moving", "host": "other", "pid": 1, "beats": 7},
            {"id": "silent", "host": "other", "pid": 1, "beats": 7},
        ]
        connection.execute(insert(WorkerRow), rows)

    await database.write(others)
    assert sorted(await here.living_now()) == sorted([here.id, "moving", "silent"])
    now = 15.0
    moved = update(WorkerRow).where(WorkerRow.id == "moving").values(beats=8)
    await database.write(lambda c: c.execute(moved) and None)
    assert len(await here.living_now()) == 3
    now = 21.0
    assert sorted(await here.living_now()) == sorted([here.id, "moving"])
    await here.stop()


# -- gaps, feedback, profiles ---------------------------------------------------------------------------------


async def test_each_question_without_an_answer_is_kept_and_equal_ones_are_known_as_equal(here: _Here) -> None:
    for question in ("ＥＴＣ怎么办？", "etc 怎么办", "别的"):
        turn = await here.turn(standalone=question)
        await here.close(turn, gap="abstained")
    gaps = Gaps(here.database)
    assert [gap.normalised for gap in await gaps.open("t")].count("etc怎么办") == 2
    assert await gaps.open("other") == []
    first = next(gap for gap in await gaps.open("t") if gap.normalised == "别的")
    await gaps.dismiss("other", first.id, [first.id], "不属于我们", actor="e")
    assert len(await gaps.open("t")) == 3
    await gaps.dismiss("t", first.id, [first.id], "不属于业务", actor="e")
    assert {gap.normalised for gap in await gaps.open("t")} == {"etc怎么办"}


async def test_the_last_feedback_counts_and_a_thumb_down_is_one_gap(here: _Here) -> None:
    customers = Customers(here.database, here.log, new_id=iter("abcdef").__next__)
    turn = await here.turn()
    await here.close(turn)
    for rating in ("up", "down", "down", "up", "up"):
        await customers.give_feedback(turn, "c", rating, ["慢"], "")
    count = await here.database.read(lambda c: c.execute(select(func.count()).select_from(GapRow)).scalar_one())
    assert count == 1


async def test_a_profile_is_replaced_whole_and_belongs_to_its_tenant(here: _Here) -> None:
    customers = Customers(here.database, here.log, new_id=lambda: "x")
    await customers.put_profile("t", "c", Profile("C3", date(2027, 1, 1), 1950), "agent")
    await customers.put_profile("t", "c", Profile("C2"), "agent")
    assert await customers.profile("t", "c") == Profile("C2")
    assert await customers.profile("other", "c") is None


def _dead_pid() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _ticket(conversation: Any, priority: str) -> Any:
    return open_ticket(
        conversation=conversation,
        reason="complaint",
        priority=priority,
        question="q",
        answer="",
        language="zh-Hans",
        now=_NOON,
        ticket_id="ticket",
    )


def test_a_turn_row_has_every_field_of_a_turn() -> None:
    assert set(Turn.__dataclass_fields__) <= set(TurnRow.__table__.columns.keys())


def test_the_newest_migration_is_the_head_that_a_start_compares_with() -> None:
    from alembic.script import ScriptDirectory

    from app.store import migrations

    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == migrations.newest()


async def test_text_that_only_one_of_the_databases_could_hold_is_kept_alike(here: _Here) -> None:
    turn = await here.turn(question="a\0b", result={"text": "c\0d", "status": "answered"})
    await here.close(turn)
    kept = await here.conversations.turn("t", turn.id)
    assert (kept.question, kept.result["text"]) == ("a\ufffdb", "c\0d")
    with pytest.raises(NotFound):
        await here.conversations.get("t", "\0")
    assert await here.log.read(turn.conversation_id, after=10**30) == []


async def test_one_read_sees_one_moment_whatever_is_committed_meanwhile(database: Database) -> None:
    count = select(func.count()).select_from(SynonymsRow)
    begun, go_on = threading.Event(), threading.Event()

    def read(connection: Connection) -> list[int]:
        before = connection.execute(count).scalar_one()
        begun.set()
        go_on.wait(10)
        return [before, connection.execute(count).scalar_one()]

    reading = asyncio.create_task(database.read(read))
    await asyncio.to_thread(begun.wait, 10)
    row = {"tenant": "t", "groups": [], "updated_by": "e", "updated_at": _NOON}
    await database.write(lambda c: c.execute(insert(SynonymsRow).values(row)) and None)
    go_on.set()
    assert await reading == [0, 0]
    assert await database.read(lambda c: c.execute(count).scalar_one()) == 1
