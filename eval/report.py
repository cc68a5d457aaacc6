"""What a run measured: a table for the terminal, JSON for programs, a page for people, a summary in Markdown for CI."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from app.evaluation.comparing import Change, Versions
from eval.gate import HALVES, Crossed, Minima, halves
from eval.metrics import Metric, Score, Scored, invented_people, summarise, unsupported_numbers
from eval.risk import Curve, answerables, as_svg, curve
from eval.times import first_text
from eval.versions import as_plain

# Likely causes named on the terminal; the report has all.
_CAUSES = 12
# A case is worth a look when one of these is not 1.
_TELLING = (
    "answers_when_it_can",
    "answer_facts_present",
    "abstains_when_it_should",
    "citations_present",
    "gold_is_cited",
    "every_part_is_cited",
    "citations_support_their_sentence",
    "ends_as_it_should",
    "nothing_forbidden_is_said",
    "no_stale_citation",
    "numbers_are_supported",
    "nobody_is_invented",
)


@dataclass(frozen=True, slots=True)
class Report:
    """One run. config: what it ran with, for whoever compares two runs. lost: significant losses against the baseline;
    missing: what it had and may not go silently;
    changed: what is not as it was when the baseline was made, the likely causes. name: of its files.
    threshold: of the search's confidence, from which a question is answered."""

    started: datetime
    config: Mapping[str, Any]
    metrics: Sequence[Metric]
    scored: Sequence[Scored]
    gates: Minima
    crossed: Sequence[Crossed]
    lost: Sequence[Change] = ()
    missing: Sequence[str] = ()
    changed: Sequence[str] = ()
    versions: Versions = field(default_factory=dict)
    name: str = ""
    threshold: float | None = None

    @property
    def passed(self) -> bool:
        return not (self.crossed or self.lost or self.missing)

    @property
    def abstaining(self) -> Curve | None:
        """What abstaining buys over all questions of the run; None when it has none that may be left unanswered."""
        asked = answerables(self.scored)
        both = {one.right for one in asked} == {True, False}
        return curve("of this run", asked, self.threshold) if both and self.threshold is not None else None

    @property
    def suites(self) -> list[str]:
        return list(dict.fromkeys(row.outcome.suite.name for row in self.scored))

    def table(self) -> list[tuple[str, Metric, dict[str, Score], float | None]]:
        """(suite, metric, its score by half, its gate) for all that was measured."""
        rows = []
        for suite in self.suites:
            for metric in self.metrics:
                measured = halves(self.scored, suite, metric.name)
                if measured:
                    rows.append((suite, metric, measured, self.gates.get(suite, {}).get(metric.name)))
        return rows


def as_text(report: Report) -> str:
    lines = [f"{'suite':8} {'metric':28} {'n':>4} {'all':>6}  {'95 % interval':15}   seen unseen   gate"]
    for suite, metric, measured, gate in report.table():
        whole = measured["all"]
        by_half = " ".join(f"{measured[half].mean:6.3f}" if half in measured else "     –" for half in HALVES)
        least = f"{gate:6.3f}" if gate is not None else "     –"
        interval = f"{whole.low:.3f} – {whole.high:.3f}"
        lines.append(f"{suite:8} {metric.name:28} {whole.n:4} {whole.mean:6.3f}  {interval:15} {by_half} {least}")
    lines += [str(report.abstaining)] if report.abstaining else []
    lines += [str(waited) for waited in first_text(report.scored)]
    lines += [f"below its gate: {_crossing(row)}" for row in report.crossed]
    lines += [f"worse than the baseline: {change}" for change in report.lost]
    lines += [f"missing since the baseline: {text}" for text in report.missing]
    if not report.passed:
        lines += [f"changed since the baseline: {text}" for text in report.changed[:_CAUSES]]
        if len(report.changed) > _CAUSES:
            lines.append(f"changed since the baseline: {len(report.changed) - _CAUSES} more (in the report)")
    return "\n".join(lines)


def _crossing(row: Crossed) -> str:
    got = f"{row.score.mean:.3f} of {row.score.n}" if row.score else "not measured"
    return f"{row.suite} {row.metric} ({row.half}) {got}, least {row.least:.3f}"


