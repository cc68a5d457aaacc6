"""Answers streamed from vLLM over its OpenAI-compatible endpoint: httpx and orjson, nothing in between.

Closing the stream closes the connection, which makes vLLM abort the request. A model that is absent, slow or broken
raises GenerationFailed; the breaker keeps later turns from waiting for it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

import httpx
import orjson

from app.generation.breaker import Breaker
from app.generation.generator import GenerationFailed, GeneratorName, Request
from app.generation.pacing import Breather
from app.generation.prompt import answer_messages, condense_messages, recount_messages
from app.generation.transport import StreamTransport, connection_of
from app.knowledge.visible import unturned
from app.settings import LlmSettings
from app.tracing import NoTracing, Tracing

_DATA = b"data:"
_DONE = b"[DONE]"
# Where a sentence ends: the first one is read as it comes, what follows in step with other streams.
_ENDS = re.compile("[。！？!?\n]")
# A rewrite of a question is one short line.
_CONDENSED_TOKENS = 64
_RECOUNTED_TOKENS = 160


class VllmGenerator:
    """tracing: requests carry the running stage's trace. on_usage: told the prompt's and the answer's tokens, as the
    server counts them, of each answer that ended by itself."""

    name: GeneratorName = "vllm"

    def __init__(
        self,
        settings: LlmSettings,
        bank: str,
        client: httpx.AsyncClient | None = None,
        *,
        canary: str = "",
        tracing: Tracing | None = None,
        on_usage: Callable[[int, int], None] = lambda _prompt, _completion: None,
    ) -> None:
        headers = {}
        if settings.api_key is not None:
            headers["authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
        self._settings = settings
        self._bank = bank
        self._canary = canary
        self._client = client or httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/") + "/",
            headers=headers,
            timeout=httpx.Timeout(None, connect=settings.connect_s),
            transport=StreamTransport(),
            trust_env=False,
        )
        self._tracing = tracing or NoTracing()
        self._on_usage = on_usage
        self._breaker = Breaker(time.monotonic)
        self._breather = Breather()

    async def close(self) -> None:
        await self._client.aclose()

    async def available(self) -> bool:
        """Whether a turn should try the model now. Costs nothing while the breaker is closed; after a pause, one
        cheap request for the model list decides."""
        if self._breaker.closed:
            return True
        if not self._breaker.may_probe():
            return False
        return await self.probe()

    async def probe(self) -> bool:
        """Ask the server for its models; tells the breaker, so a model that has come up is used at once."""
        try:
            response = await self._client.get("models", timeout=self._settings.connect_s)
            up = response.status_code == 200
        except httpx.HTTPError:
            up = False
        if not up:
            self._breaker.fail(at_once=True)
        elif not self._breaker.closed:
            self._breaker.half_open()
        return up

    async def stream(self, request: Request) -> AsyncIterator[str]:
        async for piece in self._stream(answer_messages(request, self._bank, self._canary), self._settings.max_tokens):
            yield piece

    async def condense(self, question: str, history: Sequence[tuple[str, str]], limit_s: float) -> str:
        """The question rewritten to stand alone, one line. Raises GenerationFailed (`slow` past limit_s)."""
        text = await self._whole(condense_messages(question, history), _CONDENSED_TOKENS, limit_s)
        return text.splitlines()[0].strip() if text else question

    async def recount(self, history: Sequence[tuple[str, str]], limit_s: float) -> str:
        """A short account of the conversation. Raises GenerationFailed (`slow` past limit_s)."""
        return await self._whole(recount_messages(history), _RECOUNTED_TOKENS, limit_s)

    async def _whole(self, messages: list[dict[str, str]], max_tokens: int, limit_s: float) -> str:
        parts: list[str] = []
        try:
            async with asyncio.timeout(limit_s):
                async for piece in self._stream(messages, max_tokens):
                    parts.append(piece)
        except TimeoutError:
            raise GenerationFailed("slow") from None
        return "".join(parts).strip()

    def _body(self, messages: list[dict[str, str]], max_tokens: int) -> bytes:
        return orjson.dumps(
            {
                "model": self._settings.model,
                "messages": messages,
                "max_tokens": max_tokens,
                "temperature": self._settings.temperature,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        )

    async def _stream(self, messages: list[dict[str, str]], max_tokens: int) -> AsyncIterator[str]:
        response: httpx.Response | None = None
        try:
            # No yield inside the timeout: it would cancel whatever the consumer happens to be doing.
            async with asyncio.timeout(self._settings.first_token_s):
                response = await self._client.send(self._request(messages, max_tokens), stream=True)
                if response.status_code != 200:
                    raise GenerationFailed(f"status_{response.status_code}")
                pieces = _pieces(response, self._on_usage)
                first = await anext(pieces, None)
            if first is not None:
                yield first
            said_a_sentence = False
            async for piece in pieces:
                yield piece
                said_a_sentence = said_a_sentence or _ENDS.search(piece) is not None
                if said_a_sentence and (connection := connection_of(response)) is not None:
                    self._breather.hold(connection)
            self._breaker.succeed()
        except (TimeoutError, httpx.ReadTimeout):
            self._breaker.fail()
            raise GenerationFailed("slow") from None
        except httpx.ConnectError:
            self._breaker.fail(at_once=True)
            raise GenerationFailed("unreachable") from None
        except httpx.ConnectTimeout:  # a lost network, or too many customers at once: not at once, it may pass
            self._breaker.fail()
            raise GenerationFailed("unreachable") from None
        except (httpx.HTTPError, httpx.StreamError):
            self._breaker.fail()
            raise GenerationFailed("broken") from None
        except GenerationFailed:
            self._breaker.fail()
            raise
        finally:
            if response is not None:
                with suppress(httpx.HTTPError):
                    await response.aclose()

    def _request(self, messages: list[dict[str, str]], max_tokens: int) -> httpx.Request:
        silence = max(self._settings.first_token_s, self._settings.between_tokens_s)
        return self._client.build_request(
            "POST",
            "chat/completions",
            content=self._body(messages, max_tokens),
            headers={"content-type": "application/json", **self._tracing.headers()},
            timeout=httpx.Timeout(None, connect=self._settings.connect_s, read=silence),
        )


async def _pieces(response: httpx.Response, on_usage: Callable[[int, int], None]) -> AsyncIterator[str]:
    """The text of an OpenAI event stream, one piece a network read. Raises GenerationFailed when it ends early."""
    stream = response.stream  # what aiter_raw reads too, less a layer for every token
    assert isinstance(stream, httpx.AsyncByteStream)
    tail = b""
    async for chunk in stream:
        lines = (tail + chunk).split(b"\n")
        tail = lines.pop()
        text = ""
        finished = False
        for line in lines:
            if not line.startswith(_DATA):
                continue
            payload = line[len(_DATA) :].strip()
            if payload == _DONE:
                finished = True
                break
            text += _content(payload, on_usage)
        # A model may repeat what turns a line round: the rails would read another order than the customer.
        if text := unturned(text):
            yield text
        if finished:
            return
    raise GenerationFailed("cut")


def _content(payload: bytes, on_usage: Callable[[int, int], None]) -> str:
    """The text of one SSE data line. Raises GenerationFailed when it is not what an OpenAI server sends."""
    try:
        message: Any = orjson.loads(payload)
        if "error" in message:
            raise GenerationFailed("upstream_error")
        choices = message["choices"]
        if not choices:
            if usage := message.get("usage"):
                on_usage(int(usage["prompt_tokens"]), int(usage.get("completion_tokens", 0)))
            return ""
        return choices[0]["delta"].get("content") or ""
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise GenerationFailed("garbage") from None
