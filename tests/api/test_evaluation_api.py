"""The evaluation console over HTTP: stored runs, a case's trace, two runs compared, a run started and stopped."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.evaluation.running import AlreadyRunning, Config, EvaluationRuns, NotInstalled, UnknownSuite
from app.evaluation.stored import StoredRuns, UnknownRun, suites
from eval.cases import SUITES, load_suites
from tests.api.conftest import Service

METRIC = {"suite": "sample", "metric": "recall_at_4", "claim": "found", "gate": 0.9}
SCORE = {"mean": 1.0, "n": 2, "low": 0.3, "high": 1.0}


def case(case_id: str, text: str, fact: float) -> dict[str, Any]:
    return {
        "suite": "sample",
        "id": case_id,
        "tag": "plain",
        "seen": True,
        "history": [],
        "question": f"{case_id}？",
        "status": "answered",
        "reason": "",
        "rule_ids": [],
        "text": text,
        "passages": ["p1"],
        "cited": ["a › b"],
        "failings": [] if fact else ["answer_facts_present"],
        "values": {"answer_facts_present": fact},
        "trace": {"raw": "模型原文"},
    }


def report(started: str, *cases: dict[str, Any], settings: str = "4") -> dict[str, Any]:
    metric = METRIC | {"all": SCORE, "seen": SCORE}
    facts = METRIC | {"metric": "answer_facts_present", "all": SCORE}
    return {
        "started": started,
        "config": {},
        "passed": True,
        "crossed": [],
        "metrics": [metric, facts],
        "cases": list(cases),
        "versions": {"settings": {"search.top_k": settings}},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the service of these tests keeps its runs."""
    reports = tmp_path / "data" / "evaluation"
    reports.mkdir(parents=True)
    one = report("2026-11-25T08:00:00+00:00", case("s1", "年费300元", 1.0), case("s2", "年费300元", 1.0))
    two = report("2026-11-26T08:00:00+00:00", case("s1", "年费300元", 1.0), case("s2", "年费800元", 0.0), settings="1")
    shares = {"suite": "guard", "at": "2026-11-26T09:00:00+00:00", "gates": {"c": 0.9}, "crossed": ["x"]}
    (reports / "one.json").write_text(json.dumps(one), encoding="utf-8")
    (reports / "two.json").write_text(json.dumps(two), encoding="utf-8")
    (reports / "guard.json").write_text(json.dumps(shares | {"shares": {"c": {"halves": {"all": SCORE}}}}))
    (reports / "calibrations.json").write_text("{}")
    (reports / "half.json").write_text('{"started": "2026')
    return reports


async def test_an_evaluator_reads_runs_cases_and_what_differs(folder: Path, service: Service) -> None:
    evaluator = await service.as_("evaluator")
    runs = (await evaluator.get("/v1/evaluation/runs")).json()["runs"]
    assert [(run["id"], run["passed"], run["suites"]) for run in runs] == [
        ("guard", False, ["guard"]),
        ("two", True, ["sample"]),
        ("one", True, ["sample"]),
    ]
    assert "cases" not in runs[1]
    assert (runs[1]["cases_total"], runs[1]["failed_cases"]) == (2, 1)
    assert runs[0]["metrics"][0] == {"suite": "guard", "metric": "c", "claim": "c", "gate": 0.9, "all": SCORE}

    whole = (await evaluator.get("/v1/evaluation/runs/two")).json()
    assert [one["id"] for one in whole["cases"]] == ["s1", "s2"]
    assert all("trace" not in one for one in whole["cases"])
    traced = (await evaluator.get("/v1/evaluation/runs/two/cases/sample/s2")).json()
    assert traced["trace"] == {"raw": "模型原文"}

    told = (await evaluator.get("/v1/evaluation/compare", params={"a": "one", "b": "two"})).json()
    assert (told["same"], told["moved_total"]) == (1, 1)
    assert told["versions"] == ["setting search.top_k: 4 → 1"]
    (moved,) = told["moved"]
    assert (moved["worse"], moved["text"]) == (
        ["answer_facts_present"],
        [
            {"kind": "same", "text": "年费"},
            {"kind": "gone", "text": "300"},
            {"kind": "come", "text": "800"},
            {"kind": "same", "text": "元"},
        ],
    )
    assert [(change["metric"], change["before"], change["after"]) for change in told["changes"]] == [
        ("answer_facts_present", 1.0, 0.5)
    ]


async def test_only_evaluators_come_in_and_nobody_reads_other_files(folder: Path, service: Service) -> None:
    for name in ("editor", "agent", "customer"):
        assert (await (await service.as_(name)).get("/v1/evaluation/runs")).status_code == 403
    evaluator = await service.as_("evaluator")
    for run in ("nothing", "half", "calibrations", "..%2f..%2fsecret", "runs"):
        answer = await evaluator.get(f"/v1/evaluation/runs/{run}")
        assert answer.status_code == 404, run
    assert (await evaluator.get("/v1/evaluation/runs/one/cases/sample/nobody")).json()["code"] == "run_not_found"
    assert (await evaluator.get("/v1/evaluation/compare", params={"a": "one", "b": "guard"})).status_code == 404


async def test_where_the_evaluation_is_not_installed_it_is_said_with_a_code(service: Service) -> None:
    evaluator = await service.as_("evaluator")
    assert (await evaluator.get("/v1/evaluation/suites")).json()["installed"] is False
    answer = await evaluator.post("/v1/evaluation/runs", json={"suite": "sample", "config": {}})
    assert (answer.status_code, answer.json()["code"]) == (503, "evaluation_not_installed")
    assert "WENDA_EVALUATION__PYTHON" in answer.json()["title"]


