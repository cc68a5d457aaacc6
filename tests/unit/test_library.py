"""Governance over random histories: what is in force on a day, the index that follows, and jobs that survive."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import business_date
from app.errors import AppError, Invalid
from app.knowledge.documents import Version
from app.knowledge.governance import approve, correct, foreseen, roll_back, settle, withdraw
from app.knowledge.jobs import ATTEMPTS
from app.knowledge.library import Library
from app.knowledge.passage import Passage, Scope, text_sha256
from app.knowledge.preparing import Metadata, Source
from app.knowledge.uploads import Uploads
from app.store import Database, Documents, Worker
from tests.fakes import LinePrepare, MemoryIndex, in_scope

START = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
DAYS = [date(2025, 12, 20) + timedelta(days=n) for n in range(80)]


def _version(number: int, valid_from: date | None, valid_to: date | None = None) -> Version:
    return Version(
        document_id="d",
        version=number,
        tenant="t",
        status="in_review",
        ready=True,
        file_name="a.md",
        sha256="",
        size=1,
        declared={},
        kind="product",
        title="",
        product_code=None,
        risk_level=None,
        audience="public",
        valid_from=valid_from,
        valid_to=valid_to,
        editors=("editor",),
        created_at=START,
    )


def _passage(version: int, text: str) -> Passage:
    return Passage(
        id="p",
        document_id="d",
        version=version,
        ordinal=0,
        tenant="t",
        kind="product",
        title="",
        section="",
        text=text,
        sha256=text_sha256(text),
        approved=True,
    )


_days = st.one_of(st.none(), st.sampled_from(DAYS))
_steps = st.lists(
    st.tuples(st.sampled_from(["approve", "approve", "approve", "withdraw", "roll_back"]), st.integers(0, 5)),
    max_size=12,
)


def _play(versions: list[Version], steps: list[tuple[str, int]]) -> list[tuple[datetime, list[Version]]]:
    """The versions after each step that was allowed, a few days apart."""
    history = []
    now = START
    for action, index in steps:
        now += timedelta(days=5)
        target = versions[index % len(versions)]
        try:
            if action == "approve":
                changed = approve(target, versions, "approver", "", now)
                versions = [changed if v.version == changed.version else v for v in versions]
            elif action == "withdraw":
                changed = withdraw(target, "", now)
                versions = [changed if v.version == changed.version else v for v in versions]
            else:
                versions = list(roll_back(target, versions, "approver", now))
        except AppError:  # a step this state does not allow
            continue
        versions = settle(versions)
        history.append((now, versions))
    return history


@given(st.lists(st.tuples(_days, _days), min_size=1, max_size=6), _steps)
@settings(max_examples=400, deadline=None)
def test_no_day_ever_has_two_versions(
    days: list[tuple[date | None, date | None]], steps: list[tuple[str, int]]
) -> None:
    versions = [_version(number, first, last) for number, (first, last) in enumerate(days, 1)]
    for _, state in _play(versions, steps):
        for day in (*DAYS, date.min, date.max):
            assert sum(version.in_force(day) for version in state) <= 1


@given(st.lists(_days, min_size=1, max_size=6), _steps)
@settings(max_examples=400, deadline=None)
def test_publishing_never_leaves_a_day_without_a_version_that_had_one(
    firsts: list[date | None], steps: list[tuple[str, int]]
) -> None:
    versions = [_version(number, first) for number, first in enumerate(firsts, 1)]
    before = versions
    only_approvals = [(action, index) for action, index in steps if action == "approve"]
    for _, state in _play(versions, only_approvals):
        for day in DAYS:
            if any(version.in_force(day) for version in before):
                assert any(version.in_force(day) for version in state)
        before = state


@given(st.lists(st.tuples(_days, _days), min_size=1, max_size=6), _steps)
@settings(max_examples=300, deadline=None)
def test_what_was_just_approved_for_today_answers_today(
    days: list[tuple[date | None, date | None]], steps: list[tuple[str, int]]
) -> None:
    versions = [_version(number, first, last) for number, (first, last) in enumerate(days, 1)]
    for now, state in _play(versions, [step for step in steps if step[0] == "approve"]):
        today = business_date(now)
        newest = max((v for v in state if v.approved_at), key=lambda v: v.approved_at or START)
        if newest.approved_at != now:  # the step repeated an older approval
            continue
        if (newest.valid_from or date.min) <= today <= (newest.valid_to or date.max):
            assert newest.in_force(today)


@given(st.lists(st.tuples(_days, _days), min_size=1, max_size=6), _steps)
@settings(max_examples=400, deadline=None)
def test_a_record_of_former_days_takes_nothing_from_today_and_an_ending_takes_no_day_before_it(
    days: list[tuple[date | None, date | None]], steps: list[tuple[str, int]]
) -> None:
    versions = [_version(number, first, last) for number, (first, last) in enumerate(days, 1)]
    before = versions
    for now, state in _play(versions, [step for step in steps if step[0] == "approve"]):
        today = business_date(now)
        newest = max((v for v in state if v.approved_at), key=lambda v: v.approved_at or START)
        last = newest.valid_to or date.max
        for day in DAYS:
            had = [version.version for version in before if version.in_force(day)]
            has = [version.version for version in state if version.in_force(day)]
            if had and (day <= last or last < today):
                assert has
            if had and last < min(day, today):
                assert has == had
        if newest.approved_at == now:
            assert not newest.overtaken
        before = state


def test_what_ended_before_today_is_approved_for_its_own_days_or_refused() -> None:
    current = _version(1, date(2025, 12, 25))
    (_, before) = _play([current], [("approve", 0)])[-1]
    for first, last, left in (
        (date(2025, 12, 1), date(2025, 12, 20), (date(2025, 12, 1), date(2025, 12, 20))),
        (date(2025, 12, 1), date(2025, 12, 28), (date(2025, 12, 1), date(2025, 12, 24))),
        (date(2025, 12, 26), date(2025, 12, 28), None),
        (None, date(2025, 12, 28), (None, date(2025, 12, 24))),
    ):
        versions = [*before, _version(2, first, last)]
        if left is None:
            with pytest.raises(Invalid) as refused:
                approve(versions[1], versions, "approver", "", START + timedelta(days=30))
            assert refused.value.code == "invalid_dates"
            continue
        done = settle([versions[0], approve(versions[1], versions, "approver", "", START + timedelta(days=30))])
        assert [(v.in_force_from, v.in_force_to) for v in done] == [(date(2025, 12, 25), None), left]


def test_an_approver_is_told_of_the_days_without_a_version_after_a_temporary_one() -> None:
    (now, state) = _play([_version(1, None), _version(2, date(2026, 2, 1))], [("approve", 0)])[-1]
    temporary = _version(3, date(2026, 1, 20), date(2026, 1, 25))
    (told,) = foreseen(temporary, [*state, temporary], now)
    assert told.code == "ends_without_successor"
    assert "2026-01-26 起这份文件将没有有效版本" in told.title
    (_, planned) = _play(list(state), [("approve", 1)])[-1]
    until_then = _version(3, date(2026, 1, 20), date(2026, 1, 31))
    assert foreseen(until_then, [*planned, until_then], now) == ()
    assert foreseen(_version(3, date(2026, 1, 20)), state, now) == ()


def test_a_correction_of_a_superseded_version_is_for_its_own_days() -> None:
    (_, state) = _play(
        [_version(1, date(2026, 1, 1)), _version(2, date(2026, 1, 6))], [("approve", 0), ("approve", 1)]
    )[-1]
    later = START + timedelta(days=40)
    draft = correct(state, _passage(1, "工本费20元"), "工本费20元/张", "editor", "", later, 3)
    assert (draft.valid_from, draft.valid_to) == (date(2026, 1, 1), date(2026, 1, 5))
    assert draft.confirmed["valid_to"] == "2026-01-05"
    sent = replace(draft, ready=True, status="in_review")
    done = settle([*state, approve(sent, [*state, sent], "approver", "", later)])
    assert [v.version for v in done if v.in_force(date(2026, 1, 3))] == [3]
    assert [v.version for v in done if v.in_force(business_date(later))] == [2]


def test_a_correction_that_was_overtaken_while_it_was_written_stays_in_its_days() -> None:
    (_, state) = _play([_version(1, None)], [("approve", 0)])[-1]
    draft = correct(state, _passage(1, "工本费20元"), "工本费20元/张", "editor", "", START + timedelta(days=6), 2)
    assert (draft.valid_from, draft.valid_to) == (None, None)
    new = _version(3, date(2026, 1, 20))
    (_, later) = _play([*state, new], [("approve", 1)])[-1]
    sent = replace(draft, ready=True, status="in_review")
    now = START + timedelta(days=60)
    done = settle([*later, approve(sent, [*later, sent], "approver", "", now)])
    assert [v.version for v in done if v.in_force(business_date(now))] == [3]
    assert [v.version for v in done if v.in_force(date(2026, 1, 10))] == [2]


def test_a_planned_version_stays_planned_when_a_correction_comes_first() -> None:
    versions = [_version(1, date(2026, 1, 1)), _version(2, date(2026, 2, 10)), _version(3, date(2026, 1, 20))]
    (_, state) = _play(versions, [("approve", 0), ("approve", 1), ("approve", 2)])[-1]
    assert [(v.in_force_from, v.in_force_to) for v in state] == [
        (date(2026, 1, 1), date(2026, 1, 19)),
        (date(2026, 2, 10), None),
        (date(2026, 1, 20), date(2026, 2, 9)),
    ]


def test_a_version_dated_back_replaces_the_current_one_whole() -> None:
    versions = [_version(1, date(2026, 1, 1)), _version(2, date(2025, 12, 25))]
    (_, state) = _play(versions, [("approve", 0), ("approve", 1)])[-1]
    assert [version.shown_status(date(2026, 1, 15)) for version in state] == ["superseded", "approved"]


def test_withdrawing_what_had_not_begun_gives_the_days_back() -> None:
    versions = [_version(1, date(2026, 1, 1)), _version(2, date(2026, 3, 1))]
    (_, state) = _play(versions, [("approve", 0), ("approve", 1), ("withdraw", 1)])[-1]
    assert [(version.status, version.in_force_to) for version in state] == [("approved", None), ("withdrawn", None)]
    assert state[0].in_force(date(2026, 3, 1))


def test_withdrawing_what_was_in_force_does_not_revive_its_predecessor() -> None:
    versions = [_version(1, date(2026, 1, 1)), _version(2, date(2026, 1, 10))]
    (_, state) = _play(versions, [("approve", 0), ("approve", 1), ("withdraw", 1)])[-1]
    assert not any(version.in_force(date(2026, 1, 20)) for version in state)
    assert state[0].in_force(date(2026, 1, 9))


# -- the library over a real database -------------------------------------------------------------------------


class _Shelves:
    """A library that can be killed and started again over the same database, index and files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.index = MemoryIndex()
        self.prepare = LinePrepare()
        self.folder = folder
        self.numbers = itertools.count()
        self.library = self.new()

    def new(self) -> Library:
        worker = Worker(self.database)
        self.documents = Documents(self.database, worker=worker, new_id=lambda: f"id{next(self.numbers)}")
        return Library(self.documents, self.index, self.prepare, Uploads(self.folder), clock=lambda: START)

    async def publish(self, text: str, valid_from: date | None = None) -> str:
        accepted = await self.library.upload(
            "t", "editor", Source("a.md", text.encode()), Metadata(kind="product", title="费", valid_from=valid_from)
        )
        assert (await self.library.wait("t", accepted.job_id)).status == "done"
        await self.library.submit("t", "editor", accepted.document_id, accepted.version)
        await self.library.approve("t", "approver", accepted.document_id, accepted.version)
        return accepted.document_id

    async def status(self, job_id: str) -> str:
        return (await self.library.job("t", job_id)).status

    def texts(self, day: date) -> list[str]:
        return [p.text for p in self.index.passages.values() if in_scope(p, Scope("t", day))]


