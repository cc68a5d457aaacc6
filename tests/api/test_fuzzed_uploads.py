"""Broken files through the whole service, its real readers included: each gets a document or a code of ours, nothing of
a failed one is in the index, and the next file is read as if nothing had happened."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.api import readiness
from app.composition import Replacements
from app.main import create_app
from app.settings import EmbeddingSettings, LimitSettings, Settings
from eval.loopback import serving
from ingestion.failures import TITLES
from ingestion.preparer import ReadingLimits, WorkerPreparer
from tests.api.conftest import Clock, Service
from tests.fake_embeddings import FakeEmbeddings
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, QuietGuard, shared
from tests.fixtures.mutations import mutation, originals

_AT_ONCE = 6
# The readers' own limit for a file, which a hang would reach; the service is asked for no more than twice of it.
_LIMITS = ReadingLimits(seconds=30, niceness=0)
_CODES = {*TITLES, "no_text", "invalid", "bad_manifest"}


@pytest.fixture
async def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)
    async with serving(FakeEmbeddings(64).app) as url:
        embedding = EmbeddingSettings(base_url=f"{url}/v1", model="fake", dimension=64)
        limits = LimitSettings(enabled=False, upload_bytes=2_000_000)
        settings = settings.model_copy(
            update={"embedding": embedding, "limits": limits, "cache_dir": settings.data_dir / "cache"}
        )
        index, clock = MemoryIndex(), Clock()
        prepare = WorkerPreparer(settings, _LIMITS)
        parts: Any = Replacements(
            index=index, search=OverlapSearch(index), prepare=prepare, guard=QuietGuard(), clock=clock, **shared()
        )
        async with serving(create_app(settings, parts)) as place:
            running = Service(place, index, LinePrepare(), clock, OverlapSearch(index))
            try:
                yield running
            finally:
                await asyncio.gather(*(client.aclose() for client in running.clients.values()))
                await prepare.close()


async def test_fifty_broken_files_get_a_document_or_a_code_and_leave_nothing_half_done(service: Service) -> None:
    await _fuzz(service, range(50))


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_five_hundred_broken_files_get_a_document_or_a_code_and_leave_nothing_half_done(
    service: Service,
) -> None:
    await _fuzz(service, range(1000, 1500))


async def _fuzz(service: Service, numbers: range) -> None:
    editor = await service.as_("editor")
    gate = asyncio.Semaphore(_AT_ONCE)
    wrong: list[str] = []
    came = Counter[str]()
    slowest = (0.0, "")

    async def one(number: int) -> None:
        nonlocal slowest
        broken = mutation(number)
        async with gate:
            started = time.monotonic()
            try:
                async with asyncio.timeout(4 * _LIMITS.seconds):
                    codes = [code async for code in _uploaded(editor, broken.path, broken.content, service.index)]
            except Exception as failure:
                wrong.append(f"{number} {broken.how}: {type(failure).__name__} {failure}")
                return
            slowest = max(slowest, (time.monotonic() - started, f"{number} {broken.how}: {codes}"))
            came.update(codes)
            wrong.extend(f"{number} {broken.how}: {code}" for code in codes if code not in {"knowledge"} | _CODES)

    await asyncio.gather(*map(one, numbers))
    print(f"{len(numbers)} broken files: {dict(came.most_common())}; the slowest took {slowest[0]:.1f} s: {slowest[1]}")
    assert not wrong, "\n".join(wrong)
    assert came["knowledge"] > 0, "every file was refused: the changes are too coarse"
    assert len(came) > 3, "the changes reach too few kinds of refusal"
    for path, content in sorted(originals().items()):  # whole files are read as ever
        async for code in _uploaded(editor, f"之后/{path}", content, service.index):
            assert code == "knowledge" or path.endswith(".zip"), (path, code)
    assert (await editor.get("/readyz")).status_code == 200


async def _uploaded(client: httpx.AsyncClient, path: str, content: bytes, index: MemoryIndex) -> AsyncIterator[str]:
    """What became of each document in the file: "knowledge", or the code it was refused with."""
    answer = await client.post("/v1/documents", files={"file": (path.rsplit("/", 1)[-1], content)}, data={"path": path})
    body = answer.json()
    if answer.status_code != 202:
        assert 400 <= answer.status_code < 500, (answer.status_code, body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["title"]
        yield body["code"]
        return
    for member in body.get("members", [body]):
        if "error" in member:
            assert member["error"]["title"]
            yield member["error"]["code"]
        else:
            yield await _ended(client, member, index)
    if path.endswith(".pdf"):
        picture = await client.get(f"/v1/documents/{body['document_id']}/versions/1/pages/1", params={"width": 300})
        assert picture.status_code < 500, picture.text


async def _ended(client: httpx.AsyncClient, accepted: dict[str, Any], index: MemoryIndex) -> str:
    while True:
        job = (await client.get(f"/v1/jobs/{accepted['job_id']}")).json()
        if job["status"] in ("done", "failed"):
            break
        await asyncio.sleep(0.05)
    held = [p for p in index.passages.values() if p.document_id == accepted["document_id"]]
    if job["status"] == "failed":
        assert not held, f"{len(held)} passages of a file that failed"
        assert job["error"]["title"]
        return str(job["error"]["code"])
    assert len(held) == job["total"] > 0, f"{len(held)} passages, not {job['total']}"
    assert all(passage.text.strip() for passage in held)
    return "knowledge"
