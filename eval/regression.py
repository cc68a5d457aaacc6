"""Is a run significantly worse than the stored baseline? Paired bootstrap over the cases that both have.

Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979), 1-26; one-sided, percentile.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from app.evaluation.comparing import Change, Values, Versions, differences, hold
from eval.metrics import Scored
from eval.versions import as_plain

BASELINE = Path(__file__).parent / "baseline.json"
RULES = Path(__file__).parent / "regression.yaml"


class Rules(BaseModel):
    """regression.yaml says what each means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    must_stay: tuple[str, ...] = ()
    significance: float = Field(gt=0, lt=0.5)
    resamples: int = Field(ge=500)
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was measured once and is held to, and what it was measured with."""

    values: Values
    versions: Versions
    commit: str


def load_rules(path: Path = RULES) -> Rules:
    return Rules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def values_of(scored: Sequence[Scored]) -> dict[str, dict[str, dict[str, float]]]:
    kept: dict[str, dict[str, dict[str, float]]] = {}
    for row in scored:
        rounded = {name: round(value, 4) for name, value in row.values.items()}
        kept.setdefault(row.outcome.suite.name, {})[row.outcome.case.id] = rounded
    return kept


def losses(before: Values, after: Values, rules: Rules) -> list[Change]:
    """Every significant loss, the largest first."""
    found = [
        change
        for suite in after
        for metric in rules.metrics
        if (change := hold(before, after, suite, metric, rules.resamples)) is not None
        and change.after < change.before
        and change.p < rules.significance
    ]
    return sorted(found, key=lambda change: change.after - change.before)


def load_baseline(path: Path = BASELINE) -> Baseline | None:
    """None when none was stored yet."""
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Baseline(stored["values"], stored["versions"], stored["commit"])


def store_baseline(scored: Sequence[Scored], versions: Versions, commit: str, path: Path = BASELINE) -> None:
    """One line a case, so that a diff can be read. Suites that were not measured stay as they were."""
    known = load_baseline(path)
    values = {**(known.values if known else {}), **values_of(scored)}
    suites = [
        f"  {json.dumps(suite)}: {{\n"
        + ",\n".join(f"   {json.dumps(case)}: {json.dumps(dict(row))}" for case, row in cases.items())
        + "\n  }"
        for suite, cases in sorted(values.items())
    ]
    head = json.dumps({"commit": commit, "versions": as_plain(versions)}, ensure_ascii=False, indent=1)
    path.write_text(head[:-2] + ',\n "values": {\n' + ",\n".join(suites) + "\n }\n}\n", encoding="utf-8")


def missing(baseline: Baseline, versions: Versions, rules: Rules) -> list[str]:
    """What the baseline had and this run has not, of the parts that must stay."""
    return [
        f"{part} {name}"
        for part in rules.must_stay
        for name in sorted(set(baseline.versions.get(part, {})) - set(versions.get(part, {})))
    ]


def causes(baseline: Baseline, versions: Versions) -> list[str]:
    """What differs between the baseline's making and this run's."""
    return differences(baseline.versions, versions)
