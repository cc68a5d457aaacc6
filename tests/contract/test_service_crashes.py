"""The real service, killed without warning while it ingests: after the next start every file is there, once.

Real processes, real SQLite, real Qdrant Edge, the real readers and encoder; only the embeddings are made up, by an
endpoint on the loopback.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from app.knowledge.encoding import LAYOUT
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.settings import Settings
from eval.loopback import serving
from tests.contract.nursery import Child, Nursery
from tests.fake_embeddings import FakeEmbeddings
from tests.ports import free_port

FILES = 50
PARAGRAPHS = 4
DIMENSION = LAYOUT.dense["passage"]


def content(number: int) -> bytes:
    """A document of several passages: a heading starts a new one."""
    parts = [f"## 第{at}节\n\n第{number}号文件第{at}节：办理费用为{number * 10 + at}元。" for at in range(PARAGRAPHS)]
    return f"# 第{number}号文件\n\n{chr(10).join(parts)}\n".encode()


class Crashing:
    """A service on one data folder, started and killed again and again. nursery: for whoever starts it."""

    def __init__(self, folder: Path, embeddings: str, nursery: Nursery | None = None) -> None:
        self.folder, self._nursery = folder, nursery
        self.settings = {
            "WENDA_DATA_DIR": str(folder / "data"),
            "WENDA_CACHE_DIR": str(Settings(_env_file=None).cache_dir),  # the compiled dictionary is there
            "WENDA_AUTH__DEMO": "true",
            "WENDA_EMBEDDING__BASE_URL": f"{embeddings}/v1",
            "WENDA_EMBEDDING__MODEL": "fake",
            "WENDA_LLM__BASE_URL": "http://127.0.0.1:9/v1",
            "WENDA_LOG_LEVEL": "ERROR",
        }
        self.accepted: dict[int, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """For commands beside it."""
        return {**{name: value for name, value in os.environ.items() if not name.startswith("WENDA_")}, **self.settings}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Child, httpx.AsyncClient]]:
        """A ready service with an editor's client. Killed at the end if it still runs."""
        assert self._nursery is not None
        port = free_port()
        process = self._nursery.start(port, self.settings, whole=True)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                await until_up(client, process)
                token = await client.post("/v1/auth/token", data={"username": "editor", "password": "demo"})
                client.headers["authorization"] = f"Bearer {token.json()['access_token']}"
                yield process, client
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            process.close()

    async def upload_all(self, client: httpx.AsyncClient) -> None:
        """What has not been acknowledged, some at a time, as a person dropping a folder would."""
        gate = asyncio.Semaphore(4)

        async def upload(number: int) -> None:
            async with gate:
                answer = await client.post("/v1/documents", files={"file": (f"{number}.md", content(number))})
                assert answer.status_code == 202, answer.text
                self.accepted[number] = answer.json()["job_id"]

        await asyncio.gather(*(upload(number) for number in range(FILES) if number not in self.accepted))


async def until_up(client: httpx.AsyncClient, process: Child) -> None:
    async with asyncio.timeout(120):
        while True:
            assert process.returncode is None, "the service did not start"
            with suppress(httpx.HTTPError):
                if (await client.get("/healthz")).is_success:
                    return
            await asyncio.sleep(0.02)


async def kill_and_recover(folder: Path, nursery: Nursery, kills: int, seed: int) -> None:
    draw = random.Random(seed)
    async with serving(FakeEmbeddings(DIMENSION).app) as url:
        service = Crashing(folder, url, nursery)
        for _ in range(kills):
            async with service.running() as (process, client):
                uploading = asyncio.create_task(service.upload_all(client))
                await asyncio.sleep(draw.uniform(0.02, 2.5))
                process.kill()
                await process.wait()
                with suppress(httpx.HTTPError):
                    await uploading
        async with service.running() as (process, client):
            await service.upload_all(client)
            for job_id in service.accepted.values():
                await ended(client, job_id)
            process.terminate()
            await process.wait()
    await compare(folder / "data")


async def ended(client: httpx.AsyncClient, job_id: str) -> None:
    async with asyncio.timeout(300):
        while (job := (await client.get(f"/v1/jobs/{job_id}")).json())["status"] not in ("done", "failed"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert job["status"] == "done", job


async def compare(data: Path) -> None:
    """The database and the index say the same, and it is every file once."""
    with sqlite3.connect(data / "wenda.db") as database:
        versions = database.execute(
            "SELECT d.path, v.document_id, v.version, v.ready, v.passages FROM versions v"
            " JOIN documents d ON d.id = v.document_id"
        ).fetchall()
        unfinished = database.execute("SELECT count(*) FROM jobs WHERE status NOT IN ('done', 'failed')").fetchone()
        documents = database.execute("SELECT count(*) FROM documents").fetchone()
    assert (documents[0], unfinished[0]) == (FILES, 0)
    assert sorted(path for path, *_ in versions) == sorted(f"{number}.md" for number in range(FILES))
    assert {(version, ready) for _, _, version, ready, _ in versions} == {(1, 1)}
    index = QdrantEdgeIndex(data / "index", LAYOUT)
    found: dict[tuple[str, int], list[str]] = {}
    async for passage in index.scroll("demo"):
        found.setdefault((passage.document_id, passage.version), []).append(passage.text)
    count = await index.count()
    await index.close()
    expected = {(document_id, version): passages for _, document_id, version, _, passages in versions}
    assert {key: len(texts) for key, texts in found.items()} == expected, "no orphan, none missing, none twice"
    assert count == sum(expected.values())
    for path, document_id, version, _, _ in versions:
        own = f"第{path.removesuffix('.md')}号文件"
        texts = "".join(found[document_id, version])
        assert all(f"{own}第{at}节" in texts for at in range(PARAGRAPHS))


@pytest.mark.timeout(600)
async def test_every_file_is_there_once_after_the_service_was_killed_three_times(
    nursery: Nursery, tmp_path: Path
) -> None:
    await kill_and_recover(tmp_path, nursery, kills=3, seed=5)


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_every_file_is_there_once_after_the_service_was_killed_twenty_times(
    nursery: Nursery, tmp_path: Path
) -> None:
    await kill_and_recover(tmp_path, nursery, kills=20, seed=11)
