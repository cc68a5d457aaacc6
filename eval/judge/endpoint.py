"""The judge's model: vLLM's OpenAI-compatible endpoint, its decoder bound to the shape of the answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from app.settings import LlmSettings
from eval.judge.shapes import Garbled, Shape

Held = TypeVar("Held")


class CannotJudge(Exception):
    """One judgement could not be made. code: unreachable, slow, status_NNN, garbage, cut or not_a_number."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(slots=True)
class Spent:
    """What judging cost. seconds: of the model's work, which calls beside each other share."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def add(self, other: Spent) -> None:
        self.calls += other.calls
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.seconds += other.seconds


class Endpoint:
    """settings: address, model and key of the judge. patience_s: the longest that one call may take."""

    def __init__(self, settings: LlmSettings, *, temperature: float, patience_s: float) -> None:
        key = settings.api_key
        self._client = httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/") + "/",
            headers={"authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            timeout=httpx.Timeout(None, connect=settings.connect_s),
            trust_env=False,
        )
        self.model = settings.model
        self.temperature = temperature
        self._patience_s = patience_s

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, prompt: str, shape: Shape[Held], seed: int, spent: Spent) -> Held:
        """The answer in its shape; what it cost is added to `spent`, a failed call's time too. Raises CannotJudge."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._patience_s):
                response = await self._client.post("chat/completions", json=self._body(prompt, shape, seed))
        except (TimeoutError, httpx.TimeoutException):
            raise CannotJudge("slow", f"no answer in {self._patience_s:g} s") from None
        except httpx.HTTPError as failure:
            raise CannotJudge("unreachable", type(failure).__name__) from None
        finally:
            spent.add(Spent(calls=1, seconds=time.monotonic() - begun))
        if not response.is_success:
            raise CannotJudge(f"status_{response.status_code}", response.text[:200])
        return _read(response, shape, spent)

    def _body(self, prompt: str, shape: Shape[Held], seed: int) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": shape.most_tokens,
            "temperature": self.temperature,
            "seed": seed,
            # A JSON schema would leave blanks between its parts free, which small models fill without end.
            "structured_outputs": {"regex": shape.pattern},
            # A thinking model's thoughts would stand before what is bound.
            "chat_template_kwargs": {"enable_thinking": False},
        }


def _read(response: httpx.Response, shape: Shape[Held], spent: Spent) -> Held:
    try:
        body = response.json()
        choice, usage = body["choices"][0], body.get("usage") or {}
        spent.add(Spent(0, int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))))
        text, ended = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError) as failure:
        raise CannotJudge("garbage", "no completion in the answer") from failure
    if ended == "length":
        raise CannotJudge("cut", str(text)[:80])
    try:
        return shape.read(str(text))
    except Garbled as failure:
        raise CannotJudge("garbage", str(failure)) from failure
