"""What was judged: a table, every disagreement, how far the judge can be trusted, the cost; text, JSON and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from eval.judge.calibration import Agreement
from eval.judge.endpoint import Spent
from eval.judge.judgement import Judgement, as_row
from eval.judge.judging import Disagreement, Measured
from eval.report import STYLE

# Landis and Koch (1977) call less than this moderate at most: no score of such a judge should decide anything.
TRUSTED = 0.6


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """judge: what made the judgements. wall_s: how long it all took. least: means that were asked for."""

    run: str
    judge: Mapping[str, str]
    at: datetime
    measured: Sequence[Measured]
    made: Sequence[Judgement]
    apart: Sequence[Disagreement]
    pairs: int
    agreements: Sequence[Agreement]
    wall_s: float
    least: Mapping[str, float]

    @property
    def errors(self) -> list[Judgement]:
        return [one for one in self.made if one.judged.error]

    @property
    def spent(self) -> Spent:
        spent = Spent()
        for one in self.made:
            spent.add(one.judged.spent)
        return spent

    @property
    def below(self) -> list[str]:
        """Where the mean, with failed judgements as 0, is under what was asked for; a metric never judged is too."""
        got = {one.metric: one.least for one in self.measured}
        return [
            f"{metric} {got[metric]:.3f}, least {least:.3f}" if metric in got else f"{metric} was not judged"
            for metric, least in self.least.items()
            if got.get(metric, -1.0) < least
        ]

    @property
    def passed(self) -> bool:
        return not (self.errors or self.below)


def agreement_lines(agreements: Sequence[Agreement]) -> list[str]:
    lines = [f"{'judge against people':28} {'n':>4} {'right':>6} {'kappa':>6}  {'95 % interval':17} errors"]
    for one in agreements:
        interval = f"{one.low:.3f} – {one.high:.3f}"
        lines.append(f"{one.name:28} {one.n:4} {one.right:6.3f} {one.kappa:6.3f}  {interval:17} {one.errors:6}")
    whole = next((one for one in agreements if one.name == "all"), None)
    if whole is None:
        lines = ["not calibrated: python -m eval judge --calibrate"]
    elif whole.kappa < TRUSTED:
        lines.append(f"kappa under {TRUSTED}: this judge's scores show the path, and decide nothing")
    return lines


def as_text(told: JudgedRun) -> str:
    lines = [f"judged: {told.run} by {', '.join(f'{name} {value}' for name, value in told.judge.items())}"]
    lines.append(f"{'metric':28} {'n':>4} {'mean':>6}  {'95 % interval':17} errors  errors as 0")
    for one in told.measured:
        interval = f"{one.score.low:.3f} – {one.score.high:.3f}" if one.score.n else "–"
        mean = f"{one.score.mean:6.3f}" if one.score.n else "     –"
        lines.append(f"{one.metric:28} {one.score.n:4} {mean}  {interval:17} {one.errors:6}  {one.least:11.3f}")
    lines.append(f"judged twice: {told.pairs}, apart: {len(told.apart)}")
    lines += [
        f"  {one.first.suite} {one.first.case} {one.first.metric} {one.first.value:.3f} and {one.second.value:.3f}: "
        f"{one.first.reasons} | {one.second.reasons}"
        for one in told.apart
    ]
    lines += [f"no judgement: {e.suite} {e.case} {e.metric} (draw {e.draw}) {e.judged.detail}" for e in told.errors]
    lines += agreement_lines(told.agreements)
    lines.append(cost(told.spent, told.wall_s))
    lines += [f"below what was asked for: {text}" for text in told.below]
    return "\n".join(lines)


def cost(spent: Spent, wall_s: float) -> str:
    return (
        f"cost: {spent.calls} calls, {spent.prompt_tokens} tokens read, {spent.completion_tokens} written, "
        f"{spent.seconds:.1f} s of the model, {wall_s:.1f} s in all"
    )


def as_json(told: JudgedRun) -> dict[str, Any]:
    return {
        "run": told.run,
        "judge": dict(told.judge),
        "at": told.at.isoformat(),
        "passed": told.passed,
        "below": told.below,
        "metrics": [
            {"metric": one.metric, **asdict(one.score), "errors": one.errors, "errors_as_0": one.least}
            for one in told.measured
        ],
        "judged_twice": told.pairs,
        "apart": [
            {
                "suite": a.first.suite,
                "case": a.first.case,
                "metric": a.first.metric,
                "values": [a.first.value, a.second.value],
            }
            for a in told.apart
        ],
        "calibration": [asdict(one) for one in told.agreements],
        "cost": {**asdict(told.spent), "wall_s": told.wall_s},
        "judgements": [as_row(one) for one in told.made],
    }


def as_html(told: JudgedRun) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.metric)}<td class=n>{one.score.n}<td class=n>{one.score.mean:.3f}"
        f"<td class=n>{one.score.low:.3f}–{one.score.high:.3f}<td class=n>{one.errors}<td class=n>{one.least:.3f}"
        for one in told.measured
    )
    trust = "<br>".join(map(escape, agreement_lines(told.agreements)))
    judge = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in told.judge.items())
    apart = {id(one.first) for one in told.apart} | {id(one.second) for one in told.apart}
    detail = "".join(_detail(one, apart=id(one) in apart) for one in told.made)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Wenda: judged run {escape(told.run)}</title><style>{STYLE}</style><h1>Judged run</h1>"
        f"<p class=dim>{escape(told.run)} · {told.at:%Y-%m-%d %H:%M} · {judge}</p>"
        f"<p>{escape(cost(told.spent, told.wall_s))}</p>"
        "<div class=wide><table><thead><tr><th>Metric<th class=n>n<th class=n>Mean<th class=n>95 % interval"
        f"<th class=n>Errors<th class=n>Errors as 0</thead><tbody>{rows}</tbody></table></div>"
        f"<p>Judged twice: {told.pairs}, apart: {len(told.apart)}</p><pre>{trust}</pre>{detail}</html>"
    )


def _detail(one: Judgement, *, apart: bool) -> str:
    value = f"{one.value:.3f}" if one.value is not None else one.judged.error
    marks = "".join(
        f'<li><span class="{"good" if point.verdict else "bad"}">{point.verdict}</span> {escape(point.about)}'
        f"<br><small>{escape(point.reason)}</small>"
        for point in one.judged.points
    )
    odd = ' <span class="bad">apart</span>' if apart else ""
    bad = ' class="bad"' if one.value is None else ""
    return (
        f"<details><summary>{escape(one.suite)} {escape(one.case)} · {escape(one.metric)} "
        f"<b{bad}>{value}</b>{' (again)' if one.draw else ''}{odd}</summary>"
        f"<ul>{marks}</ul><p class=dim>{escape(one.judged.detail)}</p></details>"
    )


def write(told: JudgedRun, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"judged-{told.run}-{told.at:%Y%m%d-%H%M%S}"
    pages = {".json": json.dumps(as_json(told), ensure_ascii=False, indent=1), ".html": as_html(told)}
    paths = []
    for suffix, text in pages.items():
        path = stem.with_name(stem.name + suffix)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
