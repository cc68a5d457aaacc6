"""`python -m eval run [SUITE …]`: a table on the terminal, a report in eval/reports, exit 1 under a gate."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.evaluation.comparing import hold_against
from app.settings import Settings
from eval import (
    ab,
    cells,
    faults,
    fit_conflicts,
    fit_words,
    guard_run,
    handoff_run,
    handoff_suite,
    insqabench,
    number_answers,
    number_suite,
    red_team,
    simulation,
)
from eval.alarms import ALARMS, measure, reviewed
from eval.bench.insqabench import DataAbsent
from eval.cases import suite_names
from eval.compare import as_html, as_text, read_report
from eval.corpus import ROOT, read_corpus
from eval.drafts import drafted, sources_of
from eval.export import write_ragas
from eval.gate import load_gates
from eval.guard_suite import load as load_rails
from eval.imports import CannotImport, as_yaml, read_cases
from eval.judge import command as judging
from eval.questions import evaluate_questions
from eval.rail_judge import CountingJudge
from eval.regression import load_rules
from eval.run import log_in
from eval.runs import NotTheSame
from eval.sabotage import BROKEN
from eval.service import NO_MODEL, IngestionFailed, ServiceFailed, serving
from eval.simulated_words import ModelCustomer
from guardrails import mask

RAILS = "guard"
REPORTS = Path(__file__).parent / "reports"


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
    run_.add_argument(
        "--misses",
        action="store_true",
        help="rails, handoff, red team, --review: show what went wrong in the seen half",
    )
    run_.add_argument("--wording", action="store_true", help="rails: without embeddings, as when they are down")
    run_.add_argument("--judge", help="rails: ask this OpenAI-compatible endpoint where they doubt (WENDA_JUDGE__*)")
    run_.add_argument(
        "--review", help="with conflicts: what this OpenAI-compatible endpoint reads in them (WENDA_REVIEW__*)"
    )
    run_.add_argument("--jobs", type=int, default=2, help="processes of a full run (default 2)")
    run_.add_argument("--id", default="", help="names the report and the run's folder; default: suites and time")
    run_.add_argument("--resume", type=Path, help="go on with an interrupted run: its folder under reports/runs")
    run_.add_argument(
        "--baseline", action="store_true", help="store what was measured as the baseline (eval/baseline.json)"
    )
    run_.add_argument(
        "--break", dest="broken", choices=BROKEN, help="do this to the service on purpose: the run must notice"
    )
    compare_ = commands.add_parser("compare", help="two runs case by case: paths of two JSON reports")
    compare_.add_argument("before", type=Path)
    compare_.add_argument("after", type=Path)
    compare_.add_argument("--html", type=Path, help="write the comparison as a page too")
    ab_ = commands.add_parser("ab", help="two configurations of the product, case by case")
    ab_.add_argument("suite", nargs="+")
    ab_.add_argument("--config", type=Path, action="append", required=True, help="a YAML file; give it twice")
    ab_.add_argument("--html", type=Path, help="write the comparison as a page too")
    ab_.add_argument("--out", type=Path, default=REPORTS, help="folder of both reports")
    export_ = commands.add_parser("export", help="a run as a dataset that ragas reads (JSON lines)")
    export_.add_argument("run", type=Path, help="its folder under reports/runs")
    export_.add_argument("out", type=Path)
    import_ = commands.add_parser("import", help="draft cases from a table (CSV, XLSX) or a conversation (JSON)")
    import_.add_argument("source", type=Path)
    import_.add_argument("--name", required=True, help="the suite's name")
    import_.add_argument("--out", type=Path, help="the YAML file; default: the terminal")
    judge_ = commands.add_parser("judge", help="a stored run judged by a model (WENDA_LLM__BASE_URL)")
    judging.add_arguments(judge_, REPORTS)
    clauses_ = commands.add_parser("insqabench", help="clauses of real contracts, end to end (needs its data)")
    clauses_.add_argument("--data", type=Path, help="folder of InsQABench-dev (else WENDA_BENCH_DATA)")
    clauses_.add_argument("--llm", default="", help="the model's endpoint; default: quotes")
    clauses_.add_argument("--cases", type=int, help="so many questions, drawn evenly; default: all")
    clauses_.add_argument("--out", type=Path, default=REPORTS)
    draft_ = commands.add_parser("draft", help="draft cases from the approved documents, for a person to confirm")
    draft_.add_argument("--url", help="a running service (demo mode, or WENDA_TOKEN); default: the sample corpus")
    draft_.add_argument("--name", required=True, help="the suite's name")
    draft_.add_argument("--out", type=Path, help="the YAML file; default: the terminal")
    fit_ = commands.add_parser("fit", help="fit an alarm's model on its seen pairs")
    fit_.add_argument("alarm", choices=["conflicts", "words"])
    run_.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    return parser.parse_args(line)


def evaluate_rails(options: argparse.Namespace) -> int:
    """The rails are asked themselves, without the service. Exit code 1 when a gate does not hold in a half."""
    gates, started = load_gates(), datetime.now(UTC)
    own = {
        f"{claim} ({half})": least
        for half in guard_run.OWN_GATES
        for claim, least in gates.get(f"{RAILS}_{half}", {}).items()
    }
    minima = {**gates.get(RAILS, {}), **own}
    suite = load_rails()
    wanted = {mask(case.text): case.wanted for case in suite.of("input")}
    judge = CountingJudge(options.judge, wanted) if options.judge else None
    report = guard_run.evaluate(suite, wording_alone=options.wording, judge=judge)
    sys.stdout.write(guard_run.as_text(report, minima, misses=options.misses) + "\n")
    if judge is not None:
        sys.stdout.write(judge.as_text() + "\n")
    sys.stdout.write(f"{guard_run.write(report, minima, options.out, started)}\n")
    return 1 if report.crossed(minima) else 0


def evaluate_numbers(options: argparse.Namespace) -> int:
    """The number lock on its own sets. Exit code 1 when a gate does not hold in a half."""
    gates, started = load_gates(), datetime.now(UTC)
    minima = {**gates.get(number_suite.NAME, {}), **gates.get(number_answers.NAME, {})}
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


def _alarms(names: Sequence[str], review: str | None = None, *, misses: bool = False) -> bool:
    """Measure the alarms, which need no service; whether their gates hold. review: an endpoint that reads the pairs."""
    held = True
    for name in names:
        lines, holds = asyncio.run(measure(name, load_gates()))
        if review and name == "conflicts":
            lines += asyncio.run(reviewed(review))
            lines += asyncio.run(reviewed(review, ("told",), misses=True)) if misses else []
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


def evaluate_attacks(options: argparse.Namespace) -> int:
    """Attacks through a service of our own: how many fail, family by family."""
    gates, started = load_gates(), datetime.now(UTC)
    tried = asyncio.run(red_team.measure())
    sys.stdout.write(red_team.as_text(tried, gates, misses=options.misses) + "\n")
    sys.stdout.write(f"{red_team.write(tried, gates, options.out, started)}\n")
    return 1 if red_team.crossed(tried, gates) else 0


def evaluate_simulation(options: argparse.Namespace) -> int:
    """Customers with goals and moods; with --llm the model answers, and plays the customers too."""
    gates, started = load_gates(), datetime.now(UTC)
    talks = asyncio.run(_simulated(options.llm))
    sys.stdout.write(simulation.as_text(talks, gates, misses=options.misses) + "\n")
    sys.stdout.write(f"{simulation.write(talks, gates, options.out, started)}\n")
    return 1 if simulation.crossed(talks, gates) else 0


async def _simulated(llm: str) -> list[simulation.Talk]:
    if llm == NO_MODEL:
        return await simulation.measure()
    customer = ModelCustomer(Settings().llm.model_copy(update={"base_url": llm}))
    try:
        return await simulation.measure(llm, customer)
    finally:
        await customer.close()


def evaluate_faults(options: argparse.Namespace) -> int:
    """What the service leans on is really broken, one thing at a time. Exit code 1 when a customer was let down."""
    return 0 if faults.evaluate(options.out, datetime.now(UTC)) else 1


# What is measured without the suites of questions, in the order of a full run; of these only cells can ask a --url.
_ALONE: dict[str, Callable[[argparse.Namespace], int]] = {
    RAILS: evaluate_rails,
    number_suite.NAME: evaluate_numbers,
    cells.NAME: evaluate_cells,
    handoff_suite.NAME: evaluate_handoff,
    red_team.NAME: evaluate_attacks,
    simulation.NAME: evaluate_simulation,
    # By name only: the faults have seconds to keep and want the machine to themselves.
    faults.NAME: evaluate_faults,
}


def evaluate_all(line: list[str], jobs: int) -> int:
    """Every suite, each group in a process of its own, so that every core works; told in one order."""
    groups = [  # the longest first: one that begins last leaves the other cores idle
        suite_names(),
        [RAILS],
        [*ALARMS],
        [red_team.NAME],
        [handoff_suite.NAME],
        [cells.NAME, number_suite.NAME],
        [simulation.NAME],
    ]

    def one(names: list[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "eval", line[0], *names, *line[1:]]
        return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)

    with ThreadPoolExecutor(jobs) as pool:
        done = []
        for finished in pool.map(one, groups):
            sys.stdout.write(finished.stdout + "\n")
            sys.stdout.flush()
            done.append(finished.returncode)
    return max(done)


def evaluate(options: argparse.Namespace) -> int:
    """Every suite that was named, or all. Raises FileNotFoundError for a name that is no suite's."""
    named = set(options.suite)
    alone = [name for name in _ALONE if name in named or not (named or options.url or name == faults.NAME)]
    alarms = [name for name in ALARMS if name in named or not named]
    questions = [name for name in options.suite if name not in {*_ALONE, *ALARMS}] or ([] if named else suite_names())
    if unknown := set(questions) - set(suite_names()):
        raise FileNotFoundError(f"no such suite: {', '.join(sorted(unknown))}")
    failed = max([_ALONE[name](options) for name in alone], default=0)
    failed = max(failed, 0 if _alarms(alarms, options.review, misses=options.misses) else 1)
    return max(failed, evaluate_questions(options, questions)) if questions else failed


