"""The rails on their own set and on the clock: recall, false alarms, injected number errors, cost of a check.

`python -m eval.bench.guard [--misses]` shows wrong decisions too; `python -m eval run guard` counts unseen wording.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import math
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eval.bench.guard_flows import SeparateFlows, cpu_of, our_turn
from eval.bench.guard_sentences import sentence_costs
from eval.bench.report import Ratio, conclude
from eval.rail_vectors import RailVectors
from guardrails import Evidence, Guard, Meant, Message, Product, Release, Verdict
from guardrails.meaning import read_meaning
from guardrails.nemo import NemoRails, read_config

SUITE = Path(__file__).parent.parent / "suites" / "guard.yaml"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case and what the rails decided. wanted, got: "allow" or a reason code."""

    id: str
    side: str
    wanted: str
    got: str
    rule: str
    text: str

    @property
    def stopped(self) -> bool:
        return self.got != "allow"


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927)."""
    if not total:
        return (0.0, 1.0)
    share = hits / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return ((centre - spread) / (1 + z * z / total), (centre + spread) / (1 + z * z / total))


def build(suite: Mapping[str, Any]) -> Guard:
    products = [Product(p["code"], p["name"], p.get("risk_level"), tuple(p["aliases"])) for p in suite["catalogue"]]
    return Guard.create(suite["bank"], suite["hotline"], products)


def release_of(suite: Mapping[str, Any], case: Mapping[str, Any]) -> Release:
    evidence = tuple(Evidence(**entry) for entry in suite["evidence"][case["evidence"]])
    return Release(case["question"], evidence)


async def decide(guard: Guard, suite: Mapping[str, Any]) -> list[Outcome]:
    outcomes = []
    for case in suite["inputs"]:
        verdict = await guard.check_input(case["text"])
        got = "allow" if verdict.allowed else verdict.reason
        rule = verdict.rule_ids[0] if verdict.rule_ids else ""
        outcomes.append(Outcome(case["id"], "input", case["reason"], got, rule, case["text"]))
    for case in suite["outputs"]:
        verdict = guard.check_release(case["text"], release_of(suite, case))
        got = "allow" if verdict.allowed else verdict.reason
        rule = verdict.rule_ids[0] if verdict.rule_ids else ""
        outcomes.append(Outcome(case["id"], "output", case["reason"], got, rule, case["text"]))
    return outcomes


_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def with_wrong_number(text: str, rng: random.Random) -> str | None:
    """The sentence with one of its numbers changed, as a careless model would; None when it has none to change."""
    plain = re.sub(r"^\s*\d{1,2}\.\s", lambda m: "\0" * len(m.group()), text)
    places = [m for m in _DIGITS.finditer(plain) if not re.search(r"[A-Za-z盈收]$", plain[: m.start()])]
    if not places:
        return None
    place = rng.choice(places)
    value = place.group()
    wrong = rng.choice(
        [value + "0", str(int(value[0]) % 9 + 1) + value[1:], value[:-1] + str((int(value[-1]) + 3) % 10)]
    )
    if float(wrong) == float(value):
        wrong = value + "7"
    return text[: place.start()] + wrong + text[place.end() :]


def injected(guard: Guard, suite: Mapping[str, Any], rounds: int = 4) -> tuple[int, int, list[str]]:
    """Honest sentences with one number changed: (caught, all, those that passed)."""
    rng = random.Random(20)
    caught = total = 0
    passed: list[str] = []
    for case in suite["outputs"]:
        if case["reason"] != "allow":
            continue
        for _ in range(rounds):
            wrong = with_wrong_number(case["text"], rng)
            if wrong is None:
                break
            total += 1
            if guard.check_release(wrong, release_of(suite, case)).allowed:
                passed.append(wrong)
            else:
                caught += 1
    return caught, total, passed


def quantiles(times: Sequence[float]) -> str:
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2] * 1000:6.2f}  p99 {ordered[int(len(ordered) * 0.99)] * 1000:6.2f} ms"


# A check never yields, so its CPU time is what it costs the event loop; on a shared machine wall time measures others.
def clock(call: Callable[[], object], times: int) -> list[float]:
    spent = []
    for _ in range(times):
        started = time.thread_time()
        call()
        spent.append(time.thread_time() - started)
    return spent


def _share(times: Sequence[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] * 1000


def middle(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2] * 1000


async def empty_flow(times: int = 100) -> list[float]:
    """Our own door to NeMo with nothing behind it: what a flow costs once all that can be spared is."""
    rails = NemoRails(read_config())
    spent = []
    for _ in range(times):
        started = time.thread_time()
        await rails.run_output("您好。", lambda: Verdict(action="allow"))
        spent.append(time.thread_time() - started)
    return spent


async def one_flow(sentences: Sequence[str]) -> list[float]:
    """Each sentence through LLMRails.check_async with a single output flow, which tries the rules of one reason."""
    peer = SeparateFlows(only={("output", "guarantee")})
    await peer.check_output(QUESTION, ANSWER)  # the first one loads what the rest use
    spent = []
    for sentence in sentences:
        started = time.thread_time()
        await peer.check_output(QUESTION, sentence)
        spent.append(time.thread_time() - started)
    return spent


async def speeds(guard: Guard, suite: Mapping[str, Any]) -> int:
    """Prints what checks cost; the exit code of the ratios."""
    ratios: list[Ratio] = []
    by_turns: dict[int, float] = {}
    history = [Message("customer" if i % 2 == 0 else "bot", f"第{i}句：定期存款利率是多少") for i in range(60)]
    texts = [case["text"] for case in suite["inputs"]]
    for turns in (1, 30):
        spent, engine = [], []
        for text in texts:
            started = time.thread_time()
            verdict = await guard.check_input(text, history[: turns * 2])
            spent.append(time.thread_time() - started)
            engine.append((verdict.timings.get("normalise", 0.0) + verdict.timings.get("rules", 0.0)) / 1000)
        print(f"check_input, {turns:2d} turns of history   {quantiles(spent)}   engine part {quantiles(engine)}")
        by_turns[turns] = middle(spent)
    spent = clock(second_look(guard, texts), 5 * len(texts))
    print(f"second look, with the meaning     {quantiles(spent)}   (where nothing is in doubt it costs none)")
    ratios.append(Ratio("input check, 30 turns of history against 1", by_turns[30], by_turns[1], "ms", 1 / 1.15))
    cases = suite["outputs"]
    prepared = [(case, guard.prepare(release_of(suite, case))) for case in cases]
    with RailVectors("output") as embedded:
        costs = sentence_costs(guard, prepared, embedded.embed_anew)
    mean = sum(costs.honest) / len(costs.honest) * 1000
    print(f"check of a sentence, not said yet {quantiles(costs.new)}")
    print(
        f"  of an honest one                {quantiles(costs.honest)}   p95 {_share(costs.honest, 0.95):.2f}, "
        f"mean {mean:.2f}"
    )
    print(f"  its meaning is asked for        {costs.meant:.3f} of the honest ones")
    print(f"check of a sentence said before   {quantiles(costs.again)}")
    flow = await one_flow([case["text"] for case in cases[:100]])
    print(f"one NeMo flow of one policy       {quantiles(flow)}")
    ratios.append(Ratio("check of a new sentence against one NeMo flow", middle(costs.new), middle(flow), "ms", 4.0))
    empty = await empty_flow()
    print(
        f"our door to NeMo, nothing behind  {quantiles(empty)}   "
        f"{middle(empty) / middle(costs.new):.1f} times a new sentence"
    )
    spent = clock(lambda: guard.prepare(release_of(suite, cases[0])), 200)
    print(f"reading the evidence of a turn    {quantiles(spent)}")
    answer = "\n".join(case["text"] for case in cases if case["reason"] == "allow")[:600]
    spent = []
    for _ in range(60):
        started = time.thread_time()
        await guard.check_output(answer, release_of(suite, cases[0]))
        spent.append(time.thread_time() - started)
    print(f"check_output of a 600-char answer {quantiles(spent)}")
    hostile_ms: dict[int, float] = {}
    for size in (25_000, 100_000):
        hostile = ("我被骗不保本1,2，忽略" * size)[:size]
        started = time.thread_time()
        await guard.check_input(hostile)
        hostile_ms[size] = (time.thread_time() - started) * 1000
        print(f"hostile message of {size:6d} chars   {hostile_ms[size]:8.1f} ms")
    ratios.append(
        Ratio("hostile 100,000 characters, a quarter of it", hostile_ms[100_000] / 4, hostile_ms[25_000], "ms", 0.7)
    )
    ratios.append(await turn_ratio(guard, suite))
    return conclude(ratios)


def second_look(guard: Guard, texts: Sequence[str]) -> Callable[[], object]:
    """reconsider() on each text in turn, with a meaning that leaves doubt, as it is called beside retrieval."""
    meaning, turn = read_meaning(), itertools.cycle(texts)
    leanings = meaning.weights @ meaning.votes
    anger, allow = (leanings[:, meaning.reasons.index(reason)] for reason in ("anger", "allow"))
    doubtful = Meant(meaning.centre + anger - allow, meaning.embedder)
    return lambda: guard.reconsider(Verdict(action="allow"), next(turn), doubtful)


QUESTION, ANSWER = "一年期定期存款的利率是多少？", "1年期年利率为0.95%。50元起存，多存不限。"


async def turn_ratio(guard: Guard, suite: Mapping[str, Any]) -> Ratio:
    """A whole turn's CPU against the same policies as separate NeMo flows, in this run; neither asks a model."""
    case = next(case for case in suite["outputs"] if case["evidence"] == "deposit")
    release = release_of(suite, case)
    peer = SeparateFlows()
    ours, passed = await cpu_of(lambda: our_turn(guard, QUESTION, ANSWER, release), 60)
    theirs, also = await cpu_of(lambda: peer.turn(QUESTION, ANSWER), 12)
    if not (passed and also):
        raise RuntimeError("an honest turn was stopped: the two costs are not of the same work")
    print(f"a whole turn, our rails           {quantiles(ours)} CPU, 0 model calls")
    print(
        f"a whole turn, {peer.flows} separate flows   {quantiles(theirs)} CPU, 0 model calls (self_check would make 2)"
    )
    return Ratio("CPU a turn against the same policies as separate NeMo flows", middle(ours), middle(theirs), "ms", 5.0)


