"""Customers who leave at any moment, whose connection breaks, or whose app sends everything fifty times: no task and no
model request outlives them, no byte is lost or doubled, one key is one turn. `make test-long` does it at length."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from app.api.sse import stream
from app.settings import AuthSettings, LimitSettings, LlmSettings, Settings
from eval.loopback import serving
from eval.model_server import ModelServer
from guardrails import Guard
from tests.api.conftest import Service

# Each lane of customers asks for a card of its own, so that the model's requests can be told apart.
CARDS = [f"{name}信用卡" for name in ("云杉", "白桦", "银杏", "红枫", "青竹", "苍松", "雪莲", "芙蓉", "海棠", "紫藤")]
HONEST = "年费为每年300元。刷卡满6次，免次年年费。"
BLOCKED = "年费为每年880元。"
STREAMED = {"accept": "text/event-stream"}
# So long after a customer has left, the model may no longer be writing for them, seconds.
TOLD_S = 5.0
# How long a customer who leaves without a byte waits at most, seconds: about as long as the first one takes.
IMPATIENT_S = 0.05


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    model = ModelServer(HONEST * 8)
    model.pause_s = 0.01
    async with serving(model.app) as url:
        model.url = f"{url}/v1"
        yield model


@pytest.fixture
def settings(settings: Settings, model: ModelServer) -> Settings:
    chosen = {
        "auth": AuthSettings(demo=True),
        "limits": LimitSettings(enabled=False),
        "llm": LlmSettings(base_url=model.url, connect_s=60, first_token_s=60, between_tokens_s=60),
    }
    return settings.model_copy(update=chosen)


@pytest.fixture
async def customer(service: Service) -> httpx.AsyncClient:
    lines = "\n".join(f"{card}年费为每年300元，刷卡满6次免次年年费。" for card in CARDS)
    await service.publish("cards.txt", lines, title="信用卡收费说明", kind="product")
    return await service.as_("customer")


async def conversation(customer: httpx.AsyncClient) -> str:
    return f"/v1/conversations/{(await customer.post('/v1/conversations')).json()['id']}"


def question(lane: int) -> dict[str, str]:
    return {"text": f"{CARDS[lane]}年费是多少？"}


# -- customers who leave ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaving:
    """enough: of the bytes that have come, whether the customer leaves now. within_s: when they leave in any case."""

    enough: Callable[[int], bool] = lambda _: False
    within_s: float | None = None


def after(size: int) -> Leaving:
    return Leaving(enough=lambda came: came >= size)


@dataclass
class Left:
    """latencies: seconds from leaving to the model's noticing. unheard: model requests that went on regardless."""

    latencies: list[float] = field(default_factory=list)
    unheard: int = 0
    paths: list[str] = field(default_factory=list)


def ends_of(model: ModelServer, lane: int) -> list[tuple[bool, float]]:
    return [(aborted, at) for asked, aborted, at in model.ended if asked_by(asked) == lane]


def asked_by(prompt: str) -> int:
    return max(range(len(CARDS)), key=lambda lane: prompt.rfind(f"{CARDS[lane]}年费是多少"))


async def leave_again_and_again(
    customer: httpx.AsyncClient, model: ModelServer, lane: int, leavings: Sequence[Leaving], left: Left
) -> None:
    loop = asyncio.get_running_loop()
    for leaving in leavings:
        before = len(ends_of(model, lane))
        path = await conversation(customer)
        left.paths.append(path)
        with suppress(TimeoutError):
            async with asyncio.timeout(leaving.within_s):
                async with customer.stream("POST", f"{path}/messages", json=question(lane), headers=STREAMED) as answer:
                    async for _ in answer.aiter_raw():
                        if leaving.enough(answer.num_bytes_downloaded):
                            break
        gone = loop.time()
        # A turn that had only begun may not have asked the model yet: what it asks later must end all the same.
        await settled(customer, path)
        for aborted, at in ends_of(model, lane)[before:]:
            if aborted:
                left.latencies.append(max(0.0, at - gone))
            elif at > gone + TOLD_S:
                left.unheard += 1


async def settled(customer: httpx.AsyncClient, path: str) -> None:
    """Wait until the conversation's turn, if there is one, is closed. Raises TimeoutError."""
    async with asyncio.timeout(90):
        quiet = 0
        while quiet < 2:
            await asyncio.sleep(0.05)
            messages = (await customer.get(path)).json()["messages"]
            # Nothing there twice: the message never arrived.
            done = not messages or messages[-1].get("status", "running") != "running"
            quiet = quiet + 1 if done else 0


