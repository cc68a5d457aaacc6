"""`python -m eval run simulation`: customers with goals and moods talk to the product; does each get on?

A customer asks, asks again in other words, loses patience, asks for a person, and in the end asks its first question
once more, in other words again. Who is left without an answer, a plain "we don't know" or a person has met a dead end;
who is told other figures the second time has met a contradiction. The words come from the file, or from a model that
plays the customer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import httpx
import yaml
from pydantic import BaseModel, ConfigDict, model_validator
from tqdm import tqdm

from eval import shares
from eval.cases import SUITES
from eval.corpus import read_corpus
from eval.gate import Minima
from eval.metrics import Score, numbers, plain
from eval.service import NO_MODEL, serving

NAME = "simulation"
FILE = SUITES / f"{NAME}.yaml"
_AT_ONCE = 8
_TURN_S = 300.0
_PERSON = "帮我转人工客服"
_SURE = "再跟您确认一下，"
# The same words this often in a row are a loop.
_LOOP = 3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Need(_Strict):
    """The file's head says what each means."""

    seen: bool
    says: tuple[str, ...]
    facts: tuple[str, ...] = ()
    absent: bool = False
    reason: str = ""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Need:
        if sum((bool(self.facts), self.absent, bool(self.reason))) != 1:
            raise ValueError("a need has facts, or is absent, or wants a person")
        return self

    def is_met(self, turn: Mapping[str, Any]) -> bool:
        if self.reason:
            return bool(turn["ticket_id"]) and turn["reason"] in self.reason.split("|")
        if self.absent:
            return bool(turn["status"] == "abstained")
        said = plain(str(turn["text"]))
        return turn["status"] == "answered" and all(
            any(plain(form) in said for form in fact.split("|")) for fact in self.facts
        )


class Mood(_Strict):
    opens: tuple[str, ...]
    patience: int
    begins: int = 0


class Simulation(_Strict):
    kind: Literal["simulation"]
    as_of: date
    needs: Mapping[str, Need]
    moods: Mapping[str, Mood]
    customers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    mood: Mood
    needs: Sequence[Need]

    @property
    def seen(self) -> bool:
        return self.needs[0].seen


@dataclass(slots=True)
class Talk:
    """One customer's conversation. met: each need in turn. person: a person was called; wanted: was asked for.

    turns: (what was said, status and reason, answer). first, again: the answers to the first question and its repeat.
    """

    customer: Customer
    turns: list[tuple[str, str, str]] = field(default_factory=list)
    met: list[bool] = field(default_factory=list)
    person: bool = False
    wanted: bool = False
    loops: bool = False
    first: Mapping[str, Any] | None = None
    again: Mapping[str, Any] | None = None

    @property
    def dead_end(self) -> bool:
        """A need is open, and what was asked for led nowhere: no person came, or the same words over and over."""
        return self.loops or (not all(self.met) and not self.person)

    @property
    def contradiction(self) -> bool:
        """Both times answered, and each time with a figure that the other lacks. None of the sets holding the other:
        an answer may say more the second time, but not something else."""
        if not (self.first and self.again):
            return False
        one, other = (numbers(_bare(turn)) for turn in (self.first, self.again))
        return not (one <= other or other <= one)


def _bare(turn: Mapping[str, Any]) -> str:
    text = str(turn["text"])
    for citation in turn["citations"]:
        text = text.replace(f"[{citation['n']}]", "")
    return text


class Words(Protocol):
    async def ask(self, customer: Customer, need: Need, time: int, talk: Talk) -> str:
        """What the customer writes: its question for the first time (0), or again."""


class FromTheFile:
    """A question opened as the mood has it, then in other words."""

    async def ask(self, customer: Customer, need: Need, time: int, talk: Talk) -> str:
        opens = customer.mood.opens
        return opens[len(talk.turns) % len(opens)] + need.says[(customer.mood.begins + time) % len(need.says)]


def load(path: Path = FILE) -> Simulation:
    return Simulation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def customers(simulation: Simulation) -> list[Customer]:
    return [
        Customer(f"{mood} {'+'.join(names)}", simulation.moods[mood], [simulation.needs[name] for name in names])
        for names in simulation.customers
        for mood in simulation.moods
    ]


class _Conversation:
    def __init__(self, client: httpx.AsyncClient, day: date, talk: Talk) -> None:
        self._client, self._day, self._talk = client, day, talk
        self._headers: dict[str, str] = {}
        self._path = ""

    async def open(self) -> None:
        visitor = (await self._client.post("/v1/auth/visitor")).raise_for_status().json()
        self._headers = {"Authorization": f"Bearer {visitor['access_token']}"}
        opened = await self._client.post("/v1/conversations", headers=self._headers)
        self._path = f"/v1/conversations/{opened.raise_for_status().json()['id']}/messages"

    async def say(self, text: str) -> dict[str, Any]:
        body = {"text": text, "as_of": self._day.isoformat()}
        answer = await self._client.post(self._path, json=body, headers=self._headers)
        turn: dict[str, Any] = answer.raise_for_status().json()
        talk = self._talk
        talk.turns.append((text, f"{turn['status']} {turn['reason']}".strip(), str(turn["text"])))
        talk.person = talk.person or bool(turn["ticket_id"])
        said = [words for _, _, words in talk.turns[-_LOOP:]]
        talk.loops = talk.loops or (len(said) == _LOOP and len(set(said)) == 1)
        return turn


