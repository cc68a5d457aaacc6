"""Runs on disk: one JSON report each, as `python -m eval` writes them, in one form for lists, charts and cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import NotFound

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}")
_TOP = re.compile(r"^(name|as_of|expect): *(\S+)", re.MULTILINE)
_CASE = re.compile(r"^- (?:id:|\{id:)", re.MULTILINE)
_SEEN = re.compile(r"^(?:  seen: true|- \{id:.*\bseen: true\b.*)", re.MULTILINE)
_HALVES = ("all", "seen", "unseen")


class UnknownRun(NotFound):
    code, title = "run_not_found", "没有找到这次评测，它可能已被清理，请返回列表重新选择。"


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite of questions. seen: how many of its cases may be looked at while tuning."""

    name: str
    cases: int
    seen: int
    expect: str
    as_of: str


def suites(folder: Path) -> list[Suite]:
    """The suites of questions in a folder; none where the evaluation is not installed.

    Their form is fixed and checked by the evaluation, so the lines tell enough: reading all the YAML takes seconds.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        head = dict(_TOP.findall(text))
        if "expect" in head:
            found.append(
                Suite(path.stem, len(_CASE.findall(text)), len(_SEEN.findall(text)), head["expect"], head["as_of"])
            )
    return found


class StoredRuns:
    """Reads each report once, until its file changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {}

    def list(self) -> list[dict[str, Any]]:
        """Every run without its cases, the newest first."""
        told = [run for path in self.folder.glob("*.json") if (run := self._summary(path)) is not None]
        return sorted(told, key=lambda run: str(run["started"]), reverse=True)

    def run(self, run_id: str) -> dict[str, Any]:
        """One run with its cases, their traces left out. Raises UnknownRun."""
        report = self.report(run_id)
        cases = [{name: value for name, value in case.items() if name != "trace"} for case in report.get("cases", ())]
        return {
            **_summarised(run_id, report),
            "crossed": report.get("crossed", []),
            "lost": report.get("lost", []),
            "missing": report.get("missing", []),
            "changed": report.get("changed", []),
            "versions": report.get("versions", {}),
            "tags": report.get("tags", []),
            "cases": cases,
        }

    def case(self, run_id: str, suite: str, case_id: str) -> dict[str, Any]:
        """One case with its trace. Raises UnknownRun."""
        for case in self.report(run_id).get("cases", ()):
            if (case["suite"], case["id"]) == (suite, case_id):
                return dict(case)
        raise UnknownRun()

    def report(self, run_id: str) -> dict[str, Any]:
        path = self.folder / f"{run_id}.json"
        if not _ID.fullmatch(run_id) or not path.is_file():
            raise UnknownRun()
        report = _read(path)
        if report is None:
            raise UnknownRun()
        return report

    def _summary(self, path: Path) -> dict[str, Any] | None:
        stat = path.stat()
        key = (stat.st_mtime_ns, stat.st_size)
        known = self._known.get(path.name)
        if known is not None and known[0] == key:
            return known[1]
        report = _read(path)
        if report is None or not _ID.fullmatch(path.stem):
            return None
        self._known[path.name] = (key, _summarised(path.stem, report))
        return self._known[path.name][1]


def _read(path: Path) -> dict[str, Any] | None:
    """None for what is no run's report, or not whole yet."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(report, dict) and ({"metrics", "cases"} <= report.keys() or "shares" in report)
    return report if known else None


def _summarised(run_id: str, report: Mapping[str, Any]) -> dict[str, Any]:
    metrics = report["metrics"] if "metrics" in report else list(_from_shares(report))
    return {
        "id": run_id,
        "status": "done",
        "started": report.get("started") or report.get("at"),
        "suites": list(dict.fromkeys(row["suite"] for row in metrics)),
        "passed": bool(report.get("passed", not report.get("crossed"))),
        "config": report.get("config", {}),
        "metrics": metrics,
        "cases_total": len(report.get("cases", ())),
        "failed_cases": sum(bool(case["failings"]) for case in report.get("cases", ())),
    }


def _from_shares(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rails, hand-overs and attacks are told as shares by claim, some with their halves one level down."""
    gates = report.get("gates", {})
    for claim, measured in report["shares"].items():
        halves: Mapping[str, Any] = measured.get("halves", measured)
        row = {half: halves[half] for half in _HALVES if half in halves}
        if row:
            yield {"suite": report["suite"], "metric": claim, "claim": claim, "gate": gates.get(claim), **row}
