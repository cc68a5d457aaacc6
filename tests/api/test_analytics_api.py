"""The service's figures and a customer's place in the queue, from what really happened."""

from __future__ import annotations

from datetime import timedelta

from tests.api.conftest import Service, on_both_databases


@on_both_databases
async def test_figures_count_what_the_assistant_settled_and_what_people_did(service: Service) -> None:
    await service.publish("fees.txt", "金卡的年费是三百元。")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    alone, helped = [(await customer.post("/v1/conversations")).json()["id"] for _ in range(2)]
    for conversation in (alone, helped):
        await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": "金卡的年费是多少"})
    await customer.post(f"/v1/conversations/{alone}/rating", json={"score": 4, "comment": "", "reasons": ["quick"]})
    ticket = (await customer.post(f"/v1/conversations/{helped}/handoff")).json()["ticket_id"]
    service.clock.now += timedelta(seconds=30)
    await agent.post(f"/v1/tickets/{ticket}/accept")
    await agent.post(f"/v1/tickets/{ticket}/messages", json={"text": "您好"})
    service.clock.now += timedelta(minutes=5)
    await agent.post(f"/v1/tickets/{ticket}/resolve", json={"resolution": "已说明"})
    unhappy = {"score": 2, "reasons": ["unresolved", "off_point"], "about": "bot", "comment": "没看懂"}
    await customer.post(f"/v1/conversations/{helped}/rating", json=unhappy)
    await customer.post(f"/v1/conversations/{helped}/rating", json={"score": 5, "reasons": ["patient", "quick"]})

    figures = (await agent.get("/v1/analytics/service?since=2026-11-22&until=2026-11-23")).json()
    assert figures["volume"] == {"conversations": 2, "turns": 2}
    assert figures["contained"] == {"count": 1, "share": 0.5}
    assert figures["handed_off"] == {"count": 1, "share": 0.5, "by_reason": {"explicit_human": 1}}
    assert figures["first_response_s"] == {"p50": 30.0, "p90": 30.0}
    assert figures["resolution_s"] == {"p50": 330.0, "p90": 330.0}
    assert (figures["rating"]["bot"]["mean"], figures["rating"]["person"]["mean"]) == (3.0, 5.0)
    assert figures["rating"]["bot"]["reasons"] == {"off_point": 1, "quick": 1, "unresolved": 1}
    assert figures["rating"]["person"]["reasons"] == {"patient": 1, "quick": 1}
    assert figures["rating"]["person"]["by_score"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1}
    assert figures["reopened"] == {"count": 0, "share": 0.0}
    assert figures["by_day"] == [
        {"day": "2026-11-22", "conversations": 0, "handed_off": 0, "resolved": 0, "rating": None},
        {"day": "2026-11-23", "conversations": 2, "handed_off": 1, "resolved": 1, "rating": 11 / 3},
    ]


async def test_a_rating_is_of_the_bot_or_of_one_persons_service_and_the_last_word_counts(service: Service) -> None:
    customer, agent = await service.as_("customer"), await service.as_("agent")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    path = f"/v1/conversations/{conversation}"

    async def rate(**body: object) -> int | str:
        answer = await customer.post(f"{path}/rating", json=body)
        return answer.status_code if answer.is_success else str(answer.json()["code"])

    assert await rate(score=3, about="person") == "nobody_served"
    assert await rate(score=3, reasons=["waited"]) == "unknown_reason", "the bot keeps nobody waiting"
    assert await rate(score=1, reasons=["not_found", "not_found"]) == 204
    tickets = []
    for score in (2, 4):
        tickets.append((await customer.post(f"{path}/handoff")).json()["ticket_id"])
        await agent.post(f"/v1/tickets/{tickets[-1]}/accept")
        await agent.post(f"/v1/tickets/{tickets[-1]}/resolve", json={"resolution": "已说明"})
        assert await rate(score=5, reasons=["off_point"]) == "unknown_reason"
        assert await rate(score=5) == await rate(score=score, reasons=["waited"], comment="等了很久") == 204
        service.clock.now += timedelta(minutes=1)
    shown = [(await agent.get(f"/v1/tickets/{ticket}")).json()["ratings"] for ticket in tickets]
    assert [(one["person"]["score"], one["person"]["reasons"]) for one in shown] == [(2, ["waited"]), (4, ["waited"])]
    assert [(one["bot"]["score"], one["bot"]["reasons"]) for one in shown] == [(1, ["not_found"])] * 2
    assert shown[0]["person"]["comment"] == "等了很久"


async def test_figures_are_for_staff_and_for_a_span_that_can_be(service: Service) -> None:
    customer, agent = await service.as_("customer"), await service.as_("agent")
    assert (await customer.get("/v1/analytics/service")).status_code == 403
    refused = await agent.get("/v1/analytics/service?since=2026-11-23&until=2026-11-22")
    assert (refused.status_code, refused.json()["code"]) == (422, "span_invalid")
    nothing = (await agent.get("/v1/analytics/service")).json()
    assert nothing["volume"] == {"conversations": 0, "turns": 0}
    assert nothing["first_response_s"] == {"p50": None, "p90": None}
    assert len(nothing["by_day"]) == 30


async def test_a_customer_can_ask_where_in_the_queue_they_are(service: Service) -> None:
    customer, agent = await service.as_("customer"), await service.as_("agent")
    first, second = [(await customer.post("/v1/conversations")).json()["id"] for _ in range(2)]
    path = f"/v1/conversations/{second}/handoff"
    assert (await customer.get(path)).json()["code"] == "not_queued"
    tickets = []
    for one in (first, second):
        tickets.append((await customer.post(f"/v1/conversations/{one}/handoff")).json()["ticket_id"])
        service.clock.now += timedelta(seconds=1)
    assert (await customer.get(path)).json()["position"] == 2
    await agent.post(f"/v1/tickets/{tickets[0]}/accept")
    place = (await customer.get(path)).json()
    assert (place["ticket_id"], place["status"], place["position"], place["estimate_s"]) == (
        tickets[1],
        "queued",
        1,
        None,
    )
    await agent.post(f"/v1/tickets/{tickets[1]}/accept")
    assert (await customer.get(path)).json()["position"] == 0
