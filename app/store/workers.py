"""Which processes are alive: each one says so every BEAT seconds, so that what a dead one left is taken over."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update

from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.schema import WorkerRow

BEAT = 5.0
SILENCE = timedelta(seconds=20)


class Worker:
    """This process in the workers table. `id` marks the turns and jobs it runs."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self.id = uuid.uuid4().hex
        self._database = database
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        row = {"id": self.id, "host": socket.gethostname(), "pid": os.getpid(), "seen_at": self._clock()}
        await self._database.write(lambda c: c.execute(insert(WorkerRow).values(row)) and None)
        self._task = asyncio.create_task(self._beat(), name="worker-beat")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._database.write(lambda c: c.execute(delete(WorkerRow).where(WorkerRow.id == self.id)) and None)

    async def bury(self) -> list[str]:
        """Remove the dead from the table and return the ids of those that remain."""

        def work(connection: Connection) -> list[str]:
            return living(connection, self._clock)

        return await self._database.write(work)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            with suppress(Exception):  # a database that is briefly away is told at the next beat
                await self._database.write(self._seen)

    def _seen(self, connection: Connection) -> None:
        now = self._clock()
        changed = connection.execute(update(WorkerRow).where(WorkerRow.id == self.id).values(seen_at=now)).rowcount
        if not changed:
            connection.execute(
                insert(WorkerRow).values(id=self.id, host=socket.gethostname(), pid=os.getpid(), seen_at=now)
            )


def living(connection: Connection, clock: Clock = utc_now) -> list[str]:
    """Ids of the workers alive now; the others are removed.

    Dead: silent for longer than SILENCE, or on this machine with a process id that no longer exists (a killed service
    that is started again at once need not wait), or under this very process's id from an earlier life.
    """
    now = clock()
    host = socket.gethostname()
    alive = []
    for row in connection.execute(select(WorkerRow.id, WorkerRow.host, WorkerRow.pid, WorkerRow.seen_at)):
        gone = row.host == host and not _exists(row.pid)
        if gone or now - row.seen_at > SILENCE:
            connection.execute(delete(WorkerRow).where(WorkerRow.id == row.id))
        else:
            alive.append(row.id)
    return alive


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
