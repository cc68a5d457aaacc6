"""Other people's tools are handed our runs and our door unchanged: ragas reads a run, promptfoo's example asks the
service, GitHub calls the script that everybody calls."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.export import write_ragas
from eval.runs import Result, RunFolder
from tests.browser.real_service import RealService

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "eval" / "promptfoo" / "promptfooconfig.yaml"
_READ = """
import json, os, sys
os.environ["RAGAS_DO_NOT_TRACK"] = "true"
from ragas import EvaluationDataset
from ragas.metrics import ChrfScore, IDBasedContextPrecision
dataset = EvaluationDataset.from_jsonl(sys.argv[1])
print(json.dumps({
    "type": type(dataset.samples[0]).__name__,
    "questions": [sample.user_input for sample in dataset.samples],
    "contexts": dataset.samples[0].retrieved_contexts,
    "closeness": ChrfScore().single_turn_score(dataset.samples[0]),
}))
"""


@pytest.mark.timeout(600)
def test_ragas_own_classes_read_a_run_and_score_it(tmp_path: Path) -> None:
    row = {"passage_id": "p1", "title": "利率", "section": "", "text": "活期年利率0.05%。"}
    turn = {"status": "answered", "text": "0.05%[1]", "citations": [row]}
    run = RunFolder.begin(tmp_path, "mine")
    run.keep("sample", "s001", Result(turn, {"passages": [row]}, ("p1",), 0.1))
    run.keep("absent", "a001", Result(turn | {"status": "abstained", "text": "没有查到。"}, {}, None, 0.1))
    assert write_ragas(run.folder, tmp_path / "out.jsonl") == 2
    made = [sys.executable, "-m", "deploy.local.environments", "eval"]
    python = subprocess.run(made, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    read = subprocess.run(
        [python, "-W", "ignore", "-c", _READ, str(tmp_path / "out.jsonl")], capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    told = json.loads(read.stdout.strip().splitlines()[-1])
    assert (told["type"], told["contexts"]) == ("SingleTurnSample", ["活期年利率0.05%。"])
    assert told["questions"] == ["活期存款的年利率是多少？", "信用卡钻石卡的年费是多少？"]
    assert told["closeness"] == pytest.approx(1.0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    with RealService(tmp_path_factory.mktemp("served"), datetime(2026, 11, 26, tzinfo=UTC)) as service:
        service.publish(
            "huoqi.md", "# 活期存款\n\n活期存款的年利率为0.05%，按季结息。", title="活期存款说明", kind="product"
        )
        service.publish("card.md", "# 信用卡年费\n\n白金卡主卡年费每年800元。", title="信用卡收费", kind="product")
        yield service


_CHECKS = {
    "contains": lambda text, value: value in text,
    "not-contains": lambda text, value: value not in text,
    "not-regex": lambda text, value: not re.search(value, text),
}


def test_what_the_promptfoo_example_asks_and_asserts_holds_at_the_openai_door(served: RealService) -> None:
    """The requests that promptfoo's `openai:chat` provider makes of the file; promptfoo itself is not installed."""
    config: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    (provider,) = config["providers"]
    kind, _, model = provider["id"].split(":")
    assert (kind, provider["config"]["apiKeyEnvar"]) == ("openai", "WENDA_TOKEN")
    path = provider["config"]["apiBaseUrl"].removeprefix("http://127.0.0.1:8000") + "/chat/completions"
    asked = 0
    with served.as_("customer") as customer:
        for test in config["tests"]:
            words = config["prompts"][0].replace("{{question}}", test["vars"]["question"])
            settings = {name: provider["config"][name] for name in ("temperature", "max_tokens")}
            body = {"model": model, "messages": [{"role": "user", "content": words}], **settings}
            answer = customer.post(path, json=body)
            assert answer.status_code == 200, answer.text
            text = answer.json()["choices"][0]["message"]["content"]
            for check in [*config["defaultTest"]["assert"], *test["assert"]]:
                assert _CHECKS[check["type"]](text, check["value"]), (test["description"], check, text)
            asked += 1
    assert asked == len(config["tests"]) >= 4


def test_github_runs_the_script_that_everybody_runs() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    assert workflow["permissions"] == {"contents": "read"}
    assert job["timeout-minutes"] <= 90
