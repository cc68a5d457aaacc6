"""An index that has lost everything is filled again from the uploads; what people decided stays as it was."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.knowledge import rebuilding
from app.knowledge.index import IndexQuery
from app.knowledge.index_failures import IndexFailed, IndexRebuilding
from app.knowledge.library import Library
from app.knowledge.passage import Passage, Scope
from app.knowledge.preparing import Metadata, Source
from app.knowledge.rebuilding import Rebuilding
from app.knowledge.uploads import Uploads
from app.store import Database, Documents, Worker
from tests.fakes import LinePrepare, MemoryIndex

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
PUBLIC = Scope("t", date(2026, 6, 1))


class Shop:
    """A data folder with its service, opened again and again; the index is new each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids = (f"id{n}" for n in itertools.count())
        self.prepare = LinePrepare()

    @asynccontextmanager
    async def open(self, index: MemoryIndex) -> AsyncIterator[Library]:
        database = Database(f"sqlite:///{self._folder / 'wenda.db'}")
        await database.open()
        documents = Documents(database, worker=Worker(database), new_id=lambda: next(self._ids), clock=lambda: NOW)
        library = Library(documents, index, self.prepare, Uploads(self._folder / "uploads"), clock=lambda: NOW)
        await library.start()
        try:
            yield library
        finally:
            await library.stop()
            await database.close()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(rebuilding, "RETRY", 0.01)
    return Shop(tmp_path)


async def fill(library: Library) -> str:
    """Two approved versions, the second corrected, a draft of a third; another document withdrawn."""
    first = await upload(library, "fee.md", "年费100元\n首年免收")
    await publish(library, first, 1)
    await upload(library, "fee.md", "年费200元\n首年免收")
    passages = await library.passages("t", first, 2)
    accepted = await library.correct("t", "editor", passages[0].id, "年费210元")
    assert (await library.wait("t", accepted.job_id)).status == "done"
    await publish(library, first, 2)
    await upload(library, "fee.md", "年费300元")
    other = await upload(library, "old.md", "旧规定")
    await publish(library, other, 1)
    await library.withdraw("t", "approver", other, 1)
    return first


async def upload(library: Library, path: str, text: str) -> str:
    accepted = await library.upload("t", "editor", Source(path, text.encode()), Metadata(kind="product", title="收费"))
    assert (await library.wait("t", accepted.job_id)).status == "done"
    return accepted.document_id


async def publish(library: Library, document_id: str, version: int) -> None:
    await library.submit("t", "editor", document_id, version)
    await library.approve("t", "approver", document_id, version)


async def whole(library: Library) -> Rebuilding:
    async with asyncio.timeout(60):
        while (progress := library.rebuilding) is None or progress.running:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return progress


async def found(index: MemoryIndex) -> list[Passage]:
    hits = (await index.search(IndexQuery(sparse={"words": None}), PUBLIC))["words"]  # type: ignore[dict-item]
    return [hit.passage for hit in hits]


async def test_every_passage_is_back_as_it_was_and_no_decision_has_changed(shop: Shop) -> None:
    index, lost = MemoryIndex(), MemoryIndex()
    lost.awaits = True
    async with shop.open(index) as library:
        document_id = await fill(library)
        before = await library.documents("t")
    async with shop.open(lost) as library:
        assert await whole(library) == Rebuilding(done=4, total=4, lost=0, running=False)
        assert lost.passages == index.passages
        assert await library.documents("t") == before
        assert [passage.text for passage in await found(lost)] == ["年费210元", "首年免收"]
        assert [entry.action for entry in (await library.history("t", document_id))[2]][-2:] == ["approved", "rebuilt"]


async def test_until_the_last_passage_is_back_nothing_is_found_and_uploads_wait(shop: Shop) -> None:
    lost = MemoryIndex()
    async with shop.open(MemoryIndex()) as library:
        await fill(library)
    lost.awaits = True
    gate = asyncio.Event()
    shop.prepare.pause = gate.wait
    async with shop.open(lost) as library:
        with pytest.raises(IndexRebuilding):
            await found(lost)
        accepted = await library.upload("t", "editor", Source("new.md", "新规定".encode()), Metadata(kind="product"))
        await asyncio.sleep(0.05)
        assert (await library.job("t", accepted.job_id)).status == "queued"
        progress = library.rebuilding
        assert progress is not None
        assert progress.running
        gate.set()
        await whole(library)
        assert (await library.wait("t", accepted.job_id)).status == "done"
        assert len(await found(lost)) == 2


async def test_a_publication_meanwhile_is_there_afterwards(shop: Shop) -> None:
    lost = MemoryIndex()
    async with shop.open(MemoryIndex()) as library:
        document_id = await fill(library)
    lost.awaits = True
    begun, gate = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await gate.wait()

    shop.prepare.pause = hold
    async with shop.open(lost) as library:
        await begun.wait()
        await publish(library, document_id, 3)
        gate.set()
        await whole(library)
        assert [passage.text for passage in await found(lost)] == ["年费300元"]


async def test_an_index_or_an_encoder_that_is_away_is_waited_for(shop: Shop) -> None:
    lost = MemoryIndex()
    async with shop.open(MemoryIndex()) as library:
        await fill(library)
    lost.awaits, lost.broken = True, IndexFailed()
    async with shop.open(lost) as library:
        await asyncio.sleep(0.05)
        assert library.rebuilding is not None
        assert library.rebuilding.running
        lost.broken = None
        assert (await whole(library)).lost == 0


async def test_what_cannot_be_read_again_or_reads_otherwise_is_told_on_the_version(shop: Shop, tmp_path: Path) -> None:
    lost = MemoryIndex()
    async with shop.open(MemoryIndex()) as library:
        document_id = await fill(library)
        file = (await library.document("t", document_id)).versions[0]
        kept = tmp_path / "uploads" / file.sha256[:2] / file.sha256
        kept.unlink()
    lost.awaits = True
    shop.prepare.reads = lambda line: line.replace("首年", "第一年")
    async with shop.open(lost) as library:
        assert (await whole(library)).lost == 1
        versions = (await library.document("t", document_id)).versions
        told = [[warning.code for warning in version.warnings] for version in versions]
        assert told == [["not_rebuilt"], ["reads_otherwise"], []]
        assert [replace(one, warnings=()).status for one in versions] == ["approved", "approved", "draft"]
        assert [passage.text for passage in await found(lost)] == ["年费210元", "第一年免收"]
