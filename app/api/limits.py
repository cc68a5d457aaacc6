"""How often one caller may ask: a bucket a caller that refills steadily, kept in this process.

Several workers each keep their own, so a caller may reach the limit once on each.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from app.errors import TooMany
from app.identity import Caller

_KEPT = 10_000


class MessageRate:
    """per_minute messages in any minute, as many at once; 0 = no limit."""

    def __init__(self, per_minute: int, steady: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._steady = steady
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def spend(self, who: Caller) -> None:
        """Take one message from the caller's bucket. Raises TooMany when it is empty."""
        if not self._per_minute:
            return
        now = self._steady()
        key = (who.tenant, who.id)
        left, since = self._buckets.pop(key, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - since) * self._per_minute / 60)
        if left < 1:
            self._buckets[key] = (left, now)
            raise TooMany()
        self._buckets[key] = (left - 1, now)
        if len(self._buckets) > _KEPT:  # the one unused for longest is full again, or nearly
            self._buckets.pop(next(iter(self._buckets)))
