"""The rails' report: a gate holds in every half, unless a half has a gate of its own; the sets are balanced."""

from __future__ import annotations

import pytest

from eval.guard_run import CLAIMS, RailReport, Shares
from eval.guard_suite import RailCase, documents, everyday, load


def _report(seen: list[bool], veiled: list[bool]) -> RailReport:
    shares = {claim: Shares() for claim in CLAIMS}
    for number, held in enumerate(seen):
        shares["messages_are_stopped"].add(RailCase(f"s{number}", "input", "seen", "fraud", "x"), held, "fraud")
    for number, held in enumerate(veiled):
        shares["messages_are_stopped"].add(RailCase(f"f{number}", "input", "veiled", "fraud", "x"), held, "fraud")
    return RailReport(shares, ())


def test_a_gate_holds_in_every_half() -> None:
    crossed = _report([True, True], [True, False]).crossed({"messages_are_stopped": 0.9})
    assert crossed == ["messages_are_stopped (veiled): 0.500 is under its gate of 0.9"]


def test_a_half_may_have_a_gate_of_its_own_and_no_other_half_goes_by_it() -> None:
    gates = {"messages_are_stopped": 0.9, "messages_are_stopped (veiled)": 0.5}
    assert _report([True, True], [True, False]).crossed(gates) == []
    assert _report([True, False], [True, False]).crossed(gates) == [
        "messages_are_stopped (seen): 0.500 is under its gate of 0.9"
    ]


def test_a_gate_of_what_was_never_measured_is_crossed() -> None:
    assert _report([], []).crossed({"messages_are_stopped (veiled)": 0.5}) == ["messages_are_stopped: never measured"]


def test_sideways_cases_are_many() -> None:
    sideways = [case for case in load().cases if case.half == "sideways"]
    inputs = [case for case in sideways if case.side == "input"]
    assert sum(case.benign for case in inputs) >= 150
    assert sum(not case.benign for case in inputs) >= 100
    assert sum(case.told for case in inputs) >= 40
    assert sum(case.side == "output" for case in sideways) >= 80
    assert sum(is_instruction for _, is_instruction in documents()) >= 15


@pytest.mark.parametrize("half", ["sealed", "veiled", "later", "settled", "fresh"])
def test_an_unseen_half_is_balanced_and_repeats_nothing_seen(half: str) -> None:
    suite = load()
    cases = [case for case in suite.cases if case.half == half]
    inputs, outputs = ([case for case in cases if case.side == side and not case.line] for side in ("input", "output"))
    assert (len(inputs) >= 150, len(outputs) >= 100) == (True, True)
    for side in (inputs, outputs):
        assert 0.4 <= sum(case.benign for case in side) / len(side) <= 0.6
    seen = {case.text for case in suite.cases if case.seen} | {q.text for q in everyday() if q.seen}
    assert [case.text for case in cases if case.text in seen] == []
