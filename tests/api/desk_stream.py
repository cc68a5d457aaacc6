"""A desk's live stream, read as a browser reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Stream:
    """events: (id or "", event, data) as they came."""

    events: list[tuple[str, str, Any]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, *kinds: str) -> list[Any]:
        return [data for _, kind, data in self.events if kind in kinds]

    async def until(self, done: Callable[[Stream], bool], seconds: float = 60) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not done(self):
                    self.came.clear()
                    await self.came.wait()
        except TimeoutError:
            raise AssertionError(f"did not come: {[(kind, data) for _, kind, data in self.events]}") from None

    async def until_kind(self, kind: str, times: int = 1) -> Any:
        await self.until(lambda stream: len(stream.of(kind)) >= times)
        return self.of(kind)[times - 1]


@asynccontextmanager
async def following(client: httpx.AsyncClient, path: str) -> AsyncIterator[Stream]:
    stream = Stream()

    async def read() -> None:
        async with client.stream("GET", path, timeout=None) as response:
            assert response.status_code == 200, await response.aread()
            number, kind = "", ""
            async for line in response.aiter_lines():
                if line.startswith("id: "):
                    number = line.removeprefix("id: ")
                elif line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    stream.events.append((number, kind, json.loads(line.removeprefix("data: "))))
                    number = ""
                    stream.came.set()

    task = asyncio.create_task(read())
    try:
        yield stream
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
