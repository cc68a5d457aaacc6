"""A customer of `eval run faults`, who remembers every event they were shown and looks for it afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import orjson

LONGEST_S = 60.0
# What is stored comes at once; a log that has said nothing for this long has said all, seconds.
_SILENT_S = 2.0
_SPOKEN = ("turn.progress", "answer.delta", "handoff.created")

# Told of each event's kind as it comes.
Meanwhile = Callable[[str], Awaitable[None]]


@dataclass
class Seen:
    """What one customer saw. first: the first true sentence, after first_s seconds. refused: told at once that nothing
    was taken. lost: what they said or saw and cannot find again."""

    first: str = ""
    first_s: float = float("inf")
    status: str = ""
    generator: str = ""
    text: str = ""
    cited: int = 0
    whole_s: float = 0.0
    refused: bool = False
    lost: list[str] = field(default_factory=list)
    back_s: float | None = None

    def say(self, text: str, at: float) -> None:
        if text and not self.first:
            self.first, self.first_s = text, at


class Customer:
    """One visitor with a conversation."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=LONGEST_S, trust_env=False)
        self.path = ""
        self._said: list[str] = []
        # Numbered events as they came, and what was shown without a number, which nobody can find again.
        self._shown: dict[int, tuple[str, str]] = {}
        self._unnumbered: list[str] = []

    async def arrive(self) -> Customer:
        token = (await self.http.post("/v1/auth/visitor")).raise_for_status().json()["access_token"]
        self.http.headers["authorization"] = f"Bearer {token}"
        created = (await self.http.post("/v1/conversations")).raise_for_status().json()
        self.path = f"/v1/conversations/{created['id']}"
        return self

    def moved_to(self, url: str) -> Customer:
        """The same customer, who remembers the same, at another service."""
        other = Customer(url)
        other.http.headers = self.http.headers
        other.path, other._said = self.path, self._said
        other._shown, other._unnumbered = self._shown, self._unnumbered
        return other

    async def leave(self) -> None:
        await self.http.aclose()

    async def ask(self, text: str, meanwhile: Meanwhile | None = None) -> Seen:
        seen, started = Seen(), time.perf_counter()
        headers = {"accept": "text/event-stream"}
        try:
            async with self.http.stream(
                "POST", f"{self.path}/messages", json={"text": text}, headers=headers
            ) as answer:
                if answer.status_code != 200:
                    problem = orjson.loads(await answer.aread())
                    seen.refused, seen.status = True, f"{answer.status_code} {problem['code']}"
                    seen.say(problem["title"], time.perf_counter() - started)
                    seen.text = problem["title"]
                else:
                    self._said.append(text)
                    await self._read(answer, seen, started, meanwhile)
        except httpx.HTTPError as failure:
            seen.status = type(failure).__name__
        seen.whole_s = time.perf_counter() - started
        return seen

    async def _read(self, answer: httpx.Response, seen: Seen, started: float, meanwhile: Meanwhile | None) -> None:
        number, kind = 0, ""
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                number = int(line.removeprefix("id: "))
            elif line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                raw, at = line.removeprefix("data: "), time.perf_counter() - started
                data = orjson.loads(raw)
                if number:
                    self._shown[number] = kind, raw
                elif kind == "answer.delta":
                    self._unnumbered.append(data["text"])
                number = 0
                if kind in _SPOKEN:
                    seen.say(data.get("text", ""), at)
                elif kind == "turn.failed":
                    seen.say(data["title"], at)
                elif kind == "turn.completed":
                    turn = data["turn"]
                    seen.status, seen.generator, seen.text = turn["status"], turn["generator"], turn["text"]
                    seen.cited = len(turn["citations"])
                if meanwhile is not None:
                    await meanwhile(kind)

    async def lost(self) -> list[str]:
        """What they said or were shown that the conversation and its log do not have, byte for byte."""
        answer = (await self.http.get(self.path)).raise_for_status().json()
        kept = [message["text"] for message in answer["messages"]]
        missing = [f"said: {text[:16]}" for text in self._said if text not in kept]
        stored = await self._stored()
        missing += [f"event {number}" for number, shown in self._shown.items() if stored.get(number) != shown]
        return missing + [f"shown: {text[:16]}" for text in self._unnumbered]

    async def _stored(self) -> dict[int, tuple[str, str]]:
        stored: dict[int, tuple[str, str]] = {}
        number, kind, last = 0, "", max(self._shown, default=0)
        async with self.http.stream("GET", f"{self.path}/events") as answer:
            lines = answer.aiter_lines()
            while len(stored) < last:
                try:
                    line = await asyncio.wait_for(anext(lines), _SILENT_S)
                except (TimeoutError, StopAsyncIteration):
                    break
                if line.startswith("id: "):
                    number = int(line.removeprefix("id: "))
                elif line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    stored[number] = kind, line.removeprefix("data: ")
        return stored
