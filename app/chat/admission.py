"""Whether a message may be answered: its wording, then its meaning, then (where there is doubt and a judge) an opinion.

Each step may change less than the one before: a rule is never lifted, an opinion only stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.tracing import NoTracing, Tracing
from guardrails import Customer, Guard, Judge, Meant, Message, Opinion, Verdict


@dataclass(frozen=True, slots=True)
class Admitted:
    """verdict: allow | refuse | handoff. unheard: why a judge that was asked gave no opinion ("slow", …), else ""."""

    verdict: Verdict
    unheard: str = ""


class Admission:
    """embed: as a search embeds a question (None when it cannot). judge: None = no model is asked."""

    def __init__(
        self,
        guard: Guard,
        embed: Callable[[str], Awaitable[Meant | None]],
        judge: Judge | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._guard = guard
        self._embed = embed
        self._judge = judge
        self._tracing = tracing or NoTracing()

    async def check(
        self,
        text: str,
        question: str,
        history: Sequence[Message],
        customer: Customer | None = None,
        meant: Awaitable[Meant | None] | None = None,
    ) -> Admitted:
        """question: the text, masked. meant: its embedding, where something else computes it already.

        Of a message in disguise what stands under it is embedded.

        What a rule decides waits for nothing, or (where the rule yields to a meaning that is surely harmless) for the
        reading; an alarm never for `meant`, which may wait for the search. The judge is asked beside all of that.
        """
        verdict = await self.check_wording(text, history, customer)
        judging = self._ask(verdict, question)
        try:
            if verdict.by_wording:
                if verdict.undisguised:
                    embedding: Awaitable[Meant | None] = self._embed(verdict.undisguised)
                elif meant is None or verdict.urgent:
                    embedding = self._embed(question)
                else:
                    embedding = meant
                verdict = self._guard.reconsider(verdict, text, await embedding, history)
            judging = judging or self._ask(verdict, question)
            if judging is None or not verdict.allowed:
                return Admitted(verdict)
            opinion = await judging
            return Admitted(self._guard.heed(verdict, text, opinion), opinion.why)
        finally:
            if judging is not None and not judging.done():
                judging.cancel()
                with suppress(asyncio.CancelledError):
                    await judging

    async def check_wording(self, text: str, history: Sequence[Message], customer: Customer | None = None) -> Verdict:
        """The first step alone: enough for a greeting."""
        with self._tracing.stage("rails.input") as traced:
            verdict = await self._guard.check_input(text, history, customer)
            traced.note(action=verdict.action, reason=verdict.reason)
            return verdict

    def _ask(self, verdict: Verdict, question: str) -> asyncio.Task[Opinion] | None:
        if self._judge is None or not verdict.allowed or verdict.doubt < self._judge.doubt:
            return None
        return asyncio.create_task(self._judge.judge(question))