async def play(client: httpx.AsyncClient, customer: Customer, day: date, words: Words) -> Talk:
    """Raises httpx.HTTPError when the service does not answer."""
    talk = Talk(customer)
    conversation = _Conversation(client, day, talk)
    await conversation.open()
    for number, need in enumerate(customer.needs):
        met = False
        turn: dict[str, Any] = {}
        for time in range(min(customer.mood.patience, len(need.says))):
            turn = await conversation.say(await words.ask(customer, need, time, talk))
            met = need.is_met(turn)
            if met or turn["ticket_id"]:
                break
        talk.met.append(met)
        if number == 0 and turn.get("status") == "answered":
            talk.first = turn
        if not met and not talk.person:
            talk.wanted = True
            await conversation.say(_PERSON)
    if talk.first and not talk.person:
        need = customer.needs[0]
        turn = await conversation.say(_SURE + need.says[(customer.mood.begins + 1) % len(need.says)])
        talk.again = turn if turn["status"] == "answered" else None
    return talk


async def measure(llm: str = NO_MODEL, words: Words | None = None) -> list[Talk]:
    """llm: the product's model. words: who plays the customers; None = the file."""
    simulation = load()
    places = asyncio.Semaphore(_AT_ONCE)
    async with (
        serving(read_corpus(), llm=llm) as (url, _),
        httpx.AsyncClient(base_url=url, timeout=_TURN_S) as client,
    ):
        everyone = customers(simulation)
        progress = tqdm(total=len(everyone), desc="customers", unit="c", disable=None, leave=False)

        async def one(customer: Customer) -> Talk:
            async with places:
                talk = await play(client, customer, simulation.as_of, words or FromTheFile())
                progress.update()
                return talk

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(customer)) for customer in everyone]
        progress.close()
    return [task.result() for task in tasks]


def _repeats(talk: Talk) -> float | None:
    return float(not talk.contradiction) if talk.first and talk.again else None


def _person_comes(talk: Talk) -> float | None:
    return float(talk.person) if talk.wanted else None


CLAIMS: Mapping[str, Callable[[Talk], float | None]] = {
    "goals_are_reached": lambda talk: float(all(talk.met)),
    "nobody_meets_a_dead_end": lambda talk: float(not talk.dead_end),
    "the_same_question_has_the_same_figures": _repeats,
    "who_asks_for_a_person_gets_one": _person_comes,
}


def measured(talks: Sequence[Talk]) -> dict[str, dict[str, Score]]:
    return {name: shares.by_half(talks, claim, lambda talk: talk.customer.seen) for name, claim in CLAIMS.items()}


def crossed(talks: Sequence[Talk], gates: Minima) -> list[str]:
    return shares.crossed(NAME, measured(talks), gates)


def as_text(talks: Sequence[Talk], gates: Minima, *, misses: bool = False) -> str:
    """misses: the seen conversations that went wrong; unseen ones are only counted."""
    turns = [len(talk.turns) for talk in talks]
    people = sum(talk.person for talk in talks)
    lines = [
        f"{NAME}: {len(talks)} customers, {sum(turns) / len(turns):.1f} turns each (most {max(turns)}), "
        f"{people} handed over ({people / len(talks):.0%})"
    ]
    lines += shares.table([(name, held, gates.get(NAME, {}).get(name)) for name, held in measured(talks).items()], 40)
    wrong = [talk for talk in talks if not all(talk.met) or talk.dead_end or talk.contradiction]
    lines += [f"  {_told(talk)}" for talk in wrong if misses and talk.customer.seen]
    seen = sum(talk.customer.seen for talk in wrong)
    lines.append(f"  wrong: {seen} seen (--misses), {len(wrong) - seen} unseen")
    return "\n".join([*lines, *(f"below its gate: {text}" for text in crossed(talks, gates))])


def _told(talk: Talk) -> str:
    how = [name for name, is_so in (("dead end", talk.dead_end), ("contradiction", talk.contradiction)) if is_so]
    said = " / ".join(f"{text} [{status}]" for text, status, _ in talk.turns)
    return f"{talk.customer.name} {', '.join(how) or 'not reached'}: {said}"


def write(talks: Sequence[Talk], gates: Minima, folder: Path, at: datetime) -> Path:
    conversations = [
        {
            "customer": talk.customer.name,
            "seen": talk.customer.seen,
            "met": talk.met,
            "person": talk.person,
            "dead_end": talk.dead_end,
            "contradiction": talk.contradiction,
            "turns": [{"says": text, "ending": status, "answer": answer} for text, status, answer in talk.turns],
        }
        for talk in talks
    ]
    return shares.write(NAME, measured(talks), gates, folder, at, conversations=conversations)
