"""The hybrid search as its callers see it, over an index that scores and an embedder without a model."""

import asyncio
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from app.knowledge.encoding import DENSE
from app.knowledge.index_failures import failed
from app.knowledge.passage import Passage, Scope
from app.knowledge.search import HybridSearch
from app.settings import SearchSettings, Settings
from guardrails import Meant
from tests.scoring import PairEmbedder, ScoringIndex, passage

SCOPE = Scope("demo", date(2026, 11, 23))
PASSAGES = [
    passage("主卡年费每年800元，附属卡年费每年400元。", title="白金信用卡说明", section="年费"),
    passage("口头挂失即时生效，有效期5天。", title="借记卡说明", section="挂失与补卡"),
    passage("手机银行转账单笔限额5万元，每日限额20万元。", title="转账限额表", section="手机银行"),
    passage("房贷提前还款未满12个月收取1%违约金。", title="个人住房贷款说明", section="提前还款"),
    passage("活期存款利率为0.05%，按季结息。", title="活期存款", section="利率"),
    passage("请拨打热线。", title="常见问题", question="银行卡丢了怎么办？", kind="faq"),
]


@cache
def read_once() -> HybridSearch:
    """Reading the dictionaries anew for every test costs seconds."""
    return HybridSearch(PairEmbedder(), ScoringIndex(), SearchSettings(), cache_dir=Settings().cache_dir)


class Fixture:
    def __init__(self) -> None:
        self.embedder, self.index = PairEmbedder(), ScoringIndex()
        self.search = read_once().over(self.index, self.embedder)

    async def fill(self, passages: list[Passage]) -> None:
        await self.index.upsert(await self.search.encoder().encode(passages))

    async def best(self, query: str) -> Passage:
        return (await self.search.find(query, SCOPE, 1)).passages[0].passage


@pytest.fixture
async def over() -> Fixture:
    fixture = Fixture()
    await fixture.fill(PASSAGES)
    return fixture


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("白金卡附属卡年费多少", "白金信用卡说明"),
        ("打钱一天最多多少", "转账限额表"),
        ("活期存宽利律", "活期存款"),
        ("fangdai tiqian huankuan weiyuejin", "个人住房贷款说明"),
        ("手機銀行轉帳限額", "转账限额表"),
        ("annual fee of the platinum credit card", "白金信用卡说明"),
        ("银行卡丢了咋办", "常见问题"),
    ],
)
async def test_customers_words_find_the_passage(over: Fixture, query: str, title: str) -> None:
    assert (await over.best(query)).title == title


async def test_what_is_typed_in_pinyin_is_looked_up_in_chinese_and_said_so(over: Fixture) -> None:
    found = await over.search.find("huoqi cunkuan lilv", SCOPE, 1)
    assert (found.mended, found.passages[0].passage.title) == ("活期存款利率", "活期存款")


async def test_passages_come_back_verbatim_with_their_ranks(over: Fixture) -> None:
    found = await over.search.find("口头挂失有效期", SCOPE, 3)
    first = found.passages[0]
    assert first.passage in PASSAGES
    assert first.dense_rank is not None
    assert first.lexical_rank == 1
    assert [one.score for one in found.passages] == sorted((one.score for one in found.passages), reverse=True)
    assert set(found.timings) == {"lexical", "embed", "index", "fuse"}
    assert 0 <= found.confidence <= 1


async def test_up_to_top_k_come_back_even_without_evidence(over: Fixture) -> None:
    found = await over.search.find("月球背面有什么颜色的猫", SCOPE, 3)
    assert len(found.passages) == 3
    assert not found.sufficient


async def test_a_failing_embedder_costs_no_answer(over: Fixture) -> None:
    over.embedder.failing = RuntimeError("away")
    found = await over.search.find("附属卡年费", SCOPE, 2)
    assert found.passages[0].passage.title == "白金信用卡说明"
    assert found.passages[0].dense_rank is None
    assert DENSE not in over.index.asked[-1].dense


async def test_words_alone_are_judged_as_words_alone(over: Fixture) -> None:
    whole, unknown = "口头挂失的有效期是多久", "月球背面有什么颜色的猫"
    measured = (await over.search.find("附属卡年费", SCOPE, 3)).threshold  # a question asked before keeps its vector
    over.embedder.failing = RuntimeError("away")
    found, none = [await over.search.find(query, SCOPE, 3) for query in (whole, unknown)]
    assert found.threshold != measured, "another scale, another threshold"
    assert found.confidence > none.confidence
    assert not none.sufficient


