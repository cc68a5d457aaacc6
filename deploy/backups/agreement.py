"""After a restore the index must hold what the records say: no more, and nothing less."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, select, update
from sqlalchemy.engine import URL

from app.knowledge.index import KnowledgeIndex
from app.store.schema import DocumentRow, VersionRow


@dataclass(frozen=True, slots=True)
class Agreement:
    """unknown: versions the records do not know, removed from the index. incomplete: versions that answer from fewer
    passages than they have."""

    unknown: int
    incomplete: int


async def agree(index: KnowledgeIndex, url: str | URL, *, held: bool) -> Agreement:
    """held: the two were copied at one moment; else every decision is shown in the index again at the next start."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            rows = connection.execute(
                select(
                    VersionRow.tenant, VersionRow.document_id, VersionRow.version, VersionRow.ready, VersionRow.passages
                )
            ).all()
            if not held:
                connection.execute(update(DocumentRow).values(settled_revision=-1))
    finally:
        engine.dispose()
    known = {(row.tenant, row.document_id, row.version): row.passages if row.ready else 0 for row in rows}
    unknown, found = 0, Counter[tuple[str, str, int]]()
    for tenant in sorted({tenant for tenant, _, _ in known}):
        async for passage in index.scroll(tenant):
            found[(tenant, passage.document_id, passage.version)] += 1
    for key in sorted(found.keys() - known.keys()):
        await index.delete(*key)
        unknown += 1
    return Agreement(unknown, sum(found[key] < passages for key, passages in known.items()))


async def replace(server: KnowledgeIndex, snapshot: Path, url: str | URL, old: Path, *, held: bool) -> Agreement:
    """Put a snapshot in the place of what a server holds, which is exported to `old` first and put back on failure."""
    await server.snapshot(old)
    try:
        await server.restore(snapshot)
        return await agree(server, url, held=held)
    except BaseException:
        await server.restore(old)
        raise
