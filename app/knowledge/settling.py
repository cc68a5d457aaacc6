"""The index follows the database: a decision that the index has not confirmed is applied again until it has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from app.errors import AppError
from app.knowledge.documents import Document
from app.knowledge.governance import changes
from app.knowledge.index import KnowledgeIndex
from app.polling import Poller

_log = structlog.get_logger(__name__)

EVERY = 10.0


class SettlingStore(Protocol):
    async def document(self, tenant: str, document_id: str) -> Document: ...
    async def unsettled(self) -> list[tuple[str, str]]: ...
    async def revision(self, document_id: str) -> int: ...
    async def mark_settled(self, document_id: str, revision: int) -> None: ...


class Settling:
    """on_published, when set, is awaited after the index shows a change of what a tenant has in force."""

    def __init__(self, store: SettlingStore, index: KnowledgeIndex) -> None:
        self._store, self._index = store, index
        self.on_published: Callable[[str], Awaitable[None]] | None = None
        self._locks: dict[str, asyncio.Lock] = {}
        self._poller = Poller("index_settling", self._settle_all, EVERY)

    async def start(self) -> None:
        """What an earlier process left is settled when this returns, if it can be."""
        await self._poller.start()

    async def stop(self) -> None:
        await self._poller.stop()

    async def settle(self, tenant: str, document_id: str) -> None:
        """Bring the index to what the versions say; a change made meanwhile is for its own settling."""
        async with self._locks.setdefault(document_id, asyncio.Lock()):
            revision = await self._store.revision(document_id)
            document = await self._store.document(tenant, document_id)
            await self._index.change(changes(document.versions))
            await self._store.mark_settled(document_id, revision)
        if self.on_published is not None:
            await self.on_published(tenant)

    async def _settle_all(self) -> None:
        """What cannot be settled now is tried again later; the database keeps what is missing."""
        try:
            for tenant, document_id in await self._store.unsettled():
                await self.settle(tenant, document_id)
        except (AppError, OSError) as error:
            _log.warning("index_not_settled", error=type(error).__name__)
        except Exception as error:
            _log.error("index_not_settled", exc_info=error)
