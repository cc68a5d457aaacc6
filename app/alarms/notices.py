"""Tells customers that what they once asked in vain has an answer now, where they wanted to be told: once.

A document written for unanswered questions (from a gap, or from an agent's answer) tells those whose questions it was
written for as soon as it is in force and the index shows it; and those who asked the same later, when the chat's own
search would answer them from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog

from app.alarms.likeness import Likeness, same_question
from app.clock import Clock, business_date
from app.events import NewEvent
from app.handoff.words import Show, tell
from app.knowledge.found import Search
from app.knowledge.passage import Scope
from app.polling import Poller
from app.store.notices import Answer, NoticeRecords
from app.store.records import NoticeRequest

_log = structlog.get_logger(__name__)

# Documents come into force at midnight, and by approvals of other workers.
EVERY = 10.0
_REMEMBERED = 10_000


class Notices:
    """Runs in the background of every worker; wake() it when something was published."""

    def __init__(
        self, records: NoticeRecords, likeness: Likeness, search: Search, clock: Clock, show: Show, *, top_k: int
    ) -> None:
        self._records = records
        self._likeness = likeness
        self._search = search
        self._clock = clock
        self._show = show
        self._top_k = top_k
        # What was compared before, and is not the same question: (turn, document, version).
        self._others: set[tuple[str, str, int]] = set()
        self._poller = Poller("notices", self.deliver, EVERY)

    async def start(self) -> None:
        await self._poller.start(wait=False)

    async def stop(self) -> None:
        await self._poller.stop()

    def wake(self) -> None:
        self._poller.wake()

    async def deliver(self) -> None:
        """Tell everybody who is to be told now."""
        waiting = await self._records.waiting()
        today = business_date(self._clock())
        for tenant in dict.fromkeys(wish.tenant for wish in waiting):
            own = [wish for wish in waiting if wish.tenant == tenant]
            for answer in await self._records.answers(tenant, today):
                try:
                    await self._tell(answer, own, today)
                except Exception as error:  # the index may be away; the others are told all the same
                    _log.warning("notices_not_sent", document_id=answer.document_id, error=type(error).__name__)

    async def _tell(self, answer: Answer, waiting: Sequence[NoticeRequest], today: date) -> None:
        customers: dict[str, list[NoticeRequest]] = {}
        for wish in waiting:
            if await self._answers(answer, wish):
                customers.setdefault(wish.customer_id, []).append(wish)
        for wishes in customers.values():
            # In the conversation where they asked last.
            wishes.reverse()
            told = await self._records.tell(answer, wishes, self._event(answer, wishes[0]), today)
            if told is not None:
                _log.info("notice_sent", document_id=answer.document_id, turns=len(wishes))

    async def _answers(self, answer: Answer, wish: NoticeRequest) -> bool:
        if wish.turn_id in answer.turns:
            return True
        key = (wish.turn_id, answer.document_id, answer.version)
        if key in self._others:
            return False
        if await self._asks_the_same(wish.question, answer.questions) and await self._would_answer(answer, wish):
            return True
        if len(self._others) >= _REMEMBERED:
            self._others.clear()
        self._others.add(key)
        return False

    async def _asks_the_same(self, question: str, known: Sequence[str]) -> bool:
        """As gaps are joined: on average over the wordings, with none of them counting for too much."""
        asked = await self._likeness.read(question)
        odds = [max(min(same_question(asked, one), 30.0), -30.0) for one in await self._likeness.read_all(list(known))]
        return bool(odds) and sum(odds) > 0

    async def _would_answer(self, answer: Answer, wish: NoticeRequest) -> bool:
        scope = Scope(tenant=wish.tenant, as_of=business_date(self._clock()))
        found = await self._search.find(wish.question, scope, self._top_k)
        return found.sufficient and any(one.passage.document_id == answer.document_id for one in found.grounds)

    def _event(self, answer: Answer, wish: NoticeRequest) -> NewEvent:
        text = tell("answer_found", wish.language, self._show, question=wish.asked)
        return NewEvent("notice", {"text": text, "document_id": answer.document_id, "question": wish.question})
