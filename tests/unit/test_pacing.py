"""Streams past their first sentence are read in step, and none is lost for it."""

import asyncio

import httpx

from app.generation.pacing import Breather
from app.generation.transport import connection_of
from eval.model_server import ModelServer
from tests.unit.test_vllm_generator import ASK, generator


class Connection:
    def __init__(self) -> None:
        self.reading, self.closing = True, False
        self.resumed = asyncio.Event()

    def is_closing(self) -> bool:
        return self.closing

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.closing
        self.reading = True
        self.resumed.set()


async def test_held_connections_are_read_again_at_one_moment_and_a_closed_one_is_left_alone():
    breather = Breather(0.01)
    first, second, gone = Connection(), Connection(), Connection()
    for connection in (first, first, second, gone):
        breather.hold(connection)
    assert not any(connection.reading for connection in (first, second, gone))
    gone.closing = True
    await first.resumed.wait()
    assert second.reading
    assert not gone.reading
    breather.hold(second)
    assert not second.reading
    second.resumed.clear()
    await second.resumed.wait()


async def test_a_long_answer_arrives_whole_though_its_connection_is_held(monkeypatch):
    held = []
    hold = Breather.hold
    monkeypatch.setattr(Breather, "hold", lambda self, connection: (held.append(connection), hold(self, connection)))
    model = ModelServer("年费为每年300元。" + "刷卡满6次免次年年费，附属卡减半收取。" * 10)
    model.pause_s = 0.001
    async with generator(model) as vllm:
        pieces = [piece async for piece in vllm.stream(ASK)]
    assert "".join(pieces) == model.answer
    assert held, "httpx-aiohttp has changed: connection_of finds no connection"


async def test_what_is_no_connection_is_not_held():
    assert connection_of(httpx.Response(200, content=b"")) is None
