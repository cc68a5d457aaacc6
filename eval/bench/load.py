"""How many answers one process can stream side by side: `python -m eval.bench.load [--most N]`.

The service, and the same turn written with LangChain LCEL and sse-starlette, each in a process that has one core to
itself (the service with the process that owns its index); the model server and the client share another core. Streams
are added until sentences no longer come as the model says them, at 20 tokens a second. They are added slowly and
measured once all are under way: what a turn costs at its beginning is `arrivals`. A number of streams is sustained when
95 of 100 sentences follow the one before after at most 1.5 times the time that the model took, and nearly all that the
model said has come. Every stream has text of its own. The peer has no rails, no database and no event log.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from tqdm import tqdm

from eval.bench.fake_model import TOKEN_CHARS
from eval.bench.load_client import Crowd, read_ours, read_peers
from eval.bench.processes import cpu_seconds, memory_mib, running, service_environment, waited_seconds
from eval.bench.report import Ratio, conclude, percentile, print_table
from eval.bench.stand import PACE, Stand, stand
from eval.bench.turns import answered_by_model, connected

SLOWEST, LEAST_SHARE = 1.5, 0.95
GATE_STREAMS, GATE_MEMORY = 3.0, 1.0
OUR_LEVELS = (50, 100, 200, 300, 400, 500, 600)
PEER_LEVELS = (25, 50, 75, 100, 150, 200, 300)
RAMP_A_SECOND, SETTLE_S, WINDOW_S = 5.0, 4.0, 12.0
TOKENS = 3000

Joining = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Level:
    """share: of what the model said, that came. core, load: CPU of the process tree, and of model and client, as shares
    of a core. waited: the share of the time that the process was ready and had no core."""

    streams: int
    p50: float
    p95: float
    share: float
    core: float
    waited: float
    load: float
    late_ms: float
    mib_a_stream: float

    @property
    def sustained(self) -> bool:
        return self.p95 <= SLOWEST and self.share >= LEAST_SHARE

    def row(self, name: str) -> tuple[object, ...]:
        told = f"{self.core:.0%}", f"{self.waited:.0%}", f"{self.load:.0%}", f"{self.late_ms:.0f}"
        return name, self.streams, self.p50, self.p95, f"{self.share:.0%}", *told, self.mib_a_stream, self.sustained


@dataclass
class Side:
    """What is measured: pid of the process, and of the model; join opens the n-th stream."""

    name: str
    pid: int
    model_pid: int
    model: httpx.AsyncClient
    crowd: Crowd
    join: Joining

    async def climb(self, levels: Sequence[int]) -> list[Level]:
        """Level by level, up to the first that is not sustained."""
        base, measured = memory_mib(self.pid), list[Level]()
        for streams in tqdm(levels, desc=self.name, leave=False, disable=None):
            while len(self.crowd.streams) < streams:
                await self.join(len(self.crowd.streams))
                await asyncio.sleep(1 / RAMP_A_SECOND)
            await asyncio.sleep(SETTLE_S)
            level = await self._measure(base)
            measured.append(level)
            sys.stderr.write(f"{self.name}: {level}\n")
            if not level.sustained:
                break
        self.crowd.leave()
        return measured

    async def _measure(self, base: float) -> Level:
        self.crowd.take(PACE)
        await self.model.get("/late")
        before, started = self._spent(), time.monotonic()
        await asyncio.sleep(WINDOW_S)
        after, seconds = self._spent(), time.monotonic() - started
        gaps, chars = self.crowd.take(PACE)
        late = (await self.model.get("/late")).json()["late_ms"]
        streams = len(self.crowd.streams)
        times = [gap.times for gap in gaps] or [float("inf")]
        core, waited, load = ((now - then) / seconds for now, then in zip(after, before, strict=True))
        return Level(
            streams=streams,
            p50=percentile(times, 0.5),
            p95=percentile(times, 0.95),
            share=chars / (streams * PACE * TOKEN_CHARS * seconds),
            core=core,
            waited=waited,
            load=load,
            late_ms=late,
            mib_a_stream=(memory_mib(self.pid) - base) / streams,
        )

    def _spent(self) -> tuple[float, float, float]:
        own = time.process_time()
        return cpu_seconds(self.pid), waited_seconds(self.pid), cpu_seconds(self.model_pid) + own


@asynccontextmanager
async def _model(url: str) -> Any:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        yield client


async def our_join(crowd: Crowd, questions: Sequence[str], client: httpx.AsyncClient) -> Joining:
    token = (await client.post("/v1/auth/visitor")).raise_for_status().json()["access_token"]
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}

    async def join(number: int) -> None:
        opened = (await client.post("/v1/conversations", headers=headers)).raise_for_status().json()
        body = {"text": questions[number % len(questions)]}
        await crowd.join(f"/v1/conversations/{opened['id']}/messages", body, headers)

    return join


async def climb_ours(on: Stand, data: Path, most: int) -> list[Level]:
    environment = {**service_environment(data, "{model}"), "WENDA_LIMITS__TURNS_AT_ONCE": "0"}
    with on.model(TOKENS) as (model_url, model_pid):
        environment["WENDA_LLM__BASE_URL"] = f"{model_url}/v1"
        with running("eval.bench.served", [], "/readyz", environment, core=on.cores[0]) as (url, pid):
            async with _model(model_url) as model, connected(url) as client:
                await model.get("/short")
                questions = await answered_by_model(url, on.asked, min(48, len(on.asked) // 2))
                await model.get("/paced")
                crowd = _crowd(url, read_ours)
                side = Side("Wenda", pid, model_pid, model, crowd, await our_join(crowd, questions, client))
                return await side.climb([level for level in OUR_LEVELS if level <= most])


async def climb_peer(on: Stand, data: Path, most: int) -> list[Level]:
    with on.model(TOKENS) as (model_url, model_pid):
        environment = service_environment(data, model_url)
        with running("eval.bench.langchain_peer", [], "/ready", environment, core=on.cores[0]) as (url, pid):
            async with _model(model_url) as model, connected(url) as client:
                await model.get("/short")
                for question in on.asked[:48]:  # warm, as the other side is
                    (await client.post("/ask", json={"question": question})).raise_for_status()
                await model.get("/paced")
                crowd = _crowd(url, read_peers)

                async def join(number: int) -> None:
                    await crowd.join("/ask", {"question": on.asked[number % len(on.asked)]}, {})

                side = Side("LangChain", pid, model_pid, model, crowd, join)
                return await side.climb([level for level in PEER_LEVELS if level <= most])


def _crowd(url: str, reading: Callable[[bytes], Sequence[tuple[int, str]]]) -> Crowd:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return Crowd(parts.hostname, parts.port, reading)


def sustained(levels: Sequence[Level]) -> Level | None:
    return next((level for level in reversed(levels) if level.sustained), None)


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.load", description=__doc__)
    parser.add_argument("--most", type=int, default=400, help="streams of the highest level tried")
    given = parser.parse_args(arguments)
    with stand(2) as on:
        on.keep_off()
        theirs = await climb_peer(on, on.data[1], given.most)
        ours = await climb_ours(on, on.data[0], given.most)
    print_table(
        f"streams of {PACE:g} tokens/s to a process on one of {len(on.cores)} cores: sentence gaps, times ideal",
        (
            "",
            "streams",
            "p50",
            "p95",
            "came",
            "core",
            "waited",
            "load's core",
            "model late, ms",
            "MiB a stream",
            "sustained",
        ),
        [level.row(name) for name, levels in (("Wenda", ours), ("LangChain", theirs)) for level in levels],
    )
    held, held_by_peer = sustained(ours), sustained(theirs)
    if held is None or held_by_peer is None:
        print("  one side sustains not even its first level")
        return 1
    print(f"\n  sustained: Wenda {held.streams}, LangChain {held_by_peer.streams} streams")
    return conclude(
        [
            Ratio("a stream's share of a process", 100 / held.streams, 100 / held_by_peer.streams, "%", GATE_STREAMS),
            Ratio("memory a stream", held.mib_a_stream, held_by_peer.mib_a_stream, "MiB", GATE_MEMORY),
        ]
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
