"""What is in force is read, and embedded, before a customer's turn has to compare it: at start in the background, and
after each publication. A turn that comes earlier reads what it needs itself, as it would without.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from app.alarms.conflicts import ConflictFinder
from app.knowledge.documents import Document, Version
from app.knowledge.passage import Passage
from app.polling import Poller

# Seconds after which publications of other workers, and days that began, are seen.
_EVERY_S = 300.0
# It rests so many times as long as it worked: customers' questions are embedded on the same processor.
_REST = 2.0


class Foresight:
    """documents: all of them; passages: of one version. Newest first, until the finder has room for no more; what is
    published from then on takes the place of what was least lately used."""

    def __init__(
        self,
        finder: ConflictFinder,
        documents: Callable[[], Awaitable[Sequence[Document]]],
        passages: Callable[[Version], Awaitable[Sequence[Passage]]],
    ) -> None:
        self._finder, self._documents, self._passages = finder, documents, passages
        self._known: set[tuple[str, int]] = set()
        self._begun = False
        self._poller = Poller("foresight", self.refresh, _EVERY_S)

    async def start(self) -> None:
        await self._poller.start(wait=False)

    def wake(self) -> None:
        """Something was published."""
        self._poller.wake()

    async def stop(self) -> None:
        await self._poller.stop()

    async def refresh(self) -> None:
        """Reads what is in force and not read yet; what cannot be embedded now is tried again the next time."""
        versions = [
            version
            for document in await self._documents()
            for version in document.versions
            if version.status == "approved" and not version.overtaken
        ]
        self._known &= {_name(version) for version in versions}
        fresh = [version for version in versions if _name(version) not in self._known]
        for version in sorted(fresh, key=lambda version: version.created_at, reverse=True):
            # The first time what is newest comes first, and must not be pushed out by what is old.
            if (self._begun or self._finder.has_room) and not await self._read(version):
                return
            self._known.add(_name(version))
        self._begun = True

    async def _read(self, version: Version) -> bool:
        """Whether all of it is known now."""
        for passage in await self._passages(version):
            started = time.perf_counter()
            if not await self._finder.read_ahead(passage):
                return False
            await asyncio.sleep(_REST * (time.perf_counter() - started))
        return True


def _name(version: Version) -> tuple[str, int]:
    return version.document_id, version.version
