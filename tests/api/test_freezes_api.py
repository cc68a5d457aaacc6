"""A pinned topic from its making to its end: on every worker within seconds, through the rails, on the record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.composition import Replacements
from app.main import create_app
from app.settings import AuthSettings, DatabaseSettings, LimitSettings, LlmSettings, Settings
from eval.loopback import serving
from guardrails import Guard
from tests.api.conftest import Clock, Service
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, shared
from tests.postgres import NoPostgres, new_database, postgres_server

QUESTION = "稳盈固收什么时候能拿回本金？"
TEXT = "稳盈固收90天持有期理财的兑付安排以本行2026年11月23日的公告为准，请查看手机银行公告，或点“转人工”。"
FREEZE: dict[str, Any] = {"topic": "稳盈固收延期兑付", "questions": [QUESTION], "text": TEXT, "comment": "应急口径"}


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def test_a_pinned_topic_is_answered_by_its_wording_until_it_is_lifted(service: Service) -> None:
    await service.publish("a.md", "稳盈固收到期后2个工作日内拿回本金。", title="稳盈固收", kind="product")
    before = await service.ask(QUESTION)
    assert "2个工作日" in before["text"]
    approver = await service.as_("approver")
    made = await approver.post("/v1/freezes", json=FREEZE)
    assert made.status_code == 201, made.text
    freeze = made.json()
    assert (freeze["topic"], freeze["text"], freeze["created_by"]) == (FREEZE["topic"], TEXT, "approver")
    assert freeze["valid_from"] == "2026-11-23"
    turn = await service.ask(QUESTION)
    assert (turn["status"], turn["reason"], turn["generator"], turn["text"]) == ("answered", "frozen", "rule", TEXT)
    assert (await (await service.as_("editor")).get("/v1/freezes")).json()["freezes"] == [freeze]
    place = f"/v1/freezes/{freeze['freeze_id']}"
    assert (await approver.request("DELETE", place, json={"comment": "产品已按期兑付"})).status_code == 204
    assert (await approver.delete(place)).json()["code"] == "not_found"
    assert "2个工作日" in (await service.ask(QUESTION))["text"]
    records = (await (await service.as_("admin")).get("/v1/audit")).json()["records"]
    own = [record for record in records if record["type"].startswith("freeze.")]
    assert [(record["type"], record["actor"]) for record in own] == [
        ("freeze.lifted", "approver"),
        ("freeze.created", "approver"),
    ]
    assert own[0]["payload"] == {"freeze_id": freeze["freeze_id"], "comment": "产品已按期兑付"}
    named = [record["payload"]["trace"]["freeze"] for record in records if record["type"] == "turn"]
    assert named == [None, {"freeze_id": freeze["freeze_id"], "topic": FREEZE["topic"]}, None]


async def test_the_input_rails_come_before_a_pinned_wording(service: Service) -> None:
    approver = await service.as_("approver")
    question = "我要投诉，我要转人工"
    made = await approver.post("/v1/freezes", json={**FREEZE, "questions": [question]})
    assert made.status_code == 201, made.text
    turn = await service.ask(question)
    assert turn["status"] == "handed_off"
    assert TEXT not in turn["text"]


async def test_a_wording_the_output_rails_would_stop_is_refused_with_the_rule(service: Service) -> None:
    approver = await service.as_("approver")
    refused = await approver.post("/v1/freezes", json={**FREEZE, "text": "请放心，本产品保本保息，稳赚不赔。"})
    assert (refused.status_code, refused.json()["code"]) == (422, "freeze_blocked")
    assert "out." in refused.json()["title"]
    assert (await approver.get("/v1/freezes")).json() == {"freezes": []}


async def test_only_approvers_pin_and_a_past_end_is_refused(service: Service) -> None:
    for name in ("customer", "agent", "editor", "evaluator"):
        assert (await (await service.as_(name)).post("/v1/freezes", json=FREEZE)).status_code == 403
    approver = await service.as_("approver")
    late = await approver.post("/v1/freezes", json={**FREEZE, "valid_to": "2026-11-22"})
    assert late.json()["code"] == "invalid_dates"


async def test_a_freeze_ends_after_its_last_day(service: Service) -> None:
    approver = await service.as_("approver")
    await approver.post("/v1/freezes", json={**FREEZE, "valid_to": "2026-11-23"})
    assert (await service.ask(QUESTION))["reason"] == "frozen"
    service.clock.now = service.clock.now.replace(day=24)
    for client in service.clients.values():
        await client.aclose()
    service.clients.clear()  # yesterday's tokens have ended too
    assert (await service.ask(QUESTION))["reason"] != "frozen"
    assert (await (await service.as_("approver")).get("/v1/freezes")).json() == {"freezes": []}


async def test_a_preview_shows_which_real_questions_would_be_caught(service: Service) -> None:
    await service.ask(QUESTION)
    await service.ask("信用卡年费多少？")
    approver = await service.as_("approver")
    hits = await approver.post("/v1/freezes/preview", json={"topic": "稳盈固收", "questions": [QUESTION]})
    assert hits.json() == {"hits": [QUESTION]}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shared.db'}"
        return
    try:
        with postgres_server() as folder:
            yield new_database(folder)
    except NoPostgres as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture
async def workers(url: str, tmp_path: Path, guard: Guard) -> AsyncIterator[list[Service]]:
    """Two services with nothing in common but the database."""
    index, clock = MemoryIndex(), Clock()
    secret = "0123456789abcdef0123456789abcdef"

    def app(number: int) -> Any:
        settings = Settings(
            _env_file=None,
            data_dir=tmp_path / f"data{number}",
            auth=AuthSettings(demo=True, secret=secret),
            database=DatabaseSettings(url=url),
            limits=LimitSettings(enabled=False),
            llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
        )
        prepare = LinePrepare()
        parts = Replacements(
            index=index, search=OverlapSearch(index), prepare=prepare, guard=guard, clock=clock, **shared()
        )
        return create_app(settings, parts), prepare

    (first, one), (second, other) = app(1), app(2)
    async with serving(first) as first_url, serving(second) as second_url:
        pair = ((first_url, one), (second_url, other))
        running = [Service(served, index, prepare, clock, OverlapSearch(index)) for served, prepare in pair]
        yield running
        for service in running:
            for client in service.clients.values():
                await client.aclose()


async def test_a_freeze_made_and_lifted_on_one_worker_holds_on_the_other_within_five_seconds(
    workers: list[Service],
) -> None:
    here, there = workers
    assert (await there.ask(QUESTION))["status"] == "abstained"
    approver = await here.as_("approver")
    freeze = (await approver.post("/v1/freezes", json=FREEZE)).json()

    async def until(frozen: bool) -> None:
        async with asyncio.timeout(60):
            while ((await there.ask(QUESTION))["reason"] == "frozen") is not frozen:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    await until(True)
    await approver.delete(f"/v1/freezes/{freeze['freeze_id']}")
    await until(False)