@pytest.fixture
async def shelves(database: Database, tmp_path: Path) -> AsyncIterator[_Shelves]:
    made = _Shelves(database, tmp_path / "uploads")
    await made.library.start()
    yield made
    await made.library.stop()


async def test_the_index_shows_the_version_of_the_day(shelves: _Shelves) -> None:
    await shelves.publish("旧费用2元", date(2026, 1, 1))
    await shelves.publish("新费用3元", date(2026, 2, 1))
    assert shelves.texts(date(2026, 1, 31)) == ["旧费用2元"]
    assert shelves.texts(date(2026, 2, 1)) == ["新费用3元"]
    assert shelves.texts(date(2025, 12, 31)) == []


async def test_a_decision_the_index_missed_is_applied_after_a_restart(shelves: _Shelves) -> None:
    document_id = await shelves.publish("费用2元")
    shelves.index.broken = ConnectionError("down")
    with pytest.raises(ConnectionError):
        await shelves.library.withdraw("t", "approver", document_id, 1)
    shelves.index.broken = None
    assert shelves.texts(date(2026, 1, 2)) == ["费用2元"]
    await shelves.library.stop()
    shelves.library = shelves.new()
    await shelves.library.start()
    await _until(shelves.documents.unsettled, [])
    assert shelves.texts(date(2026, 1, 2)) == []


