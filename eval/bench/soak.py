"""Whether the service's memory stays flat: `python -m eval.bench.soak [--minutes N]` (WENDA_SOAK_MINUTES; else 2).

Customers come and go at a steady pace: each asks a few questions in a conversation of their own; some leave in the
middle of an answer, some follow a whole conversation afterwards. What memory the service and its index take is read
every few seconds. After a warm-up a line is laid through it (the median of the slopes between all pairs of readings,
which a single jump does not move). Exit 1 when it rises by more than MOST_MIB_AN_HOUR, when a turn ended otherwise than
it should, or when threads or open files keep growing.

What is kept on purpose, and bounded, must be full before that line begins, or it would hide a leak: SQLite's page
caches (PAGE_CACHE_MIB a connection here; 16, as is usual, take half an hour to fill), and what is remembered of
questions and sentences (all but a FRESH share of the questions come in wordings that the warm-up has heard, and so do
the model's answers).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations, count
from pathlib import Path
from statistics import median

import httpx

from eval.bench.processes import cpu_seconds, memory_mib, running, service_environment
from eval.bench.report import print_table
from eval.bench.stand import Wordings, stand
from eval.bench.turns import Customer, TurnFailed, answered_by_model, connected

MOST_MIB_AN_HOUR = 40.0
# What a process may come to hold beside what it held when it was warm: connections that are kept, threads of a pool.
MOST_MORE = 30
READ_EVERY_S = 2.0
WARM_SHARE = 0.3
TURNS_A_SECOND = 3.0
QUESTIONS_A_CUSTOMER = 3
LEAVES, FOLLOWS = 0.15, 0.15
# Questions worded as nobody has before.
FRESH = 0.1
# How much of the warm-up it takes to ask every usual wording once.
_HEARD = 0.75
PAGE_CACHE_MIB = 1
# Ways in which the model says an answer: the warm-up hears them all.
ROUNDS = 4
# What the model says, tokens at 20 a second: long enough to be left in the middle.
TOKENS = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """at: seconds since the start. mib: of the service and its index. open: its threads and open files."""

    at: float
    mib: float
    open: int


def slope_an_hour(readings: Sequence[Reading]) -> float:
    """MiB an hour: Theil and Sen's estimate. Raises statistics.StatisticsError on fewer than two."""
    rises = ((two.mib - one.mib) / (two.at - one.at) for one, two in combinations(readings, 2))
    return median(rises) * 3600


def open_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir())) + len(list(Path(f"/proc/{pid}/task").iterdir()))


def wrongly(ended: Counter[str]) -> dict[str, int]:
    """Turns that broke; one that abstains or calls a person has ended as a turn may."""
    well = ("by the model", "answered", "abstained", "handed_off", "refused", "left", "followed")
    return {how: times for how, times in ended.items() if not how.startswith(well)}


class Town:
    """Customers who come, ask and go. usual: how many wordings all but a FRESH share of the questions come in. ended:
    how their turns did."""

    def __init__(self, client: httpx.AsyncClient, wordings: Wordings, usual: int, seed: int) -> None:
        self._client, self._wordings, self._usual = client, wordings, usual
        self._heard, self._fresh = count(), count(usual)
        self._rng = random.Random(seed)
        self._away: set[asyncio.Task[None]] = set()
        self.ended: Counter[str] = Counter()

    async def live(self, seconds: float) -> None:
        """At a steady pace, however long the answers take; returns when the last customer has gone."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            task = asyncio.create_task(self._visit())
            self._away.add(task)
            task.add_done_callback(self._away.discard)
            await asyncio.sleep(QUESTIONS_A_CUSTOMER / TURNS_A_SECOND * self._rng.uniform(0.5, 1.5))
        await asyncio.gather(*self._away)

    def _question(self) -> str:
        fresh = self._rng.random() < FRESH
        return self._wordings.numbered(next(self._fresh) if fresh else next(self._heard) % self._usual)

    async def _visit(self) -> None:
        customer = Customer(self._client)
        await customer.arrive()
        path = await customer.open()
        for _ in range(QUESTIONS_A_CUSTOMER):
            if self._rng.random() < LEAVES:
                await self._leave(customer, path)
                continue
            try:
                turn = await customer.ask_in(path, self._question())
                self.ended["by the model" if turn.by_model else f"{turn.result['status']} {turn.result['reason']}"] += 1
            except (TurnFailed, httpx.HTTPError) as failure:
                self.ended[type(failure).__name__] += 1
        if self._rng.random() < FOLLOWS:
            await self._leave(customer, path, follow=True)

    async def _leave(self, customer: Customer, path: str, *, follow: bool = False) -> None:
        """Gone in the middle of an answer, or after following the conversation for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rng.uniform(0.05, 1.5)):
                await (customer.follow(path) if follow else customer.ask_in(path, self._question()))
        self.ended["followed" if follow else "left"] += 1


async def watch(pid: int, readings: list[Reading]) -> None:
    started = time.perf_counter()
    while True:
        readings.append(Reading(time.perf_counter() - started, memory_mib(pid), open_of(pid)))
        await asyncio.sleep(READ_EVERY_S)


async def soak(minutes: float) -> tuple[list[Reading], Counter[str], float]:
    """The readings, how turns ended, and the CPU seconds spent."""
    readings: list[Reading] = []
    usual = int(_HEARD * WARM_SHARE * minutes * 60 * TURNS_A_SECOND)
    with stand(1, ROUNDS) as on, on.model(TOKENS) as (model, _):
        environment = service_environment(on.data[0], model) | {"WENDA_DATABASE__PAGE_CACHE_MIB": str(PAGE_CACHE_MIB)}
        with running("eval.bench.served", [], "/readyz", environment) as (url, pid):
            async with connected(url) as client, httpx.AsyncClient(base_url=model, trust_env=False) as switch:
                await switch.get("/short")
                questions = await answered_by_model(url, on.asked, min(32, len(on.asked)))
                await switch.get("/paced")
                before = cpu_seconds(pid)
                watching = asyncio.create_task(watch(pid, readings))
                town = Town(client, Wordings(questions), usual, seed=7)
                try:
                    await town.live(minutes * 60)
                finally:
                    watching.cancel()
                spent = cpu_seconds(pid) - before
    return readings, town.ended, spent


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("WENDA_SOAK_MINUTES", "2")))
    given = parser.parse_args(arguments)
    readings, ended, spent = await soak(given.minutes)
    warm = [one for one in readings if one.at >= WARM_SHARE * readings[-1].at]
    rising, more = slope_an_hour(warm), warm[-1].open - warm[0].open
    tenths = [readings[len(readings) * tenth // 10] for tenth in range(10)] + [readings[-1]]
    print_table(
        f"{readings[-1].at / 60:.1f} minutes, {sum(ended.values())} visits' turns, {spent:.0f} s of CPU",
        ("minute", "MiB", "threads and files"),
        [(one.at / 60, one.mib, one.open) for one in tenths],
    )
    print_table("how turns ended", ("", "n"), sorted(ended.items()))
    wrong = wrongly(ended)
    print(f"\n  memory after {WARM_SHARE:.0%} of the time: {rising:+.1f} MiB an hour (at most {MOST_MIB_AN_HOUR:g})")
    print(
        f"  threads and open files since then: {more:+d} (at most {MOST_MORE}); turns that ended wrongly: {wrong or 0}"
    )
    return 0 if rising <= MOST_MIB_AN_HOUR and more <= MOST_MORE and not wrong else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
