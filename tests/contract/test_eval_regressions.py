"""Four faults made on purpose: `python -m eval run` ends with exit code 1 and names the cause of each.

Each run is a whole evaluation of the suites of questions in the evaluation's own environment: long.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eval.cases import suite_names

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
ROOT = Path(__file__).parent.parent.parent
_RULE = "in.privacy.exercise"


@pytest.fixture(scope="module")
def python() -> str:
    command = [sys.executable, "-m", "deploy.local.environments", "eval"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def evaluated(python: str, out: Path, *options: str, tree: Path = ROOT, **environment: str) -> tuple[int, str]:
    command = [python, "-m", "eval", "run", *suite_names(), "--out", str(out), *options]
    done = subprocess.run(
        command, cwd=tree, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_service_as_it_is_passes(python: str, tmp_path: Path) -> None:
    code, told = evaluated(python, tmp_path)
    assert code == 0, told
    assert "passed" in next(tmp_path.glob("*.md")).read_text(encoding="utf-8")


def test_one_passage_instead_of_four_is_noticed_and_named(python: str, tmp_path: Path) -> None:
    code, told = evaluated(python, tmp_path, WENDA_SEARCH__TOP_K="1")
    assert code == 1, told
    assert "below its gate: pairs needed_passages_reach_the_model" in told
    assert "worse than the baseline: pairs needed_passages_reach_the_model" in told
    assert "changed since the baseline: setting search.top_k: 4 → 1" in told


def test_a_stale_edition_that_was_approved_is_noticed_and_named(python: str, tmp_path: Path) -> None:
    code, told = evaluated(python, tmp_path, "--break", "stale")
    assert code == 1, told
    assert "below its gate: sample no_stale_citation" in told
    assert re.search(
        r"changed since the baseline: document 稳盈固收90天持有期理财产品说明书: .* → .*v3 2026-08-01", told
    )


def test_citations_bound_to_nothing_are_noticed_and_named(python: str, tmp_path: Path) -> None:
    code, told = evaluated(python, tmp_path, "--break", "binding")
    assert code == 1, told
    assert "worse than the baseline: sample citations_support_their_sentence" in told
    assert "changed since the baseline: setting citations.bound: True → False" in told


def test_a_rule_that_is_gone_is_noticed_and_named(python: str, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for folder in ("app", "eval", "guardrails", "ingestion", "tests"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    rules = tree / "guardrails" / "rules" / "input_service.yaml"
    text = rules.read_text(encoding="utf-8")
    without = re.sub(rf"(?ms)^- id: {re.escape(_RULE)}\n.*?(?=^- id: )", "", text)
    assert without != text
    rules.write_text(without, encoding="utf-8")
    code, told = evaluated(python, tmp_path / "out", tree=tree)
    assert code == 1, told
    assert f"missing since the baseline: rules {_RULE}" in told
