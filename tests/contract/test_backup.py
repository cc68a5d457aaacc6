"""Backups of a running installation: real processes, SQLite, Qdrant Edge, readers; embeddings are made up."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app.clock import utc_now
from app.errors import AppError
from app.knowledge.library import Library
from app.knowledge.preparing import Metadata, Source
from app.knowledge.uploads import Uploads
from app.settings import AuthSettings, BackupSettings, DatabaseSettings, Settings
from app.store import Database, Documents, Worker
from app.store.ledger import append_record
from deploy.backup import back_up
from deploy.backups.agreement import Agreement, agree
from deploy.backups.agreement import replace as replace_index
from deploy.backups.failures import Damaged
from deploy.backups.parts import PartReader, PartWriter
from deploy.restore import restore
from eval.loopback import serving
from tests.contract.index_points import point
from tests.contract.nursery import Nursery
from tests.contract.test_knowledge_index import opened
from tests.contract.test_service_crashes import DIMENSION, Crashing, ended
from tests.fake_embeddings import FakeEmbeddings
from tests.fakes import LinePrepare, MemoryIndex
from tests.postgres import new_database

NOBODY = "http://127.0.0.1:9"
QUESTION = "借记卡挂失补办新卡要收多少工本费？"
FEES = "# 借记卡收费\n\n## 挂失补办\n\n借记卡挂失补办新卡，每张收取工本费10元。\n\n## 跨行取款\n\n跨行取款每笔2元。\n"
PASSPHRASE = "a long one for tests"


def _settings(service: Crashing, url: str = NOBODY, passphrase: str | None = None) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=service.folder / "data",
        url=url,
        auth=AuthSettings(demo=True),
        backup=BackupSettings(passphrase=SecretStr(passphrase) if passphrase else None),
    )


async def _refused(work: Coroutine[Any, Any, object]) -> str:
    """The code it failed with."""
    with pytest.raises(AppError) as failure:
        await work
    return failure.value.code


async def _command(service: Crashing, module: str, *arguments: str | Path, **settings: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"deploy.{module}", *map(str, arguments)),
        env={**service.environment, **settings},
        stdout=DEVNULL,
        stderr=PIPE,
    )
    _, said = await process.communicate()
    return int(process.returncode or 0), said.decode()


async def _as(client: httpx.AsyncClient, name: str) -> dict[str, str]:
    token = await client.post("/v1/auth/token", data={"username": name, "password": "demo"})
    return {"authorization": f"Bearer {token.json()['access_token']}"}


async def _publish(client: httpx.AsyncClient) -> None:
    job = (await client.post("/v1/documents", files={"file": ("fees.md", FEES.encode())})).json()
    await ended(client, job["job_id"])
    path = f"/v1/documents/{job['document_id']}/versions/{job['version']}"
    assert (await client.post(f"{path}/submit", json={})).is_success
    assert (await client.post(f"{path}/approve", json={}, headers=await _as(client, "approver"))).is_success


async def _ask(client: httpx.AsyncClient, visitor: dict[str, str], conversation: str) -> dict[str, Any]:
    answer = await client.post(
        f"/v1/conversations/{conversation}/messages", json={"text": QUESTION}, headers=visitor, timeout=60
    )
    assert answer.status_code == 200, answer.text
    turn: dict[str, Any] = answer.json()
    return turn


def _told(turn: dict[str, Any]) -> tuple[Any, ...]:
    return turn["status"], turn["text"], [row["passage_id"] for row in turn["citations"]]


def _flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


async def test_a_backup_taken_under_load_answers_elsewhere_as_the_original_did_and_no_damaged_one_is_put_in_place(
    nursery: Nursery, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    async with serving(FakeEmbeddings(DIMENSION).app) as embeddings:
        service, elsewhere = (Crashing(tmp_path / name, embeddings, nursery) for name in ("first", "second"))
        for one in (service, elsewhere):  # made-up embeddings say nothing of sufficiency
            one.settings["WENDA_SEARCH__REQUIRE_SUFFICIENT"] = "false"
        async with service.running() as (process, client):
            await _publish(client)
            visitor = {"authorization": f"Bearer {(await client.post('/v1/auth/visitor')).json()['access_token']}"}
            conversation = (await client.post("/v1/conversations", headers=visitor)).json()["id"]
            before = await _ask(client, visitor, conversation)
            assert before["status"] == "answered", before
            assert before["citations"], before

            async with _under_load(service, client, visitor, before):
                code, said = await _command(service, "backup", backup, WENDA_URL=str(client.base_url))
            assert code == 0, said
            assert "由它复制数据库和索引" in said
            assert "100%" in said
            assert not list((service.folder / "data" / "snapshots").iterdir()), "no copy is left in the data folder"
            assert (backup.stat().st_mode & 0o777, (backup / "records").stat().st_mode & 0o777) == (0o700, 0o600)

            running = _settings(service, str(client.base_url))
            assert await _refused(back_up(running, backup)) == "not_empty"
            assert await _refused(restore(running, backup, force=True)) == "service_running"
            told_by_lock = await _refused(restore(_settings(service), backup, force=True))
            assert told_by_lock == "service_running"
            process.terminate()
            await process.wait()
        assert await _refused(restore(_settings(service), backup)) == "not_empty"

        await _refuses_every_flipped_byte(backup, tmp_path, _settings(elsewhere))
        code, said = await _command(elsewhere, "restore", backup)
        assert code == 0, said
        async with elsewhere.running() as (process, client):
            turns = (await client.get(f"/v1/conversations/{conversation}", headers=visitor)).json()
            assert before["turn_id"] in json.dumps(turns), "the old token, key and turns are there"
            again = (await client.post("/v1/conversations", headers=visitor)).json()["id"]
            assert _told(await _ask(client, visitor, again)) == _told(before)
            verified = (await client.get("/v1/audit/verify", headers=await _as(client, "admin"))).json()
            assert verified["ok"], verified
            assert verified["records"] > 10
            process.terminate()
            await process.wait()
        aside = await restore(_settings(elsewhere), backup, force=True)
        assert aside is not None
        assert {"wenda.db", "index", "uploads", "token_secret"} <= {path.name for path in aside.iterdir()}


@asynccontextmanager
async def _under_load(
    service: Crashing, client: httpx.AsyncClient, visitor: dict[str, str], before: dict[str, Any]
) -> AsyncIterator[None]:
    """A customer who asks on and on, while fifty files are read and indexed; both go on to the end."""
    enough = asyncio.Event()

    async def talk() -> int:
        turns = 0
        while not enough.is_set():
            own = (await client.post("/v1/conversations", headers=visitor)).json()["id"]
            assert _told(await _ask(client, visitor, own)) == _told(before)
            turns += 1
        return turns

    talking, uploading = asyncio.create_task(talk()), asyncio.create_task(service.upload_all(client))
    await asyncio.sleep(0.3)
    yield
    enough.set()
    assert await talking > 0
    await uploading


async def _refuses_every_flipped_byte(backup: Path, folder: Path, settings: Settings) -> None:
    for name in sorted(path.name for path in backup.iterdir()):
        copy = folder / "flipped"
        shutil.copytree(backup, copy)
        _flip(copy / name, (copy / name).stat().st_size // 2)
        assert await _refused(restore(settings, copy)) in ("damaged", "no_backup"), name
        assert not any(settings.data_dir.glob("*")), "nothing was put in place"
        shutil.rmtree(copy)


async def test_an_encrypted_backup_needs_its_passphrase_and_a_forged_record_is_found_in_an_honest_looking_one(
    tmp_path: Path,
) -> None:
    settings, elsewhere = _settings(Crashing(tmp_path / "first", NOBODY)), Crashing(tmp_path / "second", NOBODY)
    (settings.data_dir).mkdir(parents=True)
    (settings.data_dir / "token_secret").write_text("a secret of this installation")
    database = Database(f"sqlite:///{settings.data_dir / 'wenda.db'}")
    await database.open()
    for number in range(3):
        await database.write(
            lambda c, n=number: append_record(c, tenant="demo", type="noted", actor="a", payload={"工本费": n})  # type: ignore[misc]
        )
    await database.close()

    assert await _refused(back_up(_sealing(settings, "short"), tmp_path / "short")) == "weak_passphrase"
    sealed = tmp_path / "sealed"
    made = await back_up(_sealing(settings, PASSPHRASE), sealed)
    assert made.audit == {"demo": {"ok": True, "records": 3, "first_bad": None}}
    for part in sealed.iterdir():
        for secret in ("工本费".encode(), b"SQLite", b"a secret of"):
            assert secret not in part.read_bytes(), part.name

    assert await _refused(restore(_settings(elsewhere), sealed)) == "passphrase_needed"
    assert await _refused(restore(_settings(elsewhere, passphrase="x" * 12), sealed)) == "wrong_passphrase"
    assert not any((elsewhere.folder / "data").glob("*")), "nothing was put in place"
    await restore(_settings(elsewhere, passphrase=PASSPHRASE), sealed)
    assert (elsewhere.folder / "data" / "token_secret").read_text() == "a secret of this installation"

    with closing(sqlite3.connect(settings.data_dir / "wenda.db")) as records:
        records.execute("UPDATE audit_records SET payload = '{}' WHERE sequence = 2")
        records.commit()
    forged = await back_up(settings, tmp_path / "forged")
    assert not forged.audit["demo"]["ok"]
    assert await _refused(restore(_settings(elsewhere), tmp_path / "forged", force=True)) == "broken_chain"
    with closing(sqlite3.connect(elsewhere.folder / "data" / "wenda.db")) as records:
        assert records.execute("SELECT payload FROM audit_records WHERE sequence = 2").fetchone() != ("{}",)


async def test_postgresql_is_dumped_and_comes_back_beside_the_database_that_it_replaces(
    postgres: Path, tmp_path: Path
) -> None:
    settings = _settings(Crashing(tmp_path / "first", NOBODY))
    urls = [new_database(postgres), new_database(postgres)]
    for number, url in enumerate(urls):
        database = Database(url)
        await database.open()
        await database.write(
            lambda c, n=number: append_record(c, tenant="demo", type="noted", actor="a", payload={"n": n})  # type: ignore[misc]
        )
        await database.close()

    first, second = (settings.model_copy(update={"database": DatabaseSettings(url=url)}) for url in urls)
    await back_up(first, tmp_path / "backup")
    assert (
        await _refused(restore(_settings(Crashing(tmp_path / "other", NOBODY)), tmp_path / "backup"))
        == "other_database"
    )
    assert await _refused(restore(second, tmp_path / "backup")) == "not_empty"
    with closing(psycopg.connect(urls[1])):
        assert await _refused(restore(second, tmp_path / "backup", force=True)) == "service_running"
    await restore(second, tmp_path / "backup", force=True)
    with closing(psycopg.connect(urls[1])) as connection:
        assert connection.execute("SELECT payload FROM audit_records").fetchall() == [('{"n":0}',)]
        names = [name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()]
    kept = [name for name in names if "_before_" in name]
    assert len(kept) == 1
    assert not [name for name in names if "_restoring_" in name]
    with closing(psycopg.connect(urls[1].replace(make_url(urls[1]).database or "", kept[0]))) as connection:
        assert connection.execute("SELECT payload FROM audit_records").fetchall() == [('{"n":1}',)]


async def test_an_index_that_knows_other_versions_than_the_records_is_brought_in_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'wenda.db'}"
    database = Database(url)
    await database.open()
    index = MemoryIndex()
    library = Library(
        Documents(database, worker=Worker(database), new_id=lambda: "known", clock=utc_now),
        index,
        LinePrepare(),
        Uploads(tmp_path / "uploads"),
    )
    await library.start()
    accepted = await library.upload("demo", "editor", Source("a.md", "一\n二".encode()), Metadata(kind="faq"))
    await library.wait("demo", accepted.job_id)
    await library.stop()
    await database.close()

    assert await agree(index, url, held=True) == Agreement(unknown=0, incomplete=0)
    some = next(iter(index.passages.values()))
    index.passages["stranger"] = replace(some, id="stranger", document_id="unknown", approved=True)
    del index.passages[some.id]
    assert await agree(index, url, held=False) == Agreement(unknown=1, incomplete=1)
    assert "stranger" not in index.passages
    with closing(sqlite3.connect(tmp_path / "wenda.db")) as records:
        assert records.execute("SELECT settled_revision < revision FROM documents").fetchall() == [(1,)]


async def test_a_servers_index_is_replaced_or_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'wenda.db'}"
    database = Database(url)
    await database.open()
    await database.close()
    server = opened("local", tmp_path / "server")
    await server.upsert([point(1)])
    await server.snapshot(tmp_path / "backup")
    await server.upsert([point(2)])
    agreed = await replace_index(server, tmp_path / "backup", url, tmp_path / "old", held=True)
    assert agreed == Agreement(unknown=0, incomplete=0)
    assert await server.count() == 1
    await server.restore(tmp_path / "old")
    assert await server.count() == 2, "what it held had been exported"

    with (tmp_path / "backup" / "points.jsonl").open("ab") as file:
        file.write(b'{"id": broken')
    with pytest.raises(ValueError, match=r"broken|column|character"):
        await replace_index(server, tmp_path / "backup", url, tmp_path / "older", held=True)
    assert await server.count() == 2
    await server.close()


def _sealing(settings: Settings, passphrase: str) -> Settings:
    return settings.model_copy(update={"backup": BackupSettings(passphrase=SecretStr(passphrase))})


def test_a_part_that_is_cut_moved_or_renamed_does_not_open(tmp_path: Path) -> None:
    key = os.urandom(32)
    writer = PartWriter(tmp_path / "uploads.tar", key)
    body = os.urandom(3 << 20)
    writer.write(body)
    writer.finish()
    assert PartReader(tmp_path / "uploads.tar", key).read() == body
    whole = (tmp_path / "uploads.tar").read_bytes()
    frame = 4 + int.from_bytes(whole[:4], "big")
    forged = {
        "uploads.tar": (whole[:frame], whole[frame : 2 * frame] + whole[:frame] + whole[2 * frame :], whole[:-1]),
        "files.tar": (whole,),
    }
    for name, contents in forged.items():
        for content_ in contents:
            (tmp_path / name).write_bytes(content_)
            with pytest.raises(Damaged):
                PartReader(tmp_path / name, key).read()
