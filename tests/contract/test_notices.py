"""Notices on both databases: whoever works on them, and however many at once, each customer is told once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select, update

from app.alarms.likeness import Likeness
from app.alarms.notices import Notices
from app.handoff.words import plain
from app.knowledge.documents import Version
from app.knowledge.found import Found
from app.knowledge.passage import Scope
from app.store import Conversations, Database, EventLog, Worker
from app.store.desk_schema import GapRow, NoticeRow
from app.store.document_rows import version_values
from app.store.notices import AlreadyTold, NoticeRecords
from app.store.records import NoticeRequest
from app.store.schema import DocumentRow, EventRow, VersionRow
from guardrails import Meant

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
CUSTOMERS = 10
QUESTION = "车位贷款最长几年？"


class Nothing:
    """A search that finds nothing: only those are told whose question the document was made for."""

    async def find(self, query: str, scope: Scope, top_k: int) -> Found:
        return Found([], sufficient=False, confidence=0.0)

    async def embed(self, text: str) -> Meant | None:
        return None


class Bank:
    """One database with several workers on it, each with its own connections."""

    def __init__(self, databases: list[Database]) -> None:
        numbers = itertools.count()
        logs = [EventLog(database) for database in databases]
        self.database = databases[0]
        self.records = [NoticeRecords(*pair, lambda: NOW) for pair in zip(databases, logs, strict=True)]
        self.workers = [
            Notices(records, Likeness(None), Nothing(), lambda: NOW, plain, top_k=5) for records in self.records
        ]
        self.conversations = Conversations(
            self.database, logs[0], worker=Worker(self.database), new_id=lambda: f"c{next(numbers)}"
        )

    async def wishes(self, customer: str) -> NoticeRequest:
        """One more conversation of the customer's in which they asked in vain and want to be told."""
        conversation = await self.conversations.create("t", customer)
        turn = f"turn-{conversation.id}"
        wish = NoticeRequest(
            turn, "t", conversation.id, customer, QUESTION, QUESTION, "zh-Hans", "answer_notice/1", NOW
        )
        gap = {"id": turn, "tenant": "t", "conversation_id": conversation.id, "turn_id": turn, "cause": "abstained"}
        asked = {"question": QUESTION, "normalised": QUESTION, "created_at": NOW, "document_id": "d", "version": 1}
        await self.database.write(lambda c: c.execute(insert(GapRow).values(**gap, **asked)) and None)
        return await self.records[0].request(wish)

    async def publish(self, status: str, *, revision: int = 1, settled: int = 1) -> None:
        """The answer's document, as the library's store would have it."""
        version = Version(
            document_id="d",
            version=1,
            tenant="t",
            status=status,  # type: ignore[arg-type]
            ready=True,
            file_name="a.csv",
            sha256="",
            size=1,
            declared={},
            kind="faq",
            title="车位贷款",
            product_code=None,
            risk_level=None,
            audience="public",
            valid_from=None,
            valid_to=None,
            editors=("agent",),
            created_at=NOW,
        )
        own = {"id": "d", "tenant": "t", "path": "tickets/1.csv", "created_at": NOW, "last_version": 1}
        counts = {"revision": revision, "settled_revision": settled}

        def work(connection: Connection) -> None:
            if connection.execute(update(DocumentRow).where(DocumentRow.id == "d").values(**counts)).rowcount:
                connection.execute(update(VersionRow).values(status=status))
                return
            connection.execute(insert(DocumentRow).values(**own, **counts))
            connection.execute(insert(VersionRow).values(version_values(version)))

        await self.database.write(work)

    async def told(self) -> list[str]:
        """The conversations in which somebody was told, once for each time."""
        events = select(EventRow.conversation_id).where(EventRow.type == "notice")
        return await self.database.read(lambda c: [row.conversation_id for row in c.execute(events)])

    async def deliver(self) -> None:
        await asyncio.gather(*(worker.deliver() for worker in self.workers * 2))


@pytest.fixture
async def bank(url: str) -> AsyncIterator[Bank]:
    async with AsyncExitStack() as stack:
        databases = []
        for _ in range(3):
            database = Database(url)
            await database.open()
            stack.push_async_callback(database.close)
            databases.append(database)
        yield Bank(databases)


async def test_many_workers_at_once_tell_each_customer_once(bank: Bank) -> None:
    customers = [f"customer{number}" for number in range(CUSTOMERS)]
    latest = {}
    for customer in customers * 2:
        latest[customer] = (await bank.wishes(customer)).conversation_id
    await bank.publish("in_review")
    await bank.deliver()
    assert await bank.told() == [], "nobody has approved it"
    await bank.publish("approved", revision=2, settled=1)
    await bank.deliver()
    assert await bank.told() == [], "the index does not show it yet: asking again would find nothing"
    await bank.publish("approved", revision=2, settled=2)
    await bank.deliver()
    told = Counter(await bank.told())
    assert told == Counter(latest.values()), "each in the conversation where they asked last, once"
    kept = await bank.database.read(lambda c: c.execute(select(NoticeRow.customer_id)).scalars().all())
    assert sorted(kept) == sorted(customers)
    await bank.wishes(customers[0])
    await bank.deliver()
    assert Counter(await bank.told()) == told, "who was told of a document is not told of it again"
    assert await bank.records[0].waiting() == []


async def test_who_takes_the_wish_back_is_not_told_and_who_was_told_is_not_asked_again(bank: Bank) -> None:
    kept, gone = await bank.wishes("keeps"), await bank.wishes("goes")
    await bank.records[1].revoke("t", gone.turn_id)
    await bank.publish("approved")
    await bank.deliver()
    assert await bank.told() == [kept.conversation_id]
    with pytest.raises(AlreadyTold):
        await bank.records[0].request(kept)
    await bank.records[0].request(gone)
    await bank.deliver()
    assert sorted(await bank.told()) == sorted([kept.conversation_id, gone.conversation_id])
