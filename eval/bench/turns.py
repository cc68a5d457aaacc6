"""Customers of a benchmark: questions the sample corpus answers, and turns whose events are stamped on arrival."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from eval.bench.fake_model import TOKEN_CHARS
from eval.corpus import SAMPLES

# How often, and after how many seconds, a question that was not taken is asked again before anything is measured.
_TRIES, _AGAIN_S = 10, 1.0


class TurnFailed(Exception):
    """A turn did not end as the benchmark needs; the message says how it ended."""


class Refused(TurnFailed):
    """The service took nothing: it, or its records, were too busy. What a customer would do is ask again."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """at: the machine's monotonic clock, seconds."""

    at: float
    event: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    question: str
    sent: float
    arrivals: Sequence[Arrival]

    @property
    def result(self) -> Mapping[str, Any]:
        last = self.arrivals[-1]
        result: Mapping[str, Any] = last.data["turn"]
        return result

    @property
    def sentences(self) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.event == "answer.delta"]

    @property
    def by_model(self) -> bool:
        return (self.result["status"], self.result["generator"]) == ("answered", "vllm")


class Customer:
    """One visitor of the service."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._headers: dict[str, str] = {}

    async def arrive(self) -> None:
        answer = await self._client.post("/v1/auth/visitor")
        answer.raise_for_status()
        self._headers = {"authorization": f"Bearer {answer.json()['access_token']}", "accept": "text/event-stream"}

    async def ask(self, question: str) -> Turn:
        """One turn in a conversation of its own."""
        return await self.ask_in(await self.open(), question)

    async def open(self) -> str:
        """The path of a new conversation."""
        opened = await self._client.post("/v1/conversations", headers=self._headers)
        opened.raise_for_status()
        return f"/v1/conversations/{opened.json()['id']}"

    async def follow(self, path: str) -> None:
        """Read a conversation's events as they come, without end."""
        async with self._client.stream("GET", f"{path}/events", headers=self._headers) as response:
            async for _ in response.aiter_raw():
                pass

    async def ask_in(self, path: str, question: str) -> Turn:
        arrivals: list[Arrival] = []
        sent, body = time.monotonic(), {"text": question}
        async with self._client.stream("POST", f"{path}/messages", json=body, headers=self._headers) as response:
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                raise Refused(f"503 {json.loads(await response.aread())['code']}")
            response.raise_for_status()
            event = ""
            async for line in response.aiter_lines():
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:"):
                    arrivals.append(Arrival(time.monotonic(), event, json.loads(line[5:])))
        if not arrivals or arrivals[-1].event != "turn.completed":
            raise TurnFailed(f"the stream ended after {arrivals[-1].event if arrivals else 'nothing'}")
        return Turn(question, sent, arrivals)


def faq_answers() -> dict[str, str]:
    """Question to answer, from the sample corpus, in Chinese."""
    with (SAMPLES / "faq" / "faq.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["question"]: row["answer"] for row in csv.DictReader(file)}
    return {question: answer for question, answer in rows.items() if not question.isascii()}


# Ways to open a sentence that add nothing to check: no two sentences of a long answer are then the same.
_OPENINGS = (
    *("", "需要说明的是，", "也就是说，", "请您留意，", "换句话说，", "再说明一下，", "具体来说，", "简单地说，"),
    *("总的来说，", "请您放心，", "同时，", "另外，", "此外，", "最后，", "一般来说，", "在此提示，"),
)


def lengthened(answers: Mapping[str, str], tokens: int) -> dict[str, str]:
    """Each answer said again in other words until it is that long: every sentence stays true to its passage."""
    chars = tokens * TOKEN_CHARS
    return {question: _at_length(answer, chars)[:chars] for question, answer in answers.items()}


def _at_length(answer: str, chars: int) -> str:
    said = ""
    for number in count():
        if len(said) >= chars:
            break
        # Past the sixteenth time, two openings in a row.
        opening = _OPENINGS[number % len(_OPENINGS)] + _OPENINGS[number // len(_OPENINGS) % len(_OPENINGS)]
        said += "".join(opening + sentence for sentence in re.findall(r"[^。！？]+[。！？]?", answer))
    return said


def write_answers(path: Path, answers: Mapping[str, str]) -> Path:
    path.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
    return path


async def answered_by_model(url: str, questions: Sequence[str], wanted: int) -> list[str]:
    """The first questions that this service answers with the model's own words; warms everything up on the way.

    Raises TurnFailed when there are fewer than wanted.
    """
    found: list[str] = []
    others: list[str] = []
    async with connected(url) as client:
        customer = Customer(client)
        await customer.arrive()
        for at in range(0, len(questions), wanted):
            asking = (_ask_until_taken(customer, question) for question in questions[at : at + wanted])
            for turn in await asyncio.gather(*asking, return_exceptions=True):
                if isinstance(turn, Refused):
                    others.append(str(turn))
                elif isinstance(turn, BaseException):
                    raise turn
                elif turn.by_model:
                    found.append(turn.question)
                else:
                    others.append(f"{turn.result['status']} {turn.result['reason']} ({turn.result['generator']})")
            if len(found) >= wanted:
                return found[:wanted]
    raise TurnFailed(f"{len(found)} of {wanted} questions were answered by the model; the others: {others}")


async def _ask_until_taken(customer: Customer, question: str) -> Turn:
    """A service that has only just started may be too busy for all at once. Raises Refused when it stays so."""
    for _ in range(_TRIES - 1):
        try:
            return await customer.ask(question)
        except Refused:
            await asyncio.sleep(_AGAIN_S)
    return await customer.ask(question)


def connected(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=256)
    return httpx.AsyncClient(base_url=url, timeout=120.0, limits=limits, trust_env=False)
