"""Qdrant Edge's own promises: an acknowledged write outlives any process, and nobody has to start anything again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import uvloop

from app.knowledge.edge_process import EdgeProcess
from app.knowledge.index_failures import IndexBusy, IndexFailed
from app.knowledge.passage import Scope
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from tests.contract.index_points import LAYOUT, TODAY, direction, point, query

PUBLIC = Scope("a", TODAY)


def owners(of: int) -> list[int]:
    """Process ids of the shard owners that this process started."""
    children = Path(f"/proc/{of}/task/{of}/children").read_text(encoding="ascii").split()
    return [int(child) for child in children if b"edge_owner\0serve" in Path(f"/proc/{child}/cmdline").read_bytes()]


def halt(pid: int) -> None:
    """SIGSTOP; returns once the process stands still or has ended."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "TZ":
        time.sleep(0.001)


def shards(folder: Path) -> list[Path]:
    return list(folder.glob("shard-*"))


def kill_a_writer(folder: Path, first: int, after: int) -> int:
    """Run a writer, kill it without warning once it acknowledged `after` points; the last number it acknowledged."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.index_points", str(folder), str(first)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    for _ in range(after):
        last = int(writer.stdout.readline())
    writer.kill()
    rest = writer.stdout.read().split("\n")[:-1]
    writer.wait()
    return int(rest[-1]) if rest else last


async def crash_and_reopen(folder: Path, rounds: int) -> None:
    acknowledged: set[int] = set()
    for crash in range(rounds):
        first = crash * 100_000
        after = random.Random(crash).randrange(1, 120)
        last = await asyncio.to_thread(kill_a_writer, folder, first, after)
        acknowledged.update(range(first, last + 1))
        index = QdrantEdgeIndex(folder, LAYOUT)
        kept = {passage.ordinal async for passage in index.scroll("a")}
        assert acknowledged <= kept
        assert len(kept - acknowledged) <= rounds, "at most the one write in flight at each crash"
        found = await index.search(query(last), PUBLIC)
        assert found["meaning"][0].passage.ordinal == last
        await index.close()
        # An optimiser that was killed in a system call may have left a file after the first start had cleared away.
        again = QdrantEdgeIndex(folder, LAYOUT)
        await again.start()
        await again.close()
        assert len(shards(folder)) == 1, "what an interrupted optimisation left is cleared away"


async def test_no_acknowledged_point_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    await crash_and_reopen(tmp_path / "index", rounds=3)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_no_acknowledged_point_is_lost_in_many_kills(tmp_path: Path) -> None:
    await crash_and_reopen(tmp_path / "index", rounds=60)


async def test_requests_in_flight_survive_the_death_of_the_owner(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    await index.upsert([point(number) for number in range(200)])
    for round_ in range(3):
        [owner] = owners(os.getpid())
        more = range(1000 + round_ * 500, 1500 + round_ * 500)
        flying = [asyncio.ensure_future(index.search(query(number), PUBLIC)) for number in range(40)]
        writing = asyncio.ensure_future(index.upsert([point(number) for number in more]))
        await asyncio.sleep(0)
        os.kill(owner, signal.SIGKILL)
        for number, found in enumerate(await asyncio.gather(*flying)):
            assert found["meaning"][0].passage.ordinal == number
        await writing
        assert await index.count() == 200 + 500 * (round_ + 1)
        assert owners(os.getpid()) != [owner]
    await index.close()
    assert owners(os.getpid()) == []


async def test_the_owner_ends_with_the_service_even_while_it_is_stopped(tmp_path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contract.index_points", str(tmp_path / "index"), "0", stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    await writer.stdout.readline()
    halt(writer.pid)  # it starts and ends no owner now
    running = owners(writer.pid)
    watches = [os.pidfd_open(owner) for owner in running]
    # The oldest serves; with two, an optimisation brings the other, bound to its parent only once it has started.
    halt(running[0])  # it cannot notice a closed socket now; the kernel must end it
    writer.kill()
    await writer.wait()
    for watch in watches:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(watch, ended.set)
        await ended.wait()
        asyncio.get_running_loop().remove_reader(watch)
        os.close(watch)


async def test_many_writes_optimise_the_index_by_themselves_and_closing_does_not_wait_for_it(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT, optimize_every=100)
    await index.upsert([point(number) for number in range(99)])
    before = (tmp_path / "index" / "CURRENT").read_text(encoding="utf-8")
    await index.upsert([point(99)])
    while (tmp_path / "index" / "CURRENT").read_text(encoding="utf-8") == before:
        assert (await index.search(query(7), PUBLIC))["meaning"][0].passage.ordinal == 7
    assert await index.count() == 100
    await index.upsert([point(number) for number in range(100, 300)])  # starts another
    await index.close()
    again = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    assert await again.count() == 300
    await again.close()
    assert len(shards(tmp_path / "index")) == 1


async def test_closing_waits_until_the_owner_an_optimisation_replaced_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced, may_go = asyncio.Event(), asyncio.Event()
    close = EdgeProcess.close

    async def close_late(owner: EdgeProcess) -> None:
        replaced.set()
        await may_go.wait()
        await close(owner)

    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT, optimize_every=100)
    await index.upsert([point(number) for number in range(99)])
    monkeypatch.setattr(EdgeProcess, "close", close_late)
    await index.upsert([point(99)])
    await replaced.wait()
    closing = asyncio.create_task(index.close())
    await asyncio.sleep(0)
    may_go.set()
    await closing
    assert owners(os.getpid()) == []
    assert len(shards(tmp_path / "index")) == 1


async def test_giving_up_at_any_moment_of_an_optimisation_loses_nothing(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    await index.upsert([point(number) for number in range(50)])
    for round_ in range(12):
        optimising = asyncio.create_task(index.optimize())
        await asyncio.wait([optimising], timeout=round_ * 0.15)
        optimising.cancel()
        await asyncio.wait([optimising])
        await index.upsert([point(100 + round_)])
        assert await index.count() == 51 + round_
        if round_ % 4 == 3:
            await index.close()
    await index.close()
    again = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    assert {passage.ordinal async for passage in again.scroll("a")} == {*range(50), *range(100, 112)}
    await again.close()


async def test_a_caller_who_gives_up_while_the_index_starts_leaves_it_startable(tmp_path: Path) -> None:
    for patience in range(8):
        index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
        asking = asyncio.create_task(index.count())
        await asyncio.wait([asking], timeout=patience * 0.05)
        asking.cancel()
        await asyncio.wait([asking])
        await index.upsert([point(patience)])
        assert await index.count() == patience + 1
        await index.close()
        assert owners(os.getpid()) == []


def test_the_owner_answers_uvloop_as_well(tmp_path: Path) -> None:
    async def use() -> int:
        index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
        await index.upsert([point(number) for number in range(100)])
        await index.optimize()
        found = await index.search(query(7), PUBLIC)
        await index.close()
        return found["meaning"][0].passage.ordinal

    assert uvloop.run(use()) == 7


async def test_a_cancelled_search_disturbs_no_later_one(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    await index.upsert([point(number) for number in range(50)])
    for number in range(50):
        abandoned = asyncio.ensure_future(index.search(query(number), PUBLIC))
        await asyncio.sleep(0)
        abandoned.cancel()
        found = await index.search(query(number), PUBLIC)
        assert found["meaning"][0].passage == point(number).passage
    await index.close()


async def test_a_second_service_on_the_same_folder_is_told_so(tmp_path: Path) -> None:
    first = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    await first.upsert([point(1)])
    second = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    with pytest.raises(IndexBusy):
        await second.count()
    assert await first.count() == 1
    await first.close()
    assert await second.count() == 1
    await second.close()


async def test_a_lost_shard_is_an_error_and_not_an_empty_index(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    await index.upsert([point(1)])
    await index.close()
    [shard] = shards(tmp_path / "index")
    shard.rename(tmp_path / "elsewhere")
    again = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    with pytest.raises(IndexFailed):
        await again.count()
    await again.close()


async def test_a_vector_of_the_wrong_size_fails_its_own_request_only(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path / "index", LAYOUT)
    await index.upsert([point(1)])
    [owner] = owners(os.getpid())
    bad = point(2)
    with pytest.raises(IndexFailed):
        await index.upsert([type(bad)(bad.passage, {"meaning": direction(2)[:4]}, {})])
    assert await index.count() == 1
    assert owners(os.getpid()) == [owner]
    await index.close()
