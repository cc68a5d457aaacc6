"""Nothing can be done to a chain of 200 records unseen: every byte flipped, every record removed, every pair swapped,
every end cut off, with the head row set back too when a checkpoint was exported before."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Connection, create_engine, delete, text, update

from app.audit import AuditRecord, Checkpoint, CheckpointExport, Forged, Signer, export, read_checkpoint
from app.audit.__main__ import main
from app.audit.checkpoints import verify_against
from app.audit.ledger import first_misfit, verify_chain
from app.store import Database
from app.store.ledger import GENESIS, append_record
from app.store.schema import AuditHeadRow, AuditRow, Model

RECORDS = 200
SIGNER = Signer(b"k" * 32)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Connection]:
    """200 records of tenant t in a file without any service; what a test does to it is its own."""
    engine = create_engine(f"sqlite:///{tmp_path / 'wenda.db'}")
    Model.metadata.create_all(engine)
    with engine.connect() as connection:
        for number in range(RECORDS):
            payload = {"n": number, "text": f"第{number}句"}
            append_record(connection, tenant="t", type="turn", actor="bot", payload=payload, conversation_id="c")
        connection.commit()
        yield connection
    engine.dispose()


def _records(connection: Connection) -> list[AuditRecord]:
    columns = [getattr(AuditRow, field.name) for field in fields(AuditRecord)]
    return [AuditRecord(*row) for row in connection.execute(AuditRow.__table__.select().with_only_columns(*columns))]


def _flips(record: AuditRecord) -> Iterator[AuditRecord]:
    """The record with one byte of one field changed, for every byte; bytes that make no text stay as they are."""
    for field in fields(AuditRecord):
        value = getattr(record, field.name)
        raw = str(value).encode() if value is not None else b""
        for at in range(len(raw)):
            changed = (raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]).decode(errors="surrogateescape")
            number = field.name == "sequence"
            yield replace(record, **{field.name: int(changed) if number and changed.isdigit() else changed})


def test_every_single_byte_flip_is_found_at_its_record(chain: Connection) -> None:
    records = _records(chain)
    assert first_misfit(records, 1, GENESIS) is None
    tried = 0
    for index, record in enumerate(records):
        previous = records[index - 1].hash if index else GENESIS
        for flipped in _flips(record):
            tried += 1
            # The records before are untouched and fit, so that looking begins here.
            assert first_misfit([flipped, *records[index + 1 : index + 2]], index + 1, previous) == index + 1
    assert tried > RECORDS * 190


def test_every_deletion_swap_and_truncation_is_found(chain: Connection) -> None:
    records = _records(chain)
    for index in range(RECORDS - 1):
        assert first_misfit(records[:index] + records[index + 1 :], 1, GENESIS) == index + 1
        swapped = [*records[:index], records[index + 1], records[index], *records[index + 2 :]]
        assert first_misfit(swapped, 1, GENESIS) == index + 1
        renumbered = [
            replace(records[index + 1], sequence=index + 1),
            replace(records[index], sequence=index + 2),
        ]
        assert first_misfit([*records[:index], *renumbered], 1, GENESIS) == index + 1
    for left in range(RECORDS):
        chain.execute(delete(AuditRow).where(AuditRow.sequence > left))
        assert verify_chain(chain, "t").first_bad == left + 1
        chain.rollback()
    assert verify_chain(chain, "t").ok


def test_a_record_that_is_no_text_any_more_is_found_where_it_is(chain: Connection) -> None:
    chain.execute(text("UPDATE audit_records SET payload = CAST(x'7bff7d' AS TEXT) WHERE sequence = 77"))
    found = verify_chain(chain, "t")
    assert (found.ok, found.first_bad) == (False, 77)


def test_a_tail_cut_off_together_with_its_head_row_is_found_only_against_a_checkpoint(chain: Connection) -> None:
    checkpoint = SIGNER.sign(chain, "t", "2026-11-23T04:00:00+00:00")
    records = _records(chain)
    for left in (0, 1, 57, 198, 199):
        chain.execute(delete(AuditRow).where(AuditRow.sequence > left))
        last = records[left - 1].hash if left else GENESIS
        chain.execute(update(AuditHeadRow).values(sequence=left, hash=last))
        assert verify_chain(chain, "t").ok, "the chain alone cannot tell"
        found = verify_against(chain, "t", [checkpoint])
        assert (found.ok, found.first_bad) == (False, left + 1)
        chain.rollback()
    assert verify_against(chain, "t", [checkpoint]).ok


def test_a_chain_written_anew_from_some_record_on_is_found_against_a_checkpoint(chain: Connection) -> None:
    checkpoint = SIGNER.sign(chain, "t", "2026-11-23T04:00:00+00:00")
    records = _records(chain)
    chain.execute(delete(AuditRow).where(AuditRow.sequence > 150))
    chain.execute(update(AuditHeadRow).values(sequence=150, hash=records[149].hash))
    for number in range(150, RECORDS + 5):
        append_record(chain, tenant="t", type="turn", actor="bot", payload={"n": number, "text": "别的话"})
    assert verify_chain(chain, "t").ok
    assert not verify_against(chain, "t", [checkpoint]).ok


def test_a_chain_that_has_grown_since_still_fits_its_checkpoints(chain: Connection) -> None:
    checkpoints = []
    for number in range(3):
        checkpoints.append(SIGNER.sign(chain, "t", f"2026-11-23T04:0{number}:00+00:00"))
        append_record(chain, tenant="t", type="turn", actor="bot", payload={"n": number})
    assert [one.sequence for one in checkpoints] == [200, 201, 202]
    found = verify_against(chain, "t", checkpoints)
    assert (found.ok, found.records) == (True, 203)


@pytest.mark.parametrize(
    "change", [{"sequence": 199}, {"hash": "0" * 64}, {"tenant": "other"}, {"made_at": "2027"}, {"form": "else"}]
)
def test_a_checkpoint_changed_or_signed_by_another_is_refused(chain: Connection, change: dict[str, object]) -> None:
    good = asdict(SIGNER.sign(chain, "t", "2026-11-23T04:00:00+00:00"))
    assert read_checkpoint(orjson.dumps(good), SIGNER.public).sequence == 200
    other = asdict(Signer(b"o" * 32).sign(chain, "t", "2026-11-23T04:00:00+00:00"))
    for bad in ({**good, **change}, other, {**other, "key": SIGNER.public}, {"x": 1}, {**good, "signature": "é"}):
        with pytest.raises(Forged):
            read_checkpoint(orjson.dumps(bad), SIGNER.public)


def test_an_exported_checkpoint_is_a_read_only_file_that_is_never_written_over(tmp_path: Path) -> None:
    checkpoint = Checkpoint("银行/../t", 7, "0" * 64, "2026-11-23T04:00:00+00:00", SIGNER.public, "")
    path = export(checkpoint, tmp_path / "worm")
    assert path.parent == tmp_path / "worm"
    assert path.stat().st_mode & 0o777 == 0o444
    with pytest.raises(FileExistsError):
        export(checkpoint, tmp_path / "worm")


def test_the_command_verifies_a_copy_offline_and_says_what_does_not_fit(
    chain: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, records = tmp_path / "worm", str(tmp_path / "wenda.db")
    given = ["verify", records, "--checkpoints", str(folder), "--key", SIGNER.public]
    assert main(given) == 1, "without a checkpoint nothing is proved"
    export(SIGNER.sign(chain, "t", "2026-11-23T04:00:00+00:00"), folder)
    assert main(given) == 0
    assert "t：200 条，完整" in capsys.readouterr().out
    assert main([*given[:-1], base64.b64encode(b"w" * 32).decode()]) == 1
    chain.execute(delete(AuditRow).where(AuditRow.sequence > 120))
    chain.execute(update(AuditHeadRow).values(sequence=120, hash=_records(chain)[-1].hash))
    chain.commit()
    assert main(given) == 1
    assert "第 121 条起" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none.db"), *given[2:]]) == 1


async def test_checkpoints_are_exported_for_every_chain_that_has_grown(database: Database, tmp_path: Path) -> None:
    made = CheckpointExport(database, SIGNER, tmp_path / "worm", 3600)
    assert await made.export_now() == []
    for tenant in ("a", "b", "a"):
        await database.write(
            lambda c, t=tenant: append_record(c, tenant=t, type="turn", actor="bot", payload={"n": 1}) and None
        )
    assert len(await made.export_now()) == 2
    assert await made.export_now() == [], "nothing new to say"
    await database.write(lambda c: append_record(c, tenant="b", type="turn", actor="bot", payload={}) and None)
    (path,) = await made.export_now()
    kept = read_checkpoint(path.read_bytes(), SIGNER.public)
    assert (kept.tenant, kept.sequence) == ("b", 2)
    assert (await made.checkpoint("nobody")).sequence == 0
