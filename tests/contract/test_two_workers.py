"""Two processes of the service on one PostgreSQL: a customer on one, the staff on the other. Whatever one of them does
the other sees; within five seconds where the machine is not busy with other things, which the printed seconds show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.identity import Role
from tests.contract.desk_worker import headers, worker
from tests.contract.nursery import Nursery
from tests.postgres import new_database

# That it is seen is asserted, how soon is printed: a busy machine is no fault of the service.
PATIENCE_S = 120.0
RATE = "活期存款的年利率是百分之零点零五。"
ASKED = "活期存款的年利率是多少"
FREEZE = {
    "topic": "活期存款利率",
    "questions": [ASKED],
    "text": "活期存款利率正在调整，请以本行公告为准，或点“转人工”。",
}


class Sight:
    """Waits for what one worker did to be seen on the other, and remembers how long each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def __call__(self, what: str, look: Callable[[], Awaitable[bool]]) -> None:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await look():  # noqa: ASYNC110 - what another process did has no event here
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{what} was never seen on the other worker")
        self.seconds[what] = round(time.perf_counter() - started, 2)


@pytest.fixture
async def workers(nursery: Nursery, postgres: Path, tmp_path: Path) -> AsyncIterator[list[httpx.AsyncClient]]:
    url = new_database(postgres)
    async with AsyncExitStack() as stack:
        # One after the other: both would migrate the new database.
        yield [
            (await stack.enter_async_context(worker(nursery, tmp_path, url, index=tmp_path / "index")))[1]
            for _ in range(2)
        ]


async def call(client: httpx.AsyncClient, who: dict[str, str], method: str, path: str, body: Any = None) -> Any:
    """The body of a success; what is asked of the service here must not be refused."""
    answer = await client.request(method, path, json=body, headers=who)
    assert answer.status_code < 300, (path, answer.text)
    return answer.json() if answer.content else None


async def test_what_happens_on_one_worker_is_seen_on_the_other(
    workers: list[httpx.AsyncClient],
) -> None:
    sight = Sight()
    await _hand_over(*workers, sight)
    await _publish_and_freeze(*workers, sight)
    print("seen on the other worker after, s: " + ", ".join(f"{what} {s}" for what, s in sight.seconds.items()))


async def _hand_over(here: httpx.AsyncClient, there: httpx.AsyncClient, sight: Sight) -> None:
    """The customer is on one worker from beginning to end, the agent on the other."""
    customer, agent = headers("customer", Role.CUSTOMER), headers("agent", Role.AGENT)
    conversation = f"/v1/conversations/{(await call(here, customer, 'POST', '/v1/conversations'))['id']}"
    ticket = f"/v1/tickets/{(await call(here, customer, 'POST', f'{conversation}/handoff'))['ticket_id']}"

    async def said_to_customer() -> list[str]:
        messages = (await call(here, customer, "GET", conversation))["messages"]
        return [message["text"] for message in messages if message["role"] == "agent"]

    async def queued() -> bool:
        shown = (await call(there, agent, "GET", "/v1/tickets?status=queued"))["tickets"]
        return any(ticket.endswith(one["id"]) for one in shown)

    async def assigned() -> bool:
        return bool((await call(here, customer, "GET", f"{conversation}/handoff"))["status"] == "assigned")

    async def came_to_customer() -> bool:
        return "您好，我来帮您。" in await said_to_customer()

    async def came_to_agent() -> bool:
        last = (await call(there, agent, "GET", ticket))["last"]
        return bool(last and last["text"] == "谢谢，我想问利率。")

    async def resolved() -> bool:
        turn = await call(here, customer, "POST", f"{conversation}/messages", {"text": "还有一个问题"})
        return bool(turn["status"] != "relayed")

    await sight("a ticket", queued)
    await call(there, agent, "POST", f"{ticket}/accept")
    await sight("its acceptance", assigned)
    await call(there, agent, "POST", f"{ticket}/messages", {"text": "您好，我来帮您。"})
    await sight("the agent's message", came_to_customer)
    turn = await call(here, customer, "POST", f"{conversation}/messages", {"text": "谢谢，我想问利率。"})
    assert turn["status"] == "relayed", "the bot is silent on both workers while an agent has the ticket"
    await sight("the customer's message", came_to_agent)
    await call(there, agent, "POST", f"{ticket}/resolve", {"resolution": "已答复", "reusable": False})
    await sight("the ticket's end", resolved)


async def _publish_and_freeze(here: httpx.AsyncClient, there: httpx.AsyncClient, sight: Sight) -> None:
    """Written and pinned on one worker, approved and lifted on the other; customers ask on both."""
    editor, approver = headers("editor", Role.EDITOR), headers("approver", Role.APPROVER)

    async def ask(client: httpx.AsyncClient) -> dict[str, Any]:
        customer = headers("asker", Role.CUSTOMER)
        conversation = (await call(client, customer, "POST", "/v1/conversations"))["id"]
        path = f"/v1/conversations/{conversation}/messages"
        return dict(await call(client, customer, "POST", path, {"text": ASKED}))

    def answered(client: httpx.AsyncClient, *, frozen: bool) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            turn = await ask(client)
            return bool(turn["status"] == "answered" and (turn["reason"] == "frozen") is frozen)

        return look

    async def abstained() -> bool:
        return bool((await ask(there))["status"] == "abstained")

    upload = await here.post(
        "/v1/documents",
        files={"file": ("利率.txt", RATE.encode())},
        data={"title": "存款利率", "kind": "product"},
        headers=editor,
    )
    assert upload.status_code == 202, upload.text
    job = upload.json()
    version = f"/v1/documents/{job['document_id']}/versions/1"

    async def prepared() -> bool:
        return bool((await call(there, editor, "GET", f"/v1/jobs/{job['job_id']}"))["status"] == "done")

    await sight("an upload's end", prepared)
    assert (await ask(there))["status"] == "abstained", "nobody has approved it"
    await call(here, editor, "POST", f"{version}/submit", {})
    await call(there, approver, "POST", f"{version}/approve", {})
    await sight("an approval", answered(here, frozen=False))
    assert RATE.rstrip("。") in (await ask(there))["text"]
    freeze = await call(here, approver, "POST", "/v1/freezes", FREEZE)
    await sight("a freeze", answered(there, frozen=True))
    await call(there, approver, "DELETE", f"/v1/freezes/{freeze['freeze_id']}")
    await sight("its end", answered(here, frozen=False))
    await call(here, approver, "POST", f"{version}/withdraw", {})
    await sight("a withdrawal", abstained)
