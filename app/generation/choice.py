"""One short answer of a model, within a time limit: what is asked for an opinion. Whatever goes wrong is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
import structlog
from pydantic import SecretStr

from app.generation.breaker import Breaker
from app.tracing import NoTracing, Tracing

_log = structlog.get_logger(__name__)


class Opinions:
    """limit_s: the longest wait for one. base_url: of an OpenAI-compatible endpoint."""

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr | None,
        limit_s: float,
        client: httpx.AsyncClient | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        headers = {"content-type": "application/json"}
        if api_key is not None:
            headers["authorization"] = f"Bearer {api_key.get_secret_value()}"
        self._limit_s = limit_s
        self._client = client or httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/", headers=headers, trust_env=False
        )
        self._tracing = tracing or NoTracing()
        self._breaker = Breaker(time.monotonic)

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, body: Mapping[str, Any], is_clear: Callable[[str], bool]) -> tuple[str, str]:
        """What the model said, and "" or why it said nothing ("away", "slow", "unclear" …). Never raises."""
        if not self._breaker.closed and not self._breaker.may_probe():
            return "", "away"
        try:
            async with asyncio.timeout(self._limit_s):
                response = await self._client.post(
                    "chat/completions",
                    content=orjson.dumps(body),
                    headers=self._tracing.headers(),
                    timeout=httpx.Timeout(self._limit_s),
                )
            said, why = _read(response)
            if not why and not is_clear(said):
                said, why = "", "unclear"
        except (TimeoutError, httpx.TimeoutException):
            said, why = "", "slow"
        except httpx.HTTPError:
            said, why = "", "unreachable"
        except Exception as failure:  # whatever a server may send, who asked goes on without it
            _log.warning("opinion_failed", error=type(failure).__name__)
            said, why = "", "broken"
        if why:
            self._breaker.fail()
        else:
            self._breaker.succeed()
        return said, why


def _read(response: httpx.Response) -> tuple[str, str]:
    if response.status_code != 200:
        return "", f"status_{response.status_code}"
    answer: Any = orjson.loads(response.content)
    said = answer["choices"][0]["message"]["content"]
    return (said, "") if isinstance(said, str) else ("", "unclear")
