"""The hard pack, file by file through the real child processes: every outcome as expected, nothing half done."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.knowledge.preparing import Member, Metadata, PreparationFailed, Source
from app.settings import EmbeddingSettings, Settings
from eval.loopback import serving
from ingestion.preparer import WorkerPreparer
from tests.fake_embeddings import FakeEmbeddings
from tests.fixtures.hard_pack import MEMBERS, Entry, mixed, pack
from tests.fixtures.office_files import COMMAND, SECRET

with_the_preparer = pytest.mark.asyncio(loop_scope="module")

PACK = pack()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preparer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerPreparer]:
    async with serving(FakeEmbeddings(64).app) as url:
        folder = tmp_path_factory.mktemp("data")
        embedding = EmbeddingSettings(base_url=f"{url}/v1", model="fake", dimension=64)
        made = WorkerPreparer(Settings(data_dir=folder, cache_dir=folder / "cache", embedding=embedding))
        yield made
        await made.close()


async def outcome(preparer: WorkerPreparer, path: str, entry: Entry) -> tuple[str, list[str], set[str]]:
    """(code, what the passages say, codes of warnings)."""
    try:
        if preparer.is_archive(path):
            await preparer.unpack(Source(path, entry.content), Metadata())
            return "", [], set()
        made = await preparer.prepare(Source(path, entry.content), Metadata(), tenant="t", document_id="d", version=1)
    except PreparationFailed as failure:
        return failure.code, [], set()
    texts = [f"{p.passage.title}{p.passage.section}{p.passage.question}{p.passage.text}" for p in made.points]
    return "", texts, {warning.code for warning in made.warnings}


@with_the_preparer
@pytest.mark.parametrize("path", PACK)
async def test_every_file_comes_to_what_it_should(preparer: WorkerPreparer, path: str) -> None:
    entry = PACK[path]
    code, texts, warnings = await outcome(preparer, path, entry)
    assert code == entry.code
    if not code and path != "包.zip":
        assert any(entry.says in text for text in texts), texts
        assert set(entry.warns) <= warnings
        for hidden in (SECRET, COMMAND):
            assert all(hidden not in text for text in texts)


@with_the_preparer
async def test_every_member_of_the_archive_comes_to_what_it_should(preparer: WorkerPreparer) -> None:
    came: dict[str, str] = {}
    for member in await preparer.unpack(Source("包.zip", PACK["包.zip"].content), Metadata()):
        path = f"包.zip/{member.path}"
        if isinstance(member, Member):
            came[path] = (await outcome(preparer, path, Entry(member.content)))[0]
        else:
            came[path] = member.error.code
    assert came == MEMBERS


@with_the_preparer
async def test_a_file_that_hangs_holds_up_nobody_else(preparer: WorkerPreparer) -> None:
    path = "坏/只有注释.md"
    assert (await outcome(preparer, path, PACK[path]))[0] == "no_text"
    [reader] = [worker.pid for worker in preparer._readers._workers if worker.pid is not None]
    os.kill(reader, signal.SIGSTOP)  # it was used last, so the next file is its own
    waiting = asyncio.create_task(outcome(preparer, "慢.md", Entry(b"text")))
    await asyncio.sleep(0)
    assert (await outcome(preparer, path, PACK[path]))[0] == "no_text"
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


def test_mixed_folders_have_as_many_files_as_asked_for_and_no_two_alike() -> None:
    files = mixed(50)
    assert len(files) == 50
    texts = [content for path, content in files.items() if path.endswith((".md", ".csv", ".txt", ".html", ".htm"))]
    assert len(set(texts)) == len(texts) > 20
