"""What an agent reads and is offered: the facts of a conversation, a reply from the documents, warnings on a draft."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.knowledge.found import Found
from app.knowledge.passage import Scope
from guardrails import Guard
from tests.api.conftest import Service, on_both_databases

FEES = "畅享信用卡年费为每年300元。\n定期存款提前支取，支取部分按活期利率计息。"


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def _asked(service: Service, *texts: str) -> tuple[str, list[dict[str, Any]]]:
    customer = await service.as_("customer")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    path = f"/v1/conversations/{conversation}/messages"
    return conversation, [(await customer.post(path, json={"text": text})).json() for text in texts]


async def test_an_angry_customers_agent_reads_who_what_and_why(service: Service) -> None:
    await service.publish("card.txt", FEES, title="畅享信用卡")
    agent = await service.as_("agent")
    _, turns = await _asked(
        service,
        "畅享信用卡年费是多少",
        "我2026年11月20日被扣了3000元，电话13800001111，火星基地的客服在哪里",
        "你们就是一群骗子，我要投诉你们！",
    )
    assert [turn["status"] for turn in turns] == ["answered", "abstained", "handed_off"]
    ticket = turns[-1]["ticket_id"]
    listed = (await agent.get("/v1/tickets")).json()["tickets"]
    await agent.put(
        f"/v1/customers/{listed[0]['customer_id']}/profile",
        json={"tolerance": "C2", "assessed_until": "2027-01-01", "birth_year": 1950},
    )
    row = (await agent.get(f"/v1/tickets/{ticket}")).json()
    summary = row["summary"]
    assert (row["reason"], row["skill"], row["priority"]) == ("complaint", "complaint", "P1")
    assert summary["who"] == {
        "customer_id": row["customer_id"],
        "tolerance": "C2",
        "assessed_until": "2027-01-01",
        "age_65": True,
    }
    assert summary["wants"].startswith("要投诉")
    assert [tried["status"] for tried in summary["tried"]] == ["answered", "abstained", "handed_off"]
    assert "300元" in summary["tried"][0]["citations"][0]["quote"]
    assert "in.complaint.lodge" in [rail["rule_id"] for rail in summary["rails"]]
    assert all(rail["catches"] for rail in summary["rails"])
    assert summary["emotion"]["label"] == "angry"
    assert summary["emotion"]["because"]
    assert summary["entities"]["amounts"] == ["3000元"]
    assert summary["entities"]["dates"] == ["2026年11月20日"]
    assert summary["entities"]["phones"] == ["138****1111"]
    assert summary["open_questions"] == [summary["tried"][1]["question"]]
    assert summary["prose"] is None, "no model is there"
    assert "13800001111" not in str(row)


async def test_the_suggested_reply_is_the_documents_own_wording_on_what_is_asked_now(service: Service) -> None:
    await service.publish("card.txt", FEES, title="畅享信用卡")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service, "畅享信用卡年费是多少")
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    path = f"/v1/tickets/{ticket}"
    suggested = (await agent.get(path)).json()["summary"]["suggested_reply"]
    assert "300元" in suggested["text"]
    assert suggested["passages"][0]["quote"] in FEES
    await agent.post(f"{path}/accept")
    await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": "定期存款提前支取怎么计息"})
    summary = (await agent.get(path)).json()["summary"]
    assert "活期利率" in summary["suggested_reply"]["text"]
    assert summary["open_questions"] == ["定期存款提前支取怎么计息"]
    draft = (await agent.post(f"{path}/draft")).json()
    assert ("活期利率" in draft["text"], draft["generator"]) == (True, "quote")
    await agent.post(f"{path}/messages", json={"text": "按活期利率计息。"})
    assert (await agent.get(path)).json()["summary"]["open_questions"] == []
    messages = (await agent.get(f"/v1/conversations/{conversation}")).json()["messages"]
    assert [one["text"] for one in messages if one["role"] == "agent"] == ["按活期利率计息。"], "a draft is never sent"


async def test_a_ticket_taken_while_its_summary_is_made_is_read_as_taken(service: Service) -> None:
    await service.publish("card.txt", FEES, title="畅享信用卡")
    customer, agent, other = [await service.as_(name) for name in ("customer", "agent", "agent2")]
    conversation, _ = await _asked(service, "畅享信用卡年费是多少")
    path = f"/v1/tickets/{(await customer.post(f'/v1/conversations/{conversation}/handoff')).json()['ticket_id']}"
    find = service.search.find

    async def take_then_find(query: str, scope: Scope, top_k: int) -> Found:
        await agent.post(f"{path}/accept")
        return await find(query, scope, top_k)

    service.search.find = take_then_find  # type: ignore[method-assign]
    row = (await agent.get(path)).json()
    assert (row["status"], row["agent_id"]) == ("assigned", "agent")
    assert "300元" in row["summary"]["suggested_reply"]["text"]
    await agent.post(f"{path}/transfer", json={"skill": "general"})
    row = (await other.get(path)).json()
    assert (row["agent_id"], row["summary"]) == ("agent", None), "it is the other's now"


async def test_without_an_answer_in_the_documents_there_is_no_draft(service: Service) -> None:
    await service.publish("card.txt", FEES, title="畅享信用卡")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service, "火星基地的停车费怎么算")
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    assert (await agent.get(f"/v1/tickets/{ticket}")).json()["summary"]["suggested_reply"] is None
    answer = await agent.post(f"/v1/tickets/{ticket}/draft")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_draft")


async def test_an_agents_promise_and_an_invented_figure_are_warned_of_and_never_blocked(service: Service) -> None:
    await service.publish("card.txt", FEES, title="畅享信用卡")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service, "畅享信用卡年费是多少")
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    await agent.post(f"/v1/tickets/{ticket}/accept")

    async def warnings(text: str) -> list[dict[str, Any]]:
        return (await agent.post(f"/v1/tickets/{ticket}/check", json={"text": text})).json()["warnings"]

    assert await warnings("您好，畅享信用卡年费是每年300元。") == []
    draft = "您好。这款产品保本保息，您放心买。"
    [promise] = await warnings(draft)
    assert promise["reason"] == "guarantee"
    assert promise["catches"]
    assert promise["source"]
    [span] = promise["spans"]
    assert "保本" in draft[span["start"] : span["end"]]
    assert [one["reason"] for one in await warnings("畅享信用卡年费是每年880元。")] == ["unsupported_number"]
    sent = await agent.post(f"/v1/tickets/{ticket}/messages", json={"text": "畅享信用卡年费是每年880元。"})
    assert sent.status_code == 200


async def test_a_thumb_down_with_words_brings_a_person_once(service: Service) -> None:
    await service.publish("card.txt", FEES, title="畅享信用卡")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    _, turns = await _asked(service, "畅享信用卡年费是多少")
    path = f"/v1/turns/{turns[0]['turn_id']}/feedback"
    assert (await customer.post(path, json={"rating": "down"})).status_code == 204
    assert (await agent.get("/v1/tickets")).json()["tickets"] == []
    assert (await customer.post(path, json={"rating": "down", "comment": "没看懂这个答案"})).status_code == 204
    [ticket] = (await agent.get("/v1/tickets")).json()["tickets"]
    assert (ticket["reason"], ticket["turn_id"]) == ("down_rated", turns[0]["turn_id"])
    assert (await agent.get(f"/v1/tickets/{ticket['id']}")).json()["summary"]["comment"] == "没看懂这个答案"
    await agent.post(f"/v1/tickets/{ticket['id']}/accept")
    await agent.post(f"/v1/tickets/{ticket['id']}/return")
    await customer.post(path, json={"rating": "down", "comment": "还是不对"})
    assert len((await agent.get("/v1/tickets")).json()["tickets"]) == 1


async def test_after_the_return_the_bot_knows_what_the_agent_spoke_of(service: Service) -> None:
    await service.publish("one.txt", "稳盈一号的起购金额为1万元。", title="稳盈一号", product_code="A1")
    await service.publish("two.txt", "稳盈二号的起购金额为5万元。", title="稳盈二号", product_code="A2")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service, "稳盈一号的起购金额是多少")
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    await agent.post(f"/v1/tickets/{ticket}/accept")
    path = f"/v1/conversations/{conversation}/messages"
    relayed = (await customer.post(path, json={"text": "有没有别的"})).json()
    assert (relayed["status"], relayed["text"]) == ("relayed", "")
    await agent.post(f"/v1/tickets/{ticket}/messages", json={"text": "您也可以看看稳盈二号。"})
    await agent.post(f"/v1/tickets/{ticket}/return")
    answer = (await customer.post(path, json={"text": "它的起购金额呢"})).json()
    assert answer["status"] == "answered"
    assert "5万元" in answer["text"]
    assert "1万元" not in answer["text"]


async def test_an_emergency_told_to_an_agent_raises_the_ticket_while_the_bot_stays_silent(service: Service) -> None:
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service)
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    await agent.post(f"/v1/tickets/{ticket}/accept")
    said = await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": "我不想活了"})
    assert (said.json()["status"], said.json()["text"], said.json()["ticket_id"]) == ("relayed", "", ticket)
    row = (await agent.get(f"/v1/tickets/{ticket}")).json()
    assert (row["priority"], row["reason"], row["status"], row["agent_id"]) == ("P0", "self_harm", "assigned", "agent")
    assert row["summary"]["emotion"]["label"] == "distressed"


async def test_a_conversation_that_comes_back_after_it_was_resolved_is_marked_reopened(service: Service) -> None:
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service)
    path = f"/v1/conversations/{conversation}/handoff"
    first = (await customer.post(path)).json()["ticket_id"]
    assert (await agent.get(f"/v1/tickets/{first}")).json()["reopened"] is False
    await agent.post(f"/v1/tickets/{first}/accept")
    await agent.post(f"/v1/tickets/{first}/resolve", json={"resolution": "好"})
    second = (await customer.post(path)).json()["ticket_id"]
    assert (await agent.get(f"/v1/tickets/{second}")).json()["reopened"] is True


async def test_masked_data_opens_for_its_agent_with_a_reason_that_is_recorded(service: Service, tmp_path: Path) -> None:
    customer, agent, other = [await service.as_(name) for name in ("customer", "agent", "agent2")]
    conversation, _ = await _asked(service, "请打13800001111，我的密码是Abc12345")
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    path = f"/v1/tickets/{ticket}/reveal"
    body = {"message_sequence": 1, "reason": "核实身份"}
    assert (await agent.post(path, json=body)).json()["code"] == "ticket_not_yours"
    await agent.post(f"/v1/tickets/{ticket}/accept")
    assert (await other.post(path, json=body)).json()["code"] == "ticket_not_yours"
    assert (await agent.post(path, json={**body, "reason": " "})).status_code == 422
    assert (await agent.post(path, json={**body, "message_sequence": 2})).json()["code"] == "nothing_masked"
    shown = await agent.post(path, json=body)
    assert shown.json() == {"text": "请打13800001111，我的密码是******"}, "a password is kept nowhere"
    assert shown.headers["cache-control"] == "no-store"
    records = (await (await service.as_("admin")).get("/v1/audit")).json()["records"]
    opened = [record for record in records if record["type"] == "personal_data.revealed"]
    assert [(one["actor"], one["payload"]["reason"], one["payload"]["message_sequence"]) for one in opened] == [
        ("agent", "核实身份", 1)
    ]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"13800001111" not in stored
    assert b"Abc12345" not in stored
    assert (tmp_path / "data" / "privacy_key").stat().st_mode & 0o777 == 0o600


@on_both_databases
async def test_a_callback_is_kept_at_an_offered_time_and_its_number_shown_masked(service: Service) -> None:
    service.clock.now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # ten in the evening
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation, _ = await _asked(service)
    path = f"/v1/conversations/{conversation}/callback"
    body = {"at": "2026-11-24T09:00:00+08:00", "contact": "138 0000 1111"}
    assert (await customer.post(path, json=body)).json()["code"] == "not_queued"
    ticket = (await customer.post(f"/v1/conversations/{conversation}/handoff")).json()["ticket_id"]
    assert (await customer.post(path, json={**body, "at": "2026-11-24T03:00:00+08:00"})).json()[
        "code"
    ] == "no_such_slot"
    assert (await customer.post(path, json={**body, "contact": "张三的家"})).json()["code"] == "no_contact"
    assert (await customer.post(path, json=body)).json()["contact_masked"] == "138****1111"
    row = (await agent.get(f"/v1/tickets/{ticket}")).json()
    assert row["callback"]["contact_masked"] == "138****1111"
    assert "0000" not in str(row["callback"])
    await agent.post(f"/v1/tickets/{ticket}/accept")
    shown = await agent.post(f"/v1/tickets/{ticket}/reveal", json={"reason": "按约回电"})
    assert shown.json() == {"text": "138 0000 1111"}
