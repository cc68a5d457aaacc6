"""What a folder holds: its files in a fixed order, and what manifest.json says about each of them.

A file's identity is its path under the folder. Files whose entries share a `document_id` are versions of one
document, oldest `valid_from` first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.errors import Invalid
from app.knowledge.passage import Audience, Kind
from app.knowledge.preparing import Member, Metadata

NAME = "manifest.json"


class BadManifest(Invalid):
    code, title = "bad_manifest", "manifest.json 的内容不符合要求，请按提示修改后重试。"


class Entry(BaseModel):
    """One element of the list; everything but the path may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    kind: Kind | None = None
    title: str | None = None
    product_code: str | None = None
    risk_level: str | None = Field(default=None, pattern=r"^R[1-5]$")
    valid_from: date | None = None
    valid_to: date | None = None
    audience: Audience | None = None
    document_id: str | None = Field(default=None, min_length=1)

    def metadata(self) -> Metadata:
        return Metadata(
            kind=self.kind,
            title=self.title,
            product_code=self.product_code,
            risk_level=self.risk_level,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            audience=self.audience,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """One file to ingest. path: under the folder, with forward slashes. family: the manifest's document_id."""

    path: str
    file: Path
    metadata: Metadata
    family: str | None = None


def find_files(target: Path, kind: Kind | None = None) -> Sequence[Sequence[Found]]:
    """Documents, each as its files in the order of their versions; most have one.

    target: a folder or a file (its folder's manifest counts too). kind: for files whose entry names none.
    Dot files and the manifest itself are no documents. Raises BadManifest, FileNotFoundError.
    """
    root = target if target.is_dir() else target.parent
    if not target.exists():
        raise FileNotFoundError(target)
    entries = _entries(root)
    files = sorted(root.rglob("*")) if target.is_dir() else [target]
    found = [
        _found(file, file.relative_to(root).as_posix(), entries, kind) for file in files if _is_document(file, root)
    ]
    families: dict[str, list[Found]] = {}
    for one in found:
        families.setdefault(f"id {one.family}" if one.family else f"path {one.path}", []).append(one)
    return [sorted(family, key=lambda one: one.metadata.valid_from or date.min) for family in families.values()]


def members_of(contents: Mapping[str, bytes], said: Metadata) -> list[Member]:
    """The members of an archive with what its own manifest adds to what was said of all of them. Raises BadManifest."""
    entries = _parsed(contents[NAME]) if NAME in contents else {}
    members = []
    for path, content in contents.items():
        if path == NAME:
            continue
        entry = entries.get(path)
        own = entry.metadata() if entry else Metadata()
        values = {field.name: getattr(own, field.name) or getattr(said, field.name) for field in fields(Metadata)}
        members.append(Member(path, content, Metadata(**values), entry.document_id if entry else None))
    return sorted(members, key=lambda member: member.metadata.valid_from or date.min)


def missing_files(target: Path) -> Sequence[str]:
    """Paths the manifest names and the folder does not have."""
    if not target.is_dir():
        return []
    return [path for path in _entries(target) if not (target / path).is_file()]


def _is_document(file: Path, root: Path) -> bool:
    relative = file.relative_to(root)
    hidden = any(part.startswith((".", "~$")) for part in relative.parts)
    return file.is_file() and not hidden and file.name != NAME and "__pycache__" not in relative.parts


def _entries(root: Path) -> Mapping[str, Entry]:
    file = root / NAME
    if not file.is_file():
        return {}
    return _parsed(file.read_bytes())


def _parsed(content: bytes) -> Mapping[str, Entry]:
    try:
        entries = TypeAdapter(list[Entry]).validate_python(_dated(json.loads(content.decode("utf-8-sig"))))
    except (ValidationError, ValueError) as error:
        failure = BadManifest()
        failure.add_note(str(error))
        raise failure from None
    by_path = {entry.path.replace("\\", "/").removeprefix("./"): entry for entry in entries}
    if len(by_path) != len(entries):
        raise BadManifest("manifest.json 中有重复的 path，请修改后重试。")
    return by_path


def _dated(data: object) -> object:
    """Empty strings mean "not said", as spreadsheets export them."""
    if not isinstance(data, list):
        return data
    return [
        {name: value for name, value in entry.items() if value not in ("", None)} if isinstance(entry, dict) else entry
        for entry in data
    ]


def _found(file: Path, path: str, entries: Mapping[str, Entry], kind: Kind | None) -> Found:
    entry = entries.get(path)
    metadata = entry.metadata() if entry else Metadata()
    if metadata.kind is None and kind is not None:
        metadata = replace(metadata, kind=kind)
    return Found(path, file, metadata, entry.document_id if entry else None)