def test_suites_are_told_as_the_evaluation_reads_them() -> None:
    read = [(one.name, len(one.cases), sum(case.seen for case in one.cases), one.expect) for one in load_suites()]
    assert [(one.name, one.cases, one.seen, one.expect) for one in suites(SUITES)] == read


async def test_a_turn_is_told_from_the_inside_to_evaluators_only(service: Service) -> None:
    await service.publish("fee.md", "跨行转账每笔手续费2元。", title="转账收费")
    turn = await service.ask("跨行转账每笔手续费多少")
    told = (await (await service.as_("evaluator")).get(f"/v1/turns/{turn['turn_id']}/trace")).json()
    assert told["rewritten"] == "跨行转账每笔手续费多少"
    assert [(row["title"], row["text"]) for row in told["passages"]] == [("转账收费", "跨行转账每笔手续费2元。")]
    assert told["passages"][0].keys() >= {"score", "dense_rank", "lexical_rank"}
    assert (told["text"], told["prompt"]) == (turn["text"], None)
    assert told["timings"]["total"] > 0
    assert (await (await service.as_("customer")).get(f"/v1/turns/{turn['turn_id']}/trace")).status_code == 403
    assert (await (await service.as_("evaluator")).get("/v1/turns/none/trace")).status_code == 404


# -- started runs: a stand-in for the evaluation, in a folder that looks like the repository. After its first case it
# waits for the file that GO_ON names.

_STAND_IN = """
import json, os, pathlib, sys, time
go_on = os.environ.get("GO_ON", "")
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1]); run = sys.argv[sys.argv.index("--id") + 1]
place = out / "runs" / run
(place / "plan.json").write_text(json.dumps({"total": 3}))
for at in range(3):
    with (place / "cases.jsonl").open("a") as lines:
        lines.write("{}\\n")
    until = time.monotonic() + 120
    while go_on and not os.path.exists(go_on) and time.monotonic() < until:
        time.sleep(0.02)
print("below its gate: everything", os.environ["WENDA_DATABASE__URL"] == "", os.environ.get("WENDA_SEARCH__TOP_K"))
print("key", "WENDA_PRIVACY__KEY" in os.environ)
if "broken" in sys.argv:
    sys.exit(2)
(out / (run + ".json")).write_text(json.dumps({"started": "2026-11-26", "metrics": [], "cases": [], "passed": False}))
sys.exit(1)
"""


def runs_in(tmp_path: Path) -> EvaluationRuns:
    suites = tmp_path / "eval" / "suites"
    suites.mkdir(parents=True)
    (tmp_path / "eval" / "__main__.py").write_text(_STAND_IN)
    for name in ("sample", "broken"):
        head = f"name: {name}\nas_of: 2026-11-23\nexpect: answered\n"
        (suites / f"{name}.yaml").write_text(f"{head}cases:\n- id: a\n  seen: true\n- {{id: b, seen: false}}\n")
    (suites / "guard.yaml").write_text("kind: guard\n")
    return EvaluationRuns(tmp_path / "out", sys.executable, tmp_path, lambda: datetime(2026, 11, 26, tzinfo=UTC))


async def test_a_started_run_tells_how_far_it_is_and_ends_among_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = tmp_path / "go_on"
    monkeypatch.setenv("GO_ON", str(go_on))
    monkeypatch.setenv("WENDA_DATABASE__URL", "postgresql://production")
    monkeypatch.setenv("WENDA_PRIVACY__KEY", "secret")
    runs = runs_in(tmp_path)
    told = [(suite["name"], suite["cases"], suite["seen"]) for suite in runs.suites()]
    assert told == [("broken", 2, 1), ("sample", 2, 1)]
    run = await runs.start("sample", Config(top_k=2))
    with pytest.raises(AlreadyRunning):
        await runs.start("sample", Config())
    seen = []
    async for state in runs.follow(run.id):
        seen.append((state.status, state.done, state.total))
        if state.done == 1:
            go_on.touch()
    assert ("running", 1, 3) in seen
    assert seen[-1] == ("done", 3, 3)
    assert run.passed is False
    assert "below its gate: everything True 2" in run.log
    assert "key False" in run.log
    assert [one["id"] for one in runs.list()] == [run.id]
    await runs.close()


async def test_a_run_that_breaks_says_so_and_one_that_is_stopped_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = runs_in(tmp_path)
    broken = await runs.start("broken", Config())
    states = [state.status async for state in runs.follow(broken.id)]
    assert states[-1] == "failed"
    assert broken.shown()["error"]["code"] == "evaluation_failed"
    monkeypatch.setenv("GO_ON", str(tmp_path / "never"))
    slow = await runs.start("sample", Config())
    async with asyncio.timeout(60):
        async for state in runs.follow(slow.id):
            if state.total:
                break
        stopped = await runs.stop(slow.id)
    assert stopped.status == "stopped"
    async with asyncio.timeout(60):
        assert [state.status async for state in runs.follow(slow.id)] == ["stopped"]
    for wrong in ("nothing", "guard"):
        with pytest.raises(UnknownSuite):
            await runs.start(wrong, Config())
    with pytest.raises(UnknownRun):
        await runs.stop("nothing")
    with pytest.raises(NotInstalled):
        await EvaluationRuns(tmp_path, "", tmp_path, lambda: datetime.now(UTC)).start("sample", Config())
    assert StoredRuns(tmp_path / "nowhere").list() == []
