"""`python -m eval run faults`: what the service leans on is really broken, one thing at a time, and a customer asks.

For each fault: what the customer saw first, after how many seconds, whether anything they said or saw was lost, and how
long until somebody new is answered again. A row is wrong when a customer heard nothing true within GATE_S, saw an
answer without a source, lost anything, or when the service stayed broken.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from app.settings import Settings
from eval.bench.processes import data_folders, free_port, running, service_environment
from eval.bench.report import print_table
from eval.bench.turns import lengthened
from eval.faults_breaking import (
    Fault,
    Stage,
    by_signal,
    database_locked,
    disk_full,
    embeddings,
    index_hung,
    index_killed,
    model,
)
from eval.faults_customer import LONGEST_S, Customer, Seen
from eval.faults_embeddings import EmbeddingServer
from eval.faults_wire import Wire
from eval.loopback import serving as served
from eval.model_server import ModelServer

NAME = "faults"
GATE_S = 3.0
# A loaded machine may be this much later than the service's own three seconds.
_ALLOWANCE_S = 0.8
_QUESTION = "借记卡办书面挂失收多少手续费？"
_ANSWER = "借记卡办理书面挂失，手续费为每次10元。"
# Long enough to be left, or stopped, in the middle.
_LONG_ANSWER = lengthened({_QUESTION: _ANSWER}, 100)[_QUESTION]
# Nobody has asked these before, so that no embedding of theirs is remembered.
_NEW, _NEWER = f"请问{_QUESTION}", f"想了解一下，{_QUESTION}"
# A broken part is asked again only when its breaker lets it, seconds.
_BACK_S = 45.0
_LEFT_S = 2.5


@dataclass(frozen=True, slots=True)
class Row:
    """wanted: how the turn should have ended. held: whether all was as it must be."""

    fault: str
    seen: Seen
    wanted: str
    held: bool


@dataclass(frozen=True, slots=True)
class Breaking:
    """right: how the turn may end; "refused": told at once that nothing was taken. by_model: whole again only when the
    model itself speaks. after: the event of the turn's own after which it breaks; "" = before the question.
    until: the event that mends it; "" = the turn's end."""

    name: str
    fault: Fault
    right: frozenset[str]
    question: str = _QUESTION
    after: str = ""
    until: str = ""


_BREAKINGS: Sequence[Breaking] = (
    Breaking("model down", model("down"), frozenset({"answered"})),
    Breaking("model hung", model("hung"), frozenset({"answered"})),
    Breaking("model slow", model("slow"), frozenset({"answered"})),
    Breaking("model talks garbage", model("garbage"), frozenset({"answered"})),
    Breaking("model dies mid-answer", model("cut"), frozenset({"answered"})),
    Breaking("embeddings down", embeddings("down"), frozenset({"answered"}), _NEW),
    Breaking("embeddings hung", embeddings("hung"), frozenset({"answered"}), _NEWER),
    Breaking("index process hung", index_hung, frozenset({"abstained"})),
    Breaking("index process killed", index_killed, frozenset({"abstained", "answered"})),
    Breaking("database locked", database_locked, frozenset({"refused"})),
    Breaking(
        "database locked mid-answer",
        database_locked,
        frozenset({"answered"}),
        after="turn.started",
        until="turn.progress",
    ),
    Breaking("disk full", disk_full, frozenset({"refused"})),
    Breaking("disk full mid-answer", disk_full, frozenset({"failed"}), after="turn.started"),
    Breaking("rails crash", by_signal(signal.SIGUSR1), frozenset({"handed_off"})),
    Breaking("clock jumps 3 h ahead", by_signal(signal.SIGUSR2), frozenset({"answered"})),
    Breaking("clock jumps 3 h back", by_signal(signal.SIGUSR2), frozenset({"answered"})),
)


async def measure() -> list[Row]:
    rows: list[Row] = []

    def told(row: Row) -> None:
        rows.append(row)
        sys.stderr.write(f"{row.fault}: {row.seen.status} {'' if row.held else f'(wanted {row.wanted})'}\n")

    settings = Settings()
    model_server = ModelServer(_ANSWER)
    embedding = EmbeddingServer(settings.cache_dir / "models" / f"{settings.embedding.model}-int8")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(embedding.close)
        wire = await _wire(stack, await stack.enter_async_context(served(model_server.app)))
        meaning = await _wire(stack, await stack.enter_async_context(served(embedding.app)))
        data = stack.enter_context(data_folders(1))[0]
        with _service(data, wire, meaning) as (url, pid):
            stage = Stage(url, pid, data, model_server, wire, meaning)
            for breaking in _BREAKINGS:
                told(await _one(stage, breaking))
            told(await _disconnect(stage))
            told(await _stop(stage))
        with _service(data, wire, meaning) as (url, pid):
            customer, seen = await _destroy(Stage(url, pid, data, model_server, wire, meaning))
        crowded = {"WENDA_LIMITS__TURNS_AT_ONCE": "1", "WENDA_LIMITS__TURNS_IN_LINE": "1"}
        with _service(data, wire, meaning, **crowded) as (url, pid):
            stage = Stage(url, pid, data, model_server, wire, meaning)
            told(await _gone(stage, customer, seen))
            for row in await _crowd(stage):
                told(row)
            told(await _chain(stage))
    return rows


