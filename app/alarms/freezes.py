"""The pinned topics in force, kept fresh in memory on every worker, and the question that belongs to one of them.

A freeze made or lifted anywhere is known here within REFRESH seconds, without a deployment. When the database is
away, what was last read goes on holding: a pinned wording must not fall silent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.alarms.likeness import Asked, Likeness, belongs
from app.polling import Poller
from app.store.freezes import Freezes
from app.store.records import Freeze

REFRESH = 2.0
# Measured by `python -m eval run freezes`: an approved wording in the wrong place is worse than a document's own.
BELONGS = 0.7


@dataclass(frozen=True, slots=True)
class _Pinned:
    freeze: Freeze
    questions: Sequence[Asked]


class FreezeBoard:
    """today: the business date. Without freezes a turn pays nothing."""

    def __init__(self, store: Freezes, likeness: Likeness, today: Callable[[], date]) -> None:
        self._store, self._likeness, self._today = store, likeness, today
        self._pinned: Sequence[_Pinned] = ()
        self._poller = Poller("freezes", self.refresh, REFRESH)

    async def start(self) -> None:
        await self._poller.start()

    async def stop(self) -> None:
        await self._poller.stop()

    async def refresh(self) -> None:
        freezes = await self._store.live(self._today())
        self._pinned = [_Pinned(freeze, await self._read(freeze.topic, freeze.questions)) for freeze in freezes]

    async def match(self, tenant: str, *questions: str) -> Freeze | None:
        """The freeze that one of these wordings of a question belongs to most, if it does to any."""
        today = self._today()
        pinned = [one for one in self._pinned if one.freeze.tenant == tenant and one.freeze.holds(today)]
        if not pinned:
            return None
        asked = await self._likeness.read_all(list(dict.fromkeys(filter(None, questions))))
        scored = [(belongs(question, one.questions), one.freeze) for question in asked for one in pinned]
        best, freeze = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        return freeze if best >= BELONGS else None

    async def hits(self, topic: str, questions: Sequence[str], asked: Sequence[str]) -> list[str]:
        """Which of the asked questions such a freeze would catch, in the order given."""
        pinned = await self._read(topic, questions)
        read = await self._likeness.read_all(asked)
        return [text for text, one in zip(asked, read, strict=True) if belongs(one, pinned) >= BELONGS]

    async def _read(self, topic: str, questions: Sequence[str]) -> list[Asked]:
        return await self._likeness.read_all([*questions, topic])
