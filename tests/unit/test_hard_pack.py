"""The hard pack, file by file through the real child processes: every outcome as expected, nothing half done."""

from __future__ import annotations

import asyncio
import time
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

pytestmark = pytest.mark.asyncio(loop_scope="module")

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


async def test_every_member_of_the_archive_comes_to_what_it_should(preparer: WorkerPreparer) -> None:
    came: dict[str, str] = {}
    for member in await preparer.unpack(Source("包.zip", PACK["包.zip"].content), Metadata()):
        path = f"包.zip/{member.path}"
        if isinstance(member, Member):
            came[path] = (await outcome(preparer, path, Entry(member.content)))[0]
        else:
            came[path] = member.error.code
    assert came == MEMBERS


async def test_a_file_that_hangs_holds_up_nobody_else(preparer: WorkerPreparer) -> None:
    def slow() -> bytes:
        return ("| a | b |\n|---|---|\n" + "| 期限 | 利率 |\n" * 60_000).encode()

    waiting = asyncio.create_task(outcome(preparer, "慢.md", Entry(slow())))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    assert (await outcome(preparer, "坏/只有注释.md", PACK["坏/只有注释.md"]))[0] == "no_text"
    quick = time.monotonic() - started
    assert not waiting.done(), f"the slow file took less than {quick:.1f} s: it proves nothing"
    waiting.cancel()


def test_mixed_folders_have_as_many_files_as_asked_for_and_no_two_alike() -> None:
    files = mixed(50)
    assert len(files) == 50
    assert len({content for path, content in files.items() if path.endswith((".md", ".csv", ".txt"))}) > 20
