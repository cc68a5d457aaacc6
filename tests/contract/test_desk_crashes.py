"""The real service, killed without warning between and during the steps of a hand-over.

Whoever got no answer asks again, as the pages do. In the end every ticket and every message is there, once.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from app.identity import Role
from tests.contract.desk_worker import headers, worker

CUSTOMER, AGENT = headers("customer", Role.CUSTOMER), headers("agent", Role.AGENT)
AGENT_SAYS = ("您好，我来帮您。", "已经为您查到了。")
CUSTOMER_SAYS = ("谢谢，我等着。", "好的，明白了。")

Step = Callable[[], Awaitable[httpx.Response]]


class HandOver:
    """One conversation's way from the queue to its end, a step at a time; every step may be sent again."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        self.ticket = ""
        self.done = 0

    def steps(self, client: httpx.AsyncClient) -> list[Step]:
        def post(who: dict[str, str], path: str, key: str = "", body: object = None) -> Awaitable[httpx.Response]:
            return client.post(path, json=body, headers={**who, **({"idempotency-key": key} if key else {})})

        def say(number: int) -> Step:
            path, body = f"/v1/tickets/{self.ticket}/messages", {"text": AGENT_SAYS[number]}
            return lambda: post(AGENT, path, f"a{number}", body)

        def answer(number: int) -> Step:
            path, body = f"/v1/conversations/{self.conversation}/messages", {"text": CUSTOMER_SAYS[number]}
            return lambda: post(CUSTOMER, path, f"c{number}", body)

        ticket = f"/v1/tickets/{self.ticket}"
        return [
            lambda: post(CUSTOMER, f"/v1/conversations/{self.conversation}/handoff"),
            lambda: post(AGENT, f"{ticket}/accept"),
            say(0),
            answer(0),
            say(1),
            answer(1),
            lambda: post(AGENT, f"{ticket}/resolve", body={"resolution": "已说明"}),
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
    begun: list[HandOver] = []
    for life in range(kills):
        async with worker(folder) as (process, client):
            if not begun or begun[-1].over:
                begun.append(HandOver((await client.post("/v1/conversations", headers=CUSTOMER)).json()["id"]))
            step = asyncio.create_task(begun[-1].take(client))
            if life % 2:
                await asyncio.sleep(draw.uniform(0, 0.06))
            else:
                await step
            process.kill()
            await process.wait()
            with suppress(httpx.HTTPError):
                await step
    async with worker(folder) as (process, client):
        while not begun[-1].over:
            await begun[-1].take(client)
        verified = await client.get("/v1/audit/verify", headers=headers("admin", Role.ADMIN))
        assert verified.json()["ok"] is True
        process.terminate()
        await process.wait()
    compare(folder / "wenda.db", begun)


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
