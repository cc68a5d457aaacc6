"""A small judged run over real vLLM with the packaged model: two cases, two metrics; the path counts, not the score.

The run is stored by hand, with passages that the product's own search finds and the right answer as the answer: asking
the model for answers too would take minutes, and test_answers asks it. WENDA_E2E=full judges ten cases, all metrics.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from eval import run
from eval.cases import Case, Suite, load_suites
from eval.judge.samples import METRICS
from eval.runs import Result, RunFolder
from tests.e2e.conftest import SHORT
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parent.parent.parent
# Short: a reason of a dozen characters, one passage; a small model on two cores writes a token a second.
CASES, PASSAGES, REASON = (2, 1, 12) if SHORT else (10, 1, 16)
JUDGED = ["faithfulness", "answer_relevancy"] if SHORT else list(METRICS)


def right_answers() -> list[tuple[Suite, Case]]:
    """Short answers in full words first: what a judge reads costs time."""
    (suite,) = load_suites(["pairs"])
    cases = [case for case in suite.cases if case.reference and case.seen and not case.history]
    return [(suite, case) for case in sorted(cases, key=lambda case: len(case.reference))[:CASES]]


async def stored(stack: Stack, folder: Path) -> None:
    kept = RunFolder(folder)
    async with httpx.AsyncClient(base_url=stack.url, timeout=60, trust_env=False) as client:
        await run.log_in(client)
        for suite, case in right_answers():
            found = await run.find(client, suite, case)
            turn = {"status": "answered", "text": case.reference, "citations": found["passages"][:PASSAGES]}
            reached = tuple(row["passage_id"] for row in found["passages"][:PASSAGES])
            kept.keep(suite.name, case.id, Result(turn, found, reached, 0.0))


def test_the_packaged_model_judges_in_shape_with_a_reason_each(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    # In a thread of its own: the browser's tests keep a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, stored(stack, tmp_path / "run")).result()
    command = [sys.executable, "-m", "deploy.local.environments", "eval"]
    python = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    begun = time.monotonic()
    done = subprocess.run(
        [python, "-m", "eval", "judge", tmp_path / "run", "--metrics", ",".join(JUDGED), "--again", "0",
         "--reason", str(REASON), "--at-once", "8", "--patience", "600", "--out", tmp_path / "out"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WENDA_LLM__BASE_URL": f"http://127.0.0.1:{stack.vllm_port}/v1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    print(f"\njudged in {time.monotonic() - begun:.0f} s\n{done.stdout}", flush=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(next((tmp_path / "out").glob("judged-*.json")).read_text(encoding="utf-8"))
    assert [row["metric"] for row in told["metrics"]] == JUDGED
    assert [(row["n"], row["errors"]) for row in told["metrics"]] == [(CASES, 0)] * len(JUDGED)
    for judged in told["judgements"]:
        assert math.isfinite(judged["value"])
        assert judged["points"]
        assert all(len(point["reason"]) >= 2 for point in judged["points"])
    assert told["cost"]["completion_tokens"] > 0
