"""The desk as the chat and the routes see it: what becomes of a hand-over now, by the tenant's rules and hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError

from app.clock import SHANGHAI, Clock
from app.events import NewEvent
from app.handoff.hours import Hours
from app.handoff.routing import Waits, skill_for
from app.handoff.rules import DeskRules, read_rules
from app.handoff.tickets import open_ticket
from app.handoff.words import Show, plain, tell, when
from app.store.desk import DeskRecords, Staffing
from app.store.records import Agent, Conversation, Ticket

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What somebody who asks for a person now can expect."""

    rules: DeskRules
    staffing: Staffing
    now: datetime
    hotline: str
    show: Show = plain

    def estimate(self, ticket: Ticket, place: int) -> int | None:
        """Seconds until somebody takes it; None = not known, as outside open hours."""
        if ticket.status != "queued" or not Hours(self.rules).is_open(self.now):
            return None
        before = Counter(row[1:] for row in self.staffing.waiting[: max(place - 1, 0)] if row[0] != ticket.id)
        waits = Waits(self.staffing, self.rules.least_measured)
        return waits.estimate_s(ticket.skill, ticket.language, before)

    def estimates(self) -> Mapping[str, int | None]:
        """estimate() of every ticket that waits, by its id."""
        if not Hours(self.rules).is_open(self.now):
            return {}
        waits, before = Waits(self.staffing, self.rules.least_measured), Counter[tuple[str, str]]()
        found = {}
        for ticket_id, skill, language in self.staffing.waiting:
            found[ticket_id] = waits.estimate_s(skill, language, before)
            before[skill, language] += 1
        return found

    def announce(self, ticket: Ticket, place: int) -> Sequence[NewEvent]:
        """`handoff.created`, with the words for the customer."""
        hours = Hours(self.rules)
        opens_at = hours.opens_at(self.now)
        estimate = self.estimate(ticket, place)
        data: dict[str, Any] = {
            "ticket_id": ticket.id,
            "reason": ticket.reason,
            "priority": ticket.priority,
            "position": place,
            "text": self._words(ticket, place, estimate, opens_at),
            "open": hours.is_open(self.now),
            "opens_at": _told(opens_at),
            "estimate_s": estimate,
            "hotline": self.hotline,
            "callback_slots": [_told(slot) for slot in hours.slots(self.now)],
        }
        return (NewEvent("handoff.created", data),)

    def _words(self, ticket: Ticket, place: int, estimate: int | None, opens_at: datetime | None) -> str:
        def say(key: str, **values: object) -> str:
            return tell(key, ticket.language, self.show, **values)

        if ticket.status == "assigned":
            return say("joined")
        sentences = []
        if ticket.priority == "P0":
            sentences.append(say("hotline", hotline=self.hotline))
        sentences.append(say("queued", position=place))
        if Hours(self.rules).is_open(self.now):
            if estimate is not None:
                minutes = -(-estimate // 60)
                sentences.append(say("wait", minutes=minutes) if minutes else say("soon"))
            sentences.append(say("meanwhile"))
        elif opens_at is not None:
            sentences.append(say("closed", opens=when(opens_at, self.now, ticket.language)))
        else:
            sentences.append(say("closed.unknown"))
        return (" " if ticket.language == "en" else "").join(sentences)


class Desk:
    def __init__(
        self, records: DeskRecords, *, hotline: str, clock: Clock, new_id: Callable[[], str], show: Show = plain
    ) -> None:
        self._records = records
        self._hotline = hotline
        self._clock = clock
        self._new_id = new_id
        self.show = show

    async def rules(self, tenant: str) -> DeskRules:
        own = await self._records.rules(tenant)
        try:
            return read_rules(own)
        except ValidationError:
            # Stored by an older version that knew other parts: nobody who asks for a person may suffer from it.
            _log.error("desk_rules_invalid", tenant=tenant)
            return read_rules()

    async def outlook(self, tenant: str) -> Outlook:
        return Outlook(
            await self.rules(tenant), await self._records.staffing(tenant), self._clock(), self._hotline, self.show
        )

    def plan(
        self,
        outlook: Outlook,
        conversation: Conversation,
        *,
        reason: str,
        priority: str,
        question: str,
        answer: str,
        language: str,
        details: Mapping[str, Any] | None = None,
    ) -> Ticket:
        """The ticket that a hand-over makes now. question, answer and details are already masked."""
        rules, now = outlook.rules, outlook.now
        seconds = getattr(rules.first_response_s, priority)
        urgent = priority == "P0"
        return open_ticket(
            conversation=conversation,
            reason=reason,
            priority=priority,
            question=question,
            answer=answer,
            language=language,
            now=now,
            ticket_id=self._new_id(),
            details=details,
            skill=skill_for(rules, reason, question),
            respond_by=now + timedelta(seconds=seconds) if urgent else Hours(rules).after(now, seconds),
            complaint_term=timedelta(days=rules.complaint_days),
        )

    async def agent(self, tenant: str, agent_id: str) -> Agent:
        """What the agent takes: as they said, else everything."""
        known = await self._records.agent(tenant, agent_id)
        if known is not None:
            return known
        rules = await self.rules(tenant)
        return Agent(agent_id, "online", list(rules.skill_ids()), list(rules.languages), rules.capacity)


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(SHANGHAI).isoformat()
