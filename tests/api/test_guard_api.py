"""Trying the rails over HTTP: what decided, where, why and by which law."""

from __future__ import annotations

from typing import Any, cast

import pytest

from guardrails import Guard, Product
from tests.api.conftest import Service


@pytest.fixture(scope="module")
def rails() -> Guard:
    return Guard.create("示范银行", "400-000-0000", [Product("WY-R2-01", "稳盈固收90天", "R2")])


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def _check(service: Service, **body: Any) -> dict[str, Any]:
    answer = await (await service.as_("approver")).post("/v1/guard/check", json=body)
    assert answer.status_code == 200, answer.text
    return cast(dict[str, Any], answer.json())


async def test_a_disguised_message_is_explained_where_it_stands(service: Service) -> None:
    text = "请问，我 要 投 诉 你们"
    checked = await _check(service, direction="input", text=text)
    rule = checked["rules"][0]
    assert (checked["action"], checked["reason"], rule["reason"]) == ("handoff", "complaint", "complaint")
    assert rule["catches"]
    assert rule["source"]
    span = rule["spans"][0]
    assert span["text"] == text[span["start"] : span["end"]]
    assert "投诉" in span["read_as"]


async def test_a_wrong_number_names_the_check_and_the_number(service: Service) -> None:
    checked = await _check(
        service, direction="output", question="手续费", text="手续费为5元。", evidence=["手续费为2元。"]
    )
    assert (checked["action"], checked["reason"]) == ("block", "unsupported_number")
    rule = checked["rules"][0]
    assert (rule["id"], rule["kind"]) == ("out.unsupported_number.absent", "check")
    assert "5元" in rule["spans"][0]["text"]
    assert rule["spans"][0]["read_as"] is None


async def test_the_rules_are_listed_with_law_words_and_examples_but_not_their_patterns(service: Service) -> None:
    told = (await (await service.as_("editor")).get("/v1/guard/rules")).json()["rules"]
    assert {"rule", "likeness", "check"} == {one["kind"] for one in told}
    assert all(one["catches"] and one["source"] and one["reply"] for one in told)
    assert all("patterns" not in one for one in told)
    assert all(one["matches"] for one in told if one["kind"] == "rule")
