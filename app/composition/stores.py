"""Records, index and library, and the commands' way to them without the HTTP service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.api.knowledge import open_preparer
from app.clock import Clock
from app.composition.credentials import master_key
from app.composition.replacements import Replacements, new_id
from app.knowledge.difference import Cut
from app.knowledge.encoding import LAYOUT, layout
from app.knowledge.index import KnowledgeIndex
from app.knowledge.library import Library
from app.knowledge.uploads import Uploads
from app.settings import Settings
from app.store import Database, Documents, Worker, database_url
from app.store.sealing import Keyring

if TYPE_CHECKING:
    from app.knowledge.qdrant_edge import QdrantEdgeIndex
    from app.knowledge.qdrant_server import QdrantServerIndex


@dataclass(frozen=True, slots=True)
class Records:
    """worker: this process among those that share the database."""

    database: Database
    worker: Worker
    documents: Documents


@asynccontextmanager
async def open_library(settings: Settings, replacements: Replacements | None = None) -> AsyncIterator[Library]:
    """The library on the data folder without the HTTP service: what the command line works on.

    Raises IndexBusy when a running service holds the embedded index.
    """
    given = replacements or Replacements()
    async with AsyncExitStack() as stack:
        index = await enter_index(stack, settings, given)
        records = await enter_records(stack, settings, given.clock)
        yield await enter_library(stack, settings, given, records, index)


@asynccontextmanager
async def open_index(settings: Settings) -> AsyncIterator[KnowledgeIndex]:
    """The index alone, for backup and restore. Raises IndexBusy when a running service holds the embedded one."""
    async with AsyncExitStack() as stack:
        yield await enter_index(stack, settings, Replacements())


async def enter_records(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Records:
    master = await asyncio.to_thread(master_key, settings)
    keyring = Keyring(master, new_id=new_id, clock=clock)
    database = Database(
        database_url(settings.database.url, settings.data_dir),
        keyring=keyring,
        page_cache_mib=settings.database.page_cache_mib,
    )
    stack.push_async_callback(database.close)
    await database.open()
    worker = Worker(database)
    await worker.start()
    stack.push_async_callback(worker.stop)
    return Records(database, worker, Documents(database, worker=worker, new_id=new_id, clock=clock))


async def enter_index(stack: AsyncExitStack, settings: Settings, given: Replacements) -> KnowledgeIndex:
    if given.index is not None:
        return given.index
    index: QdrantServerIndex | QdrantEdgeIndex
    shape = layout(settings.embedding.dimension) if settings.embedding.base_url else LAYOUT
    if settings.qdrant.url:
        from app.knowledge.qdrant_server import QdrantServerIndex  # its client is slow to import

        index = QdrantServerIndex(settings.qdrant, shape)
    else:
        from app.knowledge.qdrant_edge import QdrantEdgeIndex

        index = QdrantEdgeIndex(settings.data_dir / "index", shape)
    stack.push_async_callback(index.close)
    await index.start()
    return index


async def enter_library(
    stack: AsyncExitStack,
    settings: Settings,
    given: Replacements,
    records: Records,
    index: KnowledgeIndex,
    cut: Cut = list,
) -> Library:
    prepare = given.prepare
    if prepare is None:
        prepare = open_preparer(settings)
        stack.push_async_callback(prepare.close)
    library = Library(
        records.documents,
        index,
        prepare,
        Uploads(settings.data_dir / "uploads"),
        clock=given.clock,
        jobs_at_once=settings.ingestion.readers + 1,  # while all readers read, another file can be encoded
        cut=cut,
    )
    await library.start()
    stack.push_async_callback(library.stop)
    return library
