"""Puts a backup in the place of what is there, once every checksum and the audit chain have been verified.

    python -m deploy.restore FROM [--force]

The service must be stopped. A folder with data is refused without --force (FORCE=1); the old data is left aside, in
`before-…` (PostgreSQL: a database of that name). Until the last step nothing that is in use has been touched.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url

from app.composition import open_index
from app.errors import AppError
from app.identity import read_key
from app.knowledge.encoding import LAYOUT
from app.knowledge.qdrant_edge import QdrantEdgeIndex, described
from app.settings import Settings
from app.store import database_url
from app.store.migrations import newest
from app.store.snapshot import INDEX, RECORDS
from deploy.backups import contents, manifest, records
from deploy.backups.agreement import Agreement, agree, replace
from deploy.backups.failures import NewerBackup, NotEmpty, OtherDatabase, OtherIndex, ServiceRunning, because
from deploy.backups.manifest import Keys, Manifest
from deploy.backups.parts import PartReader, verify
from deploy.backups.progress import bar, say

_KNOCK_S = 2.0
_PIECE = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.restore")
    parser.add_argument("source", type=Path, metavar="FROM")
    parser.add_argument("--force", action="store_true", help="replace what is there; it is left aside")
    given = parser.parse_args(arguments)
    try:
        asyncio.run(restore(Settings(), given.source.absolute(), force=given.force))
    except AppError as failure:
        say("\n".join([f"没有恢复：{failure.title}（{failure.code}）", *getattr(failure, "__notes__", [])]))
        return 1
    except OSError as failure:
        say(f"没有恢复：无法读写文件（{type(failure).__name__}: {failure.strerror}），请检查磁盘空间和权限后重试。")
        return 1
    return 0


async def restore(settings: Settings, source: Path, *, force: bool = False) -> Path | None:
    """The folder where the old data is, if there was any. Raises BackupFailed; then nothing has been replaced."""
    stamp = datetime.now(UTC).strftime("%Y%m%dt%H%M%S")
    data, url = settings.data_dir.absolute(), database_url(settings.database.url, settings.data_dir.absolute())
    passphrase = settings.backup.passphrase
    found, keys = manifest.read(source, passphrase.get_secret_value() if passphrase else None)
    _require_fitting(found, settings, url)
    postgres = records.PostgresTarget(url, stamp) if found.records == "postgresql" else None
    await _require_quiet(settings)
    if postgres is not None:
        postgres.require_quiet(force=force)
    with bar("校验", sum(part.size for part in found.parts)) as told:
        for part in found.parts:
            await asyncio.to_thread(verify, part, source / part.name, told)
    data.mkdir(parents=True, exist_ok=True)
    with _alone(data):
        old = [entry for entry in data.iterdir() if not entry.name.startswith((".restoring-", "before-"))]
        if _holds_data(old) and not force:
            raise NotEmpty()
        staging = data / f".restoring-{stamp}"
        staging.mkdir(mode=0o700)
        try:
            await asyncio.to_thread(_unpack, found, source, staging, keys)
            agreed = await _prepare(found, settings, staging, postgres)
            aside = _swap(data, staging, old, stamp)
            if postgres is not None:
                postgres.swap()
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            if postgres is not None:
                postgres.discard()
            raise
    _report(found, settings, agreed, aside, postgres.kept if postgres else "")
    return aside


def _require_fitting(found: Manifest, settings: Settings, url: str) -> None:
    if found.schema > newest():
        raise because(NewerBackup(), f"its schema is {found.schema}, ours {newest()}")
    if make_url(url).get_backend_name() != found.records:
        raise OtherDatabase()
    if settings.qdrant.url and (found.index != "server" or found.layout != described(LAYOUT)):
        raise OtherIndex()


async def _require_quiet(settings: Settings) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=_KNOCK_S) as client:
        try:
            answering = (await client.get(f"{settings.url}/healthz")).is_success
        except httpx.HTTPError:
            return
    if answering:
        raise because(ServiceRunning(), settings.url)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Holds what a service with an embedded index holds. Raises ServiceRunning."""
    lock = data / "index" / "lock"
    if not lock.exists():
        yield
        return
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise because(ServiceRunning(), f"{data.name} is in use") from None
        yield


