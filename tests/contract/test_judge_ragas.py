"""ragas' own classes over our judge, in the evaluation's environment, over real sockets: right, wrong and failing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.loopback import serving
from eval.runs import Result, RunFolder
from tests.judge_server import JudgeServer

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parent.parent.parent
PASSAGE = {
    "passage_id": "p1",
    "title": "收费标准",
    "section": "",
    "text": "活期存款的年利率为0.05%，口头挂失5天内有效。",
}
OTHER = {"passage_id": "p2", "title": "别的", "section": "", "text": "这里没有数字。"}
# Case -> the answer, and what the judge does wrong with it.
ANSWERS = {
    "s001": ("活期存款的年利率是0.05%[1]。每月9日结息[1]。", ""),
    "s002": ("口头挂失5天内有效[1]。", ""),
    "s003": ("书面挂失收10元[1]。", "garbage"),
    "s004": ("补卡收5元工本费[1]。", "hang"),
    "s005": ("大额存单20万元起[1]。", "cut"),
    "s006": ("利率按0.05%计息，摇摆不定[1]。", "flip"),
}


@pytest.fixture(scope="module")
def python() -> str:
    command = [sys.executable, "-m", "deploy.local.environments", "eval"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def report(out: Path) -> dict[str, Any]:
    pages = sorted(out.glob("judged-*.json"))
    return json.loads(pages[-1].read_text(encoding="utf-8")) if pages else {}


async def judged(python: str, url: str, run: Path, out: Path, *options: str) -> tuple[int, str]:
    command = [python, "-m", "eval", "judge", str(run), "--out", str(out), "--patience", "15", *options]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WENDA_LLM__BASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_a_run_is_judged_by_ragas_with_every_failure_an_item_of_its_own(python: str, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.folder.mkdir()
    for case, (answer, _) in ANSWERS.items():
        turn = {"status": "answered", "text": answer, "citations": [PASSAGE]}
        run.keep("sample", case, Result(turn, {"passages": [PASSAGE, OTHER]}, ("p1", "p2"), 0.1))
    server = JudgeServer({answer.split("[")[0][:9]: fault for answer, fault in ANSWERS.values() if fault})
    options = ("--again", "1", "--calibrate", "--least", "faithfulness=0.9")
    async with serving(server.app) as url:
        code, text = await judged(python, f"{url}/v1", run.folder, tmp_path / "out", *options)
    told = report(tmp_path / "out")
    assert code == 1, text
    by_key = {(row["case"], row["metric"], row["draw"]): row for row in told["judgements"]}
    faithful = {case: by_key[case, "faithfulness", 0] for case in ANSWERS}
    # ragas' formula: supported statements over all.
    assert [faithful[case]["value"] for case in ("s001", "s002", "s006")] == [0.5, 1.0, 1.0]
    assert [(point["about"], point["verdict"]) for point in faithful["s001"]["points"]] == [
        ("活期存款的年利率是0.05%。", 1),
        ("每月9日结息。", 0),
    ]
    assert {case: (row["value"], row["error"]) for case, row in faithful.items() if row["error"]} == {
        "s003": (None, "garbage"),
        "s004": (None, "slow"),
        "s005": (None, "cut"),
    }
    assert [(row["case"], row["values"]) for row in told["apart"] if row["metric"] == "faithfulness"] == [
        ("s006", [1.0, 0.0])
    ]
    # Its context precision: the first of two contexts holds the reference's figure, the second does not count.
    assert by_key["s002", "context_precision", 0]["value"] == pytest.approx(1.0, abs=1e-6)
    assert 0.5 < by_key["s002", "answer_relevancy", 0]["value"] <= 1.0
    assert all(point["reason"] for row in told["judgements"] for point in row["points"])
    assert "factual_correctness" not in {row["metric"] for row in told["metrics"]}  # no whole reference answers
    assert "below what was asked for: faithfulness" in text
    assert "judge against people" in text
    assert told["calibration"][-1]["n"] >= 40
    assert told["cost"]["calls"] == sum(row["spent"]["calls"] for row in told["judgements"])
    assert "NaN" not in json.dumps(told)


async def test_no_judge_is_said_and_not_a_score(python: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    command = [python, "-m", "eval", "judge", str(tmp_path / "run")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WENDA_LLM")}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert "WENDA_LLM__BASE_URL" in told.decode()
