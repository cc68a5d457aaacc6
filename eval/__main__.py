"""`python -m eval run [SUITE …]`: a table on the terminal, a report in eval/reports, exit 1 under a gate."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from app.settings import Settings
from eval import cells, fit_conflicts, guard_run, handoff_run, handoff_suite, number_suite
from eval.alarms import ALARMS, measure
from eval.cases import Suite, load_suites, suite_names
from eval.corpus import Corpus, read_corpus
from eval.gate import check, load_gates
from eval.guard_suite import load as load_rails
from eval.metrics import METRICS, Outcome, score
from eval.metrics_ragas import ragas_metrics
from eval.report import Report, as_text, write
from eval.run import log_in, run
from eval.service import NO_MODEL, IngestionFailed, ServiceFailed, serving

RAILS = "guard"
REPORTS = Path(__file__).parent / "reports"
# What must hold whatever the model says, with the evidence gate forced open too.
_ALWAYS = ("numbers_are_supported", "nobody_is_invented")
_TURN_S = 300.0


def arguments(line: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval", description="Evaluate the service on its suites.")
    commands = parser.add_subparsers(dest="command", required=True)
    run_ = commands.add_parser("run", help="ask, score, report; exit 1 under a gate")
    everything = [*suite_names(), *_ALONE, *ALARMS]
    run_.add_argument("suite", nargs="*", help=f"default: all ({', '.join(everything)})")
    run_.add_argument("--url", help="a running service with the sample corpus (demo mode, or WENDA_TOKEN)")
    run_.add_argument("--llm", default=NO_MODEL, help="the model's OpenAI-compatible endpoint; default: none, quotes")
    run_.add_argument(
        "--open-gate", action="store_true", help="answer from any evidence (gates only what always holds)"
    )
    run_.add_argument("--misses", action="store_true", help="rails, handoff: show what went wrong in the seen half")
    fit_ = commands.add_parser("fit", help="fit an alarm's model on its seen pairs")
    fit_.add_argument("alarm", choices=["conflicts"])
    run_.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    return parser.parse_args(line)


@asynccontextmanager
async def _service(options: argparse.Namespace, corpus: Corpus) -> AsyncIterator[tuple[str, Settings]]:
    if options.url:
        yield options.url, Settings()
        return
    async with serving(corpus, llm=options.llm, require_sufficient=not options.open_gate) as served:
        yield served


async def _ask(options: argparse.Namespace, suites: Sequence[Suite], corpus: Corpus) -> list[Outcome]:
    async with _service(options, corpus) as (url, settings), httpx.AsyncClient(base_url=url, timeout=_TURN_S) as client:
        token = settings.token.get_secret_value() if options.url and settings.token else None
        await log_in(client, token)
        return await run(client, suites, corpus, settings.bank.hotline)


def evaluate_rails(options: argparse.Namespace) -> int:
    """The rails are asked themselves, without the service. Exit code 1 when a gate does not hold in a half."""
    minima, started = load_gates().get(RAILS, {}), datetime.now(UTC)
    report = guard_run.evaluate(load_rails())
    sys.stdout.write(guard_run.as_text(report, minima, misses=options.misses) + "\n")
    sys.stdout.write(f"{guard_run.write(report, minima, options.out, started)}\n")
    return 1 if report.crossed(minima) else 0


def evaluate_numbers(options: argparse.Namespace) -> int:
    """The number lock on its own set. Exit code 1 when a gate does not hold in a half."""
    minima, started = load_gates().get(number_suite.NAME, {}), datetime.now(UTC)
    report = number_suite.evaluate()
    sys.stdout.write(guard_run.as_text(report, minima, misses=options.misses) + "\n")
    sys.stdout.write(f"{guard_run.write(report, minima, options.out, started, name=number_suite.NAME)}\n")
    return 1 if report.crossed(minima) else 0


def evaluate_cells(options: argparse.Namespace) -> int:
    """Exit code 1 when a format or a half finds too few of the right rows."""
    token = Settings().token
    asked = asyncio.run(cells.run_cells(options.url, token.get_secret_value() if options.url and token else None))
    least = cells.least_share()
    sys.stdout.write(cells.as_text(asked, least) + "\n")
    sys.stdout.write(f"{cells.write_report(asked, options.out)}\n")
    return 1 if cells.crossed(asked, least) else 0


def _alarms(names: Sequence[str]) -> bool:
    """Measure the alarms, which need no service; whether their gates hold."""
    held = True
    for name in names:
        lines, holds = asyncio.run(measure(name, load_gates()))
        sys.stdout.write("\n".join(lines) + "\n")
        held = held and holds
    return held


def evaluate_handoff(options: argparse.Namespace) -> int:
    """Whole conversations through a service of our own: is a person called when one is due?"""
    gates, started = load_gates(), datetime.now(UTC)
    played = asyncio.run(handoff_run.measure())
    sys.stdout.write(handoff_run.as_text(played, gates, misses=options.misses) + "\n")
    sys.stdout.write(f"{handoff_run.write(played, gates, options.out, started)}\n")
    return 1 if handoff_run.crossed(played, gates) else 0


def evaluate_questions(options: argparse.Namespace, names: Sequence[str]) -> int:
    """The suites of questions, through a service of our own or the one at --url."""
    suites, corpus, gates = load_suites(names), read_corpus(), load_gates()
    metrics = (*METRICS, *ragas_metrics())
    started = datetime.now(UTC)
    outcomes = asyncio.run(_ask(options, suites, corpus))
    scored = [score(outcome, metrics) for outcome in outcomes]  # ragas wants no loop of ours around it
    generators = sorted({outcome.turn["generator"] for outcome in outcomes})
    config = {"generators": ", ".join(generators), "evidence gate": "open" if options.open_gate else "as shipped"}
    crossed = check(scored, gates, _ALWAYS if options.open_gate else ())
    report = Report(started, config, metrics, scored, gates, crossed)
    sys.stdout.write(as_text(report) + "\n")
    for path in write(report, options.out):
        sys.stdout.write(f"{path}\n")
    return 1 if crossed else 0


# What is measured without the suites of questions, in the order of a full run; of these only cells can ask a --url.
_ALONE: dict[str, Callable[[argparse.Namespace], int]] = {
    RAILS: evaluate_rails,
    number_suite.NAME: evaluate_numbers,
    cells.NAME: evaluate_cells,
    handoff_suite.NAME: evaluate_handoff,
}


def evaluate(options: argparse.Namespace) -> int:
    """Every suite that was named, or all. Raises FileNotFoundError for a name that is no suite's."""
    named = set(options.suite)
    alone = [name for name in _ALONE if name in named or not (named or options.url)]
    alarms = [name for name in ALARMS if name in named or not named]
    questions = [name for name in options.suite if name not in {*_ALONE, *ALARMS}] or ([] if named else suite_names())
    if unknown := set(questions) - set(suite_names()):
        raise FileNotFoundError(f"no such suite: {', '.join(sorted(unknown))}")
    failed = max([_ALONE[name](options) for name in alone], default=0)
    failed = max(failed, 0 if _alarms(alarms) else 1)
    return max(failed, evaluate_questions(options, questions)) if questions else failed


def main(line: list[str]) -> int:
    """Exit code: 0 all gates hold, 1 one does not, 2 the evaluation could not be made."""
    options = arguments(line)
    if options.command == "fit":
        sys.stdout.write("\n".join(fit_conflicts.main()) + "\n")
        return 0
    try:
        return evaluate(options)
    except (IngestionFailed, ServiceFailed, httpx.HTTPError, FileNotFoundError) as failure:
        sys.stderr.write(f"the evaluation could not be made: {failure}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
