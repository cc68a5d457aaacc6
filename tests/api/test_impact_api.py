"""What an approver is shown before publishing, through the real search over an index that scores."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from app.composition import Replacements
from app.knowledge.encoding import PassageEncoder
from app.knowledge.preparing import Prepared, Source
from app.knowledge.search import HybridSearch
from app.main import create_app
from app.settings import AuthSettings, LimitSettings, LlmSettings, ReviewSettings, SearchSettings, Settings
from eval.loopback import serving
from eval.model_server import ModelServer
from guardrails import Guard
from tests.api.conftest import Clock, Service
from tests.fakes import LinePrepare, OverlapSearch, shared, shared_analyser
from tests.scoring import PairEmbedder, ScoringIndex

OLD = "柜台跨行转账每笔收取手续费10元。\n手机银行跨行转账每笔收取手续费2元。"
NEW = "柜台跨行转账每笔收取手续费12元。\n手机银行跨行转账每笔收取手续费2元。"
FAQ = "问：柜台跨行转账手续费是多少？答：柜台跨行转账每笔手续费10元。"


class EncodedLines(LinePrepare):
    """One passage a line, with vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = PassageEncoder(PairEmbedder(), analyser=shared_analyser())

    async def prepare(self, source: Source, metadata: Any, **given: Any) -> Prepared:
        plain = await super().prepare(source, metadata, **given)
        points = await self.encoder.encode([point.passage for point in plain.points])
        return Prepared(plain.metadata, points, plain.warnings, plain.pages)


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


@pytest.fixture
async def service(tmp_path: Path, guard: Guard) -> AsyncIterator[Service]:
    async with running(tmp_path, guard, ReviewSettings()) as given:
        yield given


@asynccontextmanager
async def running(tmp_path: Path, guard: Guard, review: ReviewSettings) -> AsyncIterator[Service]:
    index, prepare, clock = ScoringIndex(), EncodedLines(), Clock()
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        auth=AuthSettings(demo=True),
        limits=LimitSettings(enabled=False),
        llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
        review=review,
        search=SearchSettings(require_sufficient=False),
    )
    search = HybridSearch(PairEmbedder(), index, settings.search, cache_dir=settings.cache_dir)
    parts = Replacements(index=index, search=search, prepare=prepare, guard=guard, clock=clock, **shared())
    async with serving(create_app(settings, parts)) as url:
        given = Service(url, index, prepare, clock, OverlapSearch(index))
        yield given
        for client in given.clients.values():
            await client.aclose()


async def impact(service: Service, document_id: str, version: int) -> dict[str, Any]:
    answer = await (await service.as_("approver")).get(f"/v1/documents/{document_id}/versions/{version}/impact")
    assert answer.status_code == 200, answer.text
    return cast(dict[str, Any], answer.json())


async def test_a_draft_is_held_against_other_documents_in_force_and_not_against_its_own_past(service: Service) -> None:
    old = await service.publish("fees.md", OLD, title="转账价格表", kind="product")
    faq = await service.publish("faq.md", FAQ, title="转账问答", kind="faq")
    draft = await service.ingest("fees.md", NEW, title="转账价格表", kind="product")
    assert draft["document_id"] == old["document_id"]
    shown = await impact(service, draft["document_id"], draft["version"])
    assert [one["other"]["document_id"] for one in shown["conflicts"]] == [faq["document_id"]]
    conflict = shown["conflicts"][0]
    assert (conflict["mine"]["value"], conflict["other"]["value"]) == ("12元", "10元")
    assert conflict["mine"]["quote"] == "柜台跨行转账每笔收取手续费12元"
    assert set(conflict["other"]) >= {"title", "version", "valid_from", "valid_to", "passage_id", "section", "page"}
    assert shown["checked"]["passages"] == 2


@pytest.mark.parametrize(("said", "told"), [("矛盾", True), ("不矛盾", False), ("也许", None)])
async def test_a_models_opinion_stands_beside_what_the_figures_say_and_takes_nothing_away(
    tmp_path: Path, guard: Guard, said: str, told: bool | None
) -> None:
    async with serving(ModelServer(said).app) as url, running(tmp_path, guard, reviewed(url)) as service:
        await service.publish("faq.md", FAQ, title="转账问答", kind="faq")
        draft = await service.ingest("fees.md", NEW, title="转账价格表", kind="product")
        found = [one for one in (await impact(service, draft["document_id"], 1))["conflicts"] if one["mine"]["value"]]
    assert [(one["model"], one["chance"] is not None) for one in found] == [(told, True)]


async def test_what_only_the_model_reads_as_a_contradiction_is_shown_whole(tmp_path: Path, guard: Guard) -> None:
    async with serving(ModelServer("矛盾").app) as url, running(tmp_path, guard, reviewed(url)) as service:
        await service.publish("faq.md", "问：柜台跨行转账能撤销吗？答：能。", title="转账问答", kind="faq")
        draft = await service.ingest("fees.md", "柜台跨行转账不能撤销。", title="转账价格表", kind="product")
        found = (await impact(service, draft["document_id"], 1))["conflicts"]
    assert [(one["model"], one["chance"], one["mine"]["value"], one["mine"]["quote"]) for one in found] == [
        (True, None, "", "柜台跨行转账不能撤销。")
    ]


