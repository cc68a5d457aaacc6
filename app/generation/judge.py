"""A model's opinion of a message the rails doubt: one call of vLLM with an answer it cannot leave, within a time limit.

Two ways, by setting: any instruction model, bound to one of the reasons ("choice": vLLM's structured outputs), or a
guard model with a format of its own ("qwen3guard"). Whatever goes wrong is no opinion, never an error and never a wait.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any

import httpx
import orjson
import structlog

from app.generation.breaker import Breaker
from app.generation.prompt import template
from app.settings import JudgeSettings
from app.tracing import NoTracing, Tracing
from guardrails import JudgeBrief, Opinion

_log = structlog.get_logger(__name__)

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
        headers = {"content-type": "application/json"}
        if settings.api_key is not None:
            headers["authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
        self.doubt = settings.doubt
        self._settings = settings
        self._brief = brief
        self._client = client or httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/") + "/", headers=headers, trust_env=False
        )
        self._tracing = tracing or NoTracing()
        self._breaker = Breaker(time.monotonic)

    async def close(self) -> None:
        await self._client.aclose()

    async def judge(self, text: str) -> Opinion:
        if not self._breaker.closed and not self._breaker.may_probe():
            return Opinion("", "away")
        try:
            async with asyncio.timeout(self._settings.limit_s):
                response = await self._client.post(
                    "chat/completions",
                    content=orjson.dumps(self._body(text)),
                    headers=self._tracing.headers(),
                    timeout=httpx.Timeout(self._settings.limit_s),
                )
            opinion = self._read(response)
        except (TimeoutError, httpx.TimeoutException):
            opinion = Opinion("", "slow")
        except httpx.HTTPError:
            opinion = Opinion("", "unreachable")
        except Exception as failure:  # whatever a server may send, the message is judged without it
            _log.warning("judge_failed", error=type(failure).__name__)
            opinion = Opinion("", "broken")
        if opinion.why:
            self._breaker.fail()
        else:
            self._breaker.succeed()
        return opinion

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

    def _read(self, response: httpx.Response) -> Opinion:
        if response.status_code != 200:
            return Opinion("", f"status_{response.status_code}")
        answer: Any = orjson.loads(response.content)
        said = answer["choices"][0]["message"]["content"]
        if not isinstance(said, str):
            return Opinion("", "unclear")
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
