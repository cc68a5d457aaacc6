"""Which processes are alive: each one says so every BEAT seconds, so that what a dead one left is taken over."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, delete, insert, select, update

from app.store.database import Database
from app.store.schema import WorkerRow

BEAT = 5.0
SILENCE = 20.0


class Worker:
    """This process in the workers table. `id` marks the turns and jobs it runs."""

    def __init__(self, database: Database, steady: Callable[[], float] = time.monotonic) -> None:
        self.id = uuid.uuid4().hex
        self._database = database
        self._steady = steady
        self._host = socket.gethostname()
        self._seen_beats: dict[str, tuple[int, float]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._database.write(self._enter)
        self._task = asyncio.create_task(self._beat(), name="worker-beat")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._database.write(lambda c: c.execute(delete(WorkerRow).where(WorkerRow.id == self.id)) and None)

    async def living_now(self) -> list[str]:
        """Ids of the workers alive now, this one included; the dead leave the table."""
        return await self._database.write(self.living)

    def living(self, connection: Connection) -> list[str]:
        """The same inside a transaction of the caller's.

        Dead is who, on this machine, has a process id that no longer exists (a killed service that is started again
        at once need not wait), or who, as seen from here, has not moved for SILENCE seconds: measured on our own
        steady clock, so that neither a clock that jumps nor another machine's clock can bury the living.
        """
        rows = connection.execute(select(WorkerRow.id, WorkerRow.host, WorkerRow.pid, WorkerRow.beats)).all()
        now = self._steady()
        alive, seen = [self.id], {}
        for row in rows:
            if row.id == self.id:
                continue
            beats, since = self._seen_beats.get(row.id, (None, now))
            seen[row.id] = (row.beats, since if beats == row.beats else now)
            gone = row.host == self._host and not _exists(row.pid)
            if gone or now - seen[row.id][1] > SILENCE:
                connection.execute(delete(WorkerRow).where(WorkerRow.id == row.id))
            else:
                alive.append(row.id)
        self._seen_beats = seen
        return alive

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            with suppress(Exception):  # a database that is briefly away is told at the next beat
                await self._database.write(self._beat_once)

    def _beat_once(self, connection: Connection) -> None:
        changed = connection.execute(
            update(WorkerRow).where(WorkerRow.id == self.id).values(beats=WorkerRow.beats + 1)
        ).rowcount
        if not changed:
            self._enter(connection)

    def _enter(self, connection: Connection) -> None:
        connection.execute(insert(WorkerRow).values(id=self.id, host=self._host, pid=os.getpid(), beats=0))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