async def _wire(stack: AsyncExitStack, upstream: str) -> Wire:
    wire = Wire(free_port(), int(upstream.rsplit(":", 1)[1]))
    stack.push_async_callback(wire.close)
    await wire.put("through")
    return wire


@contextmanager
def _service(data: Path, wire: Wire, meaning: Wire, **more: str) -> Iterator[tuple[str, int]]:
    environment = {
        **service_environment(data, wire.url),
        "WENDA_EMBEDDING__BASE_URL": f"{meaning.url}/v1",
        "WENDA_LLM__FIRST_TOKEN_S": "3",
        "WENDA_LOG_LEVEL": "ERROR",
        **more,
    }
    with running("eval.faults_child", (), "/readyz", environment) as found:
        yield found


async def _one(stage: Stage, breaking: Breaking) -> Row:
    customer = await Customer(stage.url).arrive()
    if breaking.after:
        seen = await _in_the_middle(stage, customer, breaking)
    else:
        async with breaking.fault(stage):
            seen = await customer.ask(breaking.question)
    seen.back_s = await _until_whole(stage.url)
    seen.lost = await customer.lost()
    await customer.leave()
    held = (
        ("refused" if seen.refused else seen.status) in breaking.right
        and seen.back_s < float("inf")
        and seen.first_s <= GATE_S + _ALLOWANCE_S
        and not seen.lost
        and (seen.status != "answered" or seen.cited > 0)
    )
    return Row(breaking.name, seen, "/".join(sorted(breaking.right)), held)


async def _in_the_middle(stage: Stage, customer: Customer, breaking: Breaking) -> Seen:
    async with AsyncExitStack() as broken:

        async def meanwhile(kind: str) -> None:
            if kind == breaking.after:
                await broken.enter_async_context(breaking.fault(stage))
            elif kind == breaking.until:
                await broken.aclose()

        with _saying(stage, _LONG_ANSWER, 0.02):
            return await customer.ask(breaking.question, meanwhile)


@contextmanager
def _saying(stage: Stage, answer: str, pause_s: float) -> Iterator[None]:
    """pause_s: between two tokens, seconds."""
    stage.model.answer, stage.model.pause_s = answer, pause_s
    try:
        yield
    finally:
        stage.model.answer, stage.model.pause_s = _ANSWER, 0.0


async def _until_whole(url: str) -> float:
    """Seconds until somebody new is answered by the model; inf = never.

    Each time somebody new: who asks the same again and again is rightly given a person.
    """
    started = time.perf_counter()
    while (taken := time.perf_counter() - started) < _BACK_S:
        with suppress(httpx.HTTPError):
            newcomer = await Customer(url).arrive()
            try:
                seen = await newcomer.ask(_QUESTION)
            finally:
                await newcomer.leave()
            if (seen.status, seen.generator) == ("answered", "vllm"):
                return taken
        await asyncio.sleep(0.5)
    return float("inf")


async def _disconnect(stage: Stage) -> Row:
    """The customer leaves in the middle of an answer: the model must be told."""
    customer, before = await Customer(stage.url).arrive(), stage.model.aborted
    seen = Seen("(gone; the model is stopped)", status="left")

    class Gone(Exception):
        pass

    async def leave(kind: str) -> None:
        if kind == "answer.delta":
            raise Gone

    with _saying(stage, _LONG_ANSWER, 0.1):
        with suppress(Gone):
            await customer.ask(_QUESTION, leave)
        left = time.perf_counter()
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while stage.model.aborted == before:  # noqa: ASYNC110 - looked at, so that the time is the model's
                    await asyncio.sleep(0.005)
                seen.first_s = time.perf_counter() - left
    seen.lost = await customer.lost()
    await customer.leave()
    return Row("customer leaves mid-answer", seen, "model stopped", seen.first_s < _LEFT_S and not seen.lost)


async def _stop(stage: Stage) -> Row:
    """The service is told to stop in the middle of an answer: that answer is finished first."""
    customer = await Customer(stage.url).arrive()

    async def stop(kind: str) -> None:
        if kind == "turn.started":
            os.kill(stage.pid, signal.SIGTERM)

    with _saying(stage, _LONG_ANSWER, 0.05):
        seen = await customer.ask(_QUESTION, stop)
    await customer.leave()
    whole = seen.text.count("。") >= _LONG_ANSWER.count("。") - 1
    held = seen.status == "answered" and seen.cited > 0 and whole and seen.first_s <= GATE_S + _ALLOWANCE_S
    return Row("told to stop mid-answer", seen, "answered", held)


