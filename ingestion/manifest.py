"""What a folder holds: its files in a fixed order, and what manifest.json says about each of them.

A file's identity is its path under the folder. Files whose entries share a `document_id` are versions of one
document, oldest `valid_from` first.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.errors import Invalid
from app.knowledge.passage import Audience, Kind
from app.knowledge.preparing import Member, Metadata, Notice, RefusedMember

NAME = "manifest.json"
_MOST_MISSING = 100


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
    """The members of an archive with what its own manifests add to what was said of all of them. Raises BadManifest.

    A manifest speaks for the folder it stands in: people zip the folder as often as the files in it.
    """
    entries = _entries_inside(contents)
    manifests = _manifests(contents)
    members = []
    for path, content in contents.items():
        if path in manifests:
            continue
        entry, family = entries.get(path, (None, None))
        own = entry.metadata() if entry else Metadata()
        values = {field.name: getattr(own, field.name) or getattr(said, field.name) for field in fields(Metadata)}
        members.append(Member(path, content, Metadata(**values), family))
    return sorted(members, key=lambda member: member.metadata.valid_from or date.min)


def missing_members(contents: Mapping[str, bytes], refused: Collection[str]) -> list[RefusedMember]:
    """A refusal for each path that a manifest inside an archive names and the archive does not have.

    refused: paths that it has and that could not be read. The first hundred tell what is wrong. Raises BadManifest.
    """
    title = "manifest.json 提到的文件不在压缩包里，请核对文件名后重新打包上传。"
    wanted = [path for path in _entries_inside(contents) if path not in contents and path not in refused]
    return [RefusedMember(path, Notice("missing_file", title)) for path in wanted[:_MOST_MISSING]]


def _manifests(contents: Mapping[str, bytes]) -> list[str]:
    """The outermost first. A manifest.json deep inside that is no list is some other program's."""
    found = [path for path in contents if path.rpartition("/")[2] == NAME]
    speaks = [
        path
        for path in found
        if all(other.startswith(path.removesuffix(NAME)) for other in contents)
        or contents[path].removeprefix(BOM_UTF8).lstrip().startswith(b"[")
    ]
    return sorted(speaks, key=lambda path: path.count("/"))


def _entries_inside(contents: Mapping[str, bytes]) -> Mapping[str, tuple[Entry, str | None]]:
    """Entry and family by path in the archive; of two manifests that name one file the outer one holds."""
    entries: dict[str, tuple[Entry, str | None]] = {}
    for manifest in _manifests(contents):
        folder = manifest.removesuffix(NAME)
        for path, entry in _parsed(contents[manifest]).items():
            family = f"{folder}{entry.document_id}" if entry.document_id else None
            entries.setdefault(f"{folder}{path}", (entry, family))
    return entries


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
