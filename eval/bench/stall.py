"""Pauses of running answers while documents come in: `python -m eval.bench.stall [--passages N] [--streams N]`.

The same answers run in turns alone and while N passages are uploaded, submitted and approved over HTTP and the index is
optimised. Printed: the service's longest event-loop stall, and the longest pause between two sentences beyond the
model's own pace; what the second adds to the first is what ingestion costs a customer.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from eval.bench.processes import data_folders, running, service_environment
from eval.bench.report import percentile, print_table
from eval.bench.turns import Customer, Turn, answered_by_model, connected, faq_answers, lengthened, write_answers

GOAL_MS = 100.0
PACE, TOKENS = 20.0, 120
ALONE_S = 15.0
ROUNDS = 2
_FILES = 10
_UNSAID = re.compile(r"\s|\[\d+\]")


@dataclass(frozen=True, slots=True)
class Answers:
    """pauses_ms: between two sentences, beyond the model's own time between them. stall_ms: the loop's longest."""

    name: str
    pauses_ms: Sequence[float]
    stall_ms: float
    turns: int
    other: int
    seconds: float

    @classmethod
    def together(cls, rounds: Sequence[Answers]) -> Answers:
        return cls(
            name=rounds[0].name,
            pauses_ms=[pause for one in rounds for pause in one.pauses_ms],
            stall_ms=max(one.stall_ms for one in rounds),
            turns=sum(one.turns for one in rounds),
            other=sum(one.other for one in rounds),
            seconds=sum(one.seconds for one in rounds),
        )

    def row(self) -> tuple[str, float, float, float, float, int, int, float]:
        return (
            self.name,
            percentile(self.pauses_ms, 0.5),
            percentile(self.pauses_ms, 0.99),
            max(self.pauses_ms),
            self.stall_ms,
            self.turns,
            self.other,
            self.seconds,
        )


def pauses(turn: Turn, mark: Mapping[str, Any]) -> list[float]:
    """How much longer each sentence took to follow the one before than the model took to say it, milliseconds."""
    delays, characters = [], 0
    answered = [len(_UNSAID.sub("", arrival.data["text"])) for arrival in turn.sentences]
    for arrival, length in zip(turn.sentences, answered, strict=True):
        characters += length
        said = next((at for sent, at in mark["sent"] if sent >= characters), None)
        if said is None:
            break
        delays.append(arrival.at - said)
    return [(later - earlier) * 1000 for earlier, later in pairwise(delays)]


async def answer_until(
    name: str, stop: asyncio.Event, service: str, model: str, questions: Sequence[str], streams: int
) -> Answers:
    turns: list[Turn] = []

    async def stream(client: httpx.AsyncClient, number: int) -> None:
        customer = Customer(client)
        await customer.arrive()
        while not stop.is_set():
            turns.append(await customer.ask(questions[number]))

    async with connected(service) as client, httpx.AsyncClient(base_url=model, trust_env=False) as marks:
        await marks.delete("/marks")
        await client.get("/bench/lag")
        started = asyncio.get_running_loop().time()
        await asyncio.gather(*(stream(client, number) for number in range(streams)))
        seconds = asyncio.get_running_loop().time() - started
        stall = (await client.get("/bench/lag")).json()["longest_ms"]
        noted = defaultdict(list)
        for mark in (await marks.get("/marks")).json():
            noted[mark["question"]].append(mark)
    found: list[float] = []
    by_model = [turn for turn in turns if turn.by_model]
    for turn in by_model:  # one stream a question, so its turns and the model's notes are in the same order
        found += pauses(turn, noted[turn.question].pop(0))
    return Answers(name, found, stall, len(by_model), len(turns) - len(by_model), seconds)


class Staff:
    """The editor and the approver of the demo, at work over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._headers: dict[str, dict[str, str]] = {}

    async def log_in(self) -> None:
        for user in ("editor", "approver"):
            answer = await self._client.post("/v1/auth/token", data={"username": user, "password": "demo"})
            answer.raise_for_status()
            self._headers[user] = {"authorization": f"Bearer {answer.json()['access_token']}"}

    async def publish(self, name: str, text: str) -> int:
        """Upload, wait for the job, submit, approve; the number of passages it became."""
        files, form = {"file": (name, text.encode(), "text/markdown")}, {"kind": "regulation"}
        accepted = await self._post("/v1/documents", "editor", files=files, data=form)
        while True:
            job = (await self._client.get(f"/v1/jobs/{accepted['job_id']}", headers=self._headers["editor"])).json()
            if job["status"] in ("done", "failed"):
                break
            await asyncio.sleep(0.1)
        if job["status"] == "failed":
            raise RuntimeError(f"{name}: {job['error']}")
        path = f"/v1/documents/{accepted['document_id']}/versions/{accepted['version']}"
        await self._post(f"{path}/submit", "editor", json={"comment": ""})
        await self._post(f"{path}/approve", "approver", json={"comment": ""})
        passages = await self._client.get(f"{path}/passages", headers=self._headers["approver"])
        return len(passages.json()["passages"])

    async def _post(self, path: str, user: str, **content: Any) -> dict[str, Any]:
        answer = await self._client.post(path, headers=self._headers[user], **content)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body


