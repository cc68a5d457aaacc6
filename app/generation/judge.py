"""A model's opinion of a message the rails doubt: one call of vLLM with an answer it cannot leave, within a time limit.

Two ways, by setting: any instruction model, bound to one of the reasons ("choice": vLLM's structured outputs), or a
guard model with a format of its own ("qwen3guard"). Whatever goes wrong is no opinion, never an error and never a wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from app.generation.choice import Opinions
from app.generation.prompt import template
from app.settings import JudgeSettings
from app.tracing import Tracing
from guardrails import JudgeBrief, Opinion

_ALLOW = "allow"
# Of a long message the model reads the beginning and the end: a story's point is rarely in neither.
_READ_CHARS = 600
_CHOICE_TOKENS, _GUARD_TOKENS = 16, 64
_SAFETY = re.compile(r"^\s*Safety:\s*(Safe|Unsafe|Controversial)\s*$", re.M)
_CATEGORIES = re.compile(r"^\s*Categories:\s*(.+?)\s*$", re.M)


class VllmJudge:
    """Implements guardrails.Judge. brief: the reasons it may name, and what a guard model's categories mean."""

    def __init__(
        self,
        settings: JudgeSettings,
        brief: JudgeBrief,
        client: httpx.AsyncClient | None = None,
        *,
        tracing: Tracing | None = None,
    ) -> None:
        self.doubt = settings.doubt
        self._settings = settings
        self._brief = brief
        self._opinions = Opinions(settings.base_url, settings.api_key, settings.limit_s, client, tracing)

    async def close(self) -> None:
        await self._opinions.close()

    async def judge(self, text: str) -> Opinion:
        said, why = await self._opinions.ask(self._body(text), lambda said: not self._read(said).why)
        return Opinion("", why) if why else self._read(said)

    def _body(self, text: str) -> dict[str, Any]:
        shown = text if len(text) <= _READ_CHARS else text[: _READ_CHARS // 2] + "……" + text[-_READ_CHARS // 2 :]
        body: dict[str, Any] = {"model": self._settings.model, "temperature": 0, "stream": False}
        if self._settings.format == "qwen3guard":
            return body | {"messages": [{"role": "user", "content": shown}], "max_tokens": _GUARD_TOKENS}
        reasons = "\n".join(f"{reason}：{falls}" for reason, falls in self._brief.reasons.items())
        # As a JSON string, what the customer writes cannot end the quotation it stands in.
        quoted = orjson.dumps(shown).decode()
        return body | {
            "messages": [
                {"role": "system", "content": template("judge").format(reasons=reasons)},
                {"role": "user", "content": quoted},
            ],
            "max_tokens": _CHOICE_TOKENS,
            "structured_outputs": {"choice": [_ALLOW, *self._brief.reasons]},
        }

    def _read(self, said: str) -> Opinion:
        if self._settings.format == "qwen3guard":
            return _of_guard(said, self._brief.categories)
        said = said.strip()
        return Opinion(said) if said == _ALLOW or said in self._brief.reasons else Opinion("", "unclear")


def _of_guard(said: str, categories: Mapping[str, str]) -> Opinion:
    """ "Safety: Unsafe" and its first category that means something here; "Controversial" stops nobody."""
    safety, named = _SAFETY.search(said), _CATEGORIES.search(said)
    if safety is None:
        return Opinion("", "unclear")
    if safety.group(1) != "Unsafe":
        return Opinion(_ALLOW)
    listed = [part.strip() for part in named.group(1).split(",")] if named else []
    return Opinion(next((categories[part] for part in listed if part in categories), _ALLOW))
