"""`python -m eval run [SUITE …]`: a table on the terminal, a report in eval/reports, exit 1 under a gate."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from app.settings import Settings
from eval.cases import load_suites, suite_names
from eval.corpus import Corpus, read_corpus
from eval.gate import check, load_gates
from eval.metrics import METRICS
from eval.metrics_ragas import ragas_metrics
from eval.report import Report, as_text, write
from eval.run import log_in, run
from eval.service import NO_MODEL, serving

REPORTS = Path(__file__).parent / "reports"
# What must hold whatever the model says, with the evidence gate forced open too.
_ALWAYS = ("numbers_are_supported", "nobody_is_invented")
_TURN_S = 300.0


def arguments(line: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval", description="Evaluate the service on its suites.")
    commands = parser.add_subparsers(dest="command", required=True)
    run_ = commands.add_parser("run", help="ask, score, report; exit 1 under a gate")
    run_.add_argument("suite", nargs="*", help=f"default: all ({', '.join(suite_names())})")
    run_.add_argument("--url", help="a running service with the sample corpus (demo mode, or WENDA_TOKEN)")
    run_.add_argument("--llm", default=NO_MODEL, help="the model's OpenAI-compatible endpoint; default: none, quotes")
    run_.add_argument(
        "--open-gate", action="store_true", help="answer from any evidence (gates only what always holds)"
    )
    run_.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    return parser.parse_args(line)


@asynccontextmanager
async def _service(options: argparse.Namespace, corpus: Corpus) -> AsyncIterator[tuple[str, Settings]]:
    if options.url:
        yield options.url, Settings()
        return
    async with serving(corpus, llm=options.llm, require_sufficient=not options.open_gate) as served:
        yield served


async def evaluate(options: argparse.Namespace) -> int:
    suites, corpus, gates = load_suites(options.suite), read_corpus(), load_gates()
    metrics = (*METRICS, *ragas_metrics())
    started = datetime.now(UTC)
    async with _service(options, corpus) as (url, settings), httpx.AsyncClient(base_url=url, timeout=_TURN_S) as client:
        token = settings.token.get_secret_value() if options.url and settings.token else None
        await log_in(client, token)
        scored = await run(client, suites, corpus, metrics, settings.bank.hotline)
    generators = sorted({row.outcome.turn["generator"] for row in scored})
    config = {"generators": ", ".join(generators), "evidence gate": "open" if options.open_gate else "as shipped"}
    crossed = check(scored, gates, _ALWAYS if options.open_gate else ())
    report = Report(started, config, metrics, scored, gates, crossed)
    sys.stdout.write(as_text(report) + "\n")
    for path in write(report, options.out):
        sys.stdout.write(f"{path}\n")
    return 1 if crossed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(evaluate(arguments(sys.argv[1:]))))
