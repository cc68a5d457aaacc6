"""The sample corpus as its manifest describes it: the evaluator's own record of what was in force when.

Independent of the index on purpose: a wrong validity in the index shows against this one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "ingestion" / "samples"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the corpus. valid_from, valid_to: inclusive, None = open."""

    path: str
    title: str
    kind: str
    audience: str
    valid_from: date | None
    valid_to: date | None
    product_code: str | None = None
    risk_level: str | None = None
    document_id: str | None = None

    def in_force(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Corpus:
    folder: Path
    entries: Sequence[Entry]

    def paths_titled(self, title: str) -> frozenset[str]:
        """Versions of one document share a title; no two documents do."""
        return frozenset(entry.path for entry in self.entries if entry.title == title)

    def citable(self, title: str, valid_from: date | None, day: date) -> bool:
        """True when a public version with this title and first day was in force on the day."""
        return any(
            (entry.title, entry.valid_from, entry.audience) == (title, valid_from, "public") and entry.in_force(day)
            for entry in self.entries
        )


def read_corpus(folder: Path = SAMPLES) -> Corpus:
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return Corpus(folder, [_entry(row) for row in rows])


def _entry(row: dict[str, str | None]) -> Entry:
    def day(name: str) -> date | None:
        value = row[name]
        return date.fromisoformat(value) if value else None

    return Entry(
        path=str(row["path"]),
        title=str(row["title"]),
        kind=str(row["kind"]),
        audience=str(row["audience"]),
        valid_from=day("valid_from"),
        valid_to=day("valid_to"),
        product_code=row["product_code"],
        risk_level=row["risk_level"],
        document_id=row.get("document_id"),
    )


def fingerprint(folders: Iterable[Path]) -> str:
    """sha256 (16 hex digits) over names and bytes of every file: the key under which an ingested corpus is kept."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
