"""An agent's answer on its way to everybody: a FAQ draft, an approval, and one notice to each who asked in vain."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from app.alarms.lessons import public
from guardrails import Guard
from tests.api.conftest import Service, on_both_databases

ASKED = "社保卡的金融账户怎么激活？"
ANSWER = "请持社保卡和本人身份证件到任一网点激活金融账户，当场生效。"


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


class Customer:
    """One customer in one conversation."""

    def __init__(self, client: httpx.AsyncClient, conversation: str) -> None:
        self.client = client
        self.conversation = conversation
        self.path = f"/v1/conversations/{conversation}"

    async def ask(self, text: str) -> dict[str, Any]:
        answer = await self.client.post(f"{self.path}/messages", json={"text": text})
        assert answer.status_code == 200, answer.text
        return cast(dict[str, Any], answer.json())

    async def wish(self, turn: dict[str, Any]) -> httpx.Response:
        return await self.client.put(f"/v1/turns/{turn['turn_id']}/notice", json={"consent": True})

    async def notices(self) -> list[dict[str, Any]]:
        """Everything told so far."""
        found, kind, last = [], "", 0
        marker = (await self.client.post(f"{self.path}/messages", json={"text": "谢谢"})).json()["turn_id"]
        async with self.client.stream("GET", f"{self.path}/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("id: "):
                    number = int(line.removeprefix("id: "))
                    assert number == last + 1
                    last = number
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                if line.startswith("data: "):
                    data = json.loads(line.removeprefix("data: "))
                    if kind == "notice":
                        found.append(data)
                    if kind == "turn.completed" and data["turn"]["turn_id"] == marker:
                        return found
        raise AssertionError("the stream ended")


async def customer(service: Service, name: str) -> Customer:
    client = await service.as_(name)
    return Customer(client, (await client.post("/v1/conversations")).json()["id"])


async def resolved(service: Service, asker: Customer, **body: Any) -> str:
    """A person takes over, answers and marks the answer as reusable; gives the ticket."""
    agent = await service.as_("agent")
    ticket = (await asker.client.post(f"{asker.path}/handoff")).json()["ticket_id"]
    await agent.post(f"/v1/tickets/{ticket}/accept")
    await agent.post(f"/v1/tickets/{ticket}/messages", json={"text": ANSWER})
    done = await agent.post(f"/v1/tickets/{ticket}/resolve", json={"resolution": ANSWER, "reusable": True, **body})
    assert done.status_code == 200, done.text
    return str(ticket)


async def drafted(service: Service, ticket: str) -> dict[str, Any]:
    """The ticket's FAQ draft, ready to be submitted."""
    agent, editor = await service.as_("agent"), await service.as_("editor")
    async with asyncio.timeout(60):
        while True:
            draft = (await agent.get(f"/v1/tickets/{ticket}")).json()["draft"]
            if draft is not None:
                document = (await editor.get(f"/v1/documents/{draft['document_id']}")).json()
                if document["versions"][-1]["ready"]:
                    return cast(dict[str, Any], document)
            await asyncio.sleep(0.02)


async def approve(service: Service, document: dict[str, Any]) -> None:
    path = f"/v1/documents/{document['document_id']}/versions/{document['version']}"
    for name, step in (("editor", "submit"), ("approver", "approve")):
        answer = await (await service.as_(name)).post(f"{path}/{step}", json={})
        assert answer.status_code == 200, answer.text


async def told(customers: dict[str, Customer], names: set[str]) -> dict[str, list[dict[str, Any]]]:
    """What everybody was told, once those named have been told something."""
    async with asyncio.timeout(60):
        while True:
            found = {name: await one.notices() for name, one in customers.items()}
            if names <= {name for name, notices in found.items() if notices}:
                return found
            await asyncio.sleep(0.02)