def as_markdown(report: Report) -> str:
    """A summary for a CI page: the verdict, what failed and why, one table."""
    lines = [f"## Evaluation {'passed' if report.passed else 'failed'}", ""]
    lines += [f"- **below its gate**: {_crossing(row)}" for row in report.crossed]
    lines += [f"- **worse than the baseline**: {change}" for change in report.lost]
    lines += [f"- **missing since the baseline**: {text}" for text in report.missing]
    if not report.passed:
        lines += [f"- changed since the baseline: {text}" for text in report.changed]
    lines += [
        "",
        "| suite | metric | n | all | 95 % interval | seen | unseen | gate |",
        "|---|---|--:|--:|---|--:|--:|--:|",
    ]
    for suite, metric, measured, gate in report.table():
        whole = measured["all"]
        by_half = " | ".join(f"{measured[half].mean:.3f}" if half in measured else "–" for half in HALVES)
        least = f"{gate:.3f}" if gate is not None else "–"
        lines.append(
            f"| {suite} | {metric.name} | {whole.n} | {whole.mean:.3f} | {whole.low:.3f}–{whole.high:.3f} "
            f"| {by_half} | {least} |"
        )
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    return {
        "started": report.started.isoformat(),
        "config": dict(report.config),
        "passed": report.passed,
        "crossed": [_crossing(row) for row in report.crossed],
        "lost": [str(change) for change in report.lost],
        "missing": list(report.missing),
        "changed": list(report.changed),
        "versions": as_plain(report.versions),
        "metrics": [
            {
                "suite": suite,
                "metric": metric.name,
                "claim": metric.claim,
                "gate": gate,
                **{half: {"mean": s.mean, "n": s.n, "low": s.low, "high": s.high} for half, s in measured.items()},
            }
            for suite, metric, measured, gate in report.table()
        ],
        "abstaining": _drawn(report.abstaining),
        "first_text_ms": [asdict(waited) for waited in first_text(report.scored)],
        "tags": _by_tag(report),
        "cases": [_case(row) for row in report.scored],
    }


def _drawn(told: Curve | None) -> dict[str, Any] | None:
    return asdict(told) if told else None


def _by_tag(report: Report) -> list[dict[str, Any]]:
    """The share of right turns for each tag: which sort of question is weak."""
    rows = []
    for suite in report.suites:
        held = [row for row in report.scored if row.outcome.suite.name == suite]
        for tag in dict.fromkeys(row.outcome.case.tag for row in held):
            right = summarise(float(not _failings(row)) for row in held if row.outcome.case.tag == tag)
            rows.append(
                {"suite": suite, "tag": tag, "mean": right.mean, "n": right.n, "low": right.low, "high": right.high}
            )
    return rows


def _failings(row: Scored) -> list[str]:
    return [name for name in _TELLING if row.values.get(name, 1.0) < 1.0]


def _called(passage: Mapping[str, Any]) -> str:
    """A passage by what it holds: every run ingests anew, under identifiers of its own."""
    digest = hashlib.sha256(str(passage["text"]).encode()).hexdigest()[:8]
    return f"{passage['title']} › {passage['section']} · {digest}"


def _case(row: Scored) -> dict[str, Any]:
    outcome = row.outcome
    return {
        "suite": outcome.suite.name,
        "id": outcome.case.id,
        "tag": outcome.case.tag,
        "seen": outcome.case.seen,
        "history": list(outcome.case.history),
        "question": outcome.case.question,
        "as_of": outcome.suite.day(outcome.case).isoformat(),
        "status": outcome.turn["status"],
        "reason": outcome.turn["reason"],
        "rule_ids": list(outcome.turn["rule_ids"]),
        "generator": outcome.turn["generator"],
        "text": outcome.turn["text"],
        "reference": outcome.case.reference,
        "passages": [_called(row) for row in outcome.found or ()],
        "cited_ids": [str(c["passage_id"]) for c in outcome.turn["citations"]],
        "cited": [f"{c['title']} › {c['section']}" for c in outcome.turn["citations"]],
        "answer_facts": list(outcome.case.answer_facts),
        "unsupported_numbers": sorted(map(str, unsupported_numbers(outcome))),
        "invented_people": sorted(invented_people(outcome)),
        "failings": _failings(row),
        "values": dict(row.values),
        "confidence": outcome.confidence,
        "seconds": round(outcome.seconds, 3),
        "trace": dict(outcome.trace),
    }


STYLE = """
:root{color-scheme:light dark;--line:#8884;--bad:#b3261e;--good:#146c2e}
@media(prefers-color-scheme:dark){:root{--bad:#ffb4ab;--good:#7dda92}}
body{font:15px/1.6 system-ui,"Noto Sans SC",sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}.wide{overflow-x:auto}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}small,.dim{opacity:.75}
.bar{display:block;position:relative;height:.5rem;min-width:8rem;background:var(--line);border-radius:.25rem}
.bar i{position:absolute;height:100%;background:currentColor;opacity:.35;border-radius:.25rem}
.bar b{position:absolute;width:2px;height:140%;top:-20%;background:currentColor}
details{border-bottom:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer}pre{white-space:pre-wrap}
"""


