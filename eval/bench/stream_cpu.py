"""CPU a streamed token, end to end: the service against the same turn written with LangChain LCEL and sse-starlette.

`python -m eval.bench.stream_cpu [--streams N] [--tokens N]`. Both sides run in a process of their own (the service with
the process that owns its index), answer the same questions from the same passages through the same kind of model
server, and are read by the same client: first at 20 tokens a second a stream, then as fast as it goes. The peer has no
rails, no database and no event log; the service's are counted. Every round asks the same questions again: neither side
embeds them anew, and the service has read the sentences of their answers before.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from tqdm import tqdm

from eval.bench.fake_model import TOKEN_CHARS
from eval.bench.processes import cpu_seconds, data_folders, running, service_environment, settled
from eval.bench.report import Ratio, conclude, print_table
from eval.bench.turns import Customer, answered_by_model, connected, faq_answers, lengthened, write_answers

PACE = 20.0
GATE_PACED, GATE_FULL = 3.0, 6.0
ROUNDS_PACED, ROUNDS_FULL = 2, 5

# Asks one question; returns the characters of the answer that reached the client.
Asking = Callable[[str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Spent:
    """cpu_s: of the process tree, over the whole run. tokens: that the model streamed."""

    name: str
    cpu_s: float
    tokens: int
    turns: int
    wall_s: float

    @property
    def us_a_token(self) -> float:
        return self.cpu_s / self.tokens * 1e6

    @classmethod
    def together(cls, rounds: Sequence[Spent]) -> Spent:
        sums = [sum(getattr(one, name) for one in rounds) for name in ("cpu_s", "tokens", "turns", "wall_s")]
        return cls(rounds[0].name, *sums)

    def row(self) -> tuple[str, float, float, float, int]:
        return self.name, self.us_a_token, self.cpu_s / self.turns * 1000, self.tokens / self.wall_s, self.turns


async def spend(name: str, pid: int, askings: Sequence[Asking], questions: Sequence[str], tokens: int) -> Spent:
    """All streams side by side, one turn each."""
    progress = tqdm(total=len(askings), desc=name, leave=False, disable=None)

    async def stream(number: int, asking: Asking) -> None:
        chars = await asking(questions[number % len(questions)])
        if chars < tokens * TOKEN_CHARS * 0.9:
            raise RuntimeError(f"{name}: only {chars} characters of {tokens * TOKEN_CHARS} arrived")
        progress.update()

    before, started = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(stream(number, asking) for number, asking in enumerate(askings)))
    turns = len(askings)
    spent = Spent(name, cpu_seconds(pid) - before, turns * tokens, turns, time.perf_counter() - started)
    progress.close()
    return spent


async def customers(client: httpx.AsyncClient, streams: int) -> list[Asking]:
    made: list[Asking] = []
    for _ in range(streams):
        customer = Customer(client)
        await customer.arrive()

        async def ask(question: str, customer: Customer = customer) -> int:
            return sum(len(arrival.data["text"]) for arrival in (await customer.ask(question)).sentences)

        made.append(ask)
    return made


def peer_asking(client: httpx.AsyncClient) -> Asking:
    async def ask(question: str) -> int:
        chars = 0
        async with client.stream("POST", "/ask", json={"question": question}) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    chars += len(line) - 6
        return chars

    return ask


async def both_sides(
    pace: float, folder: Path, answers: dict[str, str], data: Sequence[Path], streams: int, rounds: int, tokens: int
) -> tuple[Spent, Spent]:
    """Round by round in turns, so that whatever else the machine does falls on both sides."""
    told = ["--answers", str(write_answers(folder / "answers.json", answers)), "--pace", str(pace)]
    speed = f"{pace:g} tokens/s a stream" if pace else "full speed"
    with (
        running("eval.bench.fake_model", told, "/v1/models", {}) as (model, _),
        running("eval.bench.served", [], "/readyz", service_environment(data[0], model)) as (service, our_pid),
        running("eval.bench.langchain_peer", [], "/ready", service_environment(data[1], model)) as (peer, peer_pid),
    ):
        questions = await answered_by_model(service, list(answers), min(streams, 20))
        async with connected(service) as our_client, connected(peer) as peer_client:
            await asyncio.gather(*map(peer_asking(peer_client), questions))  # warm
            await asyncio.gather(settled(our_pid), settled(peer_pid))
            sides = (
                (f"Wenda, {speed}", our_pid, await customers(our_client, streams)),
                (f"LangChain, {speed}", peer_pid, [peer_asking(peer_client)] * streams),
            )
            spent: tuple[list[Spent], list[Spent]] = ([], [])
            for _ in range(rounds):
                for (name, pid, askings), kept in zip(sides, spent, strict=True):
                    kept.append(await spend(name, pid, askings, questions, tokens))
    ours, theirs = spent
    by_round = sorted(their.us_a_token / our.us_a_token for our, their in zip(ours, theirs, strict=True))
    print(f"  {speed}: ratio by round {', '.join(f'{ratio:.1f}' for ratio in by_round)}")
    return Spent.together(ours), Spent.together(theirs)


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.stream_cpu", description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=400, help="tokens an answer (the service's own limit by default)")
    given = parser.parse_args(arguments)
    answers = lengthened(faq_answers(), given.tokens)
    with tempfile.TemporaryDirectory() as folder, data_folders(2) as data:
        paced = await both_sides(PACE, Path(folder), answers, data, given.streams, ROUNDS_PACED, given.tokens)
        full = await both_sides(0, Path(folder), answers, data, given.streams, ROUNDS_FULL, given.tokens)
    print_table(
        f"CPU of the answering process and its children, {given.streams} streams, {given.tokens} tokens an answer",
        ("", "us a token", "ms a turn", "tokens/s", "turns"),
        [spent.row() for spent in (*paced, *full)],
    )
    return conclude(
        [
            Ratio("CPU a token, 20 tokens/s", paced[0].us_a_token, paced[1].us_a_token, "us", GATE_PACED),
            Ratio("CPU a token, full speed", full[0].us_a_token, full[1].us_a_token, "us", GATE_FULL),
        ]
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
