"""What a sentence says is read once; what it may say is decided anew for every answer."""

from __future__ import annotations

import pytest

from guardrails import Evidence, Guard, Release

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
