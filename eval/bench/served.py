"""The real service with a stopwatch on its event loop: `python -m eval.bench.served --port P`.

GET /bench/lag tells the longest time the loop kept a 5 ms timer waiting since the last GET; POST /bench/optimize
optimises the index; GET /bench/threads names the process's threads, so that their CPU can be told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Sequence

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.logs import configure
from app.main import create_app
from app.settings import Settings

_TICK_S = 0.005


class Stopwatch:
    """Measures from its first reading on."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._running: asyncio.Task[None] | None = None

    async def read(self, _: Request) -> Response:
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        longest, self._longest = self._longest, 0.0
        return JSONResponse({"longest_ms": longest * 1000})

    async def _run(self) -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(_TICK_S)
            self._longest = max(self._longest, time.perf_counter() - started - _TICK_S)


async def optimize(request: Request) -> Response:
    started = time.perf_counter()
    await request.state.services.index.optimize()
    return JSONResponse({"seconds": time.perf_counter() - started})


async def threads(_: Request) -> Response:
    return JSONResponse({thread.name: thread.native_id for thread in threading.enumerate()})


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.served", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args(arguments).port
    settings = Settings()
    configure(settings.log_level)
    app = create_app(settings)
    app.add_route("/bench/lag", Stopwatch().read)
    app.add_route("/bench/optimize", optimize, methods=["POST"])
    app.add_route("/bench/threads", threads)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False)


if __name__ == "__main__":
    main(sys.argv[1:])
