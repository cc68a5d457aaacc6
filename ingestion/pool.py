"""Several equal workers: a file that is slow to read holds up its own reader and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ingestion.frames import Frame
from ingestion.worker import Take, Worker


class WorkerPool:
    """make: one more worker; their processes start when first needed, so a quiet service runs one or none."""

    def __init__(self, size: int, make: Callable[[], Worker]) -> None:
        self._workers = [make() for _ in range(size)]
        # The one used last comes first: it is warm, and the others may leave.
        self._free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def ask(self, request: Frame, seconds: float, take: Take | None = None) -> Frame:
        """The answer of whichever worker is free first; seconds count from then. Raises WorkerEnded, TimeoutError.

        take: as of Worker.ask.
        """
        worker = await self._free.get()
        try:
            return await worker.ask(request, seconds, take)
        finally:
            self._free.put_nowait(worker)

    async def close(self) -> None:
        await asyncio.gather(*(worker.close() for worker in self._workers))