async def tasks_left(before: set[asyncio.Task[object]]) -> list[str]:
    """Names of tasks that were not there before, once the loop has had time to end them."""
    for _ in range(1200):
        extra = [task for task in asyncio.all_tasks() - before if not task.done()]
        if not extra:
            break
        await asyncio.sleep(0.05)
    return [repr(task.get_coro()) for task in extra]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("times", [30, pytest.param(1000, marks=pytest.mark.long)])
async def test_customers_who_leave_at_any_moment_leave_no_task_no_running_model_and_no_open_turn(
    customer: httpx.AsyncClient, model: ModelServer, times: int
) -> None:
    rng = random.Random(times)
    whole = await customer.post(f"{await conversation(customer)}/messages", json=question(0), headers=STREAMED)
    assert '"status":"answered"' in whole.text
    model.pause_s = 0.2
    await leave_again_and_again(customer, model, 0, [Leaving(enough=lambda _: model.open > 0)], Left())
    assert model.aborted == 1, "while it writes, the model is told"

    model.pause_s = 0.03
    before, left = asyncio.all_tasks(), Left()
    ends = (whole.content.index(b"event: answer.citations"), len(whole.content))
    leavings = [
        Leaving(within_s=rng.uniform(0, IMPATIENT_S)) if rng.random() < 0.2 else after(rng.randint(1, rng.choice(ends)))
        for _ in range(times)
    ]
    lanes = (leavings[lane :: len(CARDS)] for lane in range(len(CARDS)))
    await asyncio.gather(*(leave_again_and_again(customer, model, lane, own, left) for lane, own in enumerate(lanes)))

    assert await tasks_left(before) == []
    assert left.unheard == 0
    assert model.open == 0
    assert len(left.latencies) > times / 4, "most leave while the model writes"
    statuses = [(await customer.get(path)).json()["messages"][-1:] for path in left.paths]
    assert all(last[0]["role"] == "bot" and last[0]["status"] != "running" for last in statuses if last)
    late = sorted(left.latencies)[int(len(left.latencies) * 0.95)]
    print(f"{times} left, {len(left.latencies)} while the model wrote: it was told after {late * 1000:.0f} ms (p95)")


# -- connections that break -------------------------------------------------------------------------------------


@dataclass
class Wire:
    """raw: every byte that ever arrived. frames: numbered ones, whole, in the order they came. began: set once an
    answer has begun, before its first byte."""

    raw: bytearray = field(default_factory=bytearray)
    frames: list[bytes] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last(self) -> int:
        return number_of(self.frames[-1]) if self.frames else 0

    @property
    def ended(self) -> bool:
        return bool(self.frames) and b"event: turn.completed\n" in self.frames[-1]

    async def read(self, answer: httpx.Response, most: float = float("inf")) -> None:
        """Until the turn has ended, or `most` bytes have come: the rest of a frame that was cut is thrown away."""
        self.began.set()
        assert answer.status_code == 200, await answer.aread()
        rest, taken = b"", 0
        async for piece in answer.aiter_raw():
            piece = piece[: max(0, int(min(most - taken, len(piece))))]
            taken += len(piece)
            self.raw += piece
            *frames, rest = (rest + piece).split(b"\n\n")
            self.frames += [frame for frame in frames if frame.startswith(b"id: ")]
            if self.ended or taken >= most:
                return


def number_of(frame: bytes) -> int:
    found = re.match(rb"id: (\d+)\n", frame)
    assert found
    return int(found[1])


async def follow(customer: httpx.AsyncClient, path: str, wire: Wire, most: float = float("inf")) -> None:
    headers = {"last-event-id": str(wire.last)} if wire.last else {}
    async with customer.stream("GET", f"{path}/events", headers=headers) as answer:
        await wire.read(answer, most)


