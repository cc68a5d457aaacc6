"""When approved documents contradict each other on what is asked, the customer is told neither figure as fact."""

from __future__ import annotations

import pytest

from guardrails import Guard
from tests.api.conftest import Service


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def test_contradicting_figures_are_withheld_and_become_a_gap(service: Service) -> None:
    await service.publish("a.md", "小额账户管理费每月3元。", title="账户价格表", kind="product")
    await service.publish("b.md", "小额账户管理费为每月5元。", title="账户问答", kind="product")
    turn = await service.ask("小额账户管理费每月多少？")
    assert (turn["status"], turn["reason"], turn["generator"]) == ("abstained", "conflicting_evidence", "rule")
    assert "3元" not in turn["text"]
    assert "5元" not in turn["text"]
    assert "不一致" in turn["text"]
    assert turn["suggestions"] == ["转人工"]
    assert turn["citations"] == []
    gaps = (await (await service.as_("editor")).get("/v1/gaps")).json()["gaps"]
    assert [gap["causes"] for gap in gaps] == [{"abstained": 0, "down_rated": 0, "conflicting": 1}]
    # The gap's way leads to the search bench, which names the two.
    asked = {"query": gaps[0]["question"], "explain": True}
    found = (await (await service.as_("editor")).post("/v1/search", json=asked)).json()
    by_id = {passage["passage_id"]: passage["text"] for passage in found["passages"]}
    sides = found["explain"]["conflict"]
    assert {side["value"] for side in sides} == {"3元", "5元"}
    assert all(side["value"] in by_id[side["passage_id"]] for side in sides)
    records = (await (await service.as_("admin")).get("/v1/audit")).json()["records"]
    trace = next(record["payload"]["trace"] for record in records if record["type"] == "turn")
    assert {side["value"] for side in trace["conflict"]} == {"3元", "5元"}


@pytest.mark.parametrize(
    "other",
    [
        "私人银行账户管理费为每月5元。",
        "小额账户管理费三元/月。",
        "小额账户转账手续费每笔5元。",
        "小额账户管理费每年36元。",
    ],
)
async def test_harmless_neighbours_are_answered(service: Service, other: str) -> None:
    await service.publish("a.md", "小额账户管理费每月3元。", title="账户价格表", kind="product")
    await service.publish("b.md", other, title="账户问答", kind="product")
    turn = await service.ask("小额账户管理费每月多少？")
    assert turn["status"] == "answered", turn
    assert "3元" in turn["text"]


async def test_a_contradiction_on_another_point_does_not_withhold_this_answer(service: Service) -> None:
    await service.publish("a.md", "小额账户管理费每月3元。\n账户短信提醒每月2元。", title="账户价格表", kind="product")
    await service.publish("b.md", "账户短信提醒每月1元。", title="账户问答", kind="product")
    turn = await service.ask("小额账户管理费每月多少？")
    assert (turn["status"], "3元" in turn["text"]) == ("answered", True)
