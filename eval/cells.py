"""Cell questions: is the row that answers among the first three passages that the product's own search finds?

The documents are written by eval.cell_documents, ingested as any folder is, and asked about over HTTP.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
import yaml
from pydantic import BaseModel, ConfigDict, Field

from eval.cases import SUITES
from eval.cell_documents import write
from eval.corpus import Corpus
from eval.gate import HALVES, load_gates
from eval.metrics import Score, plain, summarise
from eval.run import log_in
from eval.service import serving

NAME = "cells"
METRIC = "row_in_top_3"
_TOP = 3


class CellCase(BaseModel):
    """row: every string stands in one line of a passage: the row's name, and the value beside its heading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    seen: bool
    document: str
    question: str
    row: tuple[str, ...] = Field(min_length=2)

    @property
    def format(self) -> str:
        return PurePosixPath(self.document).suffix.removeprefix(".")


@dataclass(frozen=True, slots=True)
class Asked:
    """rank: 1-based place of the first passage with the row, None when none of those found has it."""

    case: CellCase
    rank: int | None
    found: Sequence[str]

    @property
    def right(self) -> float:
        return float(self.rank is not None and self.rank <= _TOP)


def load_cells(path: Path = SUITES / f"{NAME}.yaml") -> list[CellCase]:
    """Raises ValidationError for a malformed case, ValueError for an id that occurs twice."""
    cases = [CellCase.model_validate(case) for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]]
    if len({case.id for case in cases}) != len(cases):
        raise ValueError(f"{path.name}: an id occurs twice")
    return cases


def rank_of(case: CellCase, passages: Sequence[Mapping[str, Any]], paths: Mapping[str, str]) -> int | None:
    """paths: of documents, by id."""
    wanted = [plain(part) for part in case.row]
    for rank, passage in enumerate(passages, 1):
        if paths.get(passage["document_id"]) != case.document:
            continue
        if any(all(part in line for part in wanted) for line in map(plain, passage["text"].split("\n"))):
            return rank
    return None


async def ask(client: httpx.AsyncClient, cases: Sequence[CellCase]) -> list[Asked]:
    listed = await client.get("/v1/documents")
    listed.raise_for_status()
    paths = {document["document_id"]: document["path"] for document in listed.json()["documents"]}
    asked = []
    for case in cases:
        answer = await client.post("/v1/search", json={"query": case.question, "top_k": 10})
        answer.raise_for_status()
        passages = answer.json()["passages"]
        asked.append(Asked(case, rank_of(case, passages, paths), [passage["text"] for passage in passages[:_TOP]]))
    return asked


async def run_cells(url: str | None, token: str | None) -> list[Asked]:
    """url: a running service that has the documents already; None = one of our own over a fresh data folder."""
    cases = load_cells()
    if url is not None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            await log_in(client, token)
            return await ask(client, cases)
    with tempfile.TemporaryDirectory(prefix="wenda-cells-") as folder:
        write(Path(folder))
        async with serving(Corpus(Path(folder), [])) as (address, _), httpx.AsyncClient(base_url=address) as client:
            await log_in(client)
            return await ask(client, cases)


def scores(asked: Sequence[Asked]) -> dict[str, dict[str, Score]]:
    """The share of right rows by format, then of all; each as seen, unseen and all."""
    table: dict[str, dict[str, Score]] = {}
    for name in (*sorted({one.case.format for one in asked}), "all"):
        rows = [one for one in asked if name in ("all", one.case.format)]
        table[name] = {
            half: summarise(one.right for one in rows if one.case.seen is seen) for half, seen in HALVES.items()
        }
        table[name]["all"] = summarise(one.right for one in rows)
    return table


def crossed(asked: Sequence[Asked], least: float) -> list[str]:
    """The formats and halves below the gate; a format is gated as a whole, since half of one is a dozen questions."""
    table = scores(asked)
    below = [f"{half} {table['all'][half].mean:.3f}" for half in HALVES if table["all"][half].mean < least]
    formats = [name for name in table if name != "all" and table[name]["all"].mean < least]
    return below + [f"{name} {table[name]['all'].mean:.3f}" for name in formats]


def as_text(asked: Sequence[Asked], least: float) -> str:
    lines = [f"{'cells':8} {METRIC:14} {'n':>4} {'all':>6}  {'95 % interval':15}   seen unseen   gate"]
    for name, by_half in scores(asked).items():
        whole = by_half["all"]
        halves = " ".join(f"{by_half[half].mean:6.3f}" for half in HALVES)
        interval = f"{whole.low:.3f} – {whole.high:.3f}"
        lines.append(f"{name:8} {METRIC:14} {whole.n:4} {whole.mean:6.3f}  {interval:15} {halves} {least:6.3f}")
    for one in asked:
        if not one.right and one.case.seen:
            lines.append(f"missed: {one.case.id} {one.case.question} (rank {one.rank or 'none'})")
    unseen = sum(1 for one in asked if not one.right and not one.case.seen)
    if unseen:
        lines.append(f"missed: {unseen} unseen, named in the report only")
    lines += [f"below its gate: {NAME} {METRIC} {name}, least {least:.3f}" for name in crossed(asked, least)]
    return "\n".join(lines)


def write_report(asked: Sequence[Asked], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    cases = [{**one.case.model_dump(), "rank": one.rank, "found": list(one.found)} for one in asked]
    path.write_text(json.dumps({"cases": cases}, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def least_share() -> float:
    return load_gates()[NAME][METRIC]
