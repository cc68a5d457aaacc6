"""`python -m eval ab SUITE … --config A.yaml --config B.yaml`: two configurations of the product, case by case.

A configuration is a YAML file: `settings` by their dotted names (`search.top_k: 2`, `llm.temperature: 0.3`), and
optionally `llm` (the model's endpoint) and `open_gate`. Each runs in a process of its own, one after the other, since
both want every core; what differs in code, prompts or weights is compared by running two commits and `eval compare`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.evaluation.comparing import Comparison, hold_against
from app.settings import Settings
from eval.compare import read_report
from eval.corpus import ROOT
from eval.regression import load_rules


class WrongConfig(Exception):
    """A configuration cannot be run; the message says why."""


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: Mapping[str, str | int | float | bool] = {}
    llm: str = ""
    open_gate: bool = False

    def environment(self) -> dict[str, str]:
        """Raises WrongConfig for a setting that there is none of, or that holds addresses, keys or folders."""
        told = {}
        for name, value in self.settings.items():
            group, _, field = name.partition(".")
            known: Any = Settings.model_fields.get(group)
            fields = getattr(known.annotation, "model_fields", {}) if known else {}
            if group not in ("search", "llm", "bank") or field not in fields or field in ("base_url", "api_key"):
                raise WrongConfig(f"{name} is no setting that two configurations can differ in")
            told[f"WENDA_{group}__{field}".upper()] = str(value).lower() if isinstance(value, bool) else str(value)
        return told


def load(path: Path) -> Config:
    """Raises FileNotFoundError, WrongConfig."""
    try:
        return Config.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (ValidationError, yaml.YAMLError) as failure:
        raise WrongConfig(f"{path}: {failure}") from failure


def compare(suites: Sequence[str], configs: Sequence[Path], out: Path, at: datetime) -> Comparison:
    """Both runs' reports are left in `out`. Raises WrongConfig, also when a run could not be made."""
    if len(configs) != 2:
        raise WrongConfig("two configurations are compared: give --config twice")
    chosen = [(path, load(path)) for path in configs]
    prepared = [(path, config, config.environment()) for path, config in chosen]
    reports = []
    for letter, (path, config, environment) in zip("ab", prepared, strict=True):
        name = f"ab-{at:%Y%m%d-%H%M%S}-{letter}-{path.stem}"
        command = [sys.executable, "-m", "eval", "run", *suites, "--out", str(out), "--id", name]
        command += ["--llm", config.llm] if config.llm else []
        command += ["--open-gate"] if config.open_gate else []
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
        if done.returncode not in (0, 1):
            raise WrongConfig(f"{path} could not be run")
        reports.append(read_report(out / f"{name}.json"))
    before, after = reports
    return hold_against(before, after, load_rules().resamples)