async def test_a_job_that_a_killed_process_left_is_done_once_by_the_next(shelves: _Shelves) -> None:
    never = asyncio.Event()
    shelves.prepare.pause = never.wait
    accepted = await shelves.library.upload("t", "editor", Source("a.md", "一\n二".encode()), Metadata())
    await _until(lambda: shelves.status(accepted.job_id), "running")
    for task in shelves.library._jobs._tasks:  # as a kill would: nothing is tidied up
        task.cancel()
    shelves.documents.requeue_job = _nothing  # type: ignore[method-assign,assignment]
    await asyncio.sleep(0.05)
    shelves.prepare.pause = None
    shelves.library = shelves.new()
    await shelves.library.start()
    job = await asyncio.wait_for(shelves.library.wait("t", accepted.job_id), 60)
    assert (job.status, job.outcome, job.attempts) == ("done", "created", 2)
    assert sorted(p.text for p in shelves.index.passages.values()) == ["一", "二"]


async def test_a_file_that_ends_every_process_is_given_up_at_last(shelves: _Shelves) -> None:
    await shelves.library.stop()
    accepted = await shelves.library.upload("t", "editor", Source("a.md", b"x"), Metadata())
    for _ in range(ATTEMPTS):
        dying = Documents(shelves.database, worker=Worker(shelves.database), new_id=lambda: "unused")
        claimed = await dying.claim_job()
        assert claimed is not None
    await shelves.library.start()
    job = await asyncio.wait_for(shelves.library.wait("t", accepted.job_id), 60)
    assert (job.status, job.error.code if job.error else "") == ("failed", "interrupted")
    assert shelves.index.passages == {}


