"""A model server that misbehaves on demand: it speaks vLLM's streaming protocol over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


class ModelServer:
    """answer: what the next calls stream, three characters a token. fault: "", "hang", "refuse", "garbage",
    "cut" (after half the answer). requests: bodies received. headers: of the same
    requests. aborted: streams whose client left. ended: of each stream the last message it was asked, whether it was
    aborted, and when (the event loop's time). open: streams that are being written."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.url = ""
        self.fault = ""
        self.pause_s = 0.0
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.aborted = 0
        self.open = 0
        self.ended: list[tuple[str, bool, float]] = []
        self.app = Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
            ]
        )

    async def _models(self, _: Request) -> Response:
        if self.fault == "refuse":
            return Response(status_code=503)
        return JSONResponse({"data": [{"id": "wenda-demo"}]})

    async def _complete(self, request: Request) -> Response:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.fault == "refuse":
            return JSONResponse({"error": "no"}, status_code=500)
        if not self.requests[-1].get("stream"):
            return await self._whole()
        return StreamingResponse(self._stream(self.requests[-1]), media_type="text/event-stream")

    async def _whole(self) -> Response:
        """The answer in one piece, as servers give it when no stream is asked for."""
        try:
            if self.fault == "hang":
                await asyncio.sleep(60)
            await asyncio.sleep(self.pause_s)
        except asyncio.CancelledError:
            self.aborted += 1
            raise
        if self.fault == "garbage":
            return Response("{not json", media_type="application/json")
        return JSONResponse({"choices": [{"index": 0, "message": {"role": "assistant", "content": self.answer}}]})

    async def _stream(self, asked: dict[str, Any]) -> AsyncIterator[bytes]:
        aborted = False
        self.open += 1
        try:
            if self.fault == "hang":
                await asyncio.sleep(60)
            if self.fault == "garbage":
                yield b"data: {not json\n\n"
                return
            pieces = [self.answer[i : i + 3] for i in range(0, len(self.answer), 3)]
            if self.fault == "cut":
                pieces = pieces[: len(pieces) // 2]
            yield b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
            for piece in pieces:
                if self.pause_s:
                    await asyncio.sleep(self.pause_s)
                data = {"choices": [{"index": 0, "delta": {"content": piece}}]}
                yield f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
            if self.fault != "cut":
                yield b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
                usage = {"prompt_tokens": 700, "completion_tokens": len(pieces)}
                if asked.get("stream_options", {}).get("include_usage"):
                    yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode()
                yield b"data: [DONE]\n\n"
        except asyncio.CancelledError:
            aborted = True
            self.aborted += 1
            raise
        finally:
            self.open -= 1
            self.ended.append((asked["messages"][-1]["content"], aborted, asyncio.get_running_loop().time()))
