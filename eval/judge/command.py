"""`python -m eval judge RUN`: a stored run judged by a model; `--calibrate`: the judge held against people first.

Exit code: 0 judged, 1 a judgement failed or a mean is under `--least`, 2 it could not be done.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from app.settings import LlmSettings, Settings
from deploy.local.embedding_model import prepare
from eval.judge import prompts
from eval.judge.calibration import Agreement, agreements, hold, load
from eval.judge.endpoint import Endpoint, Spent
from eval.judge.judgement import Kept
from eval.judge.judging import Plan, disagreements, judge_all, measured
from eval.judge.report import JudgedRun, agreement_lines, as_text, cost, write
from eval.judge.samples import METRICS, samples_of

_CALIBRATIONS = "calibrations.json"


class NoJudge(Exception):
    """Nothing can be judged; the message says what is missing."""


def add_arguments(parser: argparse.ArgumentParser, reports: Path) -> None:
    parser.add_argument("run", type=Path, nargs="?", help="a stored run: its folder under reports/runs")
    parser.add_argument("--calibrate", action="store_true", help="hold the judge against the labels people gave first")
    parser.add_argument("--metrics", default=",".join(METRICS), help="default: all four, parted by commas")
    parser.add_argument("--suite", action="append", default=[], help="only this suite of the run (may be repeated)")
    parser.add_argument("--cases", type=int, help="so many cases, drawn; default: all that were answered")
    parser.add_argument("--again", type=float, default=0.25, help="share judged twice, with another seed (default .25)")
    parser.add_argument(
        "--temperature", type=float, default=0.3, help="of the judge (default .3; at 0 nothing differs)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reason", type=int, default=40, help="most characters of a reason (default 40)")
    parser.add_argument("--at-once", type=int, default=4, help="judgements beside each other (default 4)")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds that one call may take (default 120)")
    parser.add_argument("--least", action="append", default=[], metavar="METRIC=VALUE", help="exit 1 under this mean")
    parser.add_argument("--out", type=Path, default=reports, help="folder of the reports")


def main(options: argparse.Namespace, settings: Settings) -> int:
    """Raises NoJudge, FileNotFoundError."""
    if options.run is None and not options.calibrate:
        raise NoJudge("say which run to judge, or --calibrate")
    if importlib.util.find_spec("ragas") is None:
        raise NoJudge("ragas is not installed here; use the evaluation environment (make eval prepares it)")
    if not settings.llm.model_fields_set & {"base_url"}:
        raise NoJudge("WENDA_LLM__BASE_URL says where the judge's model answers, and is not set")
    metrics = [name.strip() for name in options.metrics.split(",") if name.strip()]
    if unknown := set(metrics) - set(METRICS):
        raise NoJudge(f"no such metric: {', '.join(sorted(unknown))}; there are {', '.join(METRICS)}")
    return asyncio.run(_judge(options, settings, metrics, _least(options.least)))


def _least(given: Sequence[str]) -> Mapping[str, float]:
    try:
        return {name: float(value) for name, value in (text.split("=", 1) for text in given)}
    except ValueError:
        raise NoJudge("--least is written METRIC=VALUE") from None


async def _judge(
    options: argparse.Namespace, settings: Settings, metrics: Sequence[str], least: Mapping[str, float]
) -> int:
    from app.knowledge.embedding_onnx import OnnxE5Embedder
    from eval.judge.by_ragas import Judge  # ragas, which takes seconds to import and is not everywhere

    endpoint = Endpoint(settings.llm, temperature=options.temperature, patience_s=options.patience)
    embedder = OnnxE5Embedder(await asyncio.to_thread(prepare, settings.cache_dir))
    judge, described = Judge(endpoint, embedder, options.reason), describe(settings.llm, options)
    name = " ".join(described.values())
    try:
        code = 0
        if options.calibrate:
            code = await _calibrate(options, judge, name)
        if options.run is None:
            return code
        samples = samples_of(options.run, suites=options.suite, most=options.cases)
        begun = time.monotonic()
        plan = Plan(metrics, options.again, options.seed, options.at_once)
        made = await judge_all(judge, name, samples, plan, Kept.open(options.run))
        if not made:
            raise NoJudge(f"nothing in {options.run.name} can be judged: no answered question of these suites")
        apart, pairs = disagreements(made)
        known = _calibration(options.out, name)
        wall = time.monotonic() - begun
        told = JudgedRun(
            options.run.name,
            described,
            datetime.now(UTC),
            measured(made, metrics),
            made,
            apart,
            pairs,
            known,
            wall,
            least,
        )
        sys.stdout.write(as_text(told) + "\n")
        for path in write(told, options.out):
            sys.stdout.write(f"{path}\n")
        return max(code, 0 if told.passed else 1)
    finally:
        await embedder.close()
        await endpoint.close()


def describe(llm: LlmSettings, options: argparse.Namespace) -> dict[str, str]:
    """What makes this judge this judge."""
    return {
        "model": llm.model,
        "prompts": prompts.digest(),
        "temperature": f"{options.temperature:g}",
        "reason": str(options.reason),
    }


async def _calibrate(options: argparse.Namespace, judge: object, name: str) -> int:
    begun = time.monotonic()
    held = await hold(judge, load(), seed=options.seed, at_once=options.at_once)  # type: ignore[arg-type]
    told, spent = agreements(held), Spent()
    for one in held:
        spent.add(one.judged.spent)
    lines = [*agreement_lines(told), cost(spent, time.monotonic() - begun)]
    for one in held:
        if one.said != one.item.label:
            words = one.item.statement or one.item.answer
            why = "；".join(point.reason for point in one.judged.points) or one.judged.detail
            lines.append(f"  {one.item.kind}: people say {one.item.label}, the judge {one.said}: {words} ({why})")
    sys.stdout.write("\n".join(lines) + "\n")
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / _CALIBRATIONS
    every = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    every[name] = [asdict(one) for one in told]
    path.write_text(json.dumps(every, ensure_ascii=False, indent=1), encoding="utf-8")
    return 1 if any(one.errors for one in told) else 0


def _calibration(reports: Path, name: str) -> list[Agreement]:
    path = reports / _CALIBRATIONS
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [Agreement(**row) for row in known.get(name, ())]
