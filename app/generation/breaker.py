"""A circuit breaker: after repeated failures nobody waits for a model that is known to be away."""

from __future__ import annotations

from collections.abc import Callable


class Breaker:
    """Closed (calls pass), open (calls are refused until the pause is over), then one probe decides.

    failures: consecutive failures that open it. pause_s: first pause; it doubles up to longest_s while probes fail.
    """

    def __init__(
        self, clock: Callable[[], float], failures: int = 2, pause_s: float = 2.0, longest_s: float = 30.0
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._first_pause = pause_s
        self._longest = longest_s
        self._failed = 0
        self._pause = pause_s
        self._open_until: float | None = None

    @property
    def closed(self) -> bool:
        return self._open_until is None

    def may_probe(self) -> bool:
        """Open, and the pause is over: the caller may try something cheap."""
        return self._open_until is not None and self._clock() >= self._open_until

    def succeed(self) -> None:
        self._failed = 0
        self._pause = self._first_pause
        self._open_until = None

    def half_open(self) -> None:
        """A probe went well: let calls pass, but the first failure opens it again."""
        self._open_until = None
        self._failed = self._limit - 1

    def fail(self, *, at_once: bool = False) -> None:
        """Count a failure; at_once opens without waiting for more (the server is not there at all)."""
        self._failed += 1
        if self._open_until is not None:
            self._pause = min(self._pause * 2, self._longest)
            self._open_until = self._clock() + self._pause
        elif at_once or self._failed >= self._limit:
            self._open_until = self._clock() + self._pause
