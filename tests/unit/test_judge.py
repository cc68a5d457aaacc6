"""The judge's own parts: what it may write, how an answer becomes statements, how far it can be trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import LlmSettings
from eval.judge.calibration import Held, agreements, kappa, load
from eval.judge.endpoint import CannotJudge, Endpoint, Spent
from eval.judge.judgement import Judged, Judgement, Kept, Point
from eval.judge.judging import Plan, disagreements, drawn, judge_all, measured
from eval.judge.report import JudgedRun, as_html, as_json, as_text
from eval.judge.samples import METRICS, Sample, samples_of
from eval.judge.shapes import Garbled, verdicts
from eval.judge.statements import statements_of
from eval.loopback import serving
from eval.runs import Result, RunFolder
from tests.judge_server import JudgeServer

SAMPLE = Sample("sample", "s1", "年费多少？", "金卡年费300元。", ("金卡主卡年费300元。",), "年费300元", True)


def judgement(value: float | None, *, case: str = "s1", draw: int = 0, metric: str = "faithfulness") -> Judgement:
    error = "" if value is not None else "slow"
    return Judgement(
        "j", "sample", case, metric, draw, Judged(value, error, error, [Point("a", 1, "有")], Spent(1, 9, 3, 0.5))
    )


@pytest.mark.parametrize(
    "text",
    [
        '[{"reason":"有","verdict":1}]',  # too short a reason
        '[{"reason":"材料写明","verdict":2}]',
        '[{"reason":"材料写明","verdict":NaN}]',
        '[{"reason":"材料写明","verdict":1},{"reason":"材料写明","verdict":1}]',
        '[{"reason":"材料写明","verdict":1}] 因此是对的',
        '{"verdict":1}',
        "",
    ],
)
def test_only_the_shape_that_was_asked_for_is_read(text: str) -> None:
    with pytest.raises(Garbled):
        verdicts(1, 40).read(text)


def test_a_verdict_comes_with_its_reason() -> None:
    first, second = verdicts(2, 40).read('[{"reason":"材料写明","verdict":1},{"reason":"是满6次","verdict":0}]')
    assert (first.verdict, second.verdict, second.reason) == (1, 0, "是满6次")


def test_an_answer_is_cut_into_its_claims_and_the_laws_own_sentences_are_left_out() -> None:
    text = (
        "收费如下：\n- 金卡主卡年费300元[1]；附属卡150元[1]。\n存期：1年；年利率：1.25%[2]\n"
        "业绩比较基准和过往业绩不代表产品未来表现，不等于实际收益，投资须谨慎。"
    )
    assert statements_of(text) == ["金卡主卡年费300元；", "附属卡150元。", "存期：1年；年利率：1.25%"]
    assert statements_of("年利率1.25%。1.5万元以上另计。") == ["年利率1.25%。", "1.5万元以上另计。"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("garbage", "garbage"), ("hang", "slow"), ("refuse", "status_500"), ("cut", "cut"), ("nan", "garbage")],
)
async def test_what_a_judge_does_wrong_has_a_code_and_costs_time(fault: str, code: str) -> None:
    # Only one that never answers need be given up soon: a busy machine is slow with the others.
    patience_s = 0.3 if fault == "hang" else 60.0
    server = JudgeServer({"金卡": fault})
    async with serving(server.app) as url:
        endpoint, spent = Endpoint(LlmSettings(base_url=f"{url}/v1"), temperature=0, patience_s=patience_s), Spent()
        with pytest.raises(CannotJudge) as failed:
            await endpoint.ask("例\n\n材料：金卡\n陈述：\n1. 金卡\n结果：", verdicts(1, 40), 1, spent)
        await endpoint.close()
    assert failed.value.code == code
    assert (spent.calls, spent.seconds > 0) == (1, True)


async def test_no_server_is_an_error_with_a_code() -> None:
    endpoint = Endpoint(LlmSettings(base_url="http://127.0.0.1:9/v1"), temperature=0, patience_s=60)
    with pytest.raises(CannotJudge) as failed:
        await endpoint.ask("例\n\n材料", verdicts(1, 40), 1, Spent())
    await endpoint.close()
    assert failed.value.code == "unreachable"


async def test_the_decoder_is_bound_and_the_seed_given() -> None:
    server = JudgeServer()
    async with serving(server.app) as url:
        endpoint, spent = Endpoint(LlmSettings(base_url=f"{url}/v1"), temperature=0.3, patience_s=60), Spent()
        (one,) = await endpoint.ask("例\n\n材料：300\n陈述：\n1. 300\n结果：", verdicts(1, 40), 7, spent)
        await endpoint.close()
    (body,) = server.requests
    assert body["structured_outputs"] == {"regex": verdicts(1, 40).pattern}
    assert (body["seed"], body["temperature"], one.verdict) == (7, 0.3, 1)
    assert spent.completion_tokens > 0


class Scripted:
    """Gives what it is told, by seed, and counts."""

    def __init__(self, by_seed: dict[int, float | None]) -> None:
        self.by_seed, self.asked = by_seed, 0

    async def judge(self, metric: str, sample: Sample, seed: int) -> Judged:
        self.asked += 1
        value = self.by_seed[seed]
        return Judged(value, "" if value is not None else "slow", "slow", [], Spent(1))


async def test_a_judging_goes_on_where_it_stopped_and_tries_again_what_failed(tmp_path: Path) -> None:
    plan = Plan(("faithfulness",), again=0.0, seed=1, at_once=2)
    others = [SAMPLE, Sample("sample", "s2", "问", "答复在此。", ("答复在此。",), "", False)]
    first = Scripted({1: None})
    await judge_all(first, "j", others[:1], plan, Kept.open(tmp_path))
    again = Scripted({1: 1.0})
    made = await judge_all(again, "j", others, plan, Kept.open(tmp_path))
    assert [one.value for one in made] == [1.0, 1.0]
    assert again.asked == 2
    third = Scripted({1: 0.0})
    assert [one.value for one in await judge_all(third, "j", others, plan, Kept.open(tmp_path))] == [1.0, 1.0]
    assert third.asked == 0
    assert [one.value for one in await judge_all(third, "another", others, plan, Kept.open(tmp_path))] == [0.0, 0.0]


async def test_two_draws_that_differ_are_listed_and_a_failed_one_is_no_agreement(tmp_path: Path) -> None:
    plan = Plan(("faithfulness",), again=1.0, seed=1, at_once=2)
    made = await judge_all(Scripted({1: 1.0, 2: 0.5}), "j", [SAMPLE], plan, Kept.open(tmp_path))
    apart, pairs = disagreements(made)
    assert [(one.first.value, one.second.value) for one in apart] == [(1.0, 0.5)]
    assert pairs == 1
    assert disagreements([judgement(1.0), judgement(None, draw=1)]) == ([], 0)


def test_the_same_part_is_judged_twice_each_time() -> None:
    samples = [Sample("sample", f"s{at}", "问", "答复在此。", ("答复。",), "", False) for at in range(20)]
    plan = Plan(("faithfulness", "factual_correctness"), again=0.25, seed=3, at_once=1)
    wanted = drawn(samples, plan)
    assert len([draw for _, _, draw in wanted if draw]) == 5
    assert wanted == drawn(samples, plan)
    assert {metric for _, metric, _ in wanted} == {"faithfulness"}


def test_a_failed_judgement_is_an_error_never_a_number_and_never_a_pass() -> None:
    made = [judgement(1.0), judgement(None, case="s2")]
    (one,) = measured(made, METRICS)
    assert (one.score.n, one.score.mean, one.errors, one.least) == (1, 1.0, 1, 0.5)
    told = JudgedRun(
        "r", {"model": "m"}, datetime(2026, 11, 1, tzinfo=UTC), [one], made, [], 0, [], 1.0, {"faithfulness": 0.9}
    )
    assert not told.passed
    assert told.below == ["faithfulness 0.500, least 0.900"]
    assert "NaN" not in json.dumps(as_json(told))
    assert "no judgement: sample s2 faithfulness" in as_text(told)
    assert "not calibrated" in as_text(told)
    assert "slow" in as_html(told)
    never = JudgedRun("r", {}, told.at, [], [judgement(1.0)], [], 0, [], 1.0, {"context_precision": 0.5})
    assert never.below == ["context_precision was not judged"]


def test_kappa_is_agreement_beyond_chance() -> None:
    assert kappa([(1, 1), (0, 0)] * 10) == 1.0
    assert kappa([(1, 1), (0, 1)] * 10) == 0.0
    # Cohen's own formula: seen .7, chance .5*.6 + .5*.4 = .5
    pairs = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert kappa(pairs) == pytest.approx(0.4)


def test_the_labelled_set_is_balanced_and_a_judge_that_fails_is_worth_nothing() -> None:
    items = load()
    assert len(items) >= 40
    for kind in ("supported", "useful", "relevant"):
        labels = [item.label for item in items if item.kind == kind]
        assert sum(labels) * 2 == len(labels) >= 14
    right = [Held(item, Judged(float(item.label), "", "", [], Spent())) for item in items]
    assert agreements(right)[-1].kappa == 1.0
    failed = [Held(item, Judged(None, "slow", "", [], Spent())) for item in items]
    assert (agreements(failed)[-1].kappa, agreements(failed)[-1].errors) == (-1.0, len(items))


def test_a_stored_run_gives_its_answered_cases_with_what_reached_the_model(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    row = {"passage_id": "p1", "title": "费用表", "section": "", "text": "活期年利率0.05%。"}
    turn = {"status": "answered", "text": "0.05%[1]。", "citations": [row]}
    run.keep(
        "sample", "s001", Result(turn, {"passages": [row, row | {"passage_id": "p2", "text": "别的"}]}, ("p1",), 0.1)
    )
    run.keep("sample", "s002", Result(turn | {"status": "abstained"}, {}, None, 0.1))
    (sample,) = samples_of(tmp_path)
    assert sample.contexts == ["《费用表》活期年利率0.05%。"]
    assert [metric for metric in METRICS if sample.bears(metric)] == [
        "faithfulness",
        "answer_relevancy",
        "context_precision",
    ]
    with pytest.raises(FileNotFoundError):
        samples_of(tmp_path / "nowhere")
