"""Gates hold on both halves, suites are checked on reading, and a report says what it measured."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from eval import cells, handoff_run, number_answers, number_suite, red_team, simulation
from eval.alarms import ALARMS
from eval.cases import Case, Suite, load_suites, suite_names
from eval.corpus import Corpus, fingerprint
from eval.gate import Crossed, check, halves, load_gates
from eval.guard_run import CLAIMS, OWN_GATES
from eval.metrics import METRICS, Outcome, Scored
from eval.report import Report, as_json, as_text, write


def scored(values: dict[bool, list[float]], metric: str = "recall_at_1") -> list[Scored]:
    rows = []
    for seen, held in values.items():
        for number, value in enumerate(held):
            case = Case(id=f"{seen}{number}", tag="t", seen=seen, question="<b>多少？</b>")
            suite = Suite(name="s", as_of=date(2026, 11, 23), expect="abstained", cases=(case,))
            turn = {
                "status": "abstained",
                "reason": "",
                "rule_ids": [],
                "generator": "rule",
                "text": "没有查到。",
                "citations": [],
            }
            rows.append(Scored(Outcome(suite, case, turn, None, Corpus(Path(), ())), {metric: value}))
    return rows


def test_a_gate_holds_only_when_both_halves_reach_it() -> None:
    rows = scored({True: [1, 1, 1, 1], False: [1, 0]})
    assert halves(rows, "s", "recall_at_1")["all"].mean == pytest.approx(5 / 6)
    assert [(row.metric, row.half) for row in check(rows, {"s": {"recall_at_1": 0.6}})] == [("recall_at_1", "unseen")]
    assert check(rows, {"s": {"recall_at_1": 0.5}}) == []


def test_a_gate_on_something_never_measured_does_not_pass() -> None:
    assert check(scored({True: [1]}), {"s": {"recall_at_9": 0.1}}) == [Crossed("s", "recall_at_9", "all", 0.1, None)]


def test_gates_of_suites_not_asked_are_left_alone() -> None:
    assert check(scored({True: [0]}), {"other": {"recall_at_1": 1.0}}) == []


def test_a_run_may_gate_only_what_always_holds() -> None:
    assert check(scored({True: [0]}), {"s": {"recall_at_1": 1.0}}, only=["numbers_are_supported"]) == []


def test_every_gate_names_a_metric_and_a_suite_that_exist() -> None:
    own = {name: {f"{use}_{rate}" for use in uses for rate in ("precision", "recall")} for name, uses in ALARMS.items()}
    own[cells.NAME] = {"row_in_top_3"}
    own["handoff"], own["red_team"] = set(handoff_run.CLAIMS), set(red_team.CLAIMS)
    own |= {name: set(CLAIMS) for name in ("guard", *(f"guard_{half}" for half in OWN_GATES))}
    own["numbers"], own["simulation"] = set(number_suite.CLAIMS), set(simulation.CLAIMS)
    own[number_answers.NAME] = set(number_answers.CLAIMS)
    asked = set(suite_names())
    for suite, minima in load_gates().items():
        assert suite in asked or suite in own
        assert set(minima) <= own.get(suite, {metric.name for metric in METRICS})
        assert all(0 < least <= 1 for least in minima.values())


def test_suites_are_split_in_halves_and_large_enough() -> None:
    suites = {suite.name: suite for suite in load_suites()}
    assert len(suites["sample"].cases) >= 60
    assert len(suites["absent"].cases) == 40
    asked = [case for suite in suites.values() for case in suite.cases]
    assert len(asked) >= 200
    assert len({(suite.name, case.tag) for suite in suites.values() for case in suite.cases}) >= 12
    assert sum(len(case.needs) > 1 for case in asked) >= 0.15 * len(asked)
    for suite in suites.values():
        seen = sum(case.seen for case in suite.cases)
        assert abs(2 * seen - len(suite.cases)) <= 1


def test_the_end_to_end_picks_are_the_promised_ones() -> None:
    cases = [case for suite in load_suites() for case in suite.cases if case.e2e]

    def count(sort: str, short: bool) -> int:
        return sum(case.e2e == sort and (case.short or not short) for case in cases)

    assert [count(sort, False) for sort in ("answered", "absent", "follow_up")] == [10, 3, 1]
    assert [count(sort, True) for sort in ("answered", "absent", "follow_up")] == [3, 1, 1]


def test_an_answerable_question_without_gold_is_refused_on_reading(tmp_path: Path) -> None:
    case = {"id": "1", "tag": "t", "seen": True, "question": "多少？"}
    suite = {"name": "bad", "as_of": "2026-11-23", "expect": "answered", "cases": [case]}
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValidationError, match="facts and gold"):
        load_suites(["bad"], tmp_path)


def test_the_fingerprint_changes_with_a_byte_and_with_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("一")
    first = fingerprint([tmp_path])
    assert fingerprint([tmp_path]) == first
    (tmp_path / "a.txt").write_text("二")
    second = fingerprint([tmp_path])
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert len({first, second, fingerprint([tmp_path])}) == 3


def report() -> Report:
    rows = scored({True: [1, 0], False: [1, 1]})
    gates = {"s": {"recall_at_1": 0.9}}
    return Report(datetime(2026, 11, 23, tzinfo=UTC), {"generators": "quote"}, METRICS, rows, gates, check(rows, gates))


def test_the_terminal_names_what_is_below_its_gate() -> None:
    assert "below its gate: s recall_at_1 (seen) 0.500 of 2, least 0.900" in as_text(report())


def test_the_json_carries_interval_and_both_halves() -> None:
    row = as_json(report())["metrics"][0]
    assert (row["metric"], row["all"]["n"], row["seen"]["mean"], row["unseen"]["mean"]) == ("recall_at_1", 4, 0.5, 1.0)
    assert row["all"]["low"] < row["all"]["mean"] < row["all"]["high"]


def test_the_page_is_one_file_and_shows_text_as_text(tmp_path: Path) -> None:
    written = write(report(), tmp_path)
    assert [path.suffix for path in written] == [".json", ".html", ".md"]
    assert json.loads(written[0].read_text(encoding="utf-8"))["passed"] is False
    page = written[1].read_text(encoding="utf-8")
    assert "<b>多少" not in page
    assert "&lt;b&gt;多少" in page
    assert "http" not in page
    assert "<script" not in page


def test_a_report_without_crossed_gates_passes() -> None:
    assert as_json(replace(report(), crossed=()))["passed"] is True