def _holds_data(entries: Sequence[Path]) -> bool:
    return any(entry.is_file() or any(entry.rglob("*")) for entry in entries if not entry.is_symlink())


def _unpack(found: Manifest, source: Path, staging: Path, keys: Keys | None) -> None:
    key = keys.parts if keys is not None else None
    with bar("解开", sum(part.size for part in found.parts)) as told:
        for part in found.parts:
            reader = PartReader(source / part.name, key, told)
            try:
                if part.name == RECORDS:
                    _write(reader, staging / RECORDS)
                else:
                    folder = staging / "taken" if part.name == f"{INDEX}.tar.gz" else staging
                    folder.mkdir(exist_ok=True)
                    contents.unpack(reader, folder)
            finally:
                reader.close()


def _write(reader: PartReader, path: Path) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        while piece := reader.read(_PIECE):
            file.write(piece)


async def _prepare(
    found: Manifest, settings: Settings, staging: Path, postgres: records.PostgresTarget | None
) -> Agreement | None:
    """Everything that can fail, on copies: whole records, whole chains, an index that agrees with them.

    None: the embedded index could not be taken over; the service fills it again from the uploads.
    """
    if postgres is None:
        path = staging / "wenda.db"
        (staging / RECORDS).rename(path)
        await asyncio.to_thread(records.require_whole, path)
        url = make_url(f"sqlite:///{path}")
    else:
        await asyncio.to_thread(postgres.fill, staging / RECORDS)
        (staging / RECORDS).unlink()
        url = postgres.fresh_url
    await asyncio.to_thread(records.require_chains, url, found.audit)
    taken = staging / "taken"
    if settings.qdrant.url:
        async with open_index(settings) as server:
            agreed: Agreement | None = await replace(server, taken / INDEX, url, staging / "old-index", held=found.held)
    elif found.index == "edge" and found.layout == described(LAYOUT):
        index = QdrantEdgeIndex(staging / INDEX, LAYOUT)
        try:
            await index.restore(taken / INDEX)
            agreed = await agree(index, url, held=found.held)
        finally:
            await index.close()
        if agreed.incomplete:
            agreed = None
    else:
        agreed = None
    if agreed is None:
        shutil.rmtree(staging / INDEX, ignore_errors=True)
        QdrantEdgeIndex.require_rebuilding(staging / INDEX)
    shutil.rmtree(taken, ignore_errors=True)
    return agreed


def _swap(data: Path, staging: Path, old: Sequence[Path], stamp: str) -> Path | None:
    """Renames only, inside one folder, which may be a mounted volume. The records are the last to come."""
    aside = data / f"before-{stamp}"
    moved = [*old, *([staging / "old-index"] if (staging / "old-index").exists() else [])]
    if moved:
        aside.mkdir(mode=0o700)
    for entry in moved:
        entry.rename(aside / entry.name)
    for entry in sorted(staging.iterdir(), key=lambda entry: entry.name == "wenda.db"):
        entry.rename(data / entry.name)
    staging.rmdir()
    return aside if moved else None


def _report(found: Manifest, settings: Settings, agreed: Agreement | None, aside: Path | None, database: str) -> None:
    total = sum(int(chain["records"]) for chain in found.audit.values())
    say(f"恢复完成：{settings.data_dir}，内容截至 {found.made_at}；审计记录 {total} 条，校验通过。")
    if aside is not None:
        say(f"原有数据保留在 {aside}，确认无误后请自行删除（其中含个人信息）。")
    if database:
        say(f"原有数据库保留为 {database}。")
    if agreed is None:
        say("知识索引将在下次启动时由上传的文件重建，其间不回答产品问题。")
    elif agreed.incomplete:
        say(f"有 {agreed.incomplete} 个版本在索引里不完整，请在知识台重新上传这些文件。")
    if _other_key(found, settings):
        say("注意：当前的 WENDA_PRIVACY__KEY 与备份时不同，遮盖的原文将无法打开（other_key），请换回原来的密钥。")


def _other_key(found: Manifest, settings: Settings) -> bool:
    if found.privacy_key["where"] != "environment":
        return False
    key = settings.privacy.key
    return key is None or manifest.fingerprint(read_key(key.get_secret_value())) != found.privacy_key["fingerprint"]


if __name__ == "__main__":
    sys.exit(main())
