"""Publishing switches versions in one step: a reader of any day, at any moment, finds one whole version."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.clock import business_date
from app.knowledge.index import KnowledgeIndex
from app.knowledge.passage import Scope
from tests.contract.governed_library import START, GovernedLibrary, governed_library
from tests.contract.test_knowledge_index import KINDS, opened

TODAY = business_date(START)
FIRST = date(2025, 6, 1)
LINES = 12


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    index = opened(request.param, tmp_path)
    yield index
    await index.close()


async def test_no_reader_of_any_day_ever_finds_two_versions_or_none(index: KnowledgeIndex, tmp_path: Path) -> None:
    async with governed_library(index, tmp_path) as shelf:
        first = await shelf.publish("a", "fee.md", text(1), valid_from=FIRST)
        for other in range(2):  # neighbours, so that a search is more than this one document
            await shelf.publish("a", f"other{other}.md", text(other))
        days = [FIRST, TODAY - timedelta(days=9), TODAY, TODAY + timedelta(days=9)]
        for step in publications(shelf, first.document_id):
            publishing = asyncio.create_task(step)
            for searches, day in enumerate(itertools.cycle(days)):
                if publishing.done() and searches >= len(days):
                    break
                found = [p for p in await shelf.found(Scope("a", day)) if p.document_id == first.document_id]
                versions = {passage.version for passage in found}
                assert len(versions) == 1, (day, versions)
                assert len(found) == LINES, "a version comes whole"
                await asyncio.sleep(0.002)
            await publishing


def publications(shelf: GovernedLibrary, document_id: str) -> Iterator[Coroutine[Any, Any, Any]]:
    """Steps that each change which version holds on which day."""
    starts = [None, TODAY, FIRST, TODAY + timedelta(days=5), TODAY - timedelta(days=20), TODAY, FIRST, TODAY]
    for number, start in enumerate(starts, 2):
        yield shelf.publish("a", "fee.md", text(number), valid_from=start)
    for version in (6, 4, 1):
        yield shelf.library.roll_back("a", "approver", document_id, version)


def text(number: int) -> str:
    return "\n".join(f"第{number}版第{line}行" for line in range(LINES))


async def test_a_decision_that_a_kill_kept_from_the_index_is_there_before_the_next_start_is_over(
    index: KnowledgeIndex, tmp_path: Path
) -> None:
    async with governed_library(index, tmp_path) as shelf:
        first = await shelf.publish("a", "fee.md", text(1))

        async def lost(_changes: object) -> None:
            raise ConnectionError

        changing, index.change = index.change, lost  # type: ignore[method-assign]
        with pytest.raises(ConnectionError):
            await shelf.library.withdraw("a", "approver", first.document_id, 1)
        index.change = changing  # type: ignore[method-assign]
        assert await shelf.found(Scope("a", TODAY))
    async with governed_library(index, tmp_path) as again:
        assert await again.found(Scope("a", TODAY)) == []
