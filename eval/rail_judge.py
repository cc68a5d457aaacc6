"""The model half on the rails' suite: `python -m eval run guard --judge http://127.0.0.1:8001/v1`.

Model, format and limits come from the WENDA_JUDGE__ settings, as the service reads them. What it adds is told apart:
which of the messages that the rails had let pass it stopped, rightly and wrongly, and where it had no opinion in time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from app.generation.judge import VllmJudge
from app.settings import Settings
from guardrails import Opinion, read_brief

_ALLOW = "allow"


class CountingJudge:
    """A judge that remembers what it was asked and what it said. wanted: text -> "allow" or its reason."""

    def __init__(self, base_url: str, wanted: Mapping[str, str]) -> None:
        settings = Settings().judge.model_copy(update={"base_url": base_url})
        self._judge = VllmJudge(settings, read_brief())
        self._wanted = wanted
        self._said: list[tuple[str, Opinion, float]] = []
        self.doubt = settings.doubt

    async def judge(self, text: str) -> Opinion:
        started = time.perf_counter()
        opinion = await self._judge.judge(text)
        self._said.append((text, opinion, time.perf_counter() - started))
        return opinion

    async def close(self) -> None:
        await self._judge.close()

    def as_text(self) -> str:
        """One line of counts. A disguised message is wanted stopped too, whatever for."""
        stopped = [self._wanted.get(text, "?") for text, opinion, _ in self._said if opinion.reason not in ("", _ALLOW)]
        silent = Counter(opinion.why for _, opinion, _ in self._said if not opinion.reason)
        seconds = sorted(spent for _, _, spent in self._said) or [0.0]
        wrong = stopped.count(_ALLOW)
        return (
            f"\njudge: asked about {len(self._said)} doubted messages, stopped {len(stopped) - wrong} rightly "
            f"and {wrong} wrongly; no opinion {dict(silent) or 0}; "
            f"median {seconds[len(seconds) // 2] * 1000:.0f} ms, slowest {seconds[-1] * 1000:.0f} ms"
        )
