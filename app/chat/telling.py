"""What a customer is told while a turn runs: that it answers, each sentence, and what is going on meanwhile.

What is shown has passed its check before it comes here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from app.chat.ask import Ask, Progress
from app.chat.citing import Citer
from app.chat.language import Scripts
from app.chat.stream import TurnStream
from app.chat.words import say
from app.clock import ms_since
from app.knowledge.wording import grams

# A customer who sees nothing for this long is told what is going on (seconds).
_PATIENCE_S = 3.0
_AGAIN_S = 8.0
# A suggestion that shares this much of the question's wording asks the same again.
_SAME_QUESTION = 0.6


class Telling:
    """Of one turn; keeps in `at` what was shown and when. started: time.perf_counter() when the message came."""

    def __init__(self, ask: Ask, at: Progress, stream: TurnStream, scripts: Scripts, started: float) -> None:
        self._ask = ask
        self._at = at
        self._stream = stream
        self._scripts = scripts
        self._started = started
        self._shown_any = asyncio.Event()

    def announce(self) -> None:
        """The turn answers, and by what: before its first sentence."""
        at = self._at
        data = {
            "turn_id": self._ask.turn_id,
            "generator": at.generator,
            "ai_label": self.words(f"label.{at.generator}"),
        }
        self._stream.emit("turn.started", data)

    def show(self, text: str, citer: Citer | None = None) -> None:
        """Release one checked sentence, in the customer's script, with the mark of the passage that supports it."""
        at = self._at
        if citer is not None and (number := citer.cite(text)) is not None:
            body = text.rstrip()
            text = f"{body}[{number}]{text[len(body) :]}"
        shown = self._scripts.show(text, at.language)
        at.timings.setdefault("first_sentence", ms_since(self._started))
        at.shown.append(shown)
        self._shown_any.set()
        self._stream.emit("answer.delta", {"text": shown})

    def warn(self) -> None:
        """Once, after the answer: that personal data in the message was masked, and need not be sent."""
        at = self._at
        if at.masked and not at.warned:
            at.warned = True
            self.show(("" if not at.shown or at.text.endswith("\n") else "\n") + say("personal_data", at.language))

    def place(self, before: int) -> None:
        """before: how many turns go first."""
        text = say("progress.queued" if before else "progress.next", self._at.language, count=before)
        told = {"stage": "queued", "position": before + 1, "text": self._scripts.show(text, self._at.language)}
        self._stream.emit("turn.progress", told)

    async def reassure(self) -> None:
        """Tell a waiting customer what is happening, as long as nothing could be shown."""
        at = self._at
        patience = _PATIENCE_S - (time.perf_counter() - self._started)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(patience, 0.0)):
                    await self._shown_any.wait()
                return
            count = len(at.found.passages) if at.found else 0
            text = say(f"progress.{at.stage}", at.language, count=count)
            self._stream.emit("turn.progress", {"stage": at.stage, "text": self._scripts.show(text, at.language)})
            patience = _AGAIN_S

    def suggestions(self, citations: Sequence[dict[str, Any]]) -> list[str]:
        """Questions that our documents do answer, near the one asked and not just answered."""
        at = self._at
        if at.found is None:
            return []
        cited = {row["passage_id"] for row in citations}
        asked = grams(at.standalone)
        questions = [
            scored.passage.question
            for scored in at.found.passages
            if scored.passage.question
            and scored.passage.id not in cited
            and len(asked & grams(scored.passage.question)) < _SAME_QUESTION * len(asked)
        ]
        return [self._scripts.show(question, at.language) for question in dict.fromkeys(questions)][:3]

    def words(self, key: str, **values: object) -> str:
        """One of the turn's own texts, in the customer's language and script."""
        return self._scripts.show(say(key, self._at.language, **values), self._at.language)
