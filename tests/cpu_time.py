"""What a call costs this thread: for tests that compare the cost of a long input with that of a short one."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cpu_seconds(call: Callable[[], object], tries: int = 2) -> float:
    """The least of some tries, s. Nothing is collected meanwhile: what all the tests before have left would cost more
    than the call."""
    gc.disable()
    try:
        return min(_once(call) for _ in range(tries))
    finally:
        gc.enable()


def keeps_pace(spent: Callable[[int], float], short: int, long: int, *, times: float, least: float) -> bool:
    """True when a long input costs no more than so many times a short one.

    spent: cpu_seconds of an input of a size. least: seconds the short one counts as at least. Both are measured in turn
    and one round in three is enough: a neighbour may slow one of them, but what grows with the square fails them all.
    """
    return any(spent(long) < times * max(spent(short), least) for _ in range(3))


def _once(call: Callable[[], object]) -> float:
    started = time.thread_time()
    call()
    return time.thread_time() - started
