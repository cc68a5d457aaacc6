"""An online backup of everything: records, index, uploads, keys, one manifest. The service answers meanwhile.

    python -m deploy.backup TO        TO: a new or empty folder, which appears whole or not at all

What is to be copied is read from the same settings as the service's. WENDA_BACKUP__PASSPHRASE encrypts it.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.engine import make_url

from app.errors import AppError
from app.identity import read_key
from app.identity.demo import PASSWORD
from app.knowledge.encoding import LAYOUT
from app.knowledge.qdrant_edge import described
from app.settings import Settings
from app.store import database_url
from app.store.migrations import newest
from app.store.snapshot import INDEX, RECORDS, Snapshot, take_snapshot
from deploy.backups import contents, manifest, records
from deploy.backups.failures import NotEmpty, ServiceRefused, because
from deploy.backups.manifest import Keys, Manifest
from deploy.backups.parts import Part, PartWriter
from deploy.backups.progress import bar, say

_KNOCK_S, _COPY_S = 2.0, 3600.0
_PIECE = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.backup")
    parser.add_argument("target", type=Path, metavar="TO")
    target = parser.parse_args(arguments).target.absolute()
    try:
        made = asyncio.run(back_up(Settings(), target))
    except AppError as failure:
        say("\n".join([f"备份未完成：{failure.title}（{failure.code}）", *getattr(failure, "__notes__", [])]))
        return 1
    except OSError as failure:
        say(f"备份未完成：无法读写文件（{type(failure).__name__}: {failure.strerror}），请检查磁盘空间和权限后重试。")
        return 1
    return _report(made, target)


async def back_up(settings: Settings, target: Path) -> Manifest:
    """Raises BackupFailed and what copying raises; then nothing is at `target`."""
    if target.exists() and any(target.iterdir()):
        raise NotEmpty()
    passphrase = settings.backup.passphrase
    salt = manifest.new_salt() if passphrase is not None else ""
    keys = manifest.keys_of(passphrase.get_secret_value(), salt) if passphrase is not None else None
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        with ExitStack() as stack:
            folder, taken = await _take(settings, partial / "taken")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            parts = await asyncio.to_thread(_write_parts, settings.data_dir, folder, taken, partial, keys)
            url = _url(settings)  # PostgreSQL: as it is now, a little later than what was copied
            copied = url if make_url(url).get_backend_name() != "sqlite" else f"sqlite:///{folder / RECORDS}"
            chains = await asyncio.to_thread(records.chains, copied)
        made = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            wenda=_version(),
            schema=newest(),
            records=make_url(_url(settings)).get_backend_name(),
            index=("server" if settings.qdrant.url else "edge") if taken.index else "none",
            layout=described(LAYOUT),
            held=taken.held,
            audit=chains,
            privacy_key=_privacy_key(settings),
            parts=parts,
            salt=salt,
        )
        manifest.write(partial, made, keys)
        partial.replace(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return made


async def _take(settings: Settings, folder: Path) -> tuple[Path, Snapshot]:
    """The embedded index belongs to the running service, which then copies it itself; all else is copied from here."""
    if not settings.qdrant.url:
        asked = await _ask_service(settings)
        if asked is not None:
            return asked
        say(f"没有运行中的服务，直接读取 {settings.data_dir}")
    from app.composition import open_index  # slow to import, and a running service needs it not

    async with open_index(settings) as index:
        return folder, await take_snapshot(index, _url(settings), folder)


async def _ask_service(settings: Settings) -> tuple[Path, Snapshot] | None:
    """None when no service answers at the settings' url. Raises ServiceRefused."""
    async with httpx.AsyncClient(base_url=settings.url, timeout=_COPY_S, trust_env=False) as client:
        try:
            if not (await client.get("/healthz", timeout=_KNOCK_S)).is_success:
                return None
        except httpx.HTTPError:
            return None
        say(f"服务正在运行，由它复制数据库和索引：{settings.url}")
        try:
            token = settings.token.get_secret_value() if settings.token else await _demo_token(client)
            answer = await client.post("/v1/snapshots", headers={"authorization": f"Bearer {token}"})
            said: dict[str, Any] = answer.json()
            if answer.status_code != 201:
                raise because(ServiceRefused(), f"HTTP {answer.status_code}: {said.get('code')} {said.get('title')}")
            folder = settings.data_dir / "snapshots" / said["id"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise because(ServiceRefused(), type(error).__name__) from error
    if not (folder / RECORDS).exists():
        raise because(ServiceRefused(), "the service at WENDA_URL does not use this WENDA_DATA_DIR")
    return folder, Snapshot(held=said["held"], index=said["index"])


async def _demo_token(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/auth/token", data={"username": "admin", "password": PASSWORD})
    return str(answer.json()["access_token"])


def _write_parts(data: Path, taken: Path, snapshot: Snapshot, target: Path, keys: Keys | None) -> list[Part]:
    """Records and index are as of one moment; uploads come after them: they are only ever added."""
    tars = [(f"{INDEX}.tar.gz", taken, contents.files_below(taken / INDEX))] if snapshot.index else []
    tars += [("uploads.tar.gz", data, contents.uploads(data)), ("files.tar.gz", data, contents.other_files(data))]
    total = (taken / RECORDS).stat().st_size + sum(path.stat().st_size for _, _, paths in tars for path in paths)
    key = keys.parts if keys is not None else None
    with bar("备份", total) as told:
        writer = PartWriter(target / RECORDS, key)
        with (taken / RECORDS).open("rb") as file:
            while piece := file.read(_PIECE):
                writer.write(piece)
                told(len(piece))
        parts = [writer.finish()]
        for name, root, paths in tars:
            writer = PartWriter(target / name, key)
            contents.pack(writer, root, paths, told)
            parts.append(writer.finish())
    return parts


def _privacy_key(settings: Settings) -> dict[str, Any]:
    kept = settings.data_dir / "privacy_key"
    if settings.privacy.key is not None:
        key = settings.privacy.key.get_secret_value()
        return {"where": "environment", "fingerprint": manifest.fingerprint(read_key(key))}
    if kept.exists():
        return {"where": "files.tar.gz", "fingerprint": manifest.fingerprint(read_key(kept.read_text()))}
    return {"where": "none", "fingerprint": ""}


def _url(settings: Settings) -> str:
    return database_url(settings.database.url, settings.data_dir)


def _version() -> str:
    try:
        return version("wenda")
    except PackageNotFoundError:
        return "source"


def _report(made: Manifest, target: Path) -> int:
    size = sum(part.size for part in made.parts)
    say(f"备份完成：{target}（{size / 1e6:.1f} MB，{len(made.parts)} 个部分，{made.made_at}）")
    say("内有客户对话、审计记录和上传的文件，请按机密资料保管。")
    say("由本机生成的令牌密钥与隐私密钥在 files.tar.gz 里。")
    if made.salt:
        say("已用备份口令加密；恢复时需要同一口令，请另行保管。")
    else:
        say("没有加密：能读到这些文件的人就能读到内容。设置 WENDA_BACKUP__PASSPHRASE 可加密。")
    if made.privacy_key["where"] == "environment":
        say("WENDA_PRIVACY__KEY 与 WENDA_AUTH__SECRET 来自环境变量，不在备份里，请另行保管，否则遮盖的原文无法再打开。")
    if made.index == "none":
        say("知识索引正在重建，没有备份；恢复后会由上传的文件重建。")
    broken = {tenant: chain for tenant, chain in made.audit.items() if not chain["ok"]}
    for tenant, chain in broken.items():
        where = f"租户 {tenant} 的审计记录从第 {chain['first_bad']} 条起"
        say(f"注意：{where}无法通过校验，请立即通知审计负责人（broken_chain）。")
    return 2 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
