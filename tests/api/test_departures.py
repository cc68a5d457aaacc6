"""Requests and turns that end at each of their waits, one after the other: whatever had been begun is closed, and the
same key answers. Nothing is left to chance or to time: the n-th wait is where it ends, for every n."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from types import coroutine
from typing import Any, cast

import pytest
from sqlalchemy import Select, func, select

from app import identity
from app.api.claims import digest_of
from app.api.dependencies import Services
from app.chat.ask import Ask
from app.chat.running import Turns
from app.chat.stream import TurnStream
from app.chat.turn import TurnRunner
from app.composition import Replacements
from app.main import create_app
from app.settings import Settings
from app.store.schema import ClaimRow
from guardrails import Guard
from tests.fakes import MemoryIndex, OverlapSearch, shared

STREAMED = "text/event-stream"
WAITED = "application/json"
QUESTION = "金卡的年费是多少"


def while_it_waits(task: asyncio.Task[Any], _: object) -> None:
    task.cancel()


def as_the_answer_comes(task: asyncio.Task[Any], waited: object) -> None:
    """What was waited for has happened, and is then never looked at."""
    if isinstance(waited, asyncio.Future):
        waited.add_done_callback(lambda _: task.cancel())
    else:
        task.cancel()


Ending = Callable[[asyncio.Task[Any], object], None]


@coroutine
def ended_at(work: Coroutine[Any, Any, Any], wait: int, end: Ending, reached: list[int]) -> Generator[Any, Any, Any]:
    """The work's result; `end` is called in its wait of that number, and the number noted in `reached`."""
    task, failure = asyncio.current_task(), None
    assert task
    for number in count():
        try:
            waited = work.send(None) if failure is None else work.throw(failure)
        except StopIteration as done:
            return done.value
        if number == wait:
            reached.append(number)
            end(task, waited)
        failure = None
        try:
            yield waited
        except BaseException as thrown:
            failure = thrown


@dataclass
class EndedRunner:
    """The real one, whose next turn ends at a wait."""

    runner: TurnRunner
    wait: int
    end: Ending
    reached: list[int]

    async def run(self, ask: Ask, stream: TurnStream) -> dict[str, Any]:
        return cast(dict[str, Any], await ended_at(self.runner.run(ask, stream), self.wait, self.end, self.reached))


@dataclass
class Answer:
    status: int = 0
    body: bytes = b""

    @property
    def turn(self) -> dict[str, Any]:
        """Of either kind of answer."""
        if self.body.startswith(b"{"):
            return cast(dict[str, Any], json.loads(self.body))
        last = self.body.strip().split(b"\n\n")[-1]
        assert b"event: turn.completed" in last
        return cast(dict[str, Any], json.loads(last.split(b"data: ")[1])["turn"])


@dataclass
class Caller:
    """Speaks ASGI with the service itself, so that its task is the request's."""

    app: Any
    services: Services
    token: str
    numbers: Any = field(default_factory=count)

    async def open(self) -> str:
        created = await self.ask("/v1/conversations", {}, WAITED, "")
        return f"/v1/conversations/{json.loads(created.body)['id']}/messages"

    async def ask(
        self, path: str, body: dict[str, str], accept: str, key: str, gone: asyncio.Event | None = None
    ) -> Answer:
        answer = Answer()
        sent = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
        left = gone or asyncio.Event()

        async def receive() -> dict[str, Any]:
            if sent:
                return sent.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            answer.status = message.get("status", answer.status)
            answer.body += message.get("body", b"")

        headers = {"host": "127.0.0.1", "authorization": f"Bearer {self.token}", "accept": accept}
        headers |= {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {"services": self.services},
        }
        await self.app(scope, receive, send)
        return answer

    async def settled(self) -> None:
        """Nothing runs and nothing is open. Raises TimeoutError."""
        query = select(func.count()).where(ClaimRow.closed_at.is_(None))
        async with asyncio.timeout(60):
            while self.services.turns.under_way or await self._open(query):  # noqa: ASYNC110 - none has an event
                await asyncio.sleep(0.002)

    async def _open(self, query: Select[tuple[int]]) -> int:
        return await self.services.database.read(lambda c: c.execute(query).scalar_one())

    async def the_same_key_answers(self, path: str, key: str) -> None:
        for accept in (WAITED, STREAMED):
            async with asyncio.timeout(60):
                again = await self.ask(path, {"text": QUESTION}, accept, key)
            assert again.status == 200
            assert again.turn["status"] in ("answered", "abstained", "failed")
        await self.settled()


