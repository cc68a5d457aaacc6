"""A copy of what changes while the service answers: the records and the index, as they were at one moment.

The index's writers wait while the records are copied, so a copy is what a loss of power would have left: the recovery
at the next start brings it in order. Where writers cannot be made to wait, the records come first.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from app.errors import AppError, Conflict
from app.knowledge.index import KnowledgeIndex
from app.knowledge.index_failures import IndexRebuilding

RECORDS, INDEX = "records", "index"
_PAGES = 4096


class RecordsNotCopied(AppError):
    status, code, title = 503, "records_not_copied", "数据库无法备份，请检查数据库和 pg_dump 是否可用后重试。"


class SnapshotRunning(Conflict):
    code, title = "snapshot_running", "另一份备份正在进行，请等它结束后重试。"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """held: no write to the index fell between the two copies. index: False while it is being filled again, when a
    copy would be half of it."""

    held: bool
    index: bool


async def take_snapshot(index: KnowledgeIndex, url: str, folder: Path) -> Snapshot:
    """Write `records` and `index` to a new folder that only its owner can read.

    Raises RecordsNotCopied, IndexFailed.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, mode=0o700)

    async def records() -> None:
        await asyncio.to_thread(copy_records, url, folder / RECORDS)

    try:
        held = await index.snapshot(folder / INDEX, records)
    except IndexRebuilding:
        await records()
        return Snapshot(held=True, index=False)
    return Snapshot(held=held, index=True)


class Snapshots:
    """One at a time, each in a folder of its own below `folder`; whoever asked moves it away or removes it."""

    def __init__(self, index: KnowledgeIndex, url: str, folder: Path) -> None:
        self._index, self._url, self._folder = index, url, folder
        self._busy = asyncio.Lock()

    async def take(self, name: str) -> Snapshot:
        """Raises SnapshotRunning. What an earlier one left behind is removed first: it is a copy of personal data."""
        if self._busy.locked():
            raise SnapshotRunning()
        async with self._busy:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            return await take_snapshot(self._index, self._url, self._folder / name)


def copy_records(url: str, target: Path) -> None:
    """SQLite by its online backup, PostgreSQL by pg_dump (custom format): one consistent moment, writers go on."""
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            _copy_sqlite(Path(parsed.database or ""), target)
        else:
            dumped = postgres_tool("pg_dump", "--format=custom", "--no-owner", f"--file={target}", url=url)
            if dumped.returncode != 0:
                raise _not_copied(dumped.stderr.decode(errors="replace")[-500:])
    except (sqlite3.Error, OSError) as error:
        raise _not_copied(f"{type(error).__name__}: {error}") from error
    target.chmod(0o600)


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        # Reading is one transaction from the first page to the last: without it every write would start it again.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        live.backup(copy, pages=_PAGES, sleep=0)
        copy.execute("PRAGMA journal_mode=DELETE")


def postgres_tool(name: str, *arguments: str, url: str) -> subprocess.CompletedProcess[bytes]:
    """Runs PostgreSQL's own program on the URL's database; the password goes by the environment,
    where no list of processes shows it. Raises FileNotFoundError when it is not installed."""
    parsed = make_url(url)
    values = {
        "PGHOST": parsed.host or parsed.query.get("host"),
        "PGPORT": str(parsed.port) if parsed.port else None,
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": parsed.query.get("sslmode"),
    }
    program = shutil.which(name)
    if program is None:
        raise FileNotFoundError(name)
    environment = {**os.environ, **{key: str(value) for key, value in values.items() if value}}
    return subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [program, "--no-password", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment,
        check=False,
    )


def _not_copied(cause: str) -> RecordsNotCopied:
    failure = RecordsNotCopied()
    failure.add_note(cause)
    return failure
