"""ragas' metrics that need no model: context precision and recall by id, chrF against a reference answer.

Needs the evaluation environment. Ids are the passages' own; a gold passage that the search did not find stands in the
reference under an id of its own. chrF counts characters, so no words need be cut: ragas' BLEU and ROUGE give 0 for
identical Chinese texts.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from eval.marks import without_marks
from eval.metrics import Metric, Outcome, holds

_TOP = 4


def ragas_metrics() -> tuple[Metric, ...]:
    """The two metrics, or none where ragas is not installed."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read at its import: it phones home
    try:
        ragas = importlib.import_module("ragas")
        metrics = importlib.import_module("ragas.metrics")
    except ImportError:
        return ()

    def scored_by(metric: Any) -> Callable[[Outcome], float | None]:
        def score(outcome: Outcome) -> float | None:
            if outcome.found is None or not outcome.case.gold:
                return None
            retrieved = [str(passage["passage_id"]) for passage in outcome.found[:_TOP]]
            sample = ragas.SingleTurnSample(retrieved_context_ids=retrieved, reference_context_ids=_reference(outcome))
            return float(metric.single_turn_score(sample))

        return score

    chrf = metrics.ChrfScore()

    def closeness(outcome: Outcome) -> float | None:
        if not outcome.case.reference or outcome.turn["status"] != "answered":
            return None
        said = without_marks(str(outcome.turn["text"]))
        sample = ragas.SingleTurnSample(response=said, reference=outcome.case.reference)
        value = float(chrf.single_turn_score(sample))
        # ragas gives NaN where it could not score; that is no score, not a zero.
        return value if value == value else None

    return (
        Metric("ragas_chrf", "Closeness of the answer to the reference, by characters (ragas, chrF)", closeness),
        Metric(
            "ragas_id_context_precision",
            "Share of the four passages that answer (ragas, by id)",
            scored_by(metrics.IDBasedContextPrecision()),
        ),
        Metric(
            "ragas_id_context_recall",
            "Share of the passages that answer which are among the four (ragas, by id)",
            scored_by(metrics.IDBasedContextRecall()),
        ),
    )


def _reference(outcome: Outcome) -> list[str]:
    ids: dict[str, None] = {}
    for number, gold in enumerate(outcome.case.gold):
        answering = [str(row["passage_id"]) for row in outcome.found or () if holds(gold, row, outcome.corpus)]
        ids.update(dict.fromkeys(answering or [f"missed {number}"]))
    return list(ids)