def bring_in(options: argparse.Namespace) -> int:
    text = as_yaml(options.name, read_cases(options.source))
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def draft(options: argparse.Namespace) -> int:
    cases = asyncio.run(_drafted(options.url))
    text = as_yaml(options.name, cases)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    kinds = Counter(case["tag"] for case in cases)
    sys.stderr.write(f"{len(cases)} drafts: {', '.join(f'{count} {kind}' for kind, count in kinds.items())}\n")
    return 0


async def _drafted(url: str | None) -> list[dict[str, Any]]:
    corpus, token = read_corpus(), Settings().token
    paths = {entry.title: entry.path for entry in corpus.entries}
    async with AsyncExitStack() as stack:
        address = url or (await stack.enter_async_context(serving(corpus)))[0]
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=60))
        await log_in(client, token.get_secret_value() if url and token else None, user="editor")
        return drafted(await sources_of(client, paths))


def compare(options: argparse.Namespace) -> int:
    if options.command == "ab":
        comparison = ab.compare(options.suite, options.config, options.out, datetime.now(UTC))
    else:
        comparison = hold_against(read_report(options.before), read_report(options.after), load_rules().resamples)
    sys.stdout.write(as_text(comparison) + "\n")
    if options.html:
        options.html.write_text(as_html(comparison), encoding="utf-8")
    return 0


