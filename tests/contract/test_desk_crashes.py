"""The real service, killed without warning between and during the steps of a hand-over and of what follows from it.

Whoever got no answer asks again, as the pages do. In the end every ticket, message, draft and notice is there, once.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, select, text

from app.identity import Role, demo_key
from app.store.schema import EventRow
from app.store.sealing import Keyring, keys_at_hand
from tests.contract.desk_worker import headers, worker
from tests.contract.nursery import Nursery

CUSTOMER, AGENT = headers("customer", Role.CUSTOMER), headers("agent", Role.AGENT)
EDITOR, APPROVER = headers("editor", Role.EDITOR), headers("approver", Role.APPROVER)
AGENT_SAYS = ("您好，我来帮您。", "已经为您查到了。")
CUSTOMER_SAYS = ("谢谢，我等着。", "好的，明白了。")
# One a hand-over, and no two alike.
QUESTIONS = (
    "社保卡怎么激活？",
    "车位贷款最长几年？",
    "外币现钞如何预约？",
    "保险箱一年收费多少？",
    "信托起点金额是几万？",
    "理财回单在哪儿打印？",
    "对公开户带什么章？",
    "定投能否暂停？",
)

Step = Callable[[], Awaitable[httpx.Response]]


class HandOver:
    """One conversation's way from a question in vain to its answer, a step at a time; each may be taken again."""

    def __init__(self, conversation: str, question: str) -> None:
        self.conversation = conversation
        self.question = question
        self.turn = self.ticket = self.document = ""
        self.done = 0

    def steps(self, client: httpx.AsyncClient) -> list[Step]:
        def post(who: dict[str, str], path: str, key: str = "", body: object = None) -> Awaitable[httpx.Response]:
            return client.post(path, json=body, headers={**who, **({"idempotency-key": key} if key else {})})

        def say(number: int) -> Step:
            path, body = f"/v1/tickets/{self.ticket}/messages", {"text": AGENT_SAYS[number]}
            return lambda: post(AGENT, path, f"a{number}", body)

        def ask(words: str, key: str) -> Step:
            return lambda: post(CUSTOMER, f"{conversation}/messages", key, {"text": words})

        conversation, ticket = f"/v1/conversations/{self.conversation}", f"/v1/tickets/{self.ticket}"
        version = f"/v1/documents/{self.document}/versions/1"
        notice = f"/v1/turns/{self.turn}/notice"
        return [
            ask(self.question, "q"),
            lambda: client.put(notice, json={"consent": True}, headers=CUSTOMER),
            lambda: post(CUSTOMER, f"{conversation}/handoff"),
            lambda: post(AGENT, f"{ticket}/accept"),
            say(0),
            ask(CUSTOMER_SAYS[0], "c0"),
            say(1),
            ask(CUSTOMER_SAYS[1], "c1"),
            lambda: post(AGENT, f"{ticket}/resolve", body={"resolution": "已说明", "reusable": True}),
            lambda: until(client, ticket, AGENT, lambda body: body["draft"]),
            lambda: until(client, f"/v1/documents/{self.document}", EDITOR, lambda body: body["versions"][0]["ready"]),
            lambda: post(EDITOR, f"{version}/submit", body={}),
            lambda: post(APPROVER, f"{version}/approve", body={}),
            lambda: until(client, f"{conversation}/notices", CUSTOMER, lambda body: body["notices"][0]["told_at"]),
        ]

    async def take(self, client: httpx.AsyncClient) -> None:
        """The next step, acknowledged."""
        response = await self.steps(client)[self.done]()
        assert response.status_code == 200, response.text
        body = response.json()
        if self.done == 0:
            self.turn = body["turn_id"]
        elif self.done == 2:
            self.ticket = body["ticket_id"]
        elif self.done == 9:
            self.document = body["draft"]["document_id"]
        self.done += 1

    @property
    def over(self) -> bool:
        return self.done == 14


async def until(
    client: httpx.AsyncClient, path: str, who: dict[str, str], ready: Callable[[Any], object]
) -> httpx.Response:
    """What the service does by itself, seen from outside."""
    async with asyncio.timeout(60):
        while True:
            response = await client.get(path, headers=who)
            if not response.is_success or ready(response.json()):
                return response
            await asyncio.sleep(0.02)


