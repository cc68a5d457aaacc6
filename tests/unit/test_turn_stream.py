"""Events leave a turn in order, only after the log has them, and in one write when several have gathered."""

import asyncio

import pytest

from app.chat.stream import TurnStream
from app.events import Event


class SlowLog:
    def __init__(self) -> None:
        self.batches: list[int] = []
        self.stored = 0
        self.fail = False
        self.patient: list[bool] = []

    async def append(self, conversation_id, events, *, patient=False):
        self.patient.append(patient)
        await asyncio.sleep(0.01)
        if self.fail:
            raise OSError("disk full")
        self.batches.append(len(events))
        numbered = [Event(self.stored + n, e.type, e.data, e.turn_id) for n, e in enumerate(events, 1)]
        self.stored += len(events)
        return numbered


async def test_events_come_in_order_and_gathered_ones_share_a_write():
    log = SlowLog()
    stream = TurnStream(log, "c", "t")
    for n in range(10):
        stream.emit("answer.delta", {"text": str(n)})
    await stream.flush()
    stream.finish([Event(11, "turn.completed", {}, "t")])
    seen = [event async for event in stream.events()]
    assert [event.sequence for event in seen] == list(range(1, 12))
    assert [event.data.get("text") for event in seen[:-1]] == [str(n) for n in range(10)]
    assert len(log.batches) < 10


async def test_nothing_is_seen_before_the_log_has_it():
    log = SlowLog()
    stream = TurnStream(log, "c", "t")
    stream.emit("answer.delta", {"text": "一"})
    reader = asyncio.ensure_future(anext(stream.events()))
    await asyncio.sleep(0)
    assert log.stored == 0
    assert not reader.done()
    assert (await reader).sequence == 1
    assert log.stored == 1


async def test_only_the_first_sentence_is_written_at_once():
    log = SlowLog()
    stream = TurnStream(log, "c", "t")
    for kind in ("customer.message", "answer.delta", "answer.delta"):
        stream.emit(kind, {})
        await stream.flush()
    assert log.patient == [True, False, True]


async def test_a_log_that_fails_stops_the_turn():
    log = SlowLog()
    log.fail = True
    stream = TurnStream(log, "c", "t")
    stream.emit("answer.delta", {"text": "一"})
    with pytest.raises(OSError, match="disk full"):
        await stream.flush()
    with pytest.raises(OSError, match="disk full"):
        stream.emit("answer.delta", {"text": "二"})