@on_both_databases
async def test_an_agents_answer_becomes_a_draft_and_then_news_for_everyone_who_wanted_to_know(service: Service) -> None:
    names = ("asker", "waits", "waits twice", "silent", "changed their mind", "asks something else")
    people = {name: await customer(service, name) for name in names}
    await people["asker"].ask(f"{ASKED}我的手机是13800138000")
    other_words = "社保卡的金融账户要怎么激活"
    for name, text in (
        ("waits", other_words),
        ("waits twice", ASKED),
        ("silent", ASKED),
        ("changed their mind", ASKED),
        ("asks something else", "车位贷款最长可以贷几年？"),
    ):
        turn = await people[name].ask(text)
        assert turn["status"] == "abstained"
        if name != "silent":
            assert (await people[name].wish(turn)).status_code == 200
        if name == "waits twice":
            again = await people[name].ask(other_words)
            assert again["reason"] == "repeated_failure"
            assert (await people[name].wish(again)).status_code == 200
        if name == "changed their mind":
            await people[name].client.delete(f"/v1/turns/{turn['turn_id']}/notice")

    document = await drafted(service, await resolved(service, people["asker"]))
    assert (document["kind"], document["status"]) == ("faq", "draft")
    assert document["origin"]["agent"] == "agent"
    assert document["origin"]["question"].startswith("社保卡的金融账户怎么激活")
    assert "from_ticket" in {entry["action"] for entry in document["versions"][0]["history"]}
    editor = await service.as_("editor")
    path = f"/v1/documents/{document['document_id']}/versions/1/passages"
    texts = "\n".join(passage["text"] for passage in (await editor.get(path)).json()["passages"])
    assert {words for words in (ASKED, other_words, ANSWER, "138", "车位") if words in texts} == {
        ASKED,
        other_words,
        ANSWER,
    }
    assert [await one.notices() for one in people.values()] == [[]] * len(people), "a draft is no answer yet"

    await approve(service, document)
    found = await told(people, {"waits", "waits twice"})
    assert {name: len(notices) for name, notices in found.items()} == {
        **dict.fromkeys(names, 0),
        "waits": 1,
        "waits twice": 1,
    }
    (notice,) = found["waits"]
    assert (notice["document_id"], notice["question"]) == (document["document_id"], other_words)
    assert notice["text"] == f"您之前问的“{other_words}”，现在有了经过审核的答案。"
    asked_again = await people["waits"].ask(notice["question"])
    assert (asked_again["status"], ANSWER in asked_again["text"]) == ("answered", True)

    late = await customer(service, "late")
    state = (await people["waits"].client.get(f"{people['waits'].path}/notices")).json()["notices"]
    assert [one["told_at"] is not None for one in state] == [True]
    assert (await late.client.get(f"{late.path}/notices")).json()["notices"] == []
    # Withdrawn and approved again: who asked meanwhile is told, and who has been told is not told twice.
    approver = await service.as_("approver")
    withdrawn = await approver.post(f"/v1/documents/{document['document_id']}/versions/1/withdraw", json={})
    assert withdrawn.status_code == 200, withdrawn.text
    in_vain = await late.ask(ASKED)
    assert in_vain["status"] == "abstained"
    assert (await late.wish(in_vain)).status_code == 200
    restored = await approver.post(f"/v1/documents/{document['document_id']}/rollback", json={"version": 1})
    assert restored.status_code == 200, restored.text
    found = await told({"late": late, "waits": people["waits"]}, {"late"})
    assert {name: len(notices) for name, notices in found.items()} == {"late": 1, "waits": 1}


async def test_an_answer_for_a_later_day_is_news_on_that_day_and_not_before(service: Service) -> None:
    asker, waits = await customer(service, "asker"), await customer(service, "waits")
    turn = await waits.ask(ASKED)
    await waits.wish(turn)
    document = await drafted(service, await resolved(service, asker, question=ASKED, answer=ANSWER))
    editor = await service.as_("editor")
    edited = await editor.patch(
        f"/v1/documents/{document['document_id']}/versions/1", json={"valid_from": "2026-11-24"}
    )
    assert edited.status_code == 200, edited.text
    ticket = document["origin"]["ticket_id"]
    await approve(service, await drafted(service, ticket))
    later = await waits.ask(ASKED)
    assert (later["status"], later["reason"]) == ("handed_off", "repeated_failure")
    await waits.wish(later)  # looks again, as every few seconds
    assert await waits.notices() == []
    service.clock.now += timedelta(hours=13)
    await waits.wish(turn)
    assert len((await told({"waits": waits}, {"waits"}))["waits"]) == 1


async def test_a_wish_is_ones_own_agreed_to_and_about_an_open_question(service: Service) -> None:
    await service.publish("fees.txt", "金卡的年费是三百元。")
    one, stranger = await customer(service, "one"), await customer(service, "stranger")
    answered, open_turn = await one.ask("金卡的年费是多少"), await one.ask(ASKED)
    assert (await one.wish(answered)).json()["code"] == "nothing_open"
    assert (await stranger.wish(open_turn)).status_code == 404
    path = f"/v1/turns/{open_turn['turn_id']}/notice"
    assert (await one.client.put(path, json={"consent": False})).status_code == 422
    assert (await one.client.put(path, json={})).status_code == 422
    first, again = (await one.wish(open_turn)).json(), (await one.wish(open_turn)).json()
    assert first == again
    assert (first["question"], first["told_at"]) == (ASKED, None)
    assert (await stranger.client.get(f"{one.path}/notices")).status_code == 404
    assert (await stranger.client.delete(path)).status_code == 404
    for _ in range(2):
        assert (await one.client.delete(path)).status_code == 204
    assert (await one.client.get(f"{one.path}/notices")).json()["notices"] == []
    records = (await (await service.as_("admin")).get("/v1/audit")).json()["records"]
    wished = [record["type"] for record in reversed(records) if record["type"].startswith("notice.")]
    assert wished == ["notice.requested", "notice.revoked"]


async def test_without_a_question_an_answer_stays_with_the_ticket(service: Service) -> None:
    ticket = await resolved(service, await customer(service, "asker"))
    service.clock.now += timedelta(seconds=1)  # drafts are made in the order of the tickets' ends
    later = await drafted(service, await resolved(service, await customer(service, "later"), question=ASKED))
    agent, editor = await service.as_("agent"), await service.as_("editor")
    assert (await agent.get(f"/v1/tickets/{ticket}")).json()["draft"] is None
    documents = (await editor.get("/v1/documents")).json()["documents"]
    assert [one["document_id"] for one in documents] == [later["document_id"]]


def test_what_masking_left_of_somebodys_data_is_no_part_of_everybodys_question() -> None:
    cases = {
        ASKED: ASKED,
        f"{ASKED}我的手机是138****8000": ASKED,
        "我的卡号**** 1234，怎么查余额？": "怎么查余额？",
        "我叫[护照号]": "",
        "第[3]条是什么意思": "第[3]条是什么意思",
    }
    assert {text: public(text) for text in cases} == cases
