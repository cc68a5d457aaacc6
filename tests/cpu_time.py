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


def _once(call: Callable[[], object]) -> float:
    started = time.thread_time()
    call()
    return time.thread_time() - started
