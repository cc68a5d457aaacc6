"""Runs on disk: what a run was made with, and each case's result as soon as it is there.

A run that was interrupted goes on where it stopped (`--resume`), but only with the very versions it began with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.evaluation.comparing import Versions, differences
from eval.versions import as_plain


class NotTheSame(Exception):
    """A run cannot go on with other versions; the message names what differs."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the service gave for one case: the turn, the search's answer, the ids that reach the model, seconds.

    trace: how the turn came about, where the service tells it.
    """

    turn: Mapping[str, Any]
    found: Mapping[str, Any]
    reached: tuple[str, ...] | None
    seconds: float
    trace: Mapping[str, Any] = field(default_factory=dict)


class RunFolder:
    """`versions.json` and `cases.jsonl` of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begin(cls, reports: Path, name: str) -> RunFolder:
        run = cls(reports / "runs" / name)
        run.folder.mkdir(parents=True, exist_ok=True)
        return run

    def plan(self, total: int) -> None:
        """How many results there will be, for whoever watches the folder."""
        (self.folder / "plan.json").write_text(json.dumps({"total": total}), encoding="utf-8")

    def bind(self, versions: Versions, commit: str) -> None:
        """Write what the run is made with, or hold it against what it was begun with. Raises NotTheSame."""
        path = self.folder / "versions.json"
        if path.exists():
            begun = json.loads(path.read_text(encoding="utf-8"))["versions"]
            if told := differences(begun, versions):
                raise NotTheSame(f"{self.folder.name} was begun with other versions: {'; '.join(told)}")
            return
        body = {"versions": as_plain(versions), "commit": commit}
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")

    def results(self) -> dict[tuple[str, str], Result]:
        """By suite and case. A last line cut by a crash is left out."""
        path = self.folder / "cases.jsonl"
        read: dict[tuple[str, str], Result] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            reached = tuple(row["reached"]) if row["reached"] is not None else None
            traced = row.get("trace", {})
            read[row["suite"], row["id"]] = Result(row["turn"], row["found"], reached, row["seconds"], traced)
        return read

    def keep(self, suite: str, case_id: str, result: Result) -> None:
        row = {
            "suite": suite,
            "id": case_id,
            "turn": dict(result.turn),
            "found": dict(result.found),
            "reached": result.reached,
            "seconds": round(result.seconds, 3),
            "trace": dict(result.trace),
        }
        with (self.folder / "cases.jsonl").open("a", encoding="utf-8") as lines:
            # A line that a crash cut stays a line of its own.
            lines.write(
                ("\n" if _cut(self.folder / "cases.jsonl") else "") + json.dumps(row, ensure_ascii=False) + "\n"
            )


def _cut(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as content:
        content.seek(-1, 2)
        return content.read(1) != b"\n"
