"""What a sentence says is read once; what it may say is decided anew for every answer."""

from __future__ import annotations

import pytest

from guardrails import Evidence, Guard, Meant, Release
from guardrails.meaning import SENTENCE_MEANING_FILE, read_meaning
from tests.unit.test_guard_meaning import meant_as

SENTENCE = "金卡主卡年费每年200元。"


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("示例银行", "955000")


def allowed(guard: Guard, sentence: str, passage: str) -> bool:
    checked = guard.prepare(Release(question="金卡年费多少？", evidence=(Evidence(text=passage),)))
    return guard.check_prepared(sentence, checked).allowed


def test_a_sentence_said_before_is_checked_against_this_answers_passages(guard: Guard) -> None:
    assert allowed(guard, SENTENCE, "信用卡金卡主卡年费为每年200元。")
    assert not allowed(guard, SENTENCE, "信用卡金卡主卡年费为每年300元。")
    assert allowed(guard, SENTENCE, "信用卡金卡主卡年费为每年200元。")


def test_a_bad_sentence_stays_bad(guard: Guard) -> None:
    passage = "稳盈固收为非保本浮动收益产品。"
    assert [allowed(guard, "稳盈固收保本保息，稳赚不赔。", passage) for _ in range(2)] == [False, False]


def test_a_sentence_with_personal_data_is_not_kept(guard: Guard) -> None:
    reader = guard._answers._reader
    told = "请联系手机13812345678。"
    assert not allowed(guard, told, "网点电话见官网。")
    assert told not in reader._said
    assert allowed(guard, SENTENCE, "信用卡金卡主卡年费为每年200元。")
    assert SENTENCE in reader._said


def test_what_was_not_said_for_longest_goes_first(guard: Guard) -> None:
    reader = guard._answers._reader
    kept, reader._kept = reader._kept, 2
    try:
        reader._said.clear()
        for sentence in ("一张卡。", "两张卡。", "一张卡。", "三张卡。"):
            reader.read(sentence)
        assert list(reader._said) == ["一张卡。", "三张卡。"]
    finally:
        reader._kept = kept


DOUBTED = "您可以把它当成存钱罐，放着就好。"
PLAIN = "金卡主卡年费每年200元。"


def reading_as(guard: Guard, reason: str) -> list[str]:
    """From now on every sentence means that; which sentences were asked about."""
    meaning, asked = read_meaning(SENTENCE_MEANING_FILE), []
    meant = meant_as(meaning, reason)

    def embed(text: str) -> Meant:
        asked.append(text)
        return meant

    guard.read_meanings(embed)
    return asked


def test_only_a_sentence_whose_wording_leaves_a_doubt_is_read_by_its_meaning_and_once(guard: Guard) -> None:
    asked = reading_as(guard, "allow")
    assert allowed(guard, PLAIN, "信用卡金卡主卡年费为每年200元。")
    assert asked == []
    assert allowed(guard, f"{DOUBTED}[1]", "存款利率见公告。")
    assert allowed(guard, f"{DOUBTED}[1]", "存款利率见公告。")
    assert asked == [DOUBTED]
    reading_as(guard, "deposit_confusion")
    checked = guard.prepare(Release(question="这是存款吗？", evidence=(Evidence(text="存款利率见公告。"),)))
    stopped = guard.check_prepared(DOUBTED, checked)
    assert (stopped.reason, stopped.rule_ids) == ("deposit_confusion", ("out.deposit_confusion.likeness",))
    assert stopped.spans


def test_a_meaning_takes_no_rule_back_and_without_one_the_wording_stands_alone(guard: Guard) -> None:
    reading_as(guard, "allow")
    assert not allowed(guard, "稳盈固收保本保息，稳赚不赔。", "稳盈固收为非保本浮动收益产品。")
    guard.read_meanings(lambda _: None)
    assert not allowed(guard, "买理财就跟存定期一样，利息还更高。", "存款利率见公告。")
