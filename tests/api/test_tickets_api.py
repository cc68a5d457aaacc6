"""A person instead of the bot: queue, accept, speak, resolve, return; who may see what."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tests.api.conftest import Service, on_both_databases


async def _queued(service: Service) -> tuple[str, dict[str, Any]]:
    customer = await service.as_("customer")
    conversation_id = (await customer.post("/v1/conversations")).json()["id"]
    answer = await customer.post(f"/v1/conversations/{conversation_id}/handoff")
    assert answer.status_code == 200, answer.text
    return conversation_id, answer.json()


async def _events(service: Service, conversation_id: str, until: str) -> list[str]:
    customer = await service.as_("customer")
    seen: list[str] = []
    async with customer.stream("GET", f"/v1/conversations/{conversation_id}/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                seen.append(line.removeprefix("event: "))
            if line.startswith("data: ") and until in f"{seen[-1]} {line}":
                return seen
    return seen


async def test_asking_for_a_person_twice_is_one_ticket(service: Service) -> None:
    conversation_id, ticket = await _queued(service)
    assert (ticket["status"], ticket["position"]) == ("queued", 1)
    again = await (await service.as_("customer")).post(f"/v1/conversations/{conversation_id}/handoff")
    assert again.json()["ticket_id"] == ticket["ticket_id"]
    agent = await service.as_("agent")
    tickets = (await agent.get("/v1/tickets", params={"status": "queued"})).json()["tickets"]
    assert [row["id"] for row in tickets] == [ticket["ticket_id"]]


@on_both_databases
async def test_of_two_agents_one_wins_and_the_other_is_told(service: Service) -> None:
    _, ticket = await _queued(service)
    agents = [await service.as_("agent"), await service.as_("agent2")]
    path = f"/v1/tickets/{ticket['ticket_id']}/accept"
    answers = await asyncio.gather(*(agent.post(path) for agent in agents for _ in range(5)))
    assert sorted({answer.status_code for answer in answers}) == [200, 409]
    assert sum(answer.status_code == 200 for answer in answers) == 5
    winners = {answer.json()["agent_id"] for answer in answers if answer.status_code == 200}
    assert len(winners) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"ticket_taken"}


async def test_an_agent_speaks_resolves_and_the_customer_reads_it(service: Service) -> None:
    conversation_id, ticket = await _queued(service)
    agent, other = await service.as_("agent"), await service.as_("agent2")
    path = f"/v1/tickets/{ticket['ticket_id']}"
    assert (await agent.post(f"{path}/messages", json={"text": "您好"})).json()["code"] == "ticket_not_yours"
    assert (await agent.post(f"{path}/accept")).json()["status"] == "assigned"
    assert (await other.post(f"{path}/messages", json={"text": "您好"})).status_code == 409
    assert (await agent.post(f"{path}/messages", json={"text": "您好，我来帮您。"})).status_code == 200
    resolved = await agent.post(f"{path}/resolve", json={"resolution": "已说明", "reusable": True})
    assert (resolved.json()["status"], resolved.json()["reusable"]) == ("resolved", True)
    assert (await agent.post(f"{path}/resolve", json={"resolution": "已说明"})).status_code == 200
    assert (await agent.post(f"{path}/return")).json()["code"] == "ticket_closed"
    seen = await _events(service, conversation_id, "resolved")
    assert seen == ["handoff.created", "ticket.updated", "agent.message", "ticket.updated"]
    messages = (await (await service.as_("customer")).get(f"/v1/conversations/{conversation_id}")).json()["messages"]
    assert [(message["role"], message["text"]) for message in messages] == [("agent", "您好，我来帮您。")]
    types = [row["type"] for row in (await (await service.as_("admin")).get("/v1/audit")).json()["records"]]
    assert types == ["ticket.resolved", "agent.message", "ticket.accepted", "ticket.opened"]


async def test_the_customer_may_leave_the_queue_but_not_a_person_who_came(service: Service) -> None:
    conversation_id, ticket = await _queued(service)
    customer, agent = await service.as_("customer"), await service.as_("agent")
    path = f"/v1/conversations/{conversation_id}/handoff"
    assert (await customer.delete(path)).status_code == 204
    assert (await customer.delete(path)).json()["code"] == "not_queued"
    assert (await agent.post(f"/v1/tickets/{ticket['ticket_id']}/accept")).status_code == 409
    second = (await customer.post(path)).json()
    assert second["ticket_id"] != ticket["ticket_id"]
    await agent.post(f"/v1/tickets/{second['ticket_id']}/accept")
    assert (await customer.delete(path)).status_code == 409


async def test_places_in_the_queue_are_told_in_order(service: Service) -> None:
    _, first = await _queued(service)
    service.clock.now += timedelta(seconds=1)
    _, second = await _queued(service)
    assert (first["position"], second["position"]) == (1, 2)
    agent = await service.as_("agent")
    await agent.post(f"/v1/tickets/{first['ticket_id']}/accept")
    assert (await agent.get(f"/v1/tickets/{second['ticket_id']}")).json()["position"] == 1


async def test_a_conversation_is_read_by_its_customer_and_its_agents_and_nobody_else(service: Service) -> None:
    conversation_id, ticket = await _queued(service)
    path = f"/v1/conversations/{conversation_id}"

    async def status(name: str) -> int:
        return (await (await service.as_(name)).get(path)).status_code

    agents = await service.as_("agent")
    assert await status("agent2") == 200  # it is still in the queue: any agent may look
    await agents.post(f"/v1/tickets/{ticket['ticket_id']}/accept")
    expected = {
        "customer": 200,
        "agent": 200,
        "admin": 200,
        "agent2": 404,
        "other customer": 404,
        "evaluator": 404,
        "editor": 403,
        "nobody": 401,
    }
    assert {name: await status(name) for name in expected} == expected


async def test_someone_elses_conversation_can_be_neither_handed_off_nor_rated(service: Service) -> None:
    conversation_id, _ = await _queued(service)
    stranger = await service.as_("stranger")
    assert (await stranger.post(f"/v1/conversations/{conversation_id}/handoff")).status_code == 404
    assert (await stranger.delete(f"/v1/conversations/{conversation_id}/handoff")).status_code == 404
    assert (await stranger.post(f"/v1/conversations/{conversation_id}/rating", json={"score": 5})).status_code == 404
    customer = await service.as_("customer")
    rated = await customer.post(f"/v1/conversations/{conversation_id}/rating", json={"score": 5, "comment": "好"})
    assert rated.status_code == 204
    bad = await customer.post(f"/v1/conversations/{conversation_id}/rating", json={"score": 6})
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid")
