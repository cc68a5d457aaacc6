"""The conversation's log: numbers without holes, and followers who get each event once and in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from app.errors import NotFound
from app.events import Event, NewEvent
from app.store import Conversations, Database, EventLog, Worker
from app.store import event_log as module


def _delta(text: str) -> NewEvent:
    return NewEvent("answer.delta", {"text": text}, "turn")


async def _conversation(database: Database, log: EventLog, name: str = "c1") -> str:
    conversations = Conversations(database, log, worker=Worker(database), new_id=lambda: name)
    return (await conversations.create("t", "c")).id


async def _take(log: EventLog, conversation_id: str, count: int, after: int = 0) -> list[Event]:
    taken: list[Event] = []
    async with aclosing(log.follow(conversation_id, after)) as events:
        async for event in events:
            taken.append(event)
            if len(taken) == count:
                break
    return taken


async def _followed(log: EventLog, conversation_id: str, count: int) -> None:
    while log.followers(conversation_id) < count:  # noqa: ASYNC110 - the log offers no event for it, nor needs one
        await asyncio.sleep(0)


@pytest.fixture
async def log(database: Database) -> AsyncIterator[EventLog]:
    opened = EventLog(database)
    yield opened
    await opened.close()


async def test_events_are_numbered_from_one_without_holes_whoever_appends(database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    appends = [log.append(conversation_id, [_delta(f"{n}"), _delta(f"{n}b")]) for n in range(40)]
    written = await asyncio.gather(*appends)
    assert sorted(event.sequence for events in written for event in events) == list(range(1, 81))
    assert all(second.sequence == first.sequence + 1 for first, second in written)


async def test_what_is_read_is_what_append_returned(database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    data = {"b": 1, "a": [1.5, None, "句〔2〕"], "nested": {"z": True, "y": "x"}}
    written = await log.append(conversation_id, [NewEvent("turn.completed", data, "turn")])
    read = await log.read(conversation_id)
    assert read == written
    assert list(read[0].data) == ["b", "a", "nested"]
    assert await log.read(conversation_id, after=1) == []


async def test_an_unknown_conversation_takes_no_events(log: EventLog) -> None:
    with pytest.raises(NotFound):
        await log.append("unknown", [_delta("x")])


async def test_a_follower_gets_the_stored_events_then_the_new_ones(database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    await log.append(conversation_id, [_delta("一"), _delta("二")])
    following = asyncio.create_task(_take(log, conversation_id, 4, after=1))
    await _followed(log, conversation_id, 1)
    await log.append(conversation_id, [_delta("三")])
    await log.append(conversation_id, [_delta("四"), _delta("五")])
    assert [event.sequence for event in await following] == [2, 3, 4, 5]
    assert log.followers(conversation_id) == 0


async def test_every_follower_gets_every_event_once_in_order_at_random_paces(database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    chance = random.Random(7)
    total = 300

    async def follow(after: int) -> list[int]:
        taken: list[int] = []
        async with aclosing(log.follow(conversation_id, after)) as events:
            async for event in events:
                taken.append(event.sequence)
                if chance.random() < 0.05:
                    await asyncio.sleep(chance.random() / 100)
                if event.sequence == total:
                    return taken
        return taken

    async def write() -> None:
        for number in range(total):
            await log.append(conversation_id, [_delta(str(number))])

    starts = [chance.randrange(0, 50) for _ in range(8)]
    *followed, _ = await asyncio.gather(*(follow(after) for after in starts), write())
    for after, sequences in zip(starts, followed, strict=True):
        assert sequences == list(range(after + 1, total + 1))


async def test_a_reader_who_falls_far_behind_still_gets_everything(database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    total = module.BACKLOG * 3
    async with aclosing(log.follow(conversation_id)) as events:
        await log.append(conversation_id, [_delta("0")])
        sequences = [(await anext(events)).sequence]
        for number in range(1, total):
            await log.append(conversation_id, [_delta(str(number))])
        while len(sequences) < total:
            sequences.append((await anext(events)).sequence)
    assert sequences == list(range(1, total + 1))


async def test_events_of_another_worker_arrive_too(url: str, database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    other_database = Database(url)
    await other_database.open()
    other = EventLog(other_database)
    following = asyncio.create_task(_take(log, conversation_id, 2))
    await _followed(log, conversation_id, 1)
    await other.append(conversation_id, [_delta("从别处")])
    await other.append(conversation_id, [_delta("来的")])
    assert [event.data["text"] for event in await following] == ["从别处", "来的"]
    await other.close()
    await other_database.close()


async def test_an_append_whose_caller_was_cancelled_still_reaches_the_followers(
    database: Database, log: EventLog
) -> None:
    conversation_id = await _conversation(database, log)
    following = asyncio.create_task(_take(log, conversation_id, 1))
    await _followed(log, conversation_id, 1)
    appending = asyncio.create_task(log.append(conversation_id, [_delta("说完了")]))
    await asyncio.sleep(0)
    appending.cancel()
    assert [event.data["text"] for event in await following] == ["说完了"]


async def test_stopping_a_follower_leaves_nothing_behind(database: Database, log: EventLog) -> None:
    conversation_id = await _conversation(database, log)
    tasks = [asyncio.create_task(_take(log, conversation_id, 1)) for _ in range(20)]
    await _followed(log, conversation_id, 20)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log.followers(conversation_id) == 0
    assert log._followers == {}
    assert log._published == {}
