"""The service's figures and a customer's place in the queue, from what really happened."""

from __future__ import annotations

from datetime import timedelta

from tests.api.conftest import Service


async def test_figures_count_what_the_assistant_settled_and_what_people_did(service: Service) -> None:
    await service.publish("fees.txt", "金卡的年费是三百元。")
    customer, agent = await service.as_("customer"), await service.as_("agent")
    alone, helped = [(await customer.post("/v1/conversations")).json()["id"] for _ in range(2)]
    for conversation in (alone, helped):
        await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": "金卡的年费是多少"})
    await customer.post(f"/v1/conversations/{alone}/rating", json={"score": 4, "comment": ""})
    ticket = (await customer.post(f"/v1/conversations/{helped}/handoff")).json()["ticket_id"]
    service.clock.now += timedelta(seconds=30)
    await agent.post(f"/v1/tickets/{ticket}/accept")
    await agent.post(f"/v1/tickets/{ticket}/messages", json={"text": "您好"})
    service.clock.now += timedelta(minutes=5)
    await agent.post(f"/v1/tickets/{ticket}/resolve", json={"resolution": "已说明"})
    await customer.post(f"/v1/conversations/{helped}/rating", json={"score": 5, "comment": ""})

    figures = (await agent.get("/v1/analytics/service?since=2026-11-22&until=2026-11-23")).json()
    assert figures["volume"] == {"conversations": 2, "turns": 2}
    assert figures["contained"] == {"count": 1, "share": 0.5}
    assert figures["handed_off"] == {"count": 1, "share": 0.5, "by_reason": {"explicit_human": 1}}
    assert figures["first_response_s"] == {"p50": 30.0, "p90": 30.0}
    assert figures["resolution_s"] == {"p50": 330.0, "p90": 330.0}
    assert (figures["rating"]["bot"]["mean"], figures["rating"]["person"]["mean"]) == (4.0, 5.0)
    assert figures["rating"]["person"]["by_score"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1}
    assert figures["reopened"] == {"count": 0, "share": 0.0}
    assert figures["by_day"] == [
        {"day": "2026-11-22", "conversations": 0, "handed_off": 0, "resolved": 0, "rating": None},
        {"day": "2026-11-23", "conversations": 2, "handed_off": 1, "resolved": 1, "rating": 4.5},
    ]


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
