"""A bar of bytes on standard error; in a log, a line for each tenth."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], object]]:
    """Gives what to call with each further number of bytes."""
    if sys.stderr.isatty():
        with tqdm(total=total, desc=what, unit="B", unit_scale=True, file=sys.stderr) as shown:
            yield shown.update
        return
    done, told = 0, 0

    def update(more: int) -> None:
        nonlocal done, told
        done += more
        tenth = min(10 * done // max(total, 1), 10)
        if tenth > told:
            told = tenth
            print(f"{what} {tenth * 10}%（{done / 1e6:.1f} MB）", file=sys.stderr, flush=True)

    yield update


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