def as_html(report: Report) -> str:
    data = as_json(report)
    verdict = '<p class="good">All gates hold.</p>' if data["passed"] else _why(data)
    config = " · ".join(f"{escape(str(key))}: {escape(str(value))}" for key, value in report.config.items())
    wrong = [case for case in data["cases"] if case["failings"]]
    tags = "".join(
        f"<tr><td>{escape(row['suite'])}<td>{escape(row['tag'])}<td class=n>{row['n']}"
        f"<td class=n>{row['mean']:.3f}<td>{_bar(row['mean'], row['low'], row['high'])}"
        for row in data["tags"]
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Wenda evaluation {report.started:%Y-%m-%d %H:%M}</title><style>{STYLE}</style>"
        f"<h1>Evaluation</h1><p class=dim>{report.started:%Y-%m-%d %H:%M:%S %Z} · {config}</p>{verdict}"
        '<div class="wide"><table><thead><tr><th>Suite<th>Claim<th class=n>n<th class=n>All<th>95 % interval'
        "<th class=n>Seen<th class=n>Unseen<th class=n>Gate</thead><tbody>"
        f"{''.join(_row(report, *row) for row in report.table())}</tbody></table></div>"
        "<p><small>Intervals: Wilson. Seen cases may be looked at while tuning, unseen ones only measure; "
        "a gate must hold on both.</small></p>"
        f"{_abstaining(report)}"
        "<h2>By sort of question</h2><div class=wide><table><thead><tr><th>Suite<th>Tag<th class=n>n"
        f"<th class=n>Right<th>95 % interval</thead><tbody>{tags}</tbody></table></div>"
        f"<h2>Not as they should be: {len(wrong)} of {len(data['cases'])}</h2>{''.join(map(_detail, wrong))}"
        f"<h2>As they should be</h2>{''.join(_detail(case) for case in data['cases'] if not case['failings'])}</html>"
    )


def _abstaining(report: Report) -> str:
    told = report.abstaining
    return f"<h2>What abstaining buys</h2>{as_svg(told)}" if told else ""


def _why(data: Mapping[str, Any]) -> str:
    told = [("below its gate", text) for text in data["crossed"]] + [
        ("worse than the baseline", t) for t in data["lost"]
    ]
    told += [("missing since the baseline", text) for text in data["missing"]]
    told += [("changed since the baseline", text) for text in data["changed"]]
    items = "".join(f"<li><b>{escape(name)}</b>: {escape(text)}" for name, text in told)
    return f'<p class="bad">Not as it should be.</p><ul>{items}</ul>'


def _bar(mean: float, low: float, high: float) -> str:
    return (
        f'<span class="bar" role="img" aria-label="{low:.3f} to {high:.3f}">'
        f'<i style="left:{low:.1%};width:{high - low:.1%}"></i><b style="left:{mean:.1%}"></b></span>'
    )


def _row(report: Report, suite: str, metric: Metric, measured: Mapping[str, Score], gate: float | None) -> str:
    whole = measured["all"]
    bad = {(row.suite, row.metric, row.half) for row in report.crossed}

    def half(name: str) -> str:
        style = "n bad" if (suite, metric.name, name) in bad else "n"
        return f'<td class="{style}">{measured[name].mean:.3f}' if name in measured else "<td class=n>–"

    least = f"{gate:.3f}" if gate is not None else "–"
    return (
        f"<tr><td>{escape(suite)}<td>{escape(metric.claim)}<br><small>{escape(metric.name)}</small>"
        f"<td class=n>{whole.n}<td class=n>{whole.mean:.3f}<td>{_bar(whole.mean, whole.low, whole.high)}"
        f"{half('seen')}{half('unseen')}<td class=n>{least}"
    )


def _detail(case: Mapping[str, Any]) -> str:
    before = "".join(f"<p class=dim>{escape(text)}</p>" for text in case["history"])
    failed = f' <span class="bad">{escape(", ".join(case["failings"]))}</span>' if case["failings"] else ""
    odd = ", ".join([*case["unsupported_numbers"], *case["invented_people"]])
    odd = f"<p class=bad>{escape(odd)}</p>" if odd else ""
    return (
        f"<details><summary>{escape(case['id'])} · {escape(case['question'])}{failed}</summary>{before}"
        f"<p class=dim>{escape(case['status'])} {escape(case['reason'] or '')} · {escape(case['generator'])} · "
        f"{escape(case['as_of'])} · {'seen' if case['seen'] else 'unseen'} · {case['seconds']} s</p>"
        f"<pre>{escape(case['text'])}</pre>{odd}"
        f"<p><small>facts: {escape(' · '.join(case['answer_facts']))}<br>"
        f"cited: {escape(' · '.join(case['cited']))}</small></p></details>"
    )


def write(report: Report, folder: Path) -> list[Path]:
    """The JSON, the page and the summary, named by suites and time."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / (report.name or f"{'-'.join(report.suites)}-{report.started:%Y%m%d-%H%M%S}")
    rendered = {
        ".json": json.dumps(as_json(report), ensure_ascii=False, indent=1),
        ".html": as_html(report),
        ".md": as_markdown(report),
    }
    paths = []
    for suffix, text in rendered.items():
        path = stem.with_name(stem.name + suffix)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
