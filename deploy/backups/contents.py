"""What of a data folder goes into a backup. What nobody can make again is kept; what Wenda makes again is not."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from deploy.backups.parts import PartReader, PartWriter

# By name or beginning: stores that are copied by their own means, caches, logs, copies.
_LEFT_OUT = ("index", "uploads", "snapshots", "wenda.db", "embeddings.sqlite3", "before-", ".restoring-")
_MADE_AGAIN = ("model_status.json",)


def other_files(data: Path) -> list[Path]:
    """Of the data folder itself: keys, marks, word lists, whatever else somebody keeps there."""
    if not data.is_dir():
        return []
    kept = [
        entry
        for entry in data.iterdir()
        if not entry.name.startswith(_LEFT_OUT) and entry.name not in _MADE_AGAIN and entry.suffix != ".log"
    ]
    return sorted(path for entry in kept for path in _files(entry))


def uploads(data: Path) -> list[Path]:
    return sorted(path for path in _files(data / "uploads") if not path.name.startswith(".part-"))


def files_below(folder: Path) -> list[Path]:
    return sorted(_files(folder))


def pack(writer: PartWriter, root: Path, paths: list[Path]) -> None:
    """A tar of regular files, named as they lie below root."""
    with tarfile.open(fileobj=cast(IO[bytes], writer), mode="w|") as archive:
        for path in paths:
            archive.add(path, arcname=str(path.relative_to(root)), recursive=False)


def unpack(reader: PartReader, target: Path) -> None:
    """Into an existing folder, never outside of it; nobody but the owner can read what comes out."""
    with tarfile.open(fileobj=cast(IO[bytes], reader), mode="r|") as archive:
        for member in archive:
            archive.extract(member, target, filter="data")
    while reader.read(1 << 20):  # the end is authenticated too
        pass


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink():
        return
    if path.is_file():
        yield path
    elif path.is_dir():
        for entry in path.iterdir():
            yield from _files(entry)
