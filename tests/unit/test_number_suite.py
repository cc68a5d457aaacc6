"""The number lock's own set is large enough, half of it unseen, and its seen half holds; sums must be declared."""

from __future__ import annotations

import pytest

from eval import number_suite
from eval.gate import load_gates
from eval.guard_run import RailReport
from eval.guard_suite import RailCase
from guardrails import Evidence, Guard, Release


@pytest.fixture(scope="module")
def loaded() -> tuple[Guard, list[RailCase]]:
    return number_suite.load()


@pytest.fixture(scope="module")
def measured(loaded: tuple[Guard, list[RailCase]]) -> tuple[RailReport, int, int]:
    guard, cases = loaded
    wrong = sum(not case.benign for case in cases)
    return number_suite.run(guard, cases), wrong, len(cases) - wrong


def test_the_set_is_large_and_half_unseen(measured: tuple[RailReport, int, int]) -> None:
    report, wrong, honest = measured
    assert wrong >= 120
    assert honest >= 120
    for shares in (report.shares[claim] for claim in number_suite.CLAIMS[:2]):
        assert len(shares.by_half["unseen"]) >= 0.45 * sum(map(len, shares.by_half.values()))


def test_wrong_numbers_are_caught_and_honest_ones_pass(measured: tuple[RailReport, int, int]) -> None:
    report, _, _ = measured
    assert report.crossed(load_gates()[number_suite.NAME]) == []
    assert report.misses == []


def test_no_label_is_exchanged_and_no_right_one_held_back(loaded: tuple[Guard, list[RailCase]]) -> None:
    report = number_suite.run(loaded[0], number_suite.exchanges())
    for claim in ("exchanged_labels_are_caught", "right_labels_pass"):
        told = [held for half in report.shares[claim].by_half.values() for held in half]
        assert len(told) >= 200
        assert sum(told) / len(told) >= 0.98, claim


@pytest.mark.parametrize(
    ("sentence", "allowed"),
    [
        ("年费12元，工本费15元，合计27元。", True),
        ("年费12元，工本费15元，合计28元。", False),
        ("合计27元。", False),
        ("年费12元，工本费15元，另收27元。", False),
        ("短信服务每月4元，一年共48元。", True),
        ("短信服务每月4元，一年共40元。", False),
        ("短信服务每月5元，一年共60元。", False),
        ("工本费15元，比年费12元多3元。", True),
        ("一年的年费是12元。", True),
        ("短信服务免费一年。", False),
    ],
)
def test_a_sum_is_released_only_with_its_operands(
    loaded: tuple[Guard, list[RailCase]], sentence: str, allowed: bool
) -> None:
    guard, _ = loaded
    evidence = Evidence("借记卡年费为每年12元，补卡工本费每张15元。短信服务费每月4元。")
    assert guard.check_release(sentence, Release("收费", (evidence,))).allowed is allowed
