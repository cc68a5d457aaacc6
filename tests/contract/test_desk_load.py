"""A busy evening at the desk: customers wait, agents work, messages go both ways; nothing is lost, doubled or swapped.

Two real services share one database, so that half of what a desk sees was written by the other worker. Every desk and
every conversation is followed over real SSE.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.identity import Role
from tests.contract.desk_worker import headers, worker
from tests.contract.nursery import Nursery


@dataclass
class Inbox:
    """What one follower was sent. at: when each message came, by its text."""

    sequences: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    at: dict[str, float] = field(default_factory=dict)

    def take(self, text: str, sequence: int) -> None:
        self.at.setdefault(text, time.perf_counter())
        self.texts.append(text)
        self.sequences.append(sequence)


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found is not None
    return int(found.group(1)) / 1024


async def busy_evening(
    nursery: Nursery, folder: Path, url: str = "", *, customers: int, agents: int, messages: int
) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        # One after the other: both would migrate the new database.
        processes = [await stack.enter_async_context(worker(nursery, folder, url)) for _ in range(2)]
        workers = [(str(client.base_url).rstrip("/"), process.pid) for process, client in processes]
        client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=None))
        )

        async def call(number: int, who: dict[str, str], path: str, body: Any = None, key: str = "") -> Any:
            extra = {"idempotency-key": key} if key else {}
            url = workers[number % 2][0] + path
            answer = await client.post(url, json=body, headers={**who, **extra})
            assert answer.status_code < 300, answer.text
            return answer.json() if answer.content else None

        buyers = [headers(f"customer{n}", Role.CUSTOMER) for n in range(customers)]
        staff = [headers(f"agent{n}", Role.AGENT) for n in range(agents)]
        conversations: list[str] = [""] * customers
        tickets: list[str] = [""] * customers
        gate = asyncio.Semaphore(16)

        async def queue(n: int) -> None:
            async with gate:
                conversations[n] = (await call(n, buyers[n], "/v1/conversations"))["id"]
                tickets[n] = (await call(n, buyers[n], f"/v1/conversations/{conversations[n]}/handoff"))["ticket_id"]

        await asyncio.gather(*(queue(n) for n in range(customers)))

        chats = {id: Inbox() for id in conversations}
        desks = {id: Inbox() for id in conversations}
        ready = asyncio.Semaphore(0)

        async def follow_chat(n: int) -> None:
            path = f"/v1/conversations/{conversations[n]}/events"
            async for kind, number, data in events(workers[(n + 1) % 2][0] + path, buyers[n], ready):
                chats[conversations[n]].take(data.get("text", kind) if kind == "agent.message" else kind, number)

        async def follow_desk(n: int) -> None:
            async for kind, _, data in events(workers[n % 2][0] + "/v1/desk/events", staff[n], ready):
                if kind == "message":
                    desks[data["conversation_id"]].take(data["text"], data["sequence"])

        own = range(min(customers, agents * 5))
        followers = [asyncio.create_task(follow_chat(n)) for n in own]
        followers += [asyncio.create_task(follow_desk(n)) for n in range(agents)]
        for _ in followers:
            async with asyncio.timeout(60):
                await ready.acquire()

        # Two agents reach for each ticket at once, on both workers.
        async def accept(n: int) -> None:
            rival = (n + 1) % agents
            path = f"/v1/tickets/{tickets[n]}/accept"
            both = await asyncio.gather(
                *(
                    client.post(workers[who % 2][0] + path, headers=staff[who])
                    for who in dict.fromkeys((n % agents, rival))
                )
            )
            assert sorted(answer.status_code for answer in both) == [200, 409]
            taken[n] = next(answer.json()["agent_id"] for answer in both if answer.status_code == 200)

        taken: dict[int, str] = {}
        for n in own:
            await accept(n)

        before = [resident_mib(pid) for _, pid in workers]
        sent: dict[str, tuple[str, float, str]] = {}
        started = time.perf_counter()

        async def say(number: int) -> None:
            n = number % len(own)
            conversation, text = conversations[n], f"第{number}句"
            async with gate:
                by = "agent" if number % 2 else "customer"
                sent[text] = (conversation, time.perf_counter(), by)
                if by == "agent":
                    holder = staff[int(taken[n].removeprefix("agent"))]
                    await call(number, holder, f"/v1/tickets/{tickets[n]}/messages", {"text": text}, f"k{number}")
                else:
                    path = f"/v1/conversations/{conversation}/messages"
                    await call(number, buyers[n], path, {"text": text}, f"k{number}")

        # Paced: as many a second as this machine can answer would measure the waiting line, not the delivery.
        tasks = []
        for number in range(messages):
            tasks.append(asyncio.create_task(say(number)))
            await asyncio.sleep(0.03)
        await asyncio.gather(*tasks)
        spent = time.perf_counter() - started
        await _until_all_came(sent, chats, desks)
        after = [resident_mib(pid) for _, pid in workers]
        for task in followers:
            task.cancel()
        await asyncio.gather(*followers, return_exceptions=True)

    for n in own:
        id = conversations[n]
        assert chats[id].sequences == list(range(1, len(chats[id].sequences) + 1)), "every event once, in order"
        expected = {text for text, (conversation, _, _) in sent.items() if conversation == id}
        assert sorted(desks[id].texts) == sorted(expected), "every message on its agent's desk, once"
        assert desks[id].sequences == sorted(desks[id].sequences)
    delays = [
        (desks if by == "customer" else chats)[conversation].at[text] - at
        for text, (conversation, at, by) in sent.items()
    ]
    return {
        "messages": len(sent),
        "seconds": round(spent, 1),
        "delivery_p50_ms": round(statistics.median(delays) * 1000),
        "delivery_p95_ms": round(statistics.quantiles(delays, n=20)[-1] * 1000),
        "delivery_max_ms": round(max(delays) * 1000),
        "memory_growth_mib": [round(last - first, 1) for first, last in zip(before, after, strict=True)],
        "memory_mib": [round(value) for value in after],
    }


async def events(url: str, headers: dict[str, str], ready: asyncio.Semaphore) -> AsyncIterator[tuple[str, int, Any]]:
    """(event, id or 0, data) of a stream without end; `ready` is released at the first of them."""
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(timeout=None, trust_env=False, limits=limits) as client:  # noqa: SIM117
        async with client.stream("GET", url, headers=headers) as response:
            assert response.status_code == 200
            kind, number, first = "", 0, True
            async for line in response.aiter_lines():
                if line.startswith("id: "):
                    number = int(line.removeprefix("id: "))
                elif line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    if first:
                        ready.release()
                        first = False
                    yield kind, number, json.loads(line.removeprefix("data: "))
                    number = 0


async def _until_all_came(
    sent: dict[str, tuple[str, float, str]], chats: dict[str, Inbox], desks: dict[str, Inbox]
) -> None:
    """Everything has arrived, and then a little longer: what came twice would come now."""
    async with asyncio.timeout(60):
        while not all(  # noqa: ASYNC110 - what is awaited has no event of its own
            text in desks[conversation].at and (by == "customer" or text in chats[conversation].at)
            for text, (conversation, _, by) in sent.items()
        ):
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)


@pytest.mark.timeout(300)
async def test_a_small_desk_on_two_workers_loses_and_doubles_nothing(
    nursery: Nursery, tmp_path: Path, url: str
) -> None:
    await busy_evening(nursery, tmp_path, url, customers=8, agents=3, messages=40)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_busy_evening_of_two_hundred_customers_and_twenty_agents(nursery: Nursery, tmp_path: Path) -> None:
    figures = await busy_evening(nursery, tmp_path, customers=200, agents=20, messages=1000)
    print(json.dumps(figures, ensure_ascii=False))
    assert max(figures["memory_growth_mib"]) < 30
