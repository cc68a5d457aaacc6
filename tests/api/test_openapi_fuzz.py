"""Whatever is sent to any operation by anyone who may call it, the answer is one that the document promises: never a
failure of ours, and every refusal a problem with its code and a sentence."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import jwt
import pytest

from guardrails import Guard
from tests.api.conftest import Service, on_both_databases
from tests.api.drawn_requests import draw, fault, operations, request, send
from tests.api.test_roles import read_matrix

TEXT = "活期存款的年利率是百分之零点零五。\n稳盈一号的起购金额是一万元。"
# What these end is what the others ask for.
_LAST = ("resolve", "return", "reject", "withdraw", "rollback", "dismiss", "transfer")


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


@on_both_databases
async def test_no_drawn_request_makes_the_service_fail(service: Service) -> None:
    await _fuzz(service, examples=2)


@pytest.mark.long
@pytest.mark.timeout(3600)
@on_both_databases
async def test_no_request_of_many_makes_the_service_fail(service: Service) -> None:
    for start in (1000, 2000, 3000):
        await _fuzz(service, examples=40, start=start)


async def _fuzz(service: Service, examples: int, start: int = 0) -> None:
    """examples: of each kind for each operation and role."""
    may: dict[str, str] = read_matrix()["may"]
    document = (await (await service.as_("nobody")).get("/openapi.json")).json()
    found = operations(document)
    assert set(found) == set(may)
    common = await _plant(service)
    wrong: list[str] = []
    sent, statuses = Counter[str](), Counter[int]()
    for route in sorted(found, key=_turn):
        roles = ["nobody"] if may[route] == "anyone" else may[route].split()
        callers = [(role, await service.as_(role), common | await _own(service, role)) for role in roles]
        for kind in ("positive", "negative", "hard"):
            for number, case in enumerate(draw(found[route], kind, examples * len(roles), start), start):
                role, client, ids = callers[number % len(roles)]
                # Hard words are counted through all operations, so that few examples meet all of them.
                at = sum(sent.values()) if kind == "hard" else number // len(roles)
                drawn = request(case, kind, at, ids)
                answer = await send(client, drawn)
                sent[kind] += 1
                statuses[answer.status] += 1
                if said := fault(drawn, answer, _responses(document, route)):
                    wrong.append(f"{role}: {drawn}\n    -> {said}")
    print(f"{len(found)} operations, {dict(sent)} requests, answered {dict(sorted(statuses.items()))}")
    assert not wrong, f"{len(wrong)} of {sum(sent.values())} answers\n" + "\n".join(wrong[:60])
    assert sent["positive"] >= examples * len(found) * 0.9, "too few were drawn"
    assert min(statuses[200], statuses[404], statuses[422]) > 0, "the requests reached only one kind of answer"


def _turn(route: str) -> tuple[bool, str]:
    return route.startswith("DELETE") or route.rsplit("/", 1)[-1] in _LAST, route


def _responses(document: dict[str, Any], route: str) -> dict[str, Any]:
    method, path = route.split()
    return dict(document["paths"][path][method.lower()]["responses"])


async def _plant(service: Service) -> dict[str, str]:
    """Something of each kind; gives the ids."""
    published = await service.publish("利率.txt", TEXT, title="利率说明")
    version = f"/v1/documents/{published['document_id']}/versions/1"
    editor, approver, customer = [await service.as_(name) for name in ("editor", "approver", "customer")]
    passages = (await editor.get(f"{version}/passages")).json()["passages"]
    job = await service.ingest("草稿.txt", "尚未审批的一句话。")
    await service.ask("火星上的网点几点开门")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    turn = await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": "活期存款的年利率"})
    ticket = await customer.post(f"/v1/conversations/{conversation}/handoff")
    gaps = (await editor.get("/v1/gaps")).json()["gaps"]
    freeze = await approver.post(
        "/v1/freezes", json={"topic": "黄金", "questions": ["黄金还能买吗"], "text": "黄金业务暂停办理，请留意公告。"}
    )
    return {
        "document_id": published["document_id"],
        "version": "1",
        "page": "1",
        "passage_id": passages[0]["passage_id"],
        "job_id": job["job_id"],
        "conversation_id": conversation,
        "turn_id": turn.json()["turn_id"],
        "ticket_id": ticket.json()["ticket_id"],
        "gap_id": gaps[0]["gap_id"],
        "freeze_id": freeze.json()["freeze_id"],
        "customer_id": _holder(customer),
    }


def _holder(client: httpx.AsyncClient) -> str:
    token = client.headers["authorization"].removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


async def _own(service: Service, role: str) -> dict[str, str]:
    """A conversation of the caller's own, where the role may have one that is not the customer's."""
    if role not in ("evaluator", "admin"):
        return {}
    return {"conversation_id": (await (await service.as_(role)).post("/v1/conversations")).json()["id"]}