def reviewed(url: str) -> ReviewSettings:
    return ReviewSettings(base_url=f"{url}/v1", limit_s=60.0)


async def test_documents_that_never_hold_on_the_same_day_do_not_contradict(service: Service) -> None:
    await service.publish("faq.md", FAQ, title="转账问答", kind="faq", valid_to="2026-12-31")
    draft = await service.ingest("fees.md", NEW, title="转账价格表", kind="product", valid_from="2027-01-01")
    assert (await impact(service, draft["document_id"], 1))["conflicts"] == []
    same_days = await service.ingest("other.md", NEW, title="转账价格表", kind="product", valid_from="2026-12-31")
    assert len((await impact(service, same_days["document_id"], 1))["conflicts"]) == 1


async def test_another_document_with_the_same_words_is_a_duplicate(service: Service) -> None:
    first = await service.publish("a.md", OLD, title="价格表", kind="product")
    draft = await service.ingest("copy.md", OLD, title="价格表（副本）", kind="product")
    shown = await impact(service, draft["document_id"], 1)
    assert {one["other"]["document_id"] for one in shown["duplicates"]} == {first["document_id"]}
    assert [one["similarity"] for one in shown["duplicates"][:2]] == [1.0, 1.0]
    assert shown["conflicts"] == []


async def test_past_questions_are_asked_again_over_the_draft_which_stays_unseen_by_customers(service: Service) -> None:
    await service.publish("fees.md", OLD, title="转账价格表", kind="product")
    customer = await service.as_("customer")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    question = "柜台跨行转账手续费多少？"
    path = f"/v1/conversations/{conversation}/messages"
    for text in (question, question, "手机银行跨行转账手续费多少？"):
        await customer.post(path, json={"text": text})
    draft = await service.ingest("fees.md", NEW, title="转账价格表", kind="product")
    shown = await impact(service, draft["document_id"], draft["version"])
    changed = next(one for one in shown["answers"] if one["question"] == question)
    assert (changed["times"], changed["change"]) == (2, "passages")
    assert "10元" in "".join(changed["before"]["quotes"])
    assert "12元" in "".join(changed["after"]["quotes"])
    assert shown["checked"]["turns"] == 2
    assert "12元" not in (await customer.post(path, json={"text": question})).json()["text"]


async def test_a_golden_question_that_would_lose_its_answer_is_shown(service: Service, tmp_path: Path) -> None:
    golden = [{"question": "柜台跨行转账手续费多少？", "expected": "10元"}]
    await service.publish("fees.md", OLD, title="转账价格表", kind="product")
    draft = await service.ingest("fees.md", NEW, title="转账价格表", kind="product")
    (tmp_path / "data" / "golden.yaml").write_text(str(golden), encoding="utf-8")
    shown = (await impact(service, draft["document_id"], draft["version"]))["golden"]
    assert [(one["question"], one["before"], one["after"]) for one in shown] == [(golden[0]["question"], True, False)]
    assert "12元" in shown[0]["quote_after"]


async def test_impact_is_for_staff_and_only_of_ones_own_documents(service: Service) -> None:
    customer = await service.as_("customer")
    assert (await customer.get("/v1/documents/x/versions/1/impact")).status_code == 403
    assert (await (await service.as_("editor")).get("/v1/documents/x/versions/1/impact")).status_code == 404


async def test_who_follows_it_is_told_of_each_part_and_at_last_the_same_as_who_waits(service: Service) -> None:
    await service.publish("fees.md", OLD, title="转账价格表", kind="product")
    await service.publish("faq.md", FAQ, title="转账问答", kind="faq")
    draft = await service.ingest("fees.md", NEW, title="转账价格表", kind="product")
    path = f"/v1/documents/{draft['document_id']}/versions/{draft['version']}/impact"
    events: list[tuple[str, dict[str, Any]]] = []
    client = await service.as_("approver")
    async with client.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((event, json.loads(line.removeprefix("data: "))))
    assert events[0][0] == "impact.progress"
    ended = [data["part"] for event, data in events if event == "impact.part"]
    assert ended == ["passages", "turns", "golden"]
    first = next(data for event, data in events if event == "impact.part")
    assert len(first["impact"]["conflicts"]) == 1  # shown before the questions are replayed
    assert events[-1] == ("impact.completed", await impact(service, draft["document_id"], draft["version"]))


async def test_following_a_version_that_is_not_there_is_a_problem_not_a_stream(service: Service) -> None:
    client = await service.as_("approver")
    answer = await client.get("/v1/documents/none/versions/1/impact", headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
