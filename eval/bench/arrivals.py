"""Turns a second, and where their CPU goes: `python -m eval.bench.arrivals [--seconds N]`.

The service in 1, 2 and 4 processes (each with records and an index of its own: nothing is shared that could hold them
up, and nothing helps), and the same turn through LangChain LCEL and NeMo's LLMRails in one process: its question
checked, its passages found by our retriever, the answer written by the same model and checked before it is shown; no
database, no event log. One process has one core to itself, the model and the customers the other; more processes than
that share all cores with them. The model answers at once and shortly. Every question is worded as nobody has before, so
that it is embedded. Only the CPU a turn decides: it is what a core can take.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from eval.bench.processes import children, cpu_seconds, running, service_environment, thread_seconds
from eval.bench.report import Ratio, conclude, percentile, print_table
from eval.bench.stand import Stand, Wordings, stand
from eval.bench.turns import Customer, Refused, answered_by_model, connected

GATE = 2.0
PROCESSES = (1, 2, 4)
CUSTOMERS = 6
TOKENS = 100
_WARM_TURNS = 12
_ALONE_TURNS = 40
# What the threads of the service work on, by the beginning of their names.
_WORK = {
    "MainThread": "event loop: rails, search's own part, the turn, HTTP",
    "embed-query": "embedding",
    "wenda-write": "database, writing",
    "wenda-read": "database, reading",
}

# Asks once; returns whether the answer was the model's.
Asking = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Taken:
    """cpu_ms: of all answering processes, a turn. other: turns that did not end with the model's answer, or were
    refused."""

    name: str
    processes: int
    turns: int
    seconds: float
    cpu_ms: float
    p50_ms: float
    p95_ms: float
    other: int

    def row(self) -> tuple[object, ...]:
        rate = self.turns / self.seconds
        return self.name, self.processes, rate, self.cpu_ms, self.p50_ms, self.p95_ms, self.turns, self.other


async def drive(name: str, pids: Sequence[int], askings: Sequence[Asking], wordings: Wordings, seconds: float) -> Taken:
    """Every asking again and again until the time is over."""
    lasted: list[float] = []
    other = 0

    async def customer(asking: Asking, until: float) -> None:
        nonlocal other
        while time.perf_counter() < until:
            started = time.perf_counter()
            other += not await asking(wordings.next())
            lasted.append((time.perf_counter() - started) * 1000)

    before, started = sum(map(cpu_seconds, pids)), time.perf_counter()
    await asyncio.gather(*(customer(asking, started + seconds) for asking in askings))
    spent, took = sum(map(cpu_seconds, pids)) - before, time.perf_counter() - started
    cpu_ms, p50, p95 = spent / len(lasted) * 1000, percentile(lasted, 0.5), percentile(lasted, 0.95)
    taken = Taken(name, len(pids), len(lasted), took, cpu_ms, p50, p95, other)
    sys.stderr.write(f"{taken}\n")
    return taken


async def our_askings(client: httpx.AsyncClient, customers: int) -> list[Asking]:
    made: list[Asking] = []
    for _ in range(customers):
        customer = Customer(client)
        await customer.arrive()

        async def ask(question: str, customer: Customer = customer) -> bool:
            try:
                return (await customer.ask(question)).by_model
            except Refused:
                return False

        made.append(ask)
    return made


def peer_asking(client: httpx.AsyncClient) -> Asking:
    async def ask(question: str) -> bool:
        return "event: token" in (await client.post("/ask", json={"question": question})).raise_for_status().text

    return ask


async def by_thread(client: httpx.AsyncClient, pid: int) -> dict[str, float]:
    """CPU seconds so far by what was worked on."""
    named: Mapping[str, int] = (await client.get("/bench/threads")).raise_for_status().json()
    found: dict[str, float] = defaultdict(float)
    for name, thread in named.items():
        work = next((work for start, work in _WORK.items() if name.startswith(start)), "other threads")
        found[work] += thread_seconds(pid, thread)
    found["index (a process of its own)"] = sum(map(cpu_seconds, children(pid)))
    return found


async def stages(client: httpx.AsyncClient, wordings: Wordings) -> dict[str, float]:
    """Median milliseconds of each timed stage, of turns that come one at a time."""
    customer, rows = Customer(client), defaultdict[str, list[float]](list)
    await customer.arrive()
    for _ in range(_ALONE_TURNS):
        turn = await customer.ask(wordings.next())
        for stage, value in turn.result["timings"].items() if turn.by_model else ():
            rows[stage].append(float(value))
    return {stage: percentile(values, 0.5) for stage, values in sorted(rows.items())}


@dataclass
class Bench:
    """model: address of the model server. seconds: of each measurement."""

    on: Stand
    model: str
    seconds: float

    async def ours(self, folders: Sequence[Path]) -> Taken:
        core = self.on.cores[0] if len(folders) == 1 else None
        async with AsyncExitStack() as stack:
            pids, askings, questions = [], list[Asking](), list(self.on.asked)
            for folder in folders:
                environment = service_environment(folder, self.model)
                url, pid = stack.enter_context(running("eval.bench.served", [], "/readyz", environment, core=core))
                client = await stack.enter_async_context(connected(url))
                questions = await answered_by_model(url, questions, min(24, len(questions)))
                pids.append(pid)
                askings += await our_askings(client, CUSTOMERS)
            if len(folders) > 1:
                return await drive("Wenda", pids, askings, Wordings(questions), self.seconds)
            wordings = Wordings(questions)
            alone = await stages(client, wordings)
            before = await by_thread(client, pids[0])
            taken = await drive("Wenda", pids, askings, wordings, self.seconds)
            after = await by_thread(client, pids[0])
        _tell(taken, {work: after[work] - before.get(work, 0.0) for work in after}, alone)
        return taken

    async def peer(self, folder: Path) -> Taken:
        environment = service_environment(folder, self.model)
        core = self.on.cores[0]
        with running("eval.bench.langchain_peer", ["--rails"], "/ready", environment, core=core) as (url, pid):
            async with connected(url) as client:
                asking, wordings = peer_asking(client), Wordings(self.on.asked)
                for _ in range(_WARM_TURNS):
                    await asking(wordings.next())
                return await drive("LangChain and LLMRails", [pid], [asking] * CUSTOMERS, wordings, self.seconds)


def _tell(taken: Taken, spent: Mapping[str, float], alone: Mapping[str, float]) -> None:
    rows = [(work, seconds / taken.turns * 1000) for work, seconds in sorted(spent.items(), key=lambda one: -one[1])]
    print_table("where a turn's CPU goes, one process", ("", "ms a turn"), rows)
    print_table(f"stages of {_ALONE_TURNS} turns, one at a time (p50)", ("", "ms"), list(alone.items()))


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.arrivals", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    given = parser.parse_args(arguments)
    with stand(max(PROCESSES) + 1) as on, on.model(TOKENS) as (model, _):
        on.keep_off()
        async with httpx.AsyncClient(base_url=model, trust_env=False) as switch:
            await switch.get("/short")
        bench = Bench(on, model, given.seconds)
        theirs = await bench.peer(on.data[-1])
        taken = [await bench.ours(on.data[:1])]
        on.share()
        taken += [await bench.ours(on.data[:number]) for number in PROCESSES[1:]]
    print_table(
        f"turns of {CUSTOMERS} customers a process, {len(on.cores)} cores; one process alone has one of them",
        ("", "processes", "turns/s", "CPU ms a turn", "p50 ms", "p95 ms", "turns", "not the model's"),
        [one.row() for one in (*taken, theirs)],
    )
    return conclude([Ratio("CPU a turn", taken[0].cpu_ms, theirs.cpu_ms, "ms", GATE)])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