async def test_a_failing_index_is_told_to_the_caller(over: Fixture) -> None:
    over.index.broken = failed("down")
    with pytest.raises(type(over.index.broken)):
        await over.search.find("年费", SCOPE, 1)


@pytest.mark.parametrize("query", ["", "   ", "？？？", "\u200b", "😀" * 50])
async def test_questions_that_say_nothing_are_no_error(over: Fixture, query: str) -> None:
    assert not (await over.search.find(query, SCOPE, 4)).sufficient


async def test_an_empty_index_has_nothing_and_not_enough() -> None:
    found = await Fixture().search.find("年费多少", SCOPE, 4)
    assert (list(found.passages), found.sufficient, found.confidence) == ([], False, 0.0)


async def test_the_scope_reaches_the_index(over: Fixture) -> None:
    assert (await over.search.find("年费", replace(SCOPE, tenant="other"), 4)).passages == []
    assert all(
        one.passage.kind == "faq" for one in (await over.search.find("卡丢了", replace(SCOPE, kind="faq"), 4)).passages
    )


async def test_a_right_question_is_looked_up_once_and_a_misspelt_one_twice(over: Fixture) -> None:
    await over.search.find("活期存款利率", SCOPE, 1)
    assert len(over.index.asked) == 1
    await over.search.find("活期存宽利律", SCOPE, 1)
    assert len(over.index.asked) == 3


async def test_a_very_long_question_is_cut(over: Fixture) -> None:
    await over.search.find("年费" * 5000, SCOPE, 1)
    assert sum(over.index.asked[-1].sparse["pairs"].values) <= 400


async def test_an_english_question_is_also_read_in_chinese_and_the_reading_that_finds_more_counts(
    over: Fixture,
) -> None:
    found = await over.search.find("penalty for early repayment of my mortgage", SCOPE, 1)
    assert found.passages[0].passage.title == "个人住房贷款说明"
    assert found.mended is not None
    assert "提前还款" in found.mended


async def test_the_rails_get_the_embedding_of_what_was_written_and_not_of_its_reading(over: Fixture) -> None:
    cantonese = "轉錢去第二間銀行收唔收費"
    found = await over.search.find(cantonese, SCOPE, 1)
    assert found.mended == "转账去他行是否收费"
    written, read = await over.search.embed(cantonese), await over.search.embed(found.mended)
    assert found.meant is not None
    assert written is not None
    assert read is not None
    assert np.array_equal(found.meant.vector, written.vector)
    assert not np.array_equal(found.meant.vector, read.vector)


async def test_two_questions_in_one_find_a_passage_each(over: Fixture) -> None:
    found = await over.search.find("白金卡主卡年费是多少？活期存款利率是多少？", SCOPE, 4)
    assert {one.passage.title for one in found.passages[:2]} == {"白金信用卡说明", "活期存款"}


async def test_what_a_question_means_to_the_rails_is_read_beside_the_search_in_its_own_words(over: Fixture) -> None:
    heard: list[str] = []

    async def hear(text: str) -> Meant:
        heard.append(text)
        return Meant(np.ones(3, np.float32), "reader")

    before = await over.search.find("白金卡附属卡年费多少", SCOPE, 1)
    assert before.meant is not None
    assert before.meant.embedder == over.embedder.name
    over.search.hear_with(hear)
    found = await over.search.find("白金卡附属卡年费多少", SCOPE, 1)
    assert heard == ["白金卡附属卡年费多少"]
    assert found.passages == before.passages
    assert found.meant is not None
    assert found.meant.embedder == "reader"


async def test_a_search_that_fails_leaves_nobody_reading(over: Fixture) -> None:
    async def hear(_: str) -> None:
        await asyncio.Event().wait()

    over.search.hear_with(hear)
    over.index.broken = failed("down")
    before = asyncio.all_tasks()
    with pytest.raises(type(over.index.broken)):
        await over.search.find("活期利率", SCOPE, 1)
    await asyncio.wait(asyncio.all_tasks() - before or {asyncio.create_task(asyncio.sleep(0))}, timeout=60)
    assert asyncio.all_tasks() == before