@pytest.fixture
async def caller(settings: Settings, guard: Guard) -> AsyncIterator[Caller]:
    index = MemoryIndex()
    parts = Replacements(index=index, search=OverlapSearch(index), guard=guard, **shared())
    app = create_app(settings, parts)
    async with app.router.lifespan_context(app) as state:
        services: Services = state["services"]
        who = identity.Caller(settings.tenant, "v_1", frozenset({identity.Role.CUSTOMER}))
        yield Caller(app, services, services.tokens.issue(who))


@pytest.mark.parametrize("accept", [STREAMED, WAITED])
@pytest.mark.parametrize("end", [while_it_waits, as_the_answer_comes])
async def test_a_request_that_is_cancelled_at_any_wait_leaves_no_open_turn_and_its_key_answers(
    caller: Caller, accept: str, end: Ending
) -> None:
    for wait in count():
        path, reached = await caller.open(), list[int]()
        request = caller.ask(path, {"text": QUESTION}, accept, "k")
        with suppress(asyncio.CancelledError):
            await asyncio.create_task(_run(ended_at(request, wait, end, reached)))
        if not reached:
            break
        await caller.settled()
        await caller.the_same_key_answers(path, "k")
    assert wait > 3, "a request waits more often than that"


@pytest.mark.parametrize("accept", [STREAMED, WAITED])
async def test_a_customer_who_leaves_at_any_wait_leaves_no_open_turn_and_their_key_answers(
    caller: Caller, accept: str
) -> None:
    for wait in count():
        path, reached, gone = await caller.open(), list[int](), asyncio.Event()
        request = caller.ask(path, {"text": QUESTION}, accept, "k", gone)
        await _run(ended_at(request, wait, lambda *_, gone=gone: gone.set(), reached))
        if not reached:
            break
        await caller.settled()
        await caller.the_same_key_answers(path, "k")
    assert wait > 3, "a request waits more often than that"


@pytest.mark.parametrize("end", [while_it_waits, as_the_answer_comes])
async def test_a_turn_that_is_cancelled_at_any_wait_is_closed_once_with_its_last_event(
    caller: Caller, end: Ending
) -> None:
    services = caller.services
    turns = services.turns
    for wait in count():
        path, reached = await caller.open(), list[int]()
        runner = EndedRunner(turns._runner, wait, end, reached)
        ended = Turns(cast(TurnRunner, runner), services.log, turns.places, services.conversations.claims.let_go)
        caller.services = replace(services, turns=ended)
        answer = await caller.ask(path, {"text": QUESTION}, STREAMED, "k")
        assert answer.turn["status"] in ("failed", "answered", "abstained")
        await caller.settled()
        events = await services.log.read(path.split("/")[3])
        assert [event.type for event in events].count("turn.completed") == 1
        assert events[-1].type == "turn.completed"
        caller.services = services
        if not reached:
            break
        await caller.the_same_key_answers(path, "k")
    assert wait >= 3, "a turn waits more often than that"


@pytest.mark.parametrize("accept", [STREAMED, WAITED])
async def test_whoever_sends_the_same_again_is_answered_though_the_first_request_takes_its_claim_back(
    caller: Caller, accept: str
) -> None:
    path, services = await caller.open(), caller.services
    conversation = await services.conversations.get(services.settings.tenant, path.split("/")[3])
    claim = await services.conversations.claims.make(conversation, "k", digest_of(QUESTION, None))
    again = asyncio.create_task(caller.ask(path, {"text": QUESTION}, accept, "k"))
    async with asyncio.timeout(60):
        while not services.log.followers(conversation.id):  # noqa: ASYNC110 - none has an event
            await asyncio.sleep(0.002)
        services.conversations.claims.release(claim.turn_id)
        turn = (await again).turn
    assert turn["status"] in ("answered", "abstained")
    assert turn["turn_id"] != claim.turn_id
    await caller.settled()


async def test_a_turn_whose_rails_cannot_even_mask_the_message_is_told_and_closed(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> str:
        raise RuntimeError("rails are down")

    monkeypatch.setattr(caller.services.guard, "mask", broken)
    path = await caller.open()
    answer = await caller.ask(path, {"text": QUESTION}, STREAMED, "k")
    assert (answer.turn["status"], answer.turn["reason"]) == ("failed", "internal")
    assert b"event: turn.failed" in answer.body
    await caller.settled()
    await caller.the_same_key_answers(path, "k")


async def _run(work: Any) -> Any:
    return await work