async def _destroy(stage: Stage) -> tuple[Customer, Seen]:
    """The records' files are emptied under the service, and come back from copies after it was killed."""
    customer = await Customer(stage.url).arrive()
    await customer.ask(_QUESTION)
    files = [stage.data / name for name in ("wenda.db", "wenda.db-wal")]
    copies = {path: path.read_bytes() for path in files if path.exists()}
    for path in copies:
        os.truncate(path, 0)
    seen = await customer.ask(_QUESTION)
    os.kill(stage.pid, signal.SIGKILL)
    for path, content in copies.items():
        path.write_bytes(content)
    await customer.leave()
    return customer, seen


async def _gone(stage: Stage, before: Customer, seen: Seen) -> Row:
    customer = before.moved_to(stage.url)
    seen.back_s = await _until_whole(stage.url)
    seen.lost = await customer.lost()
    await customer.leave()
    held = seen.refused and seen.first_s <= GATE_S + _ALLOWANCE_S and not seen.lost and seen.back_s < float("inf")
    return Row("database destroyed", seen, "refused", held)


async def _crowd(stage: Stage) -> list[Row]:
    """One place, one in line: the second is told their place, the third is told so at once."""
    customers = [await Customer(stage.url).arrive() for _ in range(3)]
    asking = []
    with _saying(stage, _LONG_ANSWER, 0.05):
        for customer in customers:
            asking.append(asyncio.create_task(customer.ask(_QUESTION)))
            await asyncio.sleep(0.4)
        first, second, third = await asyncio.gather(*asking)
    for seen, customer in zip((first, second, third), customers, strict=True):
        seen.lost = await customer.lost()
        await customer.leave()
    lost = first.lost + second.lost + third.lost
    waited = "您是下一位" in second.first and (first.status, second.status) == ("answered", "answered")
    refused = third.refused and "第 2 位" in third.first and third.first_s < 1
    return [
        Row("full: the next in line", second, "place, answered", waited and not lost),
        Row("full: the line too", third, "refused", refused and not lost),
    ]


async def _chain(stage: Stage) -> Row:
    """After all of it the ledger still verifies."""
    async with httpx.AsyncClient(base_url=stage.url, timeout=LONGEST_S, trust_env=False) as http:
        login = await http.post("/v1/auth/token", data={"username": "admin", "password": "demo"})
        bearer = {"authorization": f"Bearer {login.json()['access_token']}"}
        found = (await http.get("/v1/audit/verify", headers=bearer)).raise_for_status().json()
    seen = Seen(f"({found['records']} records)", 0.0, "whole" if found["ok"] else f"broken at {found['first_bad']}")
    return Row("the audit chain after all this", seen, "whole", found["ok"])


_COLUMNS = ("fault", "what the customer saw", "seconds", "lost", "ended", "whole again", "")
_LONGEST_TEXT = 44


def _cells(row: Row) -> list[str]:
    seen = row.seen
    first = seen.first.replace("\n", " ")
    return [
        row.fault,
        first if len(first) <= _LONGEST_TEXT else first[:_LONGEST_TEXT] + "…",
        f"{seen.first_s:.1f}",
        "、".join(seen.lost) or "nothing",
        f"{seen.status} {seen.generator}".strip() + f", {seen.whole_s:.1f} s" * bool(seen.whole_s),
        "" if seen.back_s is None else f"{seen.back_s:.0f} s",
        "held" if row.held else f"WRONG, wanted {row.wanted}",
    ]


def _summary(rows: Sequence[Row]) -> str:
    held = sum(row.held for row in rows)
    return (
        f"{held} of {len(rows)} held: a true sentence within {GATE_S:.0f} s, nothing lost, no answer without a source."
    )


def write(rows: Sequence[Row], folder: Path, at: datetime) -> Path:
    """The table in Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [_COLUMNS, ["---"] * len(_COLUMNS), *map(_cells, rows)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    path = folder / f"{NAME}-{at:%Y%m%dT%H%M%S}.md"
    path.write_text(f"# Faults, {at:%Y-%m-%d %H:%M} UTC\n\n{_summary(rows)}\n\n{table}\n", encoding="utf-8")
    return path


def evaluate(folder: Path, at: datetime) -> bool:
    """Prints the table and writes it; whether every row held."""
    rows = asyncio.run(measure())
    print_table("faults: what the customer saw first, and after how many seconds", _COLUMNS, list(map(_cells, rows)))
    print(f"\n{_summary(rows)}\n{write(rows, folder, at)}")
    return all(row.held for row in rows)
