"""Places: nobody waits while there is room, everybody in line knows where they stand, and no place is ever lost."""

from __future__ import annotations

import asyncio

import pytest

from app.chat.places import LineFull, Places


async def _in_line(places: Places, told: list[int]) -> asyncio.Task[None]:
    task = asyncio.create_task(places.take(told.append))
    await asyncio.sleep(0)
    return task


async def test_whoever_comes_when_it_is_full_is_told_their_place_and_gets_it_in_turn() -> None:
    places, told = Places(2, 5), [[] for _ in range(3)]
    await places.take(pytest.fail)
    await places.take(pytest.fail)
    waiting = [await _in_line(places, told[n]) for n in range(3)]
    assert told == [[0], [1], [2]]
    places.leave()
    await asyncio.wait(waiting, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
    assert [task.done() for task in waiting] == [True, False, False]
    newcomer = await _in_line(places, [])
    places.leave()
    await waiting[1]
    assert not newcomer.done(), "nobody jumps the line"
    for task in (waiting[2], newcomer):
        places.leave()
        await task
    assert places.waiting == 0


async def test_when_the_line_is_full_too_it_is_said_at_once_with_the_place_one_would_have_had() -> None:
    places = Places(1, 1)
    places.check()
    await places.take(pytest.fail)
    places.check()
    waiting = await _in_line(places, [])
    with pytest.raises(LineFull, match="line_full") as full:
        places.check()
    assert full.value.status == 503
    assert "第 2 位" in full.value.title
    places.leave()
    await waiting
    places.check()


async def test_whoever_leaves_the_line_takes_no_place_with_them() -> None:
    places = Places(1, 5)
    await places.take(pytest.fail)
    gone, stays = await _in_line(places, []), await _in_line(places, [])
    gone.cancel()
    await asyncio.wait({gone})
    places.leave()
    await stays
    # Given the place and cancelled in the same moment: it goes on to the next.
    unlucky, last = await _in_line(places, []), await _in_line(places, [])
    places.leave()
    unlucky.cancel()
    await asyncio.wait({unlucky})
    await last
    places.leave()
    await places.take(pytest.fail)


async def test_without_a_limit_nobody_ever_waits() -> None:
    places = Places(0, 0)
    for _ in range(100):
        places.check()
        await places.take(pytest.fail)
