"""One normal form for every rule, with a way back to the customer's own characters."""

from __future__ import annotations

import pytest

from guardrails.engine import is_denied
from guardrails.normal import Normaliser

NORMALISER = Normaliser()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ＡＢＣ１２３％", "abc123%"),
        ("保證本金", "保证本金"),
        ("保\u200b本", "保本"),
        ("转 人 工", "转人工"),
        ("保.本*保-息", "保本保息"),
        ("稳/赚/不/赔", "稳赚不赔"),
        ("我要投诉，马上", "我要投诉,马上"),
        ("本金、收益", "本金、收益"),
        ("3 个月 1.5%", "3 个月 1.5%"),
        ("I want a person", "i want a person"),
        ("", ""),
    ],
)
def test_disguises_are_undone(written: str, meant: str) -> None:
    assert NORMALISER.normalise(written).text == meant


def test_a_span_leads_back_to_the_original_characters() -> None:
    text = "请问 保\u200b.證 ，收益"
    normal = NORMALISER.normalise(text)
    start = normal.text.index("保证")
    assert text[slice(*normal.span(start, start + 2))] == "保\u200b.證"


def test_plain_form_keeps_case_spacing_and_positions_of_digits() -> None:
    assert NORMALISER.plain("年費 １．５％ R2") == "年费 1.5% R2"


def test_a_hundred_kilobytes_are_folded_whole() -> None:
    hostile = "保.本 " * 25_000
    assert NORMALISER.normalise(hostile).text.strip() == "保本" * 25_000


@pytest.mark.parametrize(
    ("sentence", "word", "denied"),
    [
        ("本产品不保本", "保本", True),
        ("不得承诺保本保收益", "保本", True),
        ("非保本浮动收益", "保本", True),
        ("您能不能承诺保本", "保本", False),
        ("不但保本还保息", "保本", False),
        ("放心,保本的", "保本", False),
        ("没有问题,保本", "保本", False),
        ("we do not guarantee", "guarantee", True),
    ],
)
def test_denial_is_told_from_words_that_only_hold_a_negation(sentence: str, word: str, denied: bool) -> None:
    assert is_denied(sentence, sentence.index(word)) is denied
