"""The real service, killed without warning between and during the steps of a hand-over.

Whoever got no answer asks again, as the pages do. In the end every ticket and every message is there, once.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from app.knowledge.encoding import LAYOUT
from tests.contract.test_service_crashes import Crashing
from tests.fake_embeddings import FakeEmbeddings
from tests.loopback import serving

AGENT_SAYS = ("您好，我来帮您。", "已经为您查到了。")
CUSTOMER_SAYS = ("谢谢，我等着。", "好的，明白了。")

Step = Callable[[], Awaitable[httpx.Response]]


class Desk(Crashing):
    """A customer and an agent whose tokens outlive the service."""

    customer = ""
    agent = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
        async with self.running() as (process, client):
            if not self.customer:
                self.customer = (await client.post("/v1/auth/visitor")).json()["access_token"]
                asked = await client.post("/v1/auth/token", data={"username": "agent", "password": "demo"})
                self.agent = asked.json()["access_token"]
            yield process, client

    async def begin(self, client: httpx.AsyncClient) -> HandOver:
        created = await client.post("/v1/conversations", headers={"authorization": f"Bearer {self.customer}"})
        return HandOver(self, created.json()["id"])


class HandOver:
    """One conversation's way from the queue to its end, a step at a time; every step may be sent again."""

    def __init__(self, desk: Desk, conversation: str) -> None:
        self._desk = desk
        self.conversation = conversation
        self.ticket = ""
        self.done = 0

    def steps(self, client: httpx.AsyncClient) -> list[Step]:
        def post(token: str, path: str, key: str = "", body: object = None) -> Awaitable[httpx.Response]:
            headers = {"authorization": f"Bearer {token}", **({"idempotency-key": key} if key else {})}
            return client.post(path, json=body, headers=headers, timeout=30)

        def say(number: int) -> Step:
            path, body = f"/v1/tickets/{self.ticket}/messages", {"text": AGENT_SAYS[number]}
            return lambda: post(self._desk.agent, path, f"a{number}", body)

        def answer(number: int) -> Step:
            path, body = f"/v1/conversations/{self.conversation}/messages", {"text": CUSTOMER_SAYS[number]}
            return lambda: post(self._desk.customer, path, f"c{number}", body)

        ticket = f"/v1/tickets/{self.ticket}"
        return [
            lambda: post(self._desk.customer, f"/v1/conversations/{self.conversation}/handoff"),
            lambda: post(self._desk.agent, f"{ticket}/accept"),
            say(0),
            answer(0),
            say(1),
            answer(1),
            lambda: post(self._desk.agent, f"{ticket}/resolve", body={"resolution": "已说明"}),
        ]

    async def take(self, client: httpx.AsyncClient) -> None:
        """The next step, acknowledged."""
        response = await self.steps(client)[self.done]()
        assert response.status_code == 200, response.text
        if self.done == 0:
            self.ticket = response.json()["ticket_id"]
        self.done += 1

    @property
    def over(self) -> bool:
        return self.done == 7


async def kill_and_carry_on(folder: Path, kills: int, seed: int) -> None:
    """Each life of the service ends at another place: after a step was acknowledged, or while it was under way."""
    draw = random.Random(seed)
    async with serving(FakeEmbeddings(LAYOUT.dense["passage"]).app) as url:
        desk = Desk(folder, url)
        begun: list[HandOver] = []
        for life in range(kills):
            async with desk.open() as (process, client):
                if not begun or begun[-1].over:
                    begun.append(await desk.begin(client))
                step = asyncio.create_task(begun[-1].take(client))
                if life % 2:
                    await asyncio.sleep(draw.uniform(0, 0.06))
                else:
                    await step
                process.kill()
                await process.wait()
                with suppress(httpx.HTTPError):
                    await step
        async with desk.open() as (process, client):
            while not begun[-1].over:
                await begun[-1].take(client)
            admin = await client.post("/v1/auth/token", data={"username": "admin", "password": "demo"})
            headers = {"authorization": f"Bearer {admin.json()['access_token']}"}
            assert (await client.get("/v1/audit/verify", headers=headers)).json()["ok"] is True
            process.terminate()
            await process.wait()
    compare(folder / "data" / "wenda.db", begun)


def compare(path: Path, begun: list[HandOver]) -> None:
    """What was acknowledged is there, and nothing twice."""
    with sqlite3.connect(path) as database:
        tickets = database.execute("SELECT id, conversation_id, status, agent_id FROM tickets").fetchall()
        events = database.execute(
            "SELECT conversation_id, sequence, type, data FROM events ORDER BY conversation_id, sequence"
        ).fetchall()
        recorded = database.execute("SELECT conversation_id, type FROM audit_records").fetchall()
    assert sorted(tickets) == sorted((one.ticket, one.conversation, "resolved", "agent") for one in begun)
    for one in begun:
        own = [
            (number, kind, json.loads(data))
            for conversation, number, kind, data in events
            if conversation == one.conversation
        ]
        assert [number for number, _, _ in own] == list(range(1, len(own) + 1))

        def texts(kind: str, own: list[tuple[int, str, dict[str, str]]] = own) -> tuple[str, ...]:
            return tuple(data["text"] for _, type, data in own if type == kind)

        assert texts("agent.message") == AGENT_SAYS
        assert texts("customer.message") == CUSTOMER_SAYS
        assert [data["status"] for _, kind, data in own if kind == "ticket.updated"] == ["assigned", "resolved"]
        assert [kind for _, kind, _ in own].count("handoff.created") == 1
        assert not texts("answer.delta"), "the bot was silent"
        types = Counter(type for conversation, type in recorded if conversation == one.conversation)
        expected = {"ticket.opened": 1, "ticket.accepted": 1, "agent.message": 2, "ticket.resolved": 1}
        assert {type: types[type] for type in expected} == expected


@pytest.mark.timeout(600)
async def test_no_ticket_and_no_message_is_lost_or_doubled_by_five_crashes(tmp_path: Path) -> None:
    await kill_and_carry_on(tmp_path, kills=5, seed=3)


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_no_ticket_and_no_message_is_lost_or_doubled_by_fifty_crashes(tmp_path: Path) -> None:
    await kill_and_carry_on(tmp_path, kills=50, seed=7)
