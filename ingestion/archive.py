"""A zip taken apart in memory: each honest member with its bytes, each other one with the code that refuses it.

Nothing is ever written to a path that an archive names.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from app.knowledge.preparing import PreparationFailed
from ingestion.failures import failure
from ingestion.inspection import is_archive

_MOST_MEMBERS = 2000
_LARGEST = 300 * 1024 * 1024  # unpacked bytes of all members together
_RATIO = 200  # honest documents stay below 50
_SMALL = 20 * 1024 * 1024  # below this the ratio does not matter
_NO_DOCUMENTS = ("__MACOSX", "Thumbs.db", "desktop.ini")
_UTF8 = 0x800  # the flag of a name that is in UTF-8
_SAID_BY_ZIP = "cp437"


@dataclass(frozen=True, slots=True)
class Member:
    """path: inside the archive, with forward slashes. code: why it was refused, "" when content is there."""

    path: str
    content: bytes = b""
    code: str = ""


def unpack(content: bytes) -> list[Member]:
    """Every member that is a file, in the archive's order. Raises PreparationFailed: corrupt, archive_bomb,
    too_many_members, empty_archive."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) > _MOST_MEMBERS:
                raise failure("too_many_members")
            wanted = [(info, path) for info in files if not _is_noise(path := _path(info))]
            if sum(info.file_size for info, _ in wanted if not info.flag_bits & 1) > _LARGEST:
                raise failure("archive_bomb")
            members = list(_members(archive, wanted))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, IndexError):
        raise failure("corrupt") from None
    if not members:
        raise failure("empty_archive")
    return members


def _members(archive: zipfile.ZipFile, wanted: list[tuple[zipfile.ZipInfo, str]]) -> Iterator[Member]:
    seen: set[str] = set()
    for info, path in wanted:
        code = _refusal(info, path) or ("unsafe_path" if path in seen else "")
        seen.add(path)
        if code:
            yield Member(path, code=code)
            continue
        try:
            yield Member(path, archive.read(info))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
            yield Member(path, code="corrupt")
        except PreparationFailed as problem:
            yield Member(path, code=problem.code)


def _refusal(info: zipfile.ZipInfo, path: str) -> str:
    parts = path.split("/")
    linked = stat.S_ISLNK(info.external_attr >> 16)
    if path.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in path or linked:
        return "unsafe_path"
    if info.flag_bits & 1:
        return "encrypted"
    if is_archive(path) or path.lower().endswith((".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz")):
        return "nested_archive"
    if info.file_size > _SMALL and info.file_size > _RATIO * max(info.compress_size, 1):
        return "archive_bomb"
    return ""


def _path(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag come from Windows in GB18030, or from tools that forgot to set it."""
    # zipfile strips what follows a NUL and turns backslashes only on Windows: orig_filename is what the archive says.
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        raw = name.encode(_SAID_BY_ZIP, "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _is_noise(path: str) -> bool:
    """What systems and editors leave behind: no document, and nothing to report."""
    parts = [part for part in path.split("/") if part not in (".", "..")]
    return any(part.startswith((".", "~$")) or part in _NO_DOCUMENTS for part in parts)
