"""What of a data folder goes into a backup. What nobody can make again is kept; what Wenda makes again is not."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Iterator
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


def pack(writer: PartWriter, root: Path, paths: list[Path], told: Callable[[int], object]) -> None:
    """A compressed tar of regular files, named as they lie below root. told: how many more bytes of them are in it.

    The index reserves hundreds of megabytes that hold nothing yet; packed lightly, they cost next to nothing.
    """
    with (
        gzip.GzipFile(fileobj=cast(IO[bytes], writer), mode="wb", compresslevel=1, mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        for path in paths:
            with path.open("rb") as file:
                entry = archive.gettarinfo(arcname=str(path.relative_to(root)), fileobj=file)
                archive.addfile(entry, cast(IO[bytes], _Counted(file, told)))


class _Counted:
    def __init__(self, file: IO[bytes], told: Callable[[int], object]) -> None:
        self._file, self._told = file, told

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._told(len(data))
        return data


def unpack(reader: PartReader, target: Path) -> None:
    """Into an existing folder, never outside of it; nobody but the owner can read what comes out."""
    with (
        gzip.GzipFile(fileobj=cast(IO[bytes], reader), mode="rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as archive,
    ):
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
