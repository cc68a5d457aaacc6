"""A lesson's draft when things go wrong: what passes is tried again, what is refused for good is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from app.alarms.lessons import Lessons
from app.alarms.likeness import Likeness
from app.errors import AppError, Overloaded
from app.knowledge.documents import Accepted
from app.knowledge.library import Library
from app.store import Conversations, Database, EventLog, Gaps, Worker
from app.store.lessons import LessonRecords, insert_lesson
from app.store.records import Lesson

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)


class Shelf:
    """A library that answers uploads as the test says; gives every file it was handed."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.files: list[bytes] = []

    async def upload(self, tenant: str, actor: str, source: Any, metadata: Any) -> Accepted:
        self.files.append(source.content)
        if self.failure is not None:
            raise self.failure
        return Accepted("d", 1, "job")


@pytest.fixture
async def lessons(database: Database) -> tuple[Lessons, Shelf, LessonRecords]:
    shelf, records = Shelf(), LessonRecords(database)
    conversations = Conversations(database, EventLog(database), worker=Worker(database), new_id=lambda: "c")
    lesson = Lesson("k", "t", "c", "agent", "车位贷款最长几年？", "最长十年。", NOW)
    await database.write(lambda c: insert_lesson(c, lesson))
    library = cast(Library, shelf)
    return Lessons(records, Gaps(database), conversations, Likeness(None), library, lambda: NOW), shelf, records


async def test_what_cannot_be_done_now_is_done_later_with_the_same_file(
    lessons: tuple[Lessons, Shelf, LessonRecords],
) -> None:
    work, shelf, records = lessons
    for failure in (Overloaded(), OSError("the disk is full"), None):
        shelf.failure = failure
        await work.work()
    await work.work()
    assert len(shelf.files) == 3, "once it is drafted nothing is done again"
    assert len(set(shelf.files)) == 1, "a repeated upload is recognised by its bytes"
    kept = await records.of_ticket("t", "k")
    assert kept is not None
    assert (kept.document_id, kept.version, kept.questions) == ("d", 1, ["车位贷款最长几年？"])


async def test_what_is_refused_for_good_is_not_tried_again(lessons: tuple[Lessons, Shelf, LessonRecords]) -> None:
    work, shelf, records = lessons
    shelf.failure = AppError("文件超出大小限制。", code="too_large", status=413)
    await work.work()
    await work.work()
    assert len(shelf.files) == 1
    kept = await records.of_ticket("t", "k")
    assert kept is not None
    assert (kept.document_id, kept.problem) == (None, "too_large")