async def ask_over_a_bad_line(
    customer: httpx.AsyncClient, lane: int, cuts: Sequence[int], *, watched: bool
) -> tuple[Wire, Wire]:
    """What came over the broken line, and what an unbroken one has. watched: somebody else follows all the time, so
    that the answer goes on."""
    path, broken, unbroken = await conversation(customer), Wire(), Wire()
    watching = asyncio.create_task(follow(customer, path, unbroken)) if watched else None
    if watched:
        await unbroken.began.wait()
    async with customer.stream("POST", f"{path}/messages", json=question(lane), headers=STREAMED) as answer:
        await broken.read(answer, cuts[0])
    for cut in cuts[1:]:
        if not broken.ended:
            await follow(customer, path, broken, cut)
    if not broken.ended:
        await follow(customer, path, broken)
    await (watching or follow(customer, path, unbroken))
    return broken, unbroken


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("streams", [20, pytest.param(200, marks=pytest.mark.long)])
async def test_a_line_that_breaks_anywhere_gives_the_same_bytes_once_and_never_what_was_blocked(
    customer: httpx.AsyncClient, model: ModelServer, streams: int
) -> None:
    model.answer, rng = f"{HONEST}{BLOCKED}" * 3, random.Random(streams)
    whole = Wire()
    async with customer.stream(
        "POST", f"{await conversation(customer)}/messages", json=question(0), headers=STREAMED
    ) as answer:
        await whole.read(answer)
    size = len(whole.raw)

    async def one(number: int) -> tuple[Wire, Wire]:
        cuts = [rng.randint(1, size) for _ in range(rng.randint(1, 3))]
        return await ask_over_a_bad_line(customer, number % len(CARDS), cuts, watched=number % 2 == 0)

    pairs: list[tuple[Wire, Wire]] = []
    for start in range(0, streams, len(CARDS)):
        pairs += await asyncio.gather(*(one(number) for number in range(start, start + len(CARDS))))
    for broken, unbroken in pairs:
        assert broken.frames == unbroken.frames
        assert [number_of(frame) for frame in broken.frames] == list(range(1, len(broken.frames) + 1))
        assert BLOCKED.encode() not in broken.raw + unbroken.raw
        assert "880元".encode() not in broken.raw + unbroken.raw
    answered = sum(b'"status":"answered"' in unbroken.frames[-1] for _, unbroken in pairs)
    assert answered >= streams / 2, "whoever is watched is answered"
    print(f"{streams} lines broken, {answered} of their answers went on to the end")


# -- the same, fifty times --------------------------------------------------------------------------------------


async def test_fifty_requests_with_one_key_at_the_same_time_are_one_turn(
    customer: httpx.AsyncClient, model: ModelServer
) -> None:
    path = await conversation(customer)
    headers = {"idempotency-key": "the same"}

    async def streamed() -> bytes:
        wire = Wire()
        async with customer.stream(
            "POST", f"{path}/messages", json=question(0), headers={**headers, **STREAMED}
        ) as answer:
            await wire.read(answer)
        return b"\n\n".join(wire.frames)

    async def waited() -> str:
        answer = await customer.post(f"{path}/messages", json=question(0), headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    streams, answers = await asyncio.gather(
        asyncio.gather(*(streamed() for _ in range(25))), asyncio.gather(*(waited() for _ in range(25)))
    )
    assert len(set(streams)) == 1
    assert len(set(answers)) == 1
    assert len(model.requests) == 1
    messages = (await customer.get(path)).json()["messages"]
    assert [message["role"] for message in messages] == ["customer", "bot"]


# -- a service that stops ---------------------------------------------------------------------------------------


async def test_a_service_that_stops_finishes_the_answers_under_way_and_lets_followers_go() -> None:
    pieces = 12
    answering, following = asyncio.Event(), asyncio.Event()

    async def answer() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield b"data: more\n\n"
            answering.set()
            await asyncio.sleep(0.1)

    async def follow() -> AsyncIterator[bytes]:
        yield b"data: hello\n\n"
        following.set()
        await asyncio.Event().wait()

    app = Starlette(
        routes=[
            Route("/answer", lambda _: stream(answer(), finishes=True)),
            Route("/follow", lambda _: stream(follow())),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=120))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    async def read(path: str) -> bytes:
        got = b""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=None, trust_env=False) as client:
            with suppress(httpx.RemoteProtocolError):
                async with client.stream("GET", path) as response:
                    async for piece in response.aiter_raw():
                        got += piece
        return got

    reading = asyncio.gather(read("/answer"), read("/follow"))
    await asyncio.wait_for(asyncio.gather(answering.wait(), following.wait()), 60)
    server.should_exit = True
    answered, followed = await asyncio.wait_for(reading, 60)
    await running
    assert answered.count(b"more") == pieces
    assert followed.count(b"hello") == 1