async def test_stopping_gives_an_unfinished_job_back_without_counting_an_attempt(shelves: _Shelves) -> None:
    shelves.prepare.pause = asyncio.Event().wait
    accepted = await shelves.library.upload("t", "editor", Source("a.md", b"x"), Metadata())
    await _until(lambda: shelves.status(accepted.job_id), "running")
    await shelves.library.stop()
    job = await shelves.library.job("t", accepted.job_id)
    assert (job.status, job.attempts) == ("queued", 0)
    shelves.prepare.pause = None
    await shelves.library.start()
    assert (await asyncio.wait_for(shelves.library.wait("t", accepted.job_id), 60)).status == "done"


async def test_a_job_that_is_given_out_while_the_work_stops_goes_back(
    shelves: _Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelves.library.stop()
    accepted = await shelves.library.upload("t", "editor", Source("a.md", b"x"), Metadata())
    claim, answered = shelves.documents.claim_job, asyncio.Event()

    async def late() -> object:
        claimed = await claim()
        await answered.wait()
        return claimed

    with monkeypatch.context() as patched:
        patched.setattr(shelves.documents, "claim_job", late)
        await shelves.library.start()
        await _until(lambda: shelves.status(accepted.job_id), "running")
        tasks = list(shelves.library._jobs._tasks)
        stopping = asyncio.create_task(shelves.library.stop())
        while not all(task.cancelling() for task in tasks):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        answered.set()
        await stopping
    job = await shelves.library.job("t", accepted.job_id)
    assert (job.status, job.attempts) == ("queued", 0)
    await shelves.library.start()
    assert (await asyncio.wait_for(shelves.library.wait("t", accepted.job_id), 60)).status == "done"


async def test_an_unreadable_upload_leaves_neither_points_nor_version(shelves: _Shelves) -> None:
    document_id = await shelves.publish("好的内容")
    accepted = await shelves.library.upload("t", "editor", Source("a.md", b"corrupt"), Metadata(title="费"))
    job = await shelves.library.wait("t", accepted.job_id)
    assert job.error is not None
    assert job.error.code == "corrupt"
    assert [v.version for v in (await shelves.library.document("t", document_id)).versions] == [1]
    assert {p.version for p in shelves.index.passages.values()} == {1}


async def test_uploaded_bytes_are_kept_once_under_their_hash(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    first, second = await asyncio.gather(uploads.keep(b"x" * 1000), uploads.keep(b"x" * 1000))
    assert first == second
    assert await uploads.read(first) == b"x" * 1000
    assert _files(tmp_path) == [first]


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def _until(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    async with asyncio.timeout(60):
        while await ask() != wanted:  # noqa: ASYNC110 - another process's doing, in the database
            await asyncio.sleep(0.01)


async def _nothing(_job_id: str) -> None:
    """What a killed process does on its way out."""


def test_a_version_shows_its_status_by_the_calendar() -> None:
    version = replace(_version(1, date(2026, 1, 1), date(2026, 1, 31)), status="approved", approved_at=START)
    (settled,) = settle([version])
    assert settled.shown_status(date(2026, 1, 31)) == "approved"
    assert settled.shown_status(date(2026, 2, 1)) == "expired"