def document(number: int, sections: int) -> str:
    """Sections long enough to be one passage each, about things no customer here asks."""
    duties = (
        "登记簿册",
        "用印",
        "档案借阅",
        "机房巡检",
        "会议纪要",
        "门禁卡",
        "公务用车",
        "值班交接",
        "库房盘点",
        "公文流转",
    )
    lines = [f"# 内部事务规程第{number}册（虚构示例）"]
    for at in range(1, sections + 1):
        duty = duties[(at + number) % len(duties)]
        lines.append(f"\n## 第{number}册第{at}节 {duty}\n")
        lines += [f"{duty}由第{at}组指定专人办理，先核对、再记录、后复核，记录保存在第{number}柜第{at}格。"] * 4
    return "\n".join(lines)


async def ingest(service: str, passages: int, first: int) -> tuple[int, float]:
    """Publish until there are that many passages, then optimise. Passages made; seconds the optimisation took.

    first: the number of the first document; no two rounds may publish the same one.
    """
    made = 0
    progress = tqdm(total=passages, desc="passages in", leave=False, disable=None)
    async with connected(service) as client:
        staff = Staff(client)
        await staff.log_in()
        number = first - 1
        while made < passages:
            number += 1
            new = await staff.publish(f"rules-{number}.md", document(number, passages // _FILES))
            made += new
            progress.update(new)
        progress.close()
        optimised = await client.post("/bench/optimize", timeout=600.0)
        optimised.raise_for_status()
    return made, float(optimised.json()["seconds"])


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.stall", description=__doc__)
    parser.add_argument("--passages", type=int, default=500)
    parser.add_argument("--streams", type=int, default=6)
    given = parser.parse_args(arguments)
    answers = lengthened(faq_answers(), TOKENS)
    with tempfile.TemporaryDirectory() as folder, data_folders(1) as [data]:
        told = ["--answers", str(write_answers(Path(folder) / "answers.json", answers)), "--pace", str(PACE)]
        with (
            running("eval.bench.fake_model", told, "/v1/models", {}) as (model, _),
            running("eval.bench.served", [], "/readyz", service_environment(data, model)) as (service, _),
        ):
            questions = await answered_by_model(service, list(answers), given.streams)
            alones, busies, made, optimised_s = [], [], 0, 0.0
            # In turns: what else the machine does falls on both sides.
            for round_ in range(ROUNDS):
                stop = asyncio.Event()
                asyncio.get_running_loop().call_later(ALONE_S, stop.set)
                alones.append(await answer_until("alone", stop, service, model, questions, given.streams))
                stop = asyncio.Event()
                answering = asyncio.create_task(
                    answer_until("during ingestion", stop, service, model, questions, given.streams)
                )
                new, seconds = await ingest(service, given.passages // ROUNDS, 1 + round_ * 1000)
                made, optimised_s = made + new, optimised_s + seconds
                stop.set()
                busies.append(await answering)
    alone, busy = Answers.together(alones), Answers.together(busies)
    print_table(
        f"{given.streams} answers at {PACE:g} tokens/s; {made} passages in, index optimised in {optimised_s:.1f} s",
        ("", "pause p50 ms", "p99", "longest", "longest loop stall ms", "answers", "not by the model", "s"),
        [alone.row(), busy.row()],
    )
    extras = [max(with_.pauses_ms) - max(without.pauses_ms) for without, with_ in zip(alones, busies, strict=True)]
    by_round = ", ".join(f"{extra:.0f}" for extra in extras)
    print(f"\n  ingestion adds {by_round} ms to the longest pause of its round; goal: <= {GOAL_MS:g} ms")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
