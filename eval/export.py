"""A run as ragas reads it: `EvaluationDataset.from_jsonl(path)`, one question a line.

Field names are ragas' own (SingleTurnSample): user_input, response, reference, retrieved_contexts and their ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.cases import Suite, load_suites
from eval.marks import without_marks
from eval.runs import Result, RunFolder


def as_sample(suite: Suite, case_id: str, result: Result) -> dict[str, Any]:
    """What reached the model stands as the retrieved contexts; our citation marks are taken out of the answer."""
    case = next(case for case in suite.cases if case.id == case_id)
    reached = set(result.reached or ())
    passages: list[Mapping[str, Any]] = [
        row for row in result.found.get("passages", ()) if not reached or row["passage_id"] in reached
    ]
    sample: dict[str, Any] = {
        "user_input": case.question,
        "response": without_marks(str(result.turn["text"])),
        "retrieved_contexts": [str(row["text"]) for row in passages],
        "retrieved_context_ids": [str(row["passage_id"]) for row in passages],
    }
    reference = case.reference or "；".join(fact.split("|")[0] for fact in case.answer_facts)
    return sample | ({"reference": reference} if reference else {})


def write_ragas(run: Path, out: Path) -> int:
    """How many lines were written. Raises FileNotFoundError for a suite that is gone, StopIteration for such a case."""
    results = RunFolder(run).results()
    suites = {suite.name: suite for suite in load_suites(list(dict.fromkeys(name for name, _ in results)))}
    with out.open("w", encoding="utf-8") as lines:
        for (name, case_id), result in results.items():
            lines.write(json.dumps(as_sample(suites[name], case_id, result), ensure_ascii=False) + "\n")
    return len(results)