# Why an evaluation cannot be made; each says it in its message.
_CANNOT = (
    IngestionFailed,
    ServiceFailed,
    NotTheSame,
    CannotImport,
    judging.NoJudge,
    ab.WrongConfig,
    DataAbsent,
    httpx.HTTPError,
    FileNotFoundError,
)


def main(line: list[str]) -> int:
    """Exit code: 0 all gates hold, 1 one does not, 2 the evaluation could not be made."""
    options = arguments(line)
    if options.command == "fit":
        sys.stdout.write("\n".join((fit_words if options.alarm == "words" else fit_conflicts).main()) + "\n")
        return 0
    try:
        if options.command == "import":
            return bring_in(options)
        if options.command == "draft":
            return draft(options)
        if options.command == "export":
            sys.stdout.write(f"{write_ragas(options.run, options.out)} questions\n")
            return 0
        if options.command in ("compare", "ab"):
            return compare(options)
        if options.command == "insqabench":
            told = insqabench.main(options.data, options.llm, options.cases, options.out, datetime.now(UTC))
            sys.stdout.write(told + "\n")
            return 0
        if options.command == "judge":
            return judging.main(options, Settings())
        whole = not (options.suite or options.url) and options.jobs > 1
        return evaluate_all(line, options.jobs) if whole else evaluate(options)
    except _CANNOT as failure:
        sys.stderr.write(f"the evaluation could not be made: {failure}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
