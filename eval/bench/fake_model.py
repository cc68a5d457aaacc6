"""A model server that says what it is told, at the pace it is told: OpenAI's streaming protocol over real sockets.

`python -m eval.bench.fake_model --port P --pace N --answers FILE`: FILE is a JSON object from question to answer; the
answer whose question stands last in the prompt is streamed, one token (two characters) an event, N tokens a second
(0: as fast as it goes). GET /marks tells when each stream was asked and when it had sent how many characters, on the
machine's monotonic clock, which every process shares.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

TOKEN_CHARS = 2
_STOPS = "。！？\n"


class FakeModel:
    """pace: tokens a second, 0 = no pause. answers: text by question."""

    def __init__(self, answers: Mapping[str, str], pace: float) -> None:
        self._answers, self._pace = answers, pace
        self._marks: list[dict[str, Any]] = []
        self.app = Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/marks", self._tell, methods=["GET"]),
                Route("/marks", self._forget, methods=["DELETE"]),
            ]
        )

    async def _models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "wenda-demo", "object": "model"}]})

    async def _complete(self, request: Request) -> Response:
        asked = time.monotonic()
        body = orjson.loads(await request.body())
        prompt = body["messages"][-1]["content"]
        question = max(self._answers, key=prompt.rfind)
        if question not in prompt:
            return JSONResponse({"error": {"message": "no answer is known to this prompt"}}, status_code=400)
        mark: dict[str, Any] = {"question": question, "asked": asked, "sent": []}
        self._marks.append(mark)
        return StreamingResponse(self._stream(self._answers[question], mark), media_type="text/event-stream")

    async def _stream(self, answer: str, mark: dict[str, Any]) -> AsyncIterator[bytes]:
        yield event({"role": "assistant", "content": ""})
        started = time.monotonic()
        for number, at in enumerate(range(0, len(answer), TOKEN_CHARS), 1):
            if self._pace:
                await asyncio.sleep(started + number / self._pace - time.monotonic())
            token = answer[at : at + TOKEN_CHARS]
            yield event({"content": token})
            if any(stop in token for stop in _STOPS):
                mark["sent"].append((min(at + TOKEN_CHARS, len(answer)), time.monotonic()))
        yield event({}, "stop")
        yield b"data: [DONE]\n\n"

    async def _tell(self, _: Request) -> Response:
        return JSONResponse(self._marks)

    async def _forget(self, _: Request) -> Response:
        self._marks.clear()
        return Response(status_code=204)


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """One chunk of an answer as it stands in the stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "model": "wenda-demo"}
    return b"data: " + orjson.dumps({**chunk, "choices": [choice]}) + b"\n\n"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.fake_model", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--answers", type=Path, required=True)
    given = parser.parse_args(arguments)
    answers = json.loads(given.answers.read_text(encoding="utf-8"))
    uvicorn.run(
        FakeModel(answers, given.pace).app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main(sys.argv[1:])