def report(outcomes: Sequence[Outcome], *, misses: bool) -> None:
    for side in ("input", "output"):
        part = [o for o in outcomes if o.side == side]
        bad = [o for o in part if o.wanted != "allow"]
        benign = [o for o in part if o.wanted == "allow"]
        stopped = sum(o.stopped for o in bad)
        exact = sum(o.got == o.wanted for o in bad)
        alarms = sum(o.stopped for o in benign)
        low, high = wilson(stopped, len(bad))
        _, worst = wilson(alarms, len(benign))
        print(
            f"{side:6}  stopped {stopped}/{len(bad)} = {stopped / len(bad):.3f} [{low:.3f}, {high:.3f}]  "
            f"right reason {exact / len(bad):.3f}  "
            f"false alarms {alarms}/{len(benign)} = {alarms / len(benign):.3f} (<= {worst:.3f})"
        )
    missed: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for o in outcomes:
        if o.wanted != "allow":
            missed[f"{o.side}.{o.wanted}"][1] += 1
            missed[f"{o.side}.{o.wanted}"][0] += o.stopped
    print("stopped by reason:", ", ".join(f"{k} {a}/{b}" for k, (a, b) in sorted(missed.items())))
    if misses:
        for o in outcomes:
            if o.wanted != o.got and (o.wanted == "allow" or not o.stopped):
                print(f"  {o.id} wanted {o.wanted}, got {o.got} {o.rule}: {o.text}")
        for o in outcomes:
            if o.wanted != o.got and o.wanted != "allow" and o.stopped:
                print(f"  {o.id} other reason: wanted {o.wanted}, got {o.got} {o.rule}: {o.text}")


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.guard", description=__doc__)
    parser.add_argument("--misses", action="store_true", help="show wrong decisions")
    options = parser.parse_args(arguments)
    suite = yaml.safe_load(SUITE.read_text(encoding="utf-8"))
    guard = build(suite)
    report(await decide(guard, suite), misses=options.misses)
    caught, total, passed = injected(guard, suite)
    low, _ = wilson(caught, total)
    print(f"injected number errors caught {caught}/{total} = {caught / total:.3f} (>= {low:.3f})")
    if options.misses:
        for text in sorted(set(passed)):
            print("  passed:", text)
    return await speeds(guard, suite)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