async def kill_and_carry_on(nursery: Nursery, folder: Path, url: str, kills: int, seed: int) -> None:
    """Each life of the service ends at another place: after a step was acknowledged, or while it was under way."""
    draw = random.Random(seed)
    begun: list[HandOver] = []
    for life in range(kills):
        async with worker(nursery, folder, url) as (process, client):
            if not begun or begun[-1].over:
                conversation = (await client.post("/v1/conversations", headers=CUSTOMER)).json()["id"]
                begun.append(HandOver(conversation, QUESTIONS[len(begun)]))
            step = asyncio.create_task(begun[-1].take(client))
            if life % 2:
                await asyncio.sleep(draw.uniform(0, 0.06))
            else:
                await step
            process.kill()
            await process.wait()
            with suppress(httpx.HTTPError):
                await step
    async with worker(nursery, folder, url) as (process, client):
        while not begun[-1].over:
            await begun[-1].take(client)
        verified = await client.get("/v1/audit/verify", headers=headers("admin", Role.ADMIN))
        assert verified.json()["ok"] is True
        process.terminate()
        await process.wait()
    compare(url, demo_key(folder), begun)


def rows(url: str, *queries: str) -> list[list[tuple[Any, ...]]]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(query))] for query in queries]
    engine.dispose()
    return found


def logged(url: str, master: bytes) -> list[tuple[str, int, str, dict[str, str]]]:
    """Every conversation's events, opened with the installation's key."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    wanted = select(EventRow.conversation_id, EventRow.sequence, EventRow.type, EventRow.data)
    keyring = Keyring(master, new_id=lambda: "unused")
    with engine.connect() as connection, keys_at_hand(keyring, connection):
        found = connection.execute(wanted.order_by(EventRow.conversation_id, EventRow.sequence)).all()
    engine.dispose()
    return [(row.conversation_id, row.sequence, row.type, row.data) for row in found]


def compare(url: str, master: bytes, begun: Sequence[HandOver]) -> None:
    """What was acknowledged is there, and nothing twice."""
    events = logged(url, master)
    tickets, versions, recorded, notices = rows(
        url,
        "SELECT id, conversation_id, status, agent_id FROM tickets",
        "SELECT document_id, version, status FROM versions",
        "SELECT conversation_id, type FROM audit_records",
        "SELECT document_id, customer_id, conversation_id FROM notices",
    )
    assert sorted(tickets) == sorted((one.ticket, one.conversation, "resolved", "agent") for one in begun)
    assert sorted(versions) == sorted((one.document, 1, "approved") for one in begun)
    assert sorted(notices) == sorted((one.document, "customer", one.conversation) for one in begun)
    for one in begun:
        own = [(number, kind, data) for conversation, number, kind, data in events if conversation == one.conversation]
        assert [number for number, _, _ in own] == list(range(1, len(own) + 1))

        def texts(kind: str, own: list[tuple[int, str, dict[str, str]]] = own) -> tuple[str, ...]:
            return tuple(data["text"] for _, type, data in own if type == kind)

        assert texts("agent.message") == AGENT_SAYS
        assert texts("customer.message") == (one.question, *CUSTOMER_SAYS)
        assert [data["status"] for _, kind, data in own if kind == "ticket.updated"] == ["assigned", "resolved"]
        assert [kind for _, kind, _ in own].count("handoff.created") == 1
        assert [data["document_id"] for _, kind, data in own if kind == "notice"] == [one.document]
        joined = next(number for number, kind, data in own if data.get("status") == "assigned")
        assert not [kind for number, kind, _ in own if kind == "answer.delta" and number > joined], "the bot was silent"
        types = Counter(type for conversation, type in recorded if conversation == one.conversation)
        once = ("ticket.opened", "ticket.accepted", "ticket.resolved", "notice.requested", "notice.sent")
        expected = {**dict.fromkeys((*once, "version.from_ticket"), 1), "agent.message": 2}
        assert {type: types[type] for type in expected} == expected


@pytest.mark.timeout(600)
async def test_nothing_of_a_hand_over_is_lost_or_doubled_by_eight_crashes(
    nursery: Nursery, tmp_path: Path, url: str
) -> None:
    await kill_and_carry_on(nursery, tmp_path, url, kills=8, seed=3)


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_nothing_of_a_hand_over_is_lost_or_doubled_by_fifty_crashes(
    nursery: Nursery, tmp_path: Path, url: str
) -> None:
    await kill_and_carry_on(nursery, tmp_path, url, kills=50, seed=7)
