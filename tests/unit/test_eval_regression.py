"""A run is held against the stored baseline pair by pair, and what changed since then is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.evaluation.comparing import differences, hold, hold_against, share_without_loss
from eval.cases import load_suites, suite_names
from eval.compare import as_html, as_text, word_difference
from eval.export import as_sample
from eval.regression import Rules, load_baseline, load_rules, losses, store_baseline
from eval.runs import NotTheSame, Result, RunFolder
from eval.versions import read_rules

RULES = Rules(significance=0.02, resamples=2000, metrics=("m",))


def values(marks: list[float]) -> dict[str, dict[str, dict[str, float]]]:
    return {"s": {f"c{at}": {"m": mark} for at, mark in enumerate(marks)}}


def test_a_clear_loss_is_found_with_its_cases_and_a_slip_is_not() -> None:
    whole = [1.0] * 40
    found = losses(values(whole), values([0.0] * 6 + whole[6:]), RULES)
    assert [(change.before, change.after, change.n) for change in found] == [(1.0, 0.85, 40)]
    assert found[0].worse == [f"c{at}" for at in range(6)]
    assert losses(values(whole), values([0.0] * 2 + whole[2:]), RULES) == []


def test_losses_made_up_for_elsewhere_are_none() -> None:
    before, after = [1.0] * 5 + [0.0] * 5 + [1.0] * 30, [0.0] * 5 + [1.0] * 5 + [1.0] * 30
    assert losses(values(before), values(after), RULES) == []


def test_only_cases_and_suites_that_both_runs_have_count() -> None:
    change = hold(values([1.0] * 10), values([1.0] * 4), "s", "m", 1000)
    assert change is not None
    assert change.n == 4
    assert hold({}, values([1.0]), "s", "m", 1000) is None


def test_the_same_gains_give_the_same_share() -> None:
    gains = [-1.0, 0.0, 0.0, 1.0, -1.0]
    assert share_without_loss(gains, 1000, "x") == share_without_loss(gains, 1000, "x")
    assert share_without_loss([0.0] * 5, 1000, "x") == 1.0


def test_what_changed_is_told_in_sentences_settings_first() -> None:
    before = {"settings": {"search.top_k": "4"}, "rules": {"in.fraud": "a", "in.anger": "b"}, "code": {"app/chat": "1"}}
    after = {"settings": {"search.top_k": "1"}, "rules": {"in.anger": "c"}, "code": {"app/chat": "1"}}
    assert differences(before, after) == [
        "setting search.top_k: 4 → 1",
        "rule in.anger: changed",
        "rule in.fraud: removed",
    ]


def test_every_rule_is_known_by_its_id() -> None:
    rules = read_rules(Path("guardrails"))
    assert {"in.complaint.lodge", "in.fraud.already", "out.pii_leak.card"} <= rules.keys()


def test_the_stored_baseline_is_of_the_shipped_suites_and_its_metrics_exist() -> None:
    baseline = load_baseline()
    assert baseline is not None
    assert {"sample", "absent", "pairs", "limits"} <= set(baseline.values) <= set(suite_names())
    measured = {name for cases in baseline.values.values() for row in cases.values() for name in row}
    assert set(load_rules().metrics) <= measured
    assert baseline.versions["settings"]["search.top_k"] == "4"


def test_a_baseline_is_stored_one_line_a_case_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps({"commit": "a", "versions": {}, "values": values([1.0, 0.5])}))
    store_baseline([], {"settings": {"search.top_k": "4"}}, "b", path)
    read = load_baseline(path)
    assert read is not None
    assert (read.commit, read.values) == ("b", values([1.0, 0.5]))
    assert sum('"c' in line for line in path.read_text().splitlines()) == 3  # two cases and the commit


def test_an_interrupted_run_goes_on_only_with_what_it_began_with(tmp_path: Path) -> None:
    run = RunFolder.begin(tmp_path, "sample-20261126-000000")
    run.bind({"settings": {"search.top_k": "4"}}, "abc")
    run.keep("sample", "s1", Result({"status": "answered"}, {}, ("p",), 0.5))
    with (run.folder / "cases.jsonl").open("a") as lines:
        lines.write('{"suite": "sample", "id": "s2", "tu')  # a crash cut it
    again = RunFolder(run.folder)
    again.bind({"settings": {"search.top_k": "4"}}, "abc")
    again.keep("sample", "s3", Result({"status": "abstained"}, {}, None, 0.1))
    assert list(again.results()) == [("sample", "s1"), ("sample", "s3")]
    with pytest.raises(NotTheSame, match=r"search\.top_k: 4 → 1"):
        again.bind({"settings": {"search.top_k": "1"}}, "abc")


def report(text: str, mark: float, top_k: str) -> dict[str, object]:
    case = {
        "suite": "s",
        "id": "c1",
        "question": "年费？",
        "status": "answered",
        "reason": "",
        "text": text,
        "cited": ["甲 › 一"],
        "rule_ids": [],
        "passages": ["p1"],
        "values": {"m": mark},
    }
    metrics = [{"suite": "s", "metric": "m"}]
    return {"cases": [case], "metrics": metrics, "versions": {"settings": {"search.top_k": top_k}}}


def test_two_runs_are_compared_case_by_case_with_the_words_that_changed() -> None:
    comparison = hold_against(report("年费800元。", 1.0, "4"), report("年费200元。", 0.0, "1"))
    told = as_text(comparison)
    assert "changed between the runs: setting search.top_k: 4 → 1" in told
    assert "worse: m" in told
    assert "年费[-800-]{+200+}元。" in told
    assert "<del>800</del><ins>200</ins>" in as_html(comparison)
    same = hold_against(report("一样", 1.0, "4"), report("一样", 1.0, "4"))
    assert (same.same, list(same.moved)) == (1, [])


def test_markup_in_an_answer_is_text_in_the_page() -> None:
    comparison = hold_against(report("<b>", 1.0, "4"), report("<script>x</script>", 1.0, "4"))
    assert "<script>" not in as_html(comparison)
    assert word_difference("a", "a") == "a"


def test_a_run_is_exported_under_ragas_own_names_without_our_marks() -> None:
    found = {"passages": [{"passage_id": "p1", "text": "甲"}, {"passage_id": "p2", "text": "乙"}]}
    result = Result({"status": "answered", "text": "年费800元[1]。"}, found, ("p1",), 0.1)
    suite = load_suites(["pairs"])[0]
    sample = as_sample(suite, "p003", result)
    assert sample["response"] == "年费800元。"
    assert (sample["retrieved_contexts"], sample["retrieved_context_ids"]) == (["甲"], ["p1"])
    assert sample["reference"] == suite.cases[2].reference
