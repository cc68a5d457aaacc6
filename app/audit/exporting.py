"""Exports a checkpoint of every tenant's chain now and then, where it has grown since the last."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import structlog
from sqlalchemy import Connection, select

from app.audit.checkpoints import Checkpoint, Signer, export
from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.schema import AuditHeadRow

_log = structlog.get_logger(__name__)


class CheckpointExport:
    """folder: best a mount that can only be added to; None = nothing is exported by itself. every_s: seconds."""

    def __init__(
        self, database: Database, signer: Signer, folder: Path | None, every_s: float, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._signer = signer
        self._folder = folder
        self._every_s = every_s
        self._clock = clock
        self._last: dict[str, int] = {}
        self._running: asyncio.Task[None] | None = None

    async def checkpoint(self, tenant: str) -> Checkpoint:
        """Of the tenant's chain as it is now."""
        return await self._database.read(lambda c: self._signer.sign(c, tenant, self._clock().isoformat()))

    def start(self) -> None:
        if self._folder is not None:
            self._running = asyncio.create_task(self._keep_exporting(), name="checkpoints")

    async def stop(self) -> None:
        """One last export, so that an orderly end leaves nothing unsaid."""
        if self._running is None:
            return
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self._export_or_warn()

    async def export_now(self) -> list[Path]:
        """Gives the new files. Raises OSError."""
        folder = self._folder
        if folder is None:
            return []
        made_at = self._clock().isoformat()

        def work(connection: Connection) -> list[Checkpoint]:
            tenants = connection.execute(select(AuditHeadRow.tenant)).scalars().all()
            return [self._signer.sign(connection, tenant, made_at) for tenant in tenants]

        grown = [one for one in await self._database.read(work) if one.sequence > self._last.get(one.tenant, 0)]
        written = []
        for one in grown:
            written.append(await asyncio.to_thread(export, one, folder))
            self._last[one.tenant] = one.sequence
        return written

    async def _keep_exporting(self) -> None:
        while True:
            await self._export_or_warn()
            await asyncio.sleep(self._every_s)

    async def _export_or_warn(self) -> None:
        try:
            await self.export_now()
        except Exception as error:  # a full or missing mount must not stop the service; the alert is this line
            _log.error("checkpoint_not_exported", error=type(error).__name__)
