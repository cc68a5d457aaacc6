"""What is kept fresh in memory: read again every few seconds, for what others change and for days that begin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

_log = structlog.get_logger(__name__)


class Poller:
    """Calls `refresh` every `every` seconds between start and stop. When it fails, what was read last goes on holding.

    name: of the task, and of what the log says was not refreshed.
    """

    def __init__(self, name: str, refresh: Callable[[], Awaitable[None]], every: float) -> None:
        self._name, self._refresh, self._every = name, refresh, every
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    async def start(self, *, wait: bool = True) -> None:
        """The first time now; raises what it raises. Without `wait` in the background, and then it raises nothing."""
        if wait:
            await self._refresh()
        else:
            self._woken.set()
        self._task = asyncio.create_task(self._keep_fresh(), name=self._name)

    def wake(self) -> None:
        """Something has changed: refresh now, not only when it is time."""
        self._woken.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_fresh(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self._refresh()
            except Exception as error:  # the database is briefly away
                _log.warning(f"{self._name}_not_refreshed", error=type(error).__name__)
