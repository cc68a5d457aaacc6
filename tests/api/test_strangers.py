"""What one tenant or customer has is nowhere in what another is shown: a canary is planted in everything, and every
route is called by every role of another tenant, and by another customer, with the planted ids."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.identity import Caller, Role, Tokens, demo_secret
from app.settings import Settings
from guardrails import Guard
from tests.api.conftest import Service
from tests.api.desk_stream import following
from tests.api.test_roles import path_of, read_matrix

CANARY = "金丝雀棕榈七号"
QUESTION = f"{CANARY}的年费是多少"
_ASKS = ("/v1/search", "/v1/chat/completions")


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


@pytest.fixture
async def callers(service: Service, settings: Settings) -> AsyncIterator[Any]:
    """callers(tenant, role, id) -> a client with that token."""
    tokens = Tokens(demo_secret(settings.data_dir), "wenda", demo=True, clock=service.clock)
    made: dict[tuple[str, Role, str], httpx.AsyncClient] = {}

    def client(tenant: str, role: Role, id: str = "") -> httpx.AsyncClient:
        key = (tenant, role, id)
        if key not in made:
            token = tokens.issue(Caller(tenant, id or f"{role}_of_{tenant}", frozenset({role})))
            headers = {"authorization": f"Bearer {token}"}
            made[key] = httpx.AsyncClient(base_url=service.url, timeout=60, trust_env=False, headers=headers)
        return made[key]

    yield client
    for one in made.values():
        await one.aclose()


async def _plant(callers: Any, tenant: str) -> dict[str, str]:
    """The canary in a document, a conversation, a ticket, feedback, a gap, synonyms and a freeze; gives the ids."""
    editor, approver, customer = (callers(tenant, role) for role in (Role.EDITOR, Role.APPROVER, Role.CUSTOMER))
    content = f"{CANARY}的年费是三百元。".encode()
    job = (await editor.post("/v1/documents", files={"file": (f"{CANARY}.txt", content)})).json()
    async with editor.stream("GET", f"/v1/jobs/{job['job_id']}/events") as stream:
        async for _ in stream.aiter_lines():
            pass
    version = f"/v1/documents/{job['document_id']}/versions/1"
    assert (await editor.post(f"{version}/submit", json={})).status_code == 200
    assert (await approver.post(f"{version}/approve", json={})).status_code == 200
    passages = (await editor.get(f"{version}/passages")).json()["passages"]

    conversation = (await customer.post("/v1/conversations")).json()["id"]
    path = f"/v1/conversations/{conversation}"
    key = {"idempotency-key": CANARY.encode().hex()}
    turn = (await customer.post(f"{path}/messages", json={"text": QUESTION}, headers=key)).json()
    assert CANARY in turn["text"]
    await customer.post(f"/v1/turns/{turn['turn_id']}/feedback", json={"rating": "down", "comment": CANARY})
    await customer.post(f"{path}/rating", json={"score": 1, "about": "bot", "comment": CANARY})
    ticket = (await customer.post(f"{path}/handoff")).json()["ticket_id"]
    gaps = (await editor.get("/v1/gaps")).json()["gaps"]
    await editor.put("/v1/synonyms", json={"groups": [[CANARY, "七号卡"]]})
    freeze = {"topic": CANARY, "questions": [f"{CANARY}停办了吗"], "text": f"{CANARY}仍然办理，请放心。"}
    frozen = await approver.post("/v1/freezes", json=freeze)
    assert frozen.status_code == 201, frozen.text
    return {
        "conversation_id": conversation,
        "turn_id": turn["turn_id"],
        "ticket_id": ticket,
        "document_id": job["document_id"],
        "job_id": job["job_id"],
        "passage_id": passages[0]["passage_id"],
        "gap_id": gaps[0]["gap_id"],
        "freeze_id": frozen.json()["freeze_id"],
        "customer_id": f"{Role.CUSTOMER}_of_{tenant}",
    }


async def _seen_by_owner(callers: Any, tenant: str, ids: dict[str, str]) -> dict[str, Any]:
    """What the planted things look like to those who own them: another's attempts must not have changed it."""
    admin = callers(tenant, Role.ADMIN)
    paths = ["conversations/{conversation_id}", "documents/{document_id}", "freezes", "synonyms", "gaps"]
    seen = {path: (await admin.get(f"/v1/{path.format(**ids)}")).json() for path in paths}
    ticket = (await admin.get(f"/v1/tickets/{ids['ticket_id']}")).json()
    return {**seen, "ticket": {key: ticket[key] for key in ("status", "priority", "agent_id", "reason")}}


