"""InsQABench-dev as passages and questions: real contract clauses, and questions each answered by one of them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.knowledge.passage import Passage, Scope, passage_id, text_sha256

FILE = "insqabench-dev.jsonl"
TENANT = "insqabench"
SCOPE = Scope(TENANT, date(2026, 1, 1))


class DataAbsent(Exception):
    """The benchmark's data is not there; the message says how to give it."""


@dataclass(frozen=True, slots=True)
class Case:
    """gold: index of the clause that answers. contract: its name, which splits are made by."""

    question: str
    contract: str
    gold: int

    @property
    def named(self) -> str:
        return f"{self.contract} {self.question}"


@dataclass(frozen=True, slots=True)
class Benchmark:
    passages: Sequence[Passage]
    cases: Sequence[Case]


def read(data: Path | None) -> Benchmark:
    """data: the folder, else WENDA_BENCH_DATA. Clauses are distinct by contract and text. Raises DataAbsent."""
    rows = rows_of(data)
    places: dict[tuple[str, str], int] = {}
    for row in rows:
        places.setdefault((row["contract"], row["clause"]), len(places))
    passages = [_passage(contract, clause, at) for (contract, clause), at in places.items()]
    cases = [Case(row["question"], row["contract"], places[row["contract"], row["clause"]]) for row in rows]
    return Benchmark(passages, cases)


def rows_of(data: Path | None) -> list[dict[str, Any]]:
    """The lines as they stand: contract, clause, question, answer. Raises DataAbsent."""
    folder = data or (Path(given) if (given := os.environ.get("WENDA_BENCH_DATA")) else None)
    if folder is None or not (folder / FILE).is_file():
        raise DataAbsent(f"{FILE} is not there: give its folder with --data or WENDA_BENCH_DATA")
    return [json.loads(line) for line in (folder / FILE).read_text(encoding="utf-8").splitlines() if line.strip()]


def _passage(contract: str, clause: str, at: int) -> Passage:
    return Passage(
        id=passage_id(contract, 1, at, clause),
        document_id=contract,
        version=1,
        ordinal=at,
        tenant=TENANT,
        kind="product",
        title=contract,
        section="",
        text=clause,
        sha256=text_sha256(clause),
        approved=True,
    )
