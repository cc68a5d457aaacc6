"""A model's opinion of whether two passages contradict each other, for whoever approves a document.

The alarm aligns figures; what is contradicted in words alone (不受理 beside 受理, 当场 beside 三个工作日) takes
reading. Documents only, never a customer's words; and only of an endpoint that somebody configured for it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx
import orjson
import structlog

from app.generation.choice import Opinions
from app.generation.prompt import template
from app.knowledge.passage import Passage
from app.settings import ReviewSettings
from app.tracing import Tracing

_log = structlog.get_logger(__name__)

_SAYS: Final = {"矛盾": True, "不矛盾": False}
_READ_CHARS = 800
_TOKENS = 8


class VllmContrast:
    """At most `beside` passages are read at a time. neighbours: of how many near passages it is worth asking."""

    def __init__(
        self, settings: ReviewSettings, client: httpx.AsyncClient | None = None, *, tracing: Tracing | None = None
    ) -> None:
        self.neighbours = settings.neighbours
        self._model = settings.model
        self._opinions = Opinions(settings.base_url, settings.api_key, settings.limit_s, client, tracing)
        self._places = asyncio.Semaphore(settings.beside)

    async def close(self) -> None:
        await self._opinions.close()

    async def contradict(self, one: Passage, other: Passage) -> bool | None:
        """None: no opinion in time, or none that could be read. Never raises."""
        async with self._places:
            said, why = await self._opinions.ask(self._body(one, other), lambda said: said.strip() in _SAYS)
        if why:  # a mistyped model or key would look like a model that finds nothing
            _log.warning("passages_not_read", why=why)
        return _SAYS.get(said.strip())

    def _body(self, one: Passage, other: Passage) -> dict[str, Any]:
        # As JSON, what a document says cannot end the quotation it stands in.
        shown = orjson.dumps({"甲": _shown(one), "乙": _shown(other)}).decode()
        return {
            "model": self._model,
            "temperature": 0,
            "stream": False,
            "max_tokens": _TOKENS,
            "structured_outputs": {"choice": list(_SAYS)},
            "messages": [{"role": "system", "content": template("contrast")}, {"role": "user", "content": shown}],
        }


def _shown(passage: Passage) -> dict[str, str]:
    parts = {
        "文件": passage.title,
        "章节": passage.section,
        "问题": passage.question,
        "内容": passage.text[:_READ_CHARS],
    }
    return {name: text for name, text in parts.items() if text}
