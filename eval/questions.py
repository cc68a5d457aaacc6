"""The suites of questions: ask, score, hold against the gates and the stored baseline, report."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app.evaluation.comparing import Versions
from app.knowledge.parameters import shipped
from app.settings import Settings
from eval.cases import Suite, load_suites
from eval.corpus import Corpus, read_corpus
from eval.gate import check, load_gates
from eval.metrics import METRICS, Outcome, score
from eval.metrics_ragas import ragas_metrics
from eval.regression import causes, load_baseline, load_rules, losses, missing, store_baseline, values_of
from eval.report import Report, as_text, write
from eval.run import log_in, run
from eval.runs import RunFolder
from eval.sabotage import approve_outdated
from eval.service import NO_MODEL, serving
from eval.versions import commit, read_versions

# What must hold whatever the model says, with the evidence gate forced open too.
_ALWAYS = ("numbers_are_supported", "nobody_is_invented")
_TURN_S = 300.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Asked:
    outcomes: Sequence[Outcome]
    versions: Versions
    folder: RunFolder


@asynccontextmanager
async def _service(options: argparse.Namespace, corpus: Corpus) -> AsyncIterator[tuple[str, Settings]]:
    if options.url:
        yield options.url, Settings()
        return
    async with serving(
        corpus,
        llm=options.llm,
        require_sufficient=not options.open_gate,
        binds_citations=options.broken != "binding",
    ) as served:
        if options.broken == "stale":
            await approve_outdated(served[0])
        yield served


async def _ask(options: argparse.Namespace, suites: Sequence[Suite], corpus: Corpus, folder: RunFolder) -> _Asked:
    async with _service(options, corpus) as (url, settings), httpx.AsyncClient(base_url=url, timeout=_TURN_S) as client:
        token = settings.token.get_secret_value() if options.url and settings.token else None
        await log_in(client, token)
        versions = await read_versions(client, settings, options.llm, binds_citations=options.broken != "binding")
        folder.bind(versions, commit())
        at_once = _AT_ONCE if options.llm == NO_MODEL and not options.url else 1
        outcomes = await run(client, suites, corpus, settings.bank.hotline, kept=folder, at_once=at_once)
        return _Asked(outcomes, versions, folder)


def evaluate_questions(options: argparse.Namespace, names: Sequence[str]) -> int:
    """Exit code 1 when a gate does not hold or a metric fell significantly under the baseline.

    Raises NotTheSame when a run to go on with was begun with other versions.
    """
    suites, corpus, gates, started = load_suites(names), read_corpus(), load_gates(), datetime.now(UTC)
    name = options.id or f"{'-'.join(names)}-{started:%Y%m%d-%H%M%S}"
    folder = RunFolder(options.resume) if options.resume else RunFolder.begin(options.out, name)
    asked = asyncio.run(_ask(options, suites, corpus, folder))
    # ragas wants no loop of ours around it.
    metrics = (*METRICS, *ragas_metrics())
    scored = [score(outcome, metrics) for outcome in asked.outcomes]
    generators = sorted({outcome.turn["generator"] for outcome in asked.outcomes})
    config = {
        "generators": ", ".join(generators),
        "evidence gate": "open" if options.open_gate else "as shipped",
        "commit": commit(),
        "run": folder.folder.name,
    }
    if options.broken:
        config["broken on purpose"] = options.broken
    # A model's answers and an open gate are another product than the baseline's.
    plain = options.llm == NO_MODEL and not options.open_gate and not options.url
    baseline, rules = load_baseline() if plain else None, load_rules()
    lost = losses(baseline.values, values_of(scored), rules) if baseline else []
    gone = missing(baseline, asked.versions, rules) if baseline else []
    crossed = check(scored, gates, _ALWAYS if options.open_gate else ())
    changed = causes(baseline, asked.versions) if baseline else []
    report = Report(
        started, config, metrics, scored, gates, crossed, lost, gone, changed, asked.versions, name, shipped().threshold
    )
    sys.stdout.write(as_text(report) + "\n")
    for path in write(report, options.out):
        sys.stdout.write(f"{path}\n")
    if options.baseline:
        store_baseline(scored, asked.versions, commit())
        sys.stdout.write("stored as the baseline\n")
        return 1 if crossed else 0
    return 0 if report.passed else 1
