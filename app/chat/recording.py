"""The end of a turn: one transaction with the turn, its audit record, any ticket and gap, and the closing events."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from app.chat.ask import Ask, Progress
from app.chat.closing import Closing, turn_record
from app.chat.parts import Parts
from app.chat.stream import TurnStream
from app.chat.telling import Telling
from app.chat.words import label
from app.clock import ms_since
from app.events import Event, NewEvent
from app.store.tickets import Announce
from app.tracing import Stage
from guardrails import mask

_log = structlog.get_logger(__name__)


class Recording:
    """Of one turn. started: time.perf_counter() when the message came."""

    def __init__(self, parts: Parts, ask: Ask, at: Progress, stream: TurnStream, tell: Telling, started: float) -> None:
        self._parts = parts
        self._ask = ask
        self._at = at
        self._stream = stream
        self._tell = tell
        self._started = started

    async def close(self, closing: Closing, traced: Stage) -> dict[str, Any]:
        """One transaction: the turn, its audit record, any ticket and gap, and the closing events."""
        p, ask, at = self._parts, self._ask, self._at
        with suppress(Exception):
            await self._stream.flush()
        closing, announce = await self._queued(closing)
        at.timings["total"] = ms_since(self._started)
        result = closing.result(ask, at, label(at.generator, at.language))
        if closing.status == "failed":
            title = self._tell.words("failed")
            result["text"] = at.text
            events = [NewEvent("turn.failed", {"code": closing.reason, "title": title}, ask.turn_id)]
        else:
            events = closing.events(ask)
        events.append(NewEvent("turn.completed", {"turn": result}, ask.turn_id))
        record = turn_record(ask, at, result, p.settings)
        try:
            with p.tracing.stage("record"):
                written: Sequence[Event] = await p.conversations.close_turn(
                    record,
                    events,
                    ticket=closing.ticket,
                    announce=announce,
                    gap=closing.gap,
                    sealed=self._sealed(),
                )
        except Exception as failure:
            _log.error("turn_not_recorded", turn_id=ask.turn_id, error=type(failure).__name__)
            written = [Event(0, event.type, event.data, ask.turn_id) for event in events]
        if written and "turn" in written[-1].data:
            # A ticket may have joined one that was open already; what is stored is what everyone is told.
            result = dict(written[-1].data["turn"])
        self._stream.finish(written)
        traced.note(status=closing.status, reason=closing.reason, generator=at.generator)
        traced.words(question=at.question, answer=at.text)
        _log.info(
            "turn",
            turn_id=ask.turn_id,
            status=closing.status,
            reason=closing.reason,
            generator=at.generator,
            failures=at.failures,
            rules=at.rule_ids,
            ms={stage: round(value, 1) for stage, value in at.timings.items()},
        )
        return result

    async def _queued(self, closing: Closing) -> tuple[Closing, Announce | None]:
        """The hand-over with its ticket, and what will tell of it; a hand-over that cannot be made is a failure."""
        if not closing.priority:
            return closing, None
        p, ask, at = self._parts, self._ask, self._at
        try:
            outlook = await p.desk.outlook(ask.conversation.tenant)
            ticket = p.desk.plan(
                outlook,
                ask.conversation,
                reason=closing.reason,
                priority=closing.priority,
                question=at.question,
                answer=at.text,
                language=at.language,
            )
        except Exception as failure:
            _log.error("handoff_not_planned", turn_id=ask.turn_id, error=type(failure).__name__)
            return Closing("failed", reason="internal"), None
        return replace(closing, ticket=ticket), outlook.announce

    def _sealed(self) -> str | None:
        """The message as written, encrypted, when masking took something out of it. Secrets are not kept at all."""
        if self._parts.vault is None or self._at.question in ("", self._ask.text):
            return None
        kept = mask(self._ask.text, keep=lambda found: found.kind != "secret")
        return self._parts.vault.seal(kept, self._ask.conversation.id)
