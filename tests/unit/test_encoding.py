"""Passages and questions as vectors: what goes in, and that both sides agree."""

import numpy as np
import pytest

from app.knowledge.analysis import PAIRS, SOUNDS, WORDS, Analyser
from app.knowledge.encoding import DENSE, LAYOUT, SENTENCES, PassageEncoder, drawn, sentences, together
from app.knowledge.index import SparseVector
from app.knowledge.lexical import term_id
from app.knowledge.synonyms import Thesaurus
from tests.fakes import shared_analyser
from tests.scoring import PairEmbedder, passage


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return shared_analyser()


def has(vector: SparseVector, term: str) -> bool:
    return term_id(term) in vector.indices


async def test_points_have_every_vector_of_the_layout() -> None:
    points = await PassageEncoder(PairEmbedder(), analyser=shared_analyser()).encode(
        [passage("年费为800元。", title="信用卡", section="收费")]
    )
    assert set(points[0].dense) == {*LAYOUT.dense, *LAYOUT.several} == {DENSE, SENTENCES}
    assert set(points[0].sparse) == set(LAYOUT.sparse) == {WORDS, PAIRS, SOUNDS}
    assert points[0].dense[DENSE].shape == (LAYOUT.dense[DENSE],)
    assert np.linalg.norm(points[0].dense[DENSE]) == pytest.approx(1, abs=1e-5)
    assert points[0].dense[SENTENCES].shape[1] == LAYOUT.several[SENTENCES]


async def test_every_sentence_and_the_question_of_a_faq_have_a_vector_of_their_own() -> None:
    embedder = PairEmbedder()
    answer = passage("请拨打客服热线。挂失当天生效。", title="常见问题", question="卡丢了怎么挂失?", kind="faq")
    (point,) = await PassageEncoder(embedder, analyser=shared_analyser()).encode([answer])
    near = point.dense[SENTENCES] @ await embedder.embed_query("卡丢了怎么挂失?")
    assert near.shape == (3,)
    assert near[0] == pytest.approx(1, abs=1e-5)
    assert near[1:].max() < 0.9


def test_sentences_keep_every_character_and_are_bounded() -> None:
    text = "一、总则。\n存期:1年;年利率:0.95%\n存期:2年;年利率:1.05%\n好。" + "每笔存款可以支取一次。" * 60
    parts = sentences(text)
    assert len(parts) <= 24
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    assert sentences("好") == ["好"]
    assert sentences("存期:1年;年利率:0.95%\n存期:2年;年利率:1.05%") == [
        "存期:1年;年利率:0.95%",
        "存期:2年;年利率:1.05%",
    ]


def test_a_long_sentence_counts_for_more_of_the_whole() -> None:
    mean = together(np.eye(2, dtype=np.float32), ["一二三四五六七八", "一二"])
    assert np.linalg.norm(mean) == pytest.approx(1, abs=1e-6)
    assert mean[0] == pytest.approx(4 * mean[1])


async def test_title_section_and_question_can_be_found() -> None:
    encoder = PassageEncoder(PairEmbedder(), analyser=shared_analyser())
    product, faq = await encoder.encode(
        [
            passage("每年800元。", title="白金卡说明", section="年费 › 主卡"),
            passage("拨打热线。", title="常见问题", question="卡丢了怎么挂失？", kind="faq"),
        ]
    )
    assert has(product.sparse[WORDS], "白金卡")
    assert has(product.sparse[WORDS], "年费")
    assert has(faq.sparse[PAIRS], "挂失")


async def test_a_heading_is_embedded_once_for_all_its_passages() -> None:
    embedder = PairEmbedder()
    await PassageEncoder(embedder, analyser=shared_analyser()).encode(
        [passage(f"第{at}条", title="条款") for at in range(5)]
    )
    assert embedder.embedded.count("条款") == 1


async def test_no_passages_are_no_points() -> None:
    assert await PassageEncoder(PairEmbedder(), analyser=shared_analyser()).encode([]) == []


def test_a_vector_is_drawn_to_its_heading_and_stays_nearer_the_body() -> None:
    body, heading = np.eye(2, dtype=np.float32)
    both = drawn(body, heading)
    assert both @ body > both @ heading > 0


def test_stopwords_and_their_pairs_are_no_evidence(analyser: Analyser) -> None:
    question = analyser.question("请问我的信用卡年费是多少？")
    assert "信用卡" in question.words
    assert "多少" not in question.words
    assert {unit.forms[0] for unit in question.units} >= {"信用", "用卡", "年费"}
    assert not any("多少" in unit.forms or "请问" in unit.forms for unit in question.units)


def test_repeated_words_weigh_as_often_as_they_are_said(analyser: Analyser) -> None:
    assert analyser.question("年费，年费！").words["年费"] == 2.0


def test_synonyms_weigh_less_than_what_was_said(analyser: Analyser) -> None:
    question = analyser.question("打钱限额", Thesaurus([("打钱", "转账")]))
    assert question.words["限额"] == 1.0
    assert 0 < question.words["转账"] < 1
    assert ("打钱", "转账") in {unit.forms for unit in question.units}


def test_quantities_are_one_term_in_every_spelling(analyser: Analyser) -> None:
    found = analyser.passage(passage("存期6个月，年利率0.85%"))
    assert set(analyser.question("六个月定期").specifics) == {"6月"}
    assert has(found[WORDS], "6月")


def test_traditional_and_simplified_make_the_same_vectors(analyser: Analyser) -> None:
    assert analyser.question("轉帳限額").vectors() == analyser.question("转帐限额").vectors()


def test_product_names_become_terms_of_questions_at_run_time(analyser: Analyser) -> None:
    assert "稳盈固收" not in analyser.question("稳盈固收的费率").words
    analyser.learn_names(["稳盈固收"])
    assert "稳盈固收" in analyser.question("稳盈固收的费率").words
    assert has(analyser.passage(passage("费率", title="稳盈固收产品说明书"))[WORDS], "稳盈固收")
    analyser.learn_names([])


def test_nothing_said_asks_for_no_list(analyser: Analyser) -> None:
    assert analyser.question("？！").vectors() == {}
