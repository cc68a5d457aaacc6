"""What the service adds before the first sentence: `python -m eval.bench.first_sentence [--turns N] [--pace N]`.

The real service (index, rails, database, embeddings) runs in its own process on loopback, before a model server that
streams at a fixed pace. Added time = (client sent -> first sentence at the client) - (model asked -> its first sentence
complete), so the model's own time is not counted. One turn at a time, and no question twice in the same words: what
is asked again need not be embedded again, which would flatter the figure.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from eval.bench.processes import data_folders, running, service_environment
from eval.bench.report import percentile, print_table
from eval.bench.turns import Customer, Turn, answered_by_model, connected, faq_answers, write_answers

GOAL_P50_MS, GOAL_P95_MS = 40.0, 80.0
# The questions as they are have been asked before, to find those that the model answers.
OPENINGS = ("请问", "您好，", "你好，请问", "我想问一下，", "想了解一下，", "麻烦问下，")


def stages(turn: Turn, mark: Mapping[str, Any]) -> dict[str, float]:
    """Milliseconds by stage, for one turn and what the model noted about it."""
    first_sent = mark["sent"][0][1]
    before, after = mark["asked"] - turn.sent, turn.sentences[0].at - first_sent
    measured = {"added": before + after, "until the model is asked": before, "after its first sentence": after}
    found = {name: seconds * 1000 for name, seconds in measured.items()}
    timings = turn.result["timings"]
    return found | {f"  {name}": float(value) for name, value in sorted(timings.items()) if _early(name)}


def _worded(questions: Sequence[str], number: int) -> str:
    """The questions in turn, each round opened in other words."""
    again, at = divmod(number, len(questions))
    return OPENINGS[again % len(OPENINGS)] + questions[at]


def _early(name: str) -> bool:
    return name.startswith(("retrieve", "rails.input", "receive", "release", "append"))


async def measure(service: str, model: str, questions: Sequence[str], turns: int) -> list[dict[str, float]]:
    measured = []
    async with connected(service) as client, httpx.AsyncClient(base_url=model, trust_env=False) as marks:
        customer = Customer(client)
        await customer.arrive()
        for number in tqdm(range(turns), desc="turns", leave=False, disable=None):
            await marks.delete("/marks")
            turn = await customer.ask(_worded(questions, number))
            noted = (await marks.get("/marks")).json()
            if turn.by_model and len(noted) == 1:
                measured.append(stages(turn, noted[0]))
    return measured


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.first_sentence", description=__doc__)
    parser.add_argument("--turns", type=int, default=120)
    parser.add_argument("--pace", type=float, default=50.0, help="the model's tokens a second")
    given = parser.parse_args(arguments)
    answers = faq_answers()
    with tempfile.TemporaryDirectory() as folder, data_folders(1) as [data]:
        told = ["--answers", str(write_answers(Path(folder) / "answers.json", answers)), "--pace", str(given.pace)]
        with (
            running("eval.bench.fake_model", told, "/v1/models", {}) as (model, _),
            running("eval.bench.served", [], "/readyz", service_environment(data, model)) as (service, _),
        ):
            questions = await answered_by_model(service, list(answers), 20)
            measured = await measure(service, model, questions, given.turns)
    names = list(dict.fromkeys(name for row in measured for name in row))
    columns = {name: [row[name] for row in measured if name in row] for name in names}
    print_table(
        f"milliseconds added to the first sentence, {len(measured)} turns, model at {given.pace:g} tokens/s",
        ("", "p50", "p95", "longest"),
        [(name, percentile(values, 0.5), percentile(values, 0.95), max(values)) for name, values in columns.items()],
    )
    print(f"\n  rails and retrieval run side by side; goals: p50 {GOAL_P50_MS:g} ms, p95 {GOAL_P95_MS:g} ms")
    return 0 if measured else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
