"""The audit chain: whatever is done to a stored record behind the ledger's back is found."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from app.audit import Ledger
from app.store import Database
from app.store.ledger import append_record
from app.store.schema import AuditHeadRow, AuditRow

RECORDS = 40


async def _fill(database: Database, tenant: str = "t", count: int = RECORDS) -> None:
    def add(number: int) -> Any:
        return lambda c: append_record(
            c,
            tenant=tenant,
            type="turn",
            actor="bot",
            payload={"text": f"第{number}句", "n": number},
            conversation_id=f"c{number % 3}",
        )

    await asyncio.gather(*(database.write(add(number)) for number in range(count)))


async def _tampered(database: Database, work: Any) -> tuple[bool, int | None]:
    await database.write(lambda c: c.execute(work) and None)
    verification = await Ledger(database).verify("t")
    return verification.ok, verification.first_bad


async def test_an_untouched_chain_verifies_however_many_wrote_it_at_once(database: Database) -> None:
    await _fill(database)
    await _fill(database, "other", 3)
    verification = await Ledger(database).verify("t")
    assert (verification.ok, verification.records, verification.first_bad) == (True, RECORDS, None)
    assert (await Ledger(database).verify("nobody")).ok


@pytest.mark.parametrize(
    "column", ["type", "actor", "conversation_id", "document_id", "payload", "recorded_at", "previous_hash", "hash"]
)
async def test_a_changed_field_is_found(database: Database, column: str) -> None:
    await _fill(database)
    change = update(AuditRow).where(AuditRow.sequence == 17).values({column: "x"})
    assert await _tampered(database, change) == (False, 17)


async def test_a_record_rewritten_with_a_fitting_hash_is_found_at_its_successor(database: Database) -> None:
    from app.store.ledger import record_hash

    await _fill(database)
    row = await database.read(lambda c: c.execute(select(AuditRow).where(AuditRow.sequence == 17)).one())
    forged = record_hash(
        row.previous_hash,
        tenant="t",
        sequence=17,
        type=row.type,
        actor="someone",
        conversation_id=row.conversation_id,
        document_id=row.document_id,
        payload=row.payload,
        recorded_at=row.recorded_at,
    )
    change = update(AuditRow).where(AuditRow.sequence == 17).values(actor="someone", hash=forged)
    assert await _tampered(database, change) == (False, 18)


async def test_a_removed_record_is_found(database: Database) -> None:
    await _fill(database)
    assert await _tampered(database, delete(AuditRow).where(AuditRow.sequence == 9)) == (False, 9)


async def test_a_chain_cut_off_at_its_end_is_found(database: Database) -> None:
    await _fill(database)
    assert await _tampered(database, delete(AuditRow).where(AuditRow.sequence > 30)) == (False, 31)


async def test_a_chain_whose_head_was_removed_is_found(database: Database) -> None:
    await _fill(database)
    ok, first_bad = await _tampered(database, delete(AuditHeadRow))
    assert not ok
    assert first_bad == 1


async def test_two_records_swapped_are_found(database: Database) -> None:
    await _fill(database)

    def swap(connection: Connection) -> None:
        for old, new in ((11, 1000), (12, 11), (1000, 12)):
            connection.execute(update(AuditRow).where(AuditRow.sequence == old).values(sequence=new))

    await database.write(swap)
    verification = await Ledger(database).verify("t")
    assert (verification.ok, verification.first_bad) == (False, 11)


async def test_records_are_listed_newest_first_by_what_they_are_about(database: Database) -> None:
    await _fill(database, count=9)
    ledger = Ledger(database)
    assert [record.sequence for record in await ledger.list("t", limit=3)] == [9, 8, 7]
    about = await ledger.list("t", conversation_id="c1")
    assert {record.conversation_id for record in about} == {"c1"}
    assert len(about) == 3
    assert await ledger.list("other") == []
    last = (await ledger.list("t", limit=1))[0]
    assert last.sequence in {record.sequence for record in await ledger.list("t", since=last.recorded_at)}