async def test_another_tenant_sees_nothing_of_what_was_planted_whoever_asks_and_by_whatever_id(
    service: Service, callers: Any
) -> None:
    matrix = read_matrix()
    desk, customer = callers("demo", Role.AGENT), callers("demo", Role.CUSTOMER)
    async with following(desk, "/v1/desk/events") as heard:
        await heard.until_kind("hello")
        ids = await _plant(callers, "rival")
        before = await _seen_by_owner(callers, "rival", ids)
        assert CANARY in str(before), "nothing was planted"
        leaks, found = [], []
        for role in Role:
            client = callers("demo", role)
            for route, may in matrix["may"].items():
                if route == "GET /v1/desk/events":
                    continue  # heard above, all the while
                method, path = route.split()[0], path_of(route, ids)
                body = {"query": QUESTION} if path == "/v1/search" else matrix["bodies"].get(route, {})
                query = {"query": QUESTION} if method == "GET" else {}
                answer = await client.request(method, path, params=query, json=None if method == "GET" else body)
                if CANARY in answer.text or CANARY in str(answer.headers):
                    leaks.append(f"{route} as {role}")
                owned = "{" in route and route not in matrix["names_nobody"]
                if owned and answer.status_code != (404 if role in may.split() else 403):
                    found.append(f"{route} as {role}: {answer.status_code} {answer.text[:80]}")
        # What the desk hears of its own tenant was read after all that.
        own = (await customer.post("/v1/conversations")).json()["id"]
        ticket = (await customer.post(f"/v1/conversations/{own}/handoff")).json()["ticket_id"]
        await heard.until(lambda stream: any(row["ticket"]["id"] == ticket for row in stream.of("ticket")))
    assert not leaks
    assert not found, "\n".join(found)
    assert CANARY not in str(heard.events)
    assert await _seen_by_owner(callers, "rival", ids) == before


async def test_what_another_tenant_knows_is_in_no_answer_search_or_cache(service: Service, callers: Any) -> None:
    ids = await _plant(callers, "rival")
    key = {"idempotency-key": CANARY.encode().hex()}
    for tenant, role in (("demo", Role.CUSTOMER), ("demo", Role.EVALUATOR)):
        client = callers(tenant, role)
        conversation = (await client.post("/v1/conversations")).json()["id"]
        path = f"/v1/conversations/{conversation}/messages"
        # Asked a moment ago over there, under the same key; and what is pinned there.
        for text, headers in ((QUESTION, key), (f"{CANARY}停办了吗", {}), ("七号卡的年费是多少", {})):
            turn = (await client.post(path, json={"text": text}, headers=headers)).json()
            assert turn["turn_id"] != ids["turn_id"]
            assert not turn["citations"]
            assert "三百元" not in turn["text"]
            assert "请放心" not in turn["text"]
    body = {"model": "wenda", "messages": [{"role": "user", "content": QUESTION}]}
    completed = (await callers("demo", Role.CUSTOMER).post("/v1/chat/completions", json=body)).json()
    assert "三百元" not in str(completed)
    found = await callers("demo", Role.EVALUATOR).post("/v1/search", json={"query": QUESTION, "top_k": 20})
    assert found.json()["passages"] == []


async def test_another_customer_of_the_same_tenant_finds_no_conversation_turn_or_ticket(
    service: Service, callers: Any
) -> None:
    ids = await _plant(callers, "demo")
    stranger = callers("demo", Role.CUSTOMER, "v_stranger")
    before = await _seen_by_owner(callers, "demo", ids)
    matrix = read_matrix()
    tried = 0
    for route, may in matrix["may"].items():
        if "customer" not in may.split() or "{" not in route:
            continue
        tried += 1
        body = matrix["bodies"].get(route, {})
        method = route.split()[0]
        answer = await stranger.request(method, path_of(route, ids), json=None if method == "GET" else body)
        assert answer.status_code == 404, route
        assert CANARY not in answer.text, route
    assert tried >= 12
    # The same key and body in a conversation of one's own is a turn of one's own, with one's own words only.
    own = (await stranger.post("/v1/conversations")).json()["id"]
    key = {"idempotency-key": CANARY.encode().hex()}
    turn = await stranger.post(f"/v1/conversations/{own}/messages", json={"text": QUESTION}, headers=key)
    assert turn.json()["turn_id"] != ids["turn_id"]
    assert await _seen_by_owner(callers, "demo", ids) == before
    assert (
        await stranger.post(f"/v1/conversations/{ids['conversation_id'][:-1]}0/messages", json={"text": "好"})
    ).status_code == 404
