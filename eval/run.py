"""Asks every question of a suite over the service's own HTTP interface: as an evaluator, or as its own customer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from tqdm import tqdm

from eval.cases import Case, CustomerProfile, Suite
from eval.corpus import Corpus
from eval.metrics import Outcome
from eval.runs import Result, RunFolder

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
    headers = await _customer(client, case.profile) if case.profile else {}
    answer = await client.post("/v1/conversations", headers=headers)
    answer.raise_for_status()
    messages = f"/v1/conversations/{answer.json()['id']}/messages"
    turn: dict[str, Any] = {}
    for text in (*case.history, case.question):
        body = {"text": text, "as_of": suite.day(case).isoformat()}
        answer = await client.post(messages, json=body, headers=headers)
        answer.raise_for_status()
        turn = answer.json()
    return turn


async def _customer(client: httpx.AsyncClient, profile: CustomerProfile) -> Mapping[str, str]:
    """The headers of a new customer of whom staff recorded the profile (demo mode)."""
    visitor = (await client.post("/v1/auth/visitor")).raise_for_status().json()
    agent = await client.post("/v1/auth/token", data={"username": "agent", "password": "demo"})
    recorded = await client.put(
        f"/v1/customers/{visitor['customer_id']}/profile",
        json=profile.model_dump(mode="json"),
        headers={"Authorization": f"Bearer {agent.raise_for_status().json()['access_token']}"},
    )
    recorded.raise_for_status()
    return {"Authorization": f"Bearer {visitor['access_token']}"}


async def find(client: httpx.AsyncClient, suite: Suite, case: Case, top_k: int | None = _FOUND) -> dict[str, Any]:
    """The chat's own retrieval for the question; empty for a follow-up, which means nothing on its own.

    top_k: None = as many as the service's own setting lets reach the model.
    """
    if case.history:
        return {}
    body = {"query": case.question, "as_of": suite.day(case).isoformat()}
    answer = await client.post("/v1/search", json=body | ({"top_k": top_k} if top_k else {}))
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def trace(client: httpx.AsyncClient, turn: Mapping[str, Any]) -> dict[str, Any]:
    """How the turn came about; empty where an older service does not tell it."""
    answer = await client.get(f"/v1/turns/{turn['turn_id']}/trace")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return {}
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


async def _result(client: httpx.AsyncClient, suite: Suite, case: Case) -> Result:
    started = time.perf_counter()
    turn = await ask(client, suite, case)
    seconds = time.perf_counter() - started
    traced = await trace(client, turn)
    if not case.needs:
        return Result(turn, await find(client, suite, case), None, seconds, traced)
    found, reaching = await find(client, suite, case), await find(client, suite, case, top_k=None)
    reached = tuple(str(row["passage_id"]) for row in reaching["passages"]) if reaching else None
    return Result(turn, found, reached, seconds, traced)


async def run(
    client: httpx.AsyncClient,
    suites: Sequence[Suite],
    corpus: Corpus,
    hotline: str,
    *,
    kept: RunFolder | None = None,
    at_once: int = 1,
) -> list[Outcome]:
    """One conversation a case. kept: where results go as they come, and whence those already there are taken.

    at_once: cases asked beside each other; a model on two cores gains nothing from more than one.
    """
    pairs = [(suite, case) for suite in suites for case in suite.cases]
    results = kept.results() if kept else {}
    if kept:
        kept.plan(len(pairs))
    places = asyncio.Semaphore(at_once)
    progress = tqdm(total=len(pairs), desc="asking", unit="q", disable=None)

    async def one(suite: Suite, case: Case) -> None:
        async with places:
            if (suite.name, case.id) not in results:
                result = await _result(client, suite, case)
                results[suite.name, case.id] = result
                if kept:
                    kept.keep(suite.name, case.id, result)
            progress.update()

    try:
        async with asyncio.TaskGroup() as group:
            for suite, case in pairs:
                group.create_task(one(suite, case))
    except* httpx.HTTPError as failures:
        raise failures.exceptions[0] from failures
    finally:
        progress.close()
    numbers = (*_SAFETY_NUMBERS, hotline)
    return [_outcome(suite, case, results[suite.name, case.id], corpus, numbers) for suite, case in pairs]


def _outcome(suite: Suite, case: Case, result: Result, corpus: Corpus, safety_numbers: tuple[str, ...]) -> Outcome:
    return Outcome(
        suite,
        case,
        result.turn,
        result.found.get("passages"),
        corpus,
        safety_numbers=safety_numbers,
        seconds=result.seconds,
        confidence=result.found.get("confidence"),
        reached=frozenset(result.reached) if result.reached is not None else None,
        trace=result.trace,
    )
