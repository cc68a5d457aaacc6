"""When what the service leans on breaks, a customer hears something true within three seconds and nothing is lost. The
whole table, with processes that are really killed, is `python -m eval run faults`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.api import claims
from app.chat import retrieving
from app.settings import LimitSettings, Settings
from guardrails import Guard
from tests.api.conftest import Service

QUESTION = "金卡的年费是多少"


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def _arrive(service: Service) -> str:
    await service.publish("fees.txt", "金卡的年费是三百元。")
    customer = await service.as_("customer")
    return f"/v1/conversations/{(await customer.post('/v1/conversations')).json()['id']}"


async def _streamed(
    service: Service, path: str, on_progress: Callable[[str], None] = lambda _: None
) -> list[tuple[str, dict[str, Any], bool]]:
    """The turn's events as (kind, data, numbered). on_progress: given each stage as soon as the customer is told it."""
    customer = await service.as_("customer")
    found: list[tuple[str, dict[str, Any], bool]] = []
    headers, kind, numbered = {"accept": "text/event-stream"}, "", False
    async with customer.stream("POST", f"{path}/messages", json={"text": QUESTION}, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                numbered = True
            elif line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((kind, data := orjson.loads(line[6:]), numbered))
                numbered = False
                if kind == "turn.progress":
                    on_progress(data["stage"])
    return found


def _told(events: list[tuple[str, dict[str, Any], bool]], stage: str) -> tuple[dict[str, Any], bool]:
    """What the customer was first told of the stage, and whether it is numbered."""
    found = [(data, numbered) for kind, data, numbered in events if kind == "turn.progress" and data["stage"] == stage]
    assert found, events
    return found[0]


@contextmanager
def _locked(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Another process holds the database's only write lock."""
    other = sqlite3.connect(settings.data_dir / "wenda.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        if other.in_transaction:
            other.execute("ROLLBACK")
        other.close()


async def test_while_the_database_is_locked_a_customer_is_told_so_and_the_same_key_works_afterwards(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_STORE_S", 2.5)
    path = await _arrive(service)
    customer, key = await service.as_("customer"), {"idempotency-key": "once"}
    with _locked(settings):
        answer = await customer.post(f"{path}/messages", json={"text": QUESTION}, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_busy")
        assert "retry-after" in answer.headers
    async with asyncio.timeout(60):
        while (  # noqa: ASYNC110 - only asking again tells
            answer := await customer.post(f"{path}/messages", json={"text": QUESTION}, headers=key)
        ).status_code != 200:
            await asyncio.sleep(0.2)
    assert answer.json()["status"] == "answered"
    messages = (await customer.get(path)).json()["messages"]
    assert [one["role"] for one in messages] == ["customer", "bot"], "asked once, as far as anyone can see"


async def test_a_write_that_stalls_in_a_turn_is_told_outside_the_log_and_nothing_is_lost(
    service: Service, settings: Settings
) -> None:
    path = await _arrive(service)
    customer, find = await service.as_("customer"), service.search.find
    with _locked(settings) as lock:
        lock.execute("ROLLBACK")

        async def lock_then_find(*given: Any) -> Any:
            while not (await customer.get(path)).json()["messages"]:  # noqa: ASYNC110 - the question is stored first
                await asyncio.sleep(0.01)
            lock.execute("BEGIN IMMEDIATE")
            return await find(*given)

        def unlock(stage: str) -> None:
            if stage == "saving" and lock.in_transaction:
                lock.execute("ROLLBACK")

        service.search.find = lock_then_find  # type: ignore[method-assign]
        events = await _streamed(service, path, unlock)
    _, numbered = _told(events, "saving")
    assert not numbered, "what is not in the log has no number"
    assert events[-1][0] == "turn.completed"
    assert events[-1][1]["turn"]["status"] == "answered"
    stored = (await (await service.as_("customer")).get(path)).json()["messages"][-1]["text"]
    assert stored == events[-1][1]["turn"]["text"]


async def test_an_index_that_hangs_is_told_after_three_seconds_and_given_up_after_ten(service: Service) -> None:
    path = await _arrive(service)

    async def never(*_: Any) -> Any:
        await asyncio.sleep(60)

    service.search.find = never  # type: ignore[method-assign]
    events = await _streamed(service, path)
    _told(events, "retrieving")
    turn = events[-1][1]["turn"]
    assert (turn["status"], turn["reason"], turn["citations"]) == ("abstained", "index_down", [])
    assert "转人工" in turn["text"]


async def test_a_database_that_is_destroyed_is_a_503_and_not_a_promise(service: Service, settings: Settings) -> None:
    path = await _arrive(service)
    customer = await service.as_("customer")
    for name in ("wenda.db", "wenda.db-wal"):
        with (settings.data_dir / name).open("r+b") as file:
            file.truncate(0)
    answer = await customer.post(f"{path}/messages", json={"text": QUESTION})
    assert (answer.status_code, answer.json()["code"]) in ((503, "store_unavailable"), (404, "not_found"))


@pytest.mark.parametrize("jump", [timedelta(hours=3), -timedelta(hours=3)])
async def test_a_clock_that_jumps_neither_stops_a_conversation_nor_breaks_its_order(
    service: Service, jump: timedelta
) -> None:
    path = await _arrive(service)
    customer = await service.as_("customer")
    for _ in range(2):
        answer = await customer.post(f"{path}/messages", json={"text": QUESTION})
        assert answer.json()["status"] == "answered"
        service.clock.now += jump
    roles = [one["role"] for one in (await customer.get(path)).json()["messages"]]
    assert roles == ["customer", "bot"] * 2
    assert (await (await service.as_("admin")).get("/v1/audit/verify")).json()["ok"]


class TestFull:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        limits = LimitSettings(enabled=False, turns_at_once=1, turns_in_line=1)
        return settings.model_copy(update={"limits": limits})

    async def test_the_next_in_line_is_told_their_place_and_answered_and_one_more_is_refused_with_theirs(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retrieving, "_LIMIT_S", 300.0)
        path = await _arrive(service)
        customer = await service.as_("customer")
        paths = [path] + [
            f"/v1/conversations/{(await customer.post('/v1/conversations')).json()['id']}" for _ in range(2)
        ]
        find, searching, gate = service.search.find, asyncio.Event(), asyncio.Event()

        async def wait_then_find(*given: Any) -> Any:
            searching.set()
            await gate.wait()
            return await find(*given)

        service.search.find = wait_then_find  # type: ignore[method-assign]
        first = asyncio.create_task(_streamed(service, paths[0]))
        await searching.wait()
        in_line = asyncio.Event()
        second = asyncio.create_task(_streamed(service, paths[1], lambda _: in_line.set()))
        await in_line.wait()
        third = await customer.post(f"{paths[2]}/messages", json={"text": QUESTION})
        assert (third.status_code, third.json()["code"]) == (503, "line_full")
        assert "第 2 位" in third.json()["title"]
        gate.set()
        await first
        events = await second
        place, _ = _told(events, "queued")
        assert place["position"] == 1
        assert events[-1][1]["turn"]["status"] == "answered"
