"""The desk's live stream and what agents set there: snapshot, changes, messages by key, marks, hours, rules."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guardrails import Guard
from tests.api.conftest import Service, on_both_databases
from tests.api.desk_stream import following


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def _queued(service: Service, text: str = "") -> tuple[str, str]:
    customer = await service.as_("customer")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    if text:
        await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": text})
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    return conversation, ticket


@on_both_databases
async def test_a_desk_gets_the_whole_picture_and_then_every_change_once(service: Service) -> None:
    await service.publish("fees.txt", "金卡的年费是三百元。")
    conversation, ticket = await _queued(service, "金卡的年费是多少")
    customer, agent, other = [await service.as_(name) for name in ("customer", "agent", "agent2")]
    path = f"/v1/tickets/{ticket}"
    async with following(agent, "/v1/desk/events") as desk, following(other, "/v1/desk/events") as watching:
        hello = await desk.until_kind("hello")
        assert (hello["agent"], [row["id"] for row in hello["tickets"]]) == ("agent", [ticket])
        assert hello["counts"] == {"queued": 1, "assigned_to_me": 0, "p0": 0, "overdue": 0}
        row = hello["tickets"][0]
        assert (row["question"], row["position"], row["unread"]) == ("金卡的年费是多少", 1, 0)
        assert row["last"]["from"] == "bot"
        await watching.until_kind("hello")
        assert (await agent.post(f"{path}/accept")).status_code == 200
        await desk.until(
            lambda stream: stream.of("counts")[-1:] == [{"queued": 0, "assigned_to_me": 1, "p0": 0, "overdue": 0}]
        )
        said = [
            (await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": f"第{n}句"})).json()
            for n in range(3)
        ]
        assert {answer["status"] for answer in said} == {"relayed"}
        answered = await agent.post(f"{path}/messages", json={"text": "您好"})
        await desk.until_kind("message", 4)
        assert (await agent.post(f"{path}/resolve", json={"resolution": "好"})).status_code == 200
        await desk.until(lambda stream: any(row["ticket"]["status"] == "resolved" for row in stream.of("ticket")))
        await watching.until(lambda stream: any(row["ticket"]["status"] == "resolved" for row in stream.of("ticket")))
    messages = desk.of("message")
    assert [(one["from"], one["text"]) for one in messages] == [
        ("customer", "第0句"),
        ("customer", "第1句"),
        ("customer", "第2句"),
        ("agent", "您好"),
    ]
    assert messages[-1]["sequence"] == answered.json()["sequence"]
    assert [one["sequence"] for one in messages] == sorted({one["sequence"] for one in messages})
    assert watching.of("message") == [], "a colleague's conversation is not sent to everybody"
    assert all(number == "" for number, _, _ in desk.events)


@on_both_databases
async def test_an_agents_message_sent_again_under_its_key_is_one_message(service: Service) -> None:
    conversation, ticket = await _queued(service)
    agent = await service.as_("agent")
    await agent.post(f"/v1/tickets/{ticket}/accept")

    async def send(text: str, key: str) -> Any:
        path = f"/v1/tickets/{ticket}/messages"
        return await agent.post(path, json={"text": text}, headers={"idempotency-key": key})

    answers = await asyncio.gather(*(send("请稍等", "a") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["sequence"] for answer in answers}) == 1
    assert (await send("另一句", "a")).json()["code"] == "idempotency_key_reused"
    assert (await send("请稍等", "b")).json()["sequence"] > answers[0].json()["sequence"]
    await agent.post(f"/v1/tickets/{ticket}/resolve", json={"resolution": ""})
    assert (await send("请稍等", "b")).status_code == 200, (
        "it was said; that the ticket has ended since changes nothing"
    )
    assert (await send("又一句", "c")).json()["code"] == "ticket_closed"
    messages = (await agent.get(f"/v1/conversations/{conversation}")).json()["messages"]
    assert [message["text"] for message in messages] == ["请稍等", "请稍等"]


async def test_typing_and_reading_are_told_live_and_never_logged(service: Service) -> None:
    conversation, ticket = await _queued(service)
    customer, agent, other = [await service.as_(name) for name in ("customer", "agent", "agent2")]
    await agent.post(f"/v1/tickets/{ticket}/accept")
    events = f"/v1/conversations/{conversation}/events"
    async with following(customer, events) as chat, following(agent, "/v1/desk/events") as desk:
        await desk.until_kind("hello")
        await chat.until_kind("ticket.updated")
        assert (await agent.post(f"/v1/tickets/{ticket}/typing")).status_code == 204
        assert (await other.post(f"/v1/tickets/{ticket}/typing")).json()["code"] == "ticket_not_yours"
        assert (await agent.post(f"/v1/tickets/{ticket}/read", json={"sequence": 2})).status_code == 204
        assert (await customer.post(f"/v1/conversations/{conversation}/typing")).status_code == 204
        read = await customer.post(f"/v1/conversations/{conversation}/read", json={"sequence": 1})
        assert read.status_code == 204
        await chat.until_kind("read", 2)
        await desk.until_kind("read")
    told = [(number, kind, data) for number, kind, data in chat.events if kind in ("typing", "read")]
    assert ("", "typing", {"from": "agent"}) in told
    assert ("", "read", {"by": "agent", "sequence": 2}) in told
    assert desk.of("typing") == [{"ticket_id": ticket}]
    assert desk.of("read") == [{"ticket_id": ticket, "sequence": 1}]
    async with following(customer, events) as again:
        await again.until_kind("ticket.updated")
    assert {kind for _, kind, _ in again.events} == {"handoff.created", "ticket.updated"}


async def test_unread_messages_are_counted_until_their_agent_read_them(service: Service) -> None:
    conversation, ticket = await _queued(service, "之前问的")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    await agent.post(f"/v1/tickets/{ticket}/accept")

    async def unread() -> int:
        return int((await agent.get(f"/v1/tickets/{ticket}")).json()["unread"])

    assert await unread() == 0
    for text in ("在吗", "还在吗"):
        await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": text})
    assert await unread() == 2
    row = (await agent.get(f"/v1/tickets/{ticket}")).json()
    assert (row["last"]["from"], row["last"]["text"]) == ("customer", "还在吗")
    assert (await (await service.as_("agent2")).get(f"/v1/tickets/{ticket}")).json()["summary"] is None
    messages = (await agent.get(f"/v1/conversations/{conversation}")).json()["messages"]
    await agent.post(f"/v1/tickets/{ticket}/read", json={"sequence": messages[-2]["sequence"]})
    assert await unread() == 1
    await agent.post(f"/v1/tickets/{ticket}/read", json={"sequence": messages[-1]["sequence"]})
    await agent.post(f"/v1/tickets/{ticket}/read", json={"sequence": 1})
    assert await unread() == 0, "a mark never goes back"


async def test_a_transferred_ticket_waits_for_others_and_tells_where_it_came_from(service: Service) -> None:
    conversation, ticket = await _queued(service)
    agent, other, customer = [await service.as_(name) for name in ("agent", "agent2", "customer")]
    path = f"/v1/tickets/{ticket}"
    await agent.post(f"{path}/accept")
    assert (await other.post(f"{path}/transfer", json={"skill": "loan"})).json()["code"] == "ticket_not_yours"
    assert (await agent.post(f"{path}/transfer", json={"skill": "magic"})).json()["code"] == "unknown_skill"
    moved = (await agent.post(f"{path}/transfer", json={"skill": "loan", "comment": "问提前还款"})).json()
    assert (moved["status"], moved["skill"], moved["agent_id"]) == ("queued", "loan", None)
    assert (moved["transferred_from"], moved["transfer"]["comment"]) == ("general", "问提前还款")
    assert (await agent.post(f"{path}/messages", json={"text": "您好"})).status_code == 409
    listed = (await other.get("/v1/tickets", params={"skill": "loan"})).json()
    assert [row["id"] for row in listed["tickets"]] == [ticket]
    assert (await other.post(f"{path}/accept")).json()["agent_id"] == "agent2"
    mine = (await agent.get("/v1/tickets", params={"mine": True})).json()
    assert (mine["tickets"], mine["counts"]["assigned_to_me"]) == ([], 0)
    async with following(customer, f"/v1/conversations/{conversation}/events") as chat:
        await chat.until_kind("ticket.updated", 3)
    told = [data["text"] for data in chat.of("ticket.updated")]
    assert "agent 已接入" in told[0]
    assert "贷款" in told[1]
    assert "问提前还款" not in "".join(told)
    assert "agent2" in told[2]


async def test_outside_hours_the_message_is_taken_and_a_callback_offered(service: Service) -> None:
    service.clock.now = datetime(2026, 9, 30, 13, 0, tzinfo=UTC)  # the evening before the long holiday
    conversation, _ = await _queued(service)
    customer = await service.as_("customer")
    hours = (await customer.get("/v1/desk/hours")).json()
    assert (hours["open"], hours["opens_at"]) == (False, "2026-10-08T09:00:00+08:00")
    async with following(customer, f"/v1/conversations/{conversation}/events") as chat:
        created = await chat.until_kind("handoff.created")
    assert (created["open"], created["opens_at"], created["estimate_s"]) == (False, hours["opens_at"], None)
    assert created["callback_slots"][0] == "2026-10-08T09:00:00+08:00"
    assert "10月8日 09:00" in created["text"]
    assert created["hotline"] == hours["hotline"]


async def test_a_tenants_own_hours_count_and_senseless_ones_are_refused(service: Service) -> None:
    admin, agent = await service.as_("admin"), await service.as_("agent")
    await service.as_("customer")
    assert (await agent.get("/v1/desk/hours")).json()["open"] is True
    bad = await admin.put("/v1/desk/rules", json={"hours": {"workday": ["18:00", "09:00"], "holiday": None}})
    assert (bad.status_code, bad.json()["code"]) == (422, "desk_rules_invalid")
    late = {"hours": {"workday": ["14:00", "22:00"], "holiday": None}}
    assert (await agent.put("/v1/desk/rules", json=late)).status_code == 403
    assert (await admin.put("/v1/desk/rules", json=late)).status_code == 200
    hours = (await agent.get("/v1/desk/hours")).json()
    assert (hours["open"], hours["opens_at"]) == (False, "2026-11-23T14:00:00+08:00")
    assert (await admin.put("/v1/desk/rules", json={})).json()["own"] == {}
    assert (await agent.get("/v1/desk/hours")).json()["open"] is True


async def test_what_an_agent_takes_is_kept_and_decides_whom_a_ticket_is_offered_to(service: Service) -> None:
    agent, other = await service.as_("agent"), await service.as_("agent2")
    skills = [row["id"] for row in (await agent.get("/v1/desk/skills")).json()["skills"]]
    assert (await agent.get("/v1/desk/me")).json()["skills"] == skills
    body = {"status": "online", "skills": ["card"], "languages": ["zh-Hans"], "capacity": 2}
    assert (await other.put("/v1/desk/me", json=body)).json() == body
    assert (await other.get("/v1/desk/me")).json() == body
    assert (await other.put("/v1/desk/me", json={**body, "skills": ["magic"]})).status_code == 422
    _, ticket = await _queued(service, "信用卡的年费是多少")
    async with following(agent, "/v1/desk/events") as desk, following(other, "/v1/desk/events") as second:
        await desk.until_kind("hello")
        await second.until_kind("hello")
        row = (await agent.get(f"/v1/tickets/{ticket}")).json()
    assert (row["skill"], row["offered_to"], row["estimate_s"]) == ("card", "agent2", 0)


async def test_a_ticket_nobody_answers_becomes_overdue_on_every_desk(service: Service) -> None:
    _, ticket = await _queued(service)
    agent = await service.as_("agent")
    async with following(agent, "/v1/desk/events") as desk:
        await desk.until_kind("hello")
        service.clock.now += timedelta(minutes=13)
        await desk.until_kind("reminder")
        service.clock.now += timedelta(minutes=3)
        row = await desk.until_kind("ticket")
        assert row["ticket"]["overdue"] is True
        await desk.until(lambda stream: stream.of("counts")[-1:] != [] and stream.of("counts")[-1]["overdue"] == 1)
    assert desk.of("reminder")[0]["ticket_id"] == ticket


async def test_canned_replies_come_from_approved_passages_only(service: Service) -> None:
    await service.publish("fees.txt", "金卡的年费是三百元。")
    await service.ingest("draft.txt", "金卡的年费是九百元。")
    agent = await service.as_("agent")
    replies = (await agent.get("/v1/desk/canned", params={"query": "金卡的年费"})).json()["replies"]
    assert [reply["text"] for reply in replies] == ["金卡的年费是三百元。"]
    assert (await (await service.as_("editor")).get("/v1/desk/canned", params={"query": "年费"})).status_code == 403


async def test_customers_see_nothing_of_the_desk(service: Service) -> None:
    await _queued(service)
    customer = await service.as_("customer")
    for path in ("/v1/desk/events", "/v1/desk/me", "/v1/desk/skills", "/v1/tickets", "/v1/desk/rules"):
        assert (await customer.get(path)).status_code == 403, path
