"""Risk and coverage, and how near an answer comes to a reference, against values worked out by hand."""

from __future__ import annotations

import pytest

from eval.insqabench import Outcome, as_text, character_f1, rouge_l, summarised
from eval.risk import Answerable, as_svg, curve

ASKED = [
    Answerable(0.9, True),
    Answerable(0.8, True),
    Answerable(0.7, False),
    Answerable(0.7, True),
    Answerable(0.1, False),
]


def test_the_surest_are_answered_first_and_equals_together() -> None:
    told = curve("x", ASKED, 0.7)
    assert told is not None
    assert told.points == [(0.2, 0.0), (0.4, 0.0), (0.8, 0.25), (1.0, 0.4)]
    assert (told.answered.mean, told.error.mean, told.error.n) == (0.8, 0.25, 4)
    assert told.area == pytest.approx(0.4 * 0.25 + 0.2 * 0.4)
    assert "at 0.70 0.800 of 5 answered, error 0.250" in str(told)
    assert "<svg" in as_svg(told)


def test_a_threshold_that_answers_nothing_has_no_error_and_no_certainty() -> None:
    told = curve("x", ASKED, 0.95)
    assert told is not None
    assert (told.answered.mean, told.error.n, told.error.high) == (0.0, 0, 1.0)
    assert curve("x", [], 0.5) is None


def test_answers_are_compared_by_characters() -> None:
    assert rouge_l("年费三百元", "年费三百元") == 1.0
    assert rouge_l("金卡年费三百", "年费是三百元") == pytest.approx(2 * 4 / 12)
    assert rouge_l("", "年费") == 0.0
    assert character_f1("元百三", "三百元") == 1.0
    assert character_f1("年费三百", "年费八百") == pytest.approx(0.75)
    assert character_f1("甲", "乙") == 0.0


def test_a_clause_taken_away_counts_as_wrong_whenever_it_is_answered() -> None:
    found = Outcome("bare", 1, True, 0.9, (False, 0.2), "三百元", "三百元", "quote")
    missed = Outcome("bare", 7, True, 0.6, (True, 0.8), "八百", "三百元", "quote")
    (told,) = summarised([found, missed], 0.5, top_k=4)
    assert (told.recall[4].mean, told.recall[10].mean, told.mrr) == (0.5, 1.0, pytest.approx((1 + 1 / 7) / 2))
    assert (told.answered.mean, told.abstained.mean) == (1.0, 0.5)
    assert told.curve.error.mean == pytest.approx(2 / 3)
    assert "R@4" in as_text([told], "quote")
