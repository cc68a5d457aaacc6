"""What of a stored run can be judged: answered questions, with what reached the model and what a right answer says."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.cases import Case, load_suites
from eval.judge.statements import statements_of
from eval.runs import Result, RunFolder

METRICS = ("faithfulness", "answer_relevancy", "factual_correctness", "context_precision")


@dataclass(frozen=True, slots=True)
class Sample:
    """contexts: passages, best first. reference: a right answer, or its facts. whole: the reference is an answer."""

    suite: str
    case: str
    question: str
    response: str
    contexts: Sequence[str]
    reference: str
    whole: bool

    def bears(self, metric: str) -> bool:
        """Whether the metric says anything here: correctness wants a whole answer to compare with, precision a gold."""
        match metric:
            case "faithfulness":
                return bool(self.contexts and statements_of(self.response))
            case "context_precision":
                return bool(self.contexts and self.reference)
            case "factual_correctness":
                return bool(self.whole and statements_of(self.response) and statements_of(self.reference))
            case _:
                return bool(self.response)


def samples_of(run: Path, *, suites: Sequence[str] = (), most: int | None = None) -> list[Sample]:
    """most: so many, drawn anew the same way each time. Raises FileNotFoundError for a run or suite that is gone."""
    if not (run / "cases.jsonl").is_file():
        raise FileNotFoundError(f"{run} is no stored run: it has no cases.jsonl")
    results = RunFolder(run).results()
    names = [name for name in dict.fromkeys(suite for suite, _ in results) if not suites or name in suites]
    cases = {(one.name, case.id): case for one in (load_suites(names) if names else ()) for case in one.cases}
    made = [
        _sample(key[0], cases[key], result)
        for key, result in results.items()
        if key in cases and result.turn["status"] == "answered"
    ]
    if most is not None and most < len(made):
        chosen = sorted(random.Random("judged").sample(range(len(made)), most))
        made = [made[at] for at in chosen]
    return made


def _sample(suite: str, case: Case, result: Result) -> Sample:
    facts = "；".join(fact.split("|")[0] for fact in case.answer_facts)
    return Sample(
        suite,
        case.id,
        "".join([*(f"{text} " for text in case.history), case.question]),
        str(result.turn["text"]),
        _contexts(result),
        case.reference or facts,
        bool(case.reference),
    )


def _contexts(result: Result) -> list[str]:
    """The passages that reached the model; of a follow-up, which is not searched for anew, those it cited."""
    reached = set(result.reached or ())
    found: list[Mapping[str, Any]] = [row for row in result.found.get("passages", ()) if row["passage_id"] in reached]
    told = found or list(result.turn["citations"])
    return list(dict.fromkeys(_words(row) for row in told))


def _words(row: Mapping[str, Any]) -> str:
    head = " ".join(part for part in (row["title"], row.get("section") or "", row.get("question") or "") if part)
    return f"《{head}》{row['text']}"
