"""Personal text in the records: nowhere in clear, readable with its key, gone without it, and never movable."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, delete, select, text, update

from app.audit import Ledger
from app.clock import Clock, utc_now
from app.events import NewEvent
from app.store import Conversations, Database, EventLog, Worker
from app.store.records import Turn
from app.store.resealing import SEALED, seal_older
from app.store.schema import CustomerKeyRow, EventRow, Model, TurnRow
from app.store.sealing import ERASED, Keyring, SealedJson, SealedText, WrongMasterKey

WORDS = "我的存款会不会亏"
MASTER = b"m" * 32
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def _new_id() -> str:
    return uuid.uuid4().hex


def _keyring(master: bytes = MASTER) -> Keyring:
    return Keyring(master, new_id=_new_id)


async def said(database: Database, clock: Clock = utc_now) -> str:
    """A conversation with one closed turn in it; gives its id."""
    log = EventLog(database, clock)
    worker = Worker(database)
    await worker.start()
    conversations = Conversations(database, log, worker=worker, new_id=_new_id, clock=clock)
    conversation = await conversations.create("t", "v_1")
    claim = await conversations.claims.make(conversation, None, "0")
    await log.append(conversation.id, [NewEvent("customer.message", {"text": WORDS}, claim.turn_id)])
    turn = Turn(
        id=claim.turn_id,
        conversation_id=conversation.id,
        tenant="t",
        customer_id="v_1",
        question=WORDS,
        standalone=WORDS,
        text=f"您问的是：{WORDS}",
        status="answered",
        reason="",
        generator="quote",
        as_of=NOW.date(),
        result={"status": "answered", "text": WORDS},
        trace={"question": WORDS},
    )
    await conversations.close_turn(turn, [NewEvent("turn.completed", {"turn": turn.result}, turn.id)], gap="abstained")
    await worker.stop()
    await log.close()
    return conversation.id


async def _everything_stored(database: Database) -> str:
    """Every value of every table, as it stands on the disk."""

    def work(connection: Connection) -> str:
        tables = [table.name for table in Model.metadata.sorted_tables]
        return "\n".join(str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}")))

    return await database.read(work)


async def _read(database: Database, conversation_id: str) -> tuple[str, str]:
    own = EventRow.conversation_id == conversation_id

    def work(connection: Connection) -> tuple[str, str]:
        event = connection.execute(select(EventRow.data).where(own, EventRow.sequence == 1)).scalar_one()
        turn = select(TurnRow.text).where(TurnRow.conversation_id == conversation_id)
        return event["text"], connection.execute(turn).scalar_one()

    return await database.read(work)


@pytest.fixture
async def sealing(url: str) -> AsyncIterator[Database]:
    database = Database(url, keyring=_keyring())
    await database.open()
    yield database
    await database.close()


def test_every_sealing_column_is_one_that_older_records_are_sealed_in() -> None:
    columns = {
        (table.name, column.name)
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedText | SealedJson)
    }
    assert columns == {(model.__tablename__, name) for model, _, names in SEALED for name in names}


async def test_what_was_said_is_stored_sealed_and_read_as_it_was(sealing: Database) -> None:
    conversation_id = await said(sealing)
    assert WORDS not in await _everything_stored(sealing)
    assert await _read(sealing, conversation_id) == (WORDS, f"您问的是：{WORDS}")
    (record,) = await Ledger(sealing).list("t")
    assert WORDS in record.payload
    assert (await Ledger(sealing).verify("t")).ok


async def test_without_its_key_the_text_is_gone_and_the_chain_still_verifies(sealing: Database) -> None:
    conversation_id = await said(sealing)
    await sealing.write(lambda c: c.execute(delete(CustomerKeyRow)) and None)
    assert sealing.keyring is not None
    sealing.keyring.forget()
    assert await _read(sealing, conversation_id) == (ERASED, ERASED)
    ledger = Ledger(sealing)
    (record,) = await ledger.list("t")
    assert WORDS not in record.payload
    assert '"erased":true' in record.payload
    assert (await ledger.verify("t")).ok


async def test_records_from_before_there_were_keys_are_read_and_then_sealed(url: str) -> None:
    plain = Database(url)
    await plain.open()
    ids = [await said(plain) for _ in range(7)]
    before = await Ledger(plain).list("t")
    assert await seal_older(plain) == 0, "nothing to seal with"
    await plain.close()
    database = Database(url, keyring=_keyring())
    await database.open()
    assert await _read(database, ids[0]) == (WORDS, f"您问的是：{WORDS}")
    assert await seal_older(database) == 7
    assert await seal_older(database) == 0
    stored = await database.read(lambda c: str(c.execute(text("SELECT data FROM events")).all()))
    assert WORDS not in stored
    assert await _read(database, ids[6]) == (WORDS, f"您问的是：{WORDS}")
    # The chain says what it said: those records are left as they were.
    assert await Ledger(database).list("t") == before
    assert (await Ledger(database).verify("t")).ok
    await database.close()


async def test_a_sealed_value_put_into_another_conversation_is_not_opened(sealing: Database) -> None:
    first, second = await said(sealing), await said(sealing)

    def move(connection: Connection) -> None:
        raw = connection.execute(text("SELECT text FROM turns WHERE conversation_id = :id"), {"id": first}).scalar_one()
        own = connection.execute(
            text("SELECT text FROM turns WHERE conversation_id = :id"), {"id": second}
        ).scalar_one()
        stolen = f"{own.rsplit('.', 1)[0]}.{raw.rsplit('.', 1)[1]}"
        connection.execute(
            text("UPDATE turns SET text = :stolen WHERE conversation_id = :id"), {"stolen": stolen, "id": second}
        )
        # And the other way: the first one's key row under the second one's name.
        connection.execute(update(CustomerKeyRow).where(CustomerKeyRow.scope == first).values(scope="moved"))

    await sealing.write(move)
    assert sealing.keyring is not None
    sealing.keyring.forget()
    for conversation_id in (first, second):
        query = select(TurnRow.text).where(TurnRow.conversation_id == conversation_id)
        with pytest.raises(InvalidTag):
            await sealing.read(lambda c, q=query: c.execute(q).scalar_one())


async def test_a_start_with_another_master_key_is_refused(sealing: Database, url: str) -> None:
    await said(sealing)
    other = Database(url, keyring=_keyring(b"x" * 32))
    with pytest.raises(WrongMasterKey, match="WENDA_PRIVACY__KEY"):
        await other.open()


async def test_a_key_made_in_a_transaction_that_fails_is_not_used_afterwards(sealing: Database) -> None:
    conversation_id = await said(sealing)
    log = EventLog(sealing)

    class Lost(Exception):
        pass

    def work(connection: Connection) -> None:
        connection.execute(delete(CustomerKeyRow))
        keyring = sealing.keyring
        assert keyring is not None
        keyring.forget()
        keyring.of(connection, conversation_id)
        keyring.of(connection, conversation_id)
        raise Lost

    with pytest.raises(Lost):
        await sealing.write(work)
    await log.append(conversation_id, [NewEvent("customer.message", {"text": "还在吗"})])
    assert sealing.keyring is not None
    sealing.keyring.forget()
    assert (await log.read(conversation_id))[-1].data == {"text": "还在吗"}
    await log.close()


async def test_a_message_that_looks_like_a_sealed_one_is_a_message(sealing: Database) -> None:
    conversation_id = await said(sealing)
    log = EventLog(sealing)
    spoof = {"text": "s1.abc.AAAA", "sealed": "s1.abc.AAAA"}
    await log.append(conversation_id, [NewEvent("customer.message", spoof)])
    assert (await log.read(conversation_id))[-1].data == spoof
    await log.close()


async def test_a_deleted_key_is_overwritten_on_the_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'wenda.db'}", keyring=_keyring())
    await database.open()
    await said(database)
    wrapped = await database.read(lambda c: c.execute(select(CustomerKeyRow.wrapped)).scalar_one())
    await database.write(lambda c: c.execute(delete(CustomerKeyRow)) and None)
    await database.close()
    files = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir()))
    assert wrapped.encode() not in files
