"""What a turn looks up: passages for its standalone question, and what its message means."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from app.chat.ask import Ask, Progress
from app.chat.follow_up import Standalone, keeps
from app.chat.parts import Parts
from app.clock import ms_since
from app.generation.generator import GenerationFailed
from app.knowledge.found import Found
from app.knowledge.passage import Scope
from guardrails import Meant, Message

# An index that does not answer for this long (seconds) is as good as down.
_LIMIT_S = 10.0


class Retrieving:
    """Of one turn; notes in `at` what was looked for, when, and how long it took."""

    def __init__(self, parts: Parts, ask: Ask, at: Progress) -> None:
        self._parts = parts
        self._ask = ask
        self._at = at

    async def find(self, standalone: Standalone, history: Sequence[Message]) -> Found:
        """Raises TimeoutError, and whatever the index raises."""
        with self._parts.tracing.stage("retrieve") as traced:
            async with asyncio.timeout(_LIMIT_S):
                found = await self._search(standalone, history)
            traced.note(passages=len(found.passages), sufficient=found.sufficient, confidence=found.confidence)
            return found

    async def meant(self, standalone: Standalone, retrieval: asyncio.Task[Found]) -> Meant | None:
        """The message's embedding: the retrieval's own, unless it looked for more than the message says."""
        if standalone.text != self._at.asked or not standalone.sure:
            return await self._parts.search.embed(self._at.asked)
        await asyncio.wait({retrieval})
        failed = retrieval.cancelled() or retrieval.exception() is not None
        return None if failed else retrieval.result().meant

    async def _search(self, standalone: Standalone, history: Sequence[Message]) -> Found:
        """With the standalone question; when the rules are unsure, let the model or the evidence decide."""
        p, ask, at = self._parts, self._ask, self._at
        scope = Scope(tenant=ask.conversation.tenant, as_of=ask.as_of, audiences=ask.audiences)
        top_k = p.settings.search.top_k
        started = time.perf_counter()
        at.standalone, at.searched_at = standalone.text, p.now()
        if not standalone.sure and (limit := p.settings.llm.condense_s) > 0 and await p.vllm.available():
            with suppress(GenerationFailed):
                pairs = [(message.role, message.text) for message in history]
                rewritten = await p.vllm.condense(at.asked, pairs, limit)
                if keeps(rewritten, at.asked):
                    at.standalone = rewritten
                    standalone = Standalone(rewritten)
        found = await p.search.find(at.standalone, scope, top_k)
        readings = [] if standalone.sure else [*standalone.others, standalone.alternative]
        for reading in readings:
            if reading is None or (reading is standalone.alternative and standalone.others and found.sufficient):
                continue
            other = await p.search.find(reading, scope, top_k)
            if (other.sufficient, other.confidence) > (found.sufficient, found.confidence):
                at.standalone, found = reading, other
        if standalone.fallback is not None and not found.sufficient:
            other = await p.search.find(standalone.fallback, scope, top_k)
            if other.sufficient:
                at.standalone, found = standalone.fallback, other
        at.timings["retrieve"] = ms_since(started)
        at.timings.update({f"retrieve.{stage}": value for stage, value in found.timings.items()})
        return found

    async def contradicted(self, found: Found) -> bool:
        """Whether approved passages give different figures on the very point asked; which ones goes into the trace."""
        at, started = self._at, time.perf_counter()
        conflict = await self._parts.conflicts.about(at.standalone, [scored.passage for scored in found.grounds])
        at.timings["conflicts"] = ms_since(started)
        if conflict is not None:
            at.conflict = conflict.sides
        return conflict is not None
