"""From questions without an answer to a FAQ that answers every one of them, through the real reader and search."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.composition import Replacements
from app.knowledge.embedding_openai import OpenAIEmbedder
from app.knowledge.search import HybridSearch
from app.main import create_app
from app.settings import AuthSettings, EmbeddingSettings, LimitSettings, LlmSettings, SearchSettings, Settings
from eval.loopback import serving
from guardrails import Guard
from ingestion import create_preparer
from tests.api.conftest import Clock, Service
from tests.fake_embeddings import FakeEmbeddings
from tests.fakes import LinePrepare, OverlapSearch, shared
from tests.scoring import ScoringIndex

ASKED = ("社保卡怎么激活金融账户？", "社保卡金融账户要如何激活", "社保卡金融账户怎么激活？")
ANSWER = "请持社保卡和本人有效身份证件到任一网点激活金融账户，当场生效，不收费。"


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


@pytest.fixture
async def service(tmp_path: Path, guard: Guard) -> AsyncIterator[Service]:
    """Files are read in the real child processes; the search is the real one over an index that scores.

    The evidence gate is open: it is calibrated on real vectors. An empty index abstains all the same.
    """
    index, clock = ScoringIndex(), Clock()
    async with serving(FakeEmbeddings(64).app) as embeddings:
        settings = Settings(
            _env_file=None,
            data_dir=tmp_path / "data",
            cache_dir=tmp_path / "cache",
            auth=AuthSettings(demo=True),
            limits=LimitSettings(enabled=False),
            llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
            embedding=EmbeddingSettings(base_url=f"{embeddings}/v1", model="fake", dimension=64),
            search=SearchSettings(require_sufficient=False),
        )
        prepare = create_preparer(settings)
        embedder = OpenAIEmbedder(settings.embedding)
        search = HybridSearch(embedder, index, settings.search, cache_dir=settings.cache_dir)
        parts = Replacements(index=index, search=search, prepare=prepare, guard=guard, clock=clock, **shared())
        async with serving(create_app(settings, parts)) as url:
            running = Service(url, index, cast(LinePrepare, prepare), clock, OverlapSearch(index))
            yield running
            for client in running.clients.values():
                await client.aclose()
        await prepare.close()
        await embedder.close()


async def gaps(service: Service) -> list[dict[str, Any]]:
    answer = await (await service.as_("editor")).get("/v1/gaps")
    assert answer.status_code == 200, answer.text
    return cast(list[dict[str, Any]], answer.json()["gaps"])


async def test_an_approved_faq_made_from_a_gap_answers_each_of_its_questions(service: Service) -> None:
    for text in (*ASKED, ASKED[0], "车位贷款期限最长几年？"):
        assert (await service.ask(text))["status"] == "abstained"
    found = await gaps(service)
    assert sum(gap["count"] for gap in found) == 5
    editor, approver = await service.as_("editor"), await service.as_("approver")
    first = found[0]
    assert first["question"] == ASKED[0]
    assert first["causes"] == {"abstained": first["count"], "down_rated": 0, "conflicting": 0}
    assert {one["question"] for one in first["questions"]} == set(ASKED)
    made = await editor.post(f"/v1/gaps/{first['gap_id']}/draft", json={"answer": ANSWER, "title": "社保卡"})
    assert made.status_code == 202, made.text
    draft = made.json()
    assert (await service.ended(draft["job_id"]))["status"] == "done"
    shown = {"document_id": draft["document_id"], "version": draft["version"]}
    assert (await gaps(service))[0]["draft"] == shown
    path = f"/v1/documents/{draft['document_id']}/versions/{draft['version']}"
    assert (await service.ask(ASKED[0]))["status"] == "abstained", "a draft answers nobody"
    await editor.post(f"{path}/submit", json={})
    assert (await approver.post(f"{path}/approve", json={})).status_code == 200
    for text in ASKED:
        turn = await service.ask(text)
        assert (turn["status"], turn["citations"][0]["question"]) == ("answered", text)
        assert ANSWER in turn["text"]
    left = await gaps(service)
    assert first["gap_id"] not in {gap["gap_id"] for gap in left}
    records = (await (await service.as_("admin")).get("/v1/audit")).json()["records"]
    assert [record["actor"] for record in records if record["type"] == "gap.drafted"] == ["editor"]


async def test_a_dismissed_gap_comes_up_again_only_when_it_is_asked_again(service: Service) -> None:
    await service.ask(ASKED[0])
    gap = (await gaps(service))[0]
    editor = await service.as_("editor")
    assert (await editor.post("/v1/gaps/unknown/dismiss", json={})).json()["code"] == "not_found"
    dismissed = await editor.post(f"/v1/gaps/{gap['gap_id']}/dismiss", json={"comment": "不属于本行业务"})
    assert dismissed.status_code == 204
    assert await gaps(service) == []
    await service.ask(ASKED[0])
    again = (await gaps(service))[0]
    assert (again["count"], again["question"]) == (1, ASKED[0])
    assert again["gap_id"] != gap["gap_id"]


async def test_a_thumb_down_is_a_gap_with_what_was_said(service: Service) -> None:
    turn = await service.ask(ASKED[0])
    customer = await service.as_("customer")
    await customer.post(f"/v1/turns/{turn['turn_id']}/feedback", json={"rating": "down", "comment": "没有帮助"})
    gap = (await gaps(service))[0]
    assert (gap["count"], gap["causes"]["down_rated"], gap["causes"]["abstained"]) == (2, 1, 1)
    assert {one["comment"] for one in gap["questions"]} == {"", "没有帮助"}
