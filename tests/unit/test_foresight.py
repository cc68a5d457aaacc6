"""What was published is read and embedded before a customer's turn compares it: that turn embeds nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import app.alarms.asking as asking_module
from app.alarms.asking import AskingReader
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.alarms.foresight import Foresight
from app.knowledge.documents import Document, Version
from app.knowledge.passage import Passage
from app.settings import Settings
from tests.unit.test_alarm_asking import CountingEmbedder

START = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
QUESTION = "柜台跨行转账每笔手续费多少"


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(Settings(_env_file=None).cache_dir)


class Shelf:
    """Documents of one passage each, all approved."""

    def __init__(self, *texts: str) -> None:
        self.passages: dict[str, Passage] = {}
        self.versions: list[Version] = []
        for text in texts:
            self.publish(text)

    def publish(self, text: str) -> Passage:
        title = "转账价格表" if len(self.versions) % 2 else "转账问答"
        passage = Passage(text, text, 1, 0, "demo", "product", title, "", text, text, approved=True)
        self.passages[text] = passage
        at = START + timedelta(days=len(self.versions))
        self.versions.append(
            Version(
                **{"document_id": text, "version": 1, "tenant": "demo", "status": "approved", "ready": True},
                **{"file_name": "a.md", "sha256": "", "size": 1, "declared": {}, "kind": "product", "title": title},
                **{"product_code": None, "risk_level": None, "audience": "public", "valid_from": None},
                **{"valid_to": None, "editors": ("editor",), "created_at": at},
            )
        )
        return passage

    async def documents(self) -> Sequence[Document]:
        return [Document(version.document_id, "demo", "a.md", [version]) for version in self.versions]

    async def of(self, version: Version) -> Sequence[Passage]:
        return [self.passages[version.document_id]]


async def test_a_turn_after_publishing_embeds_nothing_of_what_it_compares(reader: ClaimReader) -> None:
    shelf = Shelf("柜台跨行转账每笔收取手续费10元。")
    embedder = CountingEmbedder()
    finder = ConflictFinder(reader, vectors=AskingReader(embedder))
    foresight = Foresight(finder, shelf.documents, shelf.of)
    await foresight.refresh()
    shelf.publish("柜台跨行转账，每笔手续费为15元。")
    await foresight.refresh()
    before = len(embedder.given)
    assert before == len(set(embedder.given)) == 4

    await finder.about(QUESTION, list(shelf.passages.values()))
    assert len(embedder.given) == before

    unread = ConflictFinder(reader, vectors=AskingReader(late := CountingEmbedder()))
    await unread.about(QUESTION, list(shelf.passages.values()))
    assert len(late.given) == 4  # what the turn would have had to embed itself


async def test_a_draft_and_what_was_withdrawn_are_not_read(reader: ClaimReader) -> None:
    shelf = Shelf("柜台跨行转账每笔收取手续费10元。", "柜台跨行转账，每笔手续费为15元。")
    shelf.versions = [
        replace(version, status=status) for version, status in zip(shelf.versions, ("draft", "withdrawn"), strict=True)
    ]
    finder = ConflictFinder(reader, vectors=AskingReader(embedder := CountingEmbedder()))
    await Foresight(finder, shelf.documents, shelf.of).refresh()
    assert embedder.given == []


async def test_where_there_is_no_room_for_all_the_newest_is_read_and_what_is_published_later(
    reader: ClaimReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_module, "_KEPT", 4)
    shelf = Shelf(*(f"网点{name}业务每笔收取手续费{at + 1}元。" for at, name in enumerate("甲乙丙丁戊己")))
    vectors = AskingReader(embedder := CountingEmbedder())
    foresight = Foresight(ConflictFinder(reader, vectors=vectors), shelf.documents, shelf.of)
    await foresight.refresh()
    assert not vectors.has_room
    assert 4 <= len(embedder.given) < 12
    assert any("己" in text for text in embedder.given)
    assert not any("甲" in text for text in embedder.given)
    await foresight.refresh()
    at_rest = len(embedder.given)
    shelf.publish("网点庚业务每笔收取手续费9元。")
    await foresight.refresh()
    assert {"庚" in text for text in embedder.given[at_rest:]} == {True}


async def test_what_could_not_be_embedded_is_read_the_next_time(reader: ClaimReader) -> None:
    shelf = Shelf("柜台跨行转账每笔收取手续费10元。")
    embedder = CountingEmbedder(fails=True)
    foresight = Foresight(ConflictFinder(reader, vectors=AskingReader(embedder)), shelf.documents, shelf.of)
    await foresight.refresh()
    embedder.fails = False
    await foresight.refresh()
    assert len(embedder.given) == 2
