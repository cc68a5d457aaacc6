"""Asks every question of a suite over the service's own HTTP interface, as an evaluator."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import httpx
from tqdm import tqdm

from eval.cases import Case, Suite
from eval.corpus import Corpus
from eval.metrics import Outcome

_FOUND = 10
# The numbers of the rails' fixed safety words: police, anti-fraud line, mental-health line.
_SAFETY_NUMBERS = ("110", "96110", "12356")


async def log_in(client: httpx.AsyncClient, token: str | None = None, *, user: str = "evaluator") -> None:
    """Uses the token, or logs in as the demo's user. Raises httpx.HTTPStatusError."""
    if token is None:
        answer = await client.post("/v1/auth/token", data={"username": user, "password": "demo"})
        answer.raise_for_status()
        token = answer.json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


async def ask(client: httpx.AsyncClient, suite: Suite, case: Case) -> dict[str, Any]:
    """The case's turn (the API's JSON answer), after its history in the same conversation."""
    answer = await client.post("/v1/conversations")
    answer.raise_for_status()
    messages = f"/v1/conversations/{answer.json()['id']}/messages"
    turn: dict[str, Any] = {}
    for text in (*case.history, case.question):
        answer = await client.post(messages, json={"text": text, "as_of": suite.day(case).isoformat()})
        answer.raise_for_status()
        turn = answer.json()
    return turn


async def find(client: httpx.AsyncClient, suite: Suite, case: Case) -> dict[str, Any]:
    """The chat's own retrieval for the question; empty for a follow-up, which means nothing on its own."""
    if case.history:
        return {}
    body = {"query": case.question, "as_of": suite.day(case).isoformat(), "top_k": _FOUND}
    answer = await client.post("/v1/search", json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def run(client: httpx.AsyncClient, suites: Sequence[Suite], corpus: Corpus, hotline: str) -> list[Outcome]:
    """One conversation a case, one after another: a model on two cores gains nothing from more at once."""
    outcomes = []
    pairs = [(suite, case) for suite in suites for case in suite.cases]
    for suite, case in tqdm(pairs, desc="asking", unit="q", disable=None):
        started = time.perf_counter()
        turn = await ask(client, suite, case)
        seconds = time.perf_counter() - started
        found = await find(client, suite, case)
        outcomes.append(
            Outcome(
                suite,
                case,
                turn,
                found.get("passages"),
                corpus,
                safety_numbers=(*_SAFETY_NUMBERS, hotline),
                seconds=seconds,
                confidence=found.get("confidence"),
            )
        )
    return outcomes
