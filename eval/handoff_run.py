"""`python -m eval run handoff`: is a person called when one is due, at that moment and for that reason, and never else?

Every conversation goes through the service's own HTTP interface, each as a visitor of its own. A hand-over counts as
right only at the entry where it is due: one made earlier is a false alarm and a miss at once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import httpx
from tqdm import tqdm

from eval import shares
from eval.corpus import read_corpus
from eval.gate import Minima
from eval.handoff_suite import NAME, Dialogue, DialogueFile, Down, Press, Up, load
from eval.metrics import Score
from eval.run import log_in
from eval.service import serving

# Conversations at once; the service is one process, more than this only queue.
_AT_ONCE = 8
_TURN_S = 120.0


@dataclass(frozen=True, slots=True)
class Called:
    """A person was called: at which entry of `says`, and why."""

    turn: int
    reason: str


@dataclass(frozen=True, slots=True)
class Played:
    """One conversation as it went. said: status and reason of every message's answer, for whoever reads the report."""

    dialogue: Dialogue
    seen: bool
    called: Called | None
    said: Sequence[str]

    @property
    def right(self) -> bool:
        """A person at the entry where one is due, or nobody where nobody is."""
        due = self.dialogue.person
        if due is None or self.called is None:
            return due is None and self.called is None
        return due.turn == self.called.turn


class _Player:
    """One conversation, by a visitor of its own."""

    def __init__(self, client: httpx.AsyncClient, agent: Mapping[str, str], day: date) -> None:
        self._client, self._agent, self._day = client, agent, day
        self._visitor: dict[str, str] = {}
        self._conversation, self._turn = "", ""

    async def play(self, dialogue: Dialogue, seen: bool) -> Played:
        visitor = await self._send("POST", "/v1/auth/visitor")
        self._visitor = {"Authorization": f"Bearer {visitor.json()['access_token']}"}
        self._conversation = (await self._send("POST", "/v1/conversations")).json()["id"]
        said: list[str] = []
        called: Called | None = None
        for number, step in enumerate(dialogue.says, 1):
            reason = await self._take(step, said)
            if reason and called is None:
                called = Called(number, reason)
        return Played(dialogue, seen, called, said)

    async def _take(self, step: str | Press | Down | Up, said: list[str]) -> str:
        """The reason of the hand-over that this step led to; empty when it led to none."""
        here = f"/v1/conversations/{self._conversation}"
        if isinstance(step, str):
            body = {"text": step, "as_of": self._day.isoformat()}
            turn = (await self._send("POST", f"{here}/messages", json=body)).json()
            self._turn = turn["turn_id"]
            said.append(f"{turn['status']} {turn['reason']}".strip())
            return str(turn["reason"]) if turn["ticket_id"] else ""
        if isinstance(step, Press):
            await self._send("POST" if step.press == "person" else "DELETE", f"{here}/handoff")
            return await self._open_reason() if step.press == "person" else ""
        before = await self._open_reason()
        up = isinstance(step, Up)
        rating = {"rating": "up" if up else "down", "comment": step.up if isinstance(step, Up) else step.down}
        await self._send("POST", f"/v1/turns/{self._turn}/feedback", json=rating)
        return "" if before else await self._open_reason()

    async def _open_reason(self) -> str:
        place = await self._client.get(f"/v1/conversations/{self._conversation}/handoff", headers=self._visitor)
        if place.status_code == httpx.codes.CONFLICT:
            return ""
        place.raise_for_status()
        ticket = await self._client.get(f"/v1/tickets/{place.json()['ticket_id']}", headers=self._agent)
        ticket.raise_for_status()
        return str(ticket.json()["reason"])

    async def _send(self, method: str, path: str, json: object = None) -> httpx.Response:
        answer = await self._client.request(method, path, headers=self._visitor, json=json)
        answer.raise_for_status()
        return answer


async def run(client: httpx.AsyncClient, files: Sequence[DialogueFile]) -> list[Played]:
    """Every conversation, several at once. Raises httpx.HTTPError when the service does not answer."""
    await log_in(client, user="agent")
    agent = {"Authorization": client.headers.pop("Authorization")}
    places = asyncio.Semaphore(_AT_ONCE)
    pairs = [(file, dialogue) for file in files for dialogue in file.dialogues]
    progress = tqdm(total=len(pairs), desc="conversations", unit="c", disable=None, leave=False)

    async def play(file: DialogueFile, dialogue: Dialogue) -> Played:
        async with places:
            played = await _Player(client, agent, file.as_of).play(dialogue, file.seen)
            progress.update()
            return played

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(play(*pair)) for pair in pairs]
    progress.close()
    return [task.result() for task in tasks]


async def measure() -> list[Played]:
    async with serving(read_corpus()) as (url, _), httpx.AsyncClient(base_url=url, timeout=_TURN_S) as client:
        return await run(client, load())


Claim = Callable[[Played], float | None]


def _recall(played: Played) -> float | None:
    return float(played.right) if played.dialogue.person else None


def _precision(played: Played) -> float | None:
    return float(played.right) if played.called else None


def _spared(played: Played) -> float | None:
    return float(played.right) if played.dialogue.person is None else None


def _reason(played: Played) -> float | None:
    due, called = played.dialogue.person, played.called
    return float(called.reason in due.reasons) if due and called and played.right else None


CLAIMS: dict[str, Claim] = {
    "handoff_recall": _recall,
    "handoff_precision": _precision,
    "near_misses_are_spared": _spared,
    "handoff_reason_is_right": _reason,
}


def halves(played: Sequence[Played], claim: Claim) -> dict[str, Score]:
    return shares.by_half(played, claim, lambda one: one.seen)


def measured(played: Sequence[Played]) -> dict[str, dict[str, Score]]:
    return {name: halves(played, claim) for name, claim in CLAIMS.items()}


def crossed(played: Sequence[Played], gates: Minima) -> list[str]:
    return shares.crossed(NAME, measured(played), gates)


def _by_reason(played: Sequence[Played]) -> list[tuple[str, str, dict[str, Score]]]:
    """(reason, "recall" | "precision", shares): recall by the reason that is due, precision by the one given."""
    due = Counter(one.dialogue.person.reason.split("|")[0] for one in played if one.dialogue.person)
    given = Counter(one.called.reason for one in played if one.called)
    rows = []
    for reason in sorted({*due, *given}):
        wanted = [one for one in played if one.dialogue.person and one.dialogue.person.reason.split("|")[0] == reason]
        got = [one for one in played if one.called and one.called.reason == reason]
        rows += [(reason, "recall", halves(wanted, _recall)), (reason, "precision", halves(got, _precision))]
    return [row for row in rows if row[2]]


def as_text(played: Sequence[Played], gates: Minima, *, misses: bool = False) -> str:
    """The table. misses: the seen conversations that went wrong; unseen ones are only counted."""
    near = sum(one.dialogue.person is None for one in played)
    lines = [f"{NAME}: {len(played)} conversations, {near} of them near misses ({near / len(played):.0%})"]
    rows = [(name, halves(played, claim), gates.get(NAME, {}).get(name)) for name, claim in CLAIMS.items()]
    rows += [(f"{reason} {side}", measured, None) for reason, side, measured in _by_reason(played)]
    lines += shares.table(rows)
    wrong = [one for one in played if not one.right or _reason(one) == 0.0]
    lines += [f"  {_told(one)}" for one in wrong if misses and one.seen]
    lines.append(
        f"  wrong: {sum(one.seen for one in wrong)} seen (--misses), {sum(not one.seen for one in wrong)} unseen"
    )
    lines += [f"below its gate: {text}" for text in crossed(played, gates)]
    return "\n".join(lines)


def _told(one: Played) -> str:
    due, called = one.dialogue.person, one.called
    wanted = f"{due.reason} at {due.turn}" if due else "nobody"
    got = f"{called.reason} at {called.turn}" if called else "nobody"
    went = f"{_steps(one.dialogue)} [{'; '.join(one.said)}]"
    return f"{one.dialogue.id} {one.dialogue.kind}: wanted {wanted}, got {got}: {went}"


def _steps(dialogue: Dialogue) -> str:
    return " / ".join(step if isinstance(step, str) else str(step) for step in dialogue.says)


def write(played: Sequence[Played], gates: Minima, folder: Path, at: datetime) -> Path:
    by_reason = [{"reason": r, "side": side, **shares.as_plain(held)} for r, side, held in _by_reason(played)]
    conversations = [
        {
            "id": one.dialogue.id,
            "kind": one.dialogue.kind,
            "seen": one.seen,
            "says": _steps(one.dialogue),
            "due": one.dialogue.person.model_dump() if one.dialogue.person else None,
            "called": {"turn": one.called.turn, "reason": one.called.reason} if one.called else None,
            "said": list(one.said),
            "right": one.right,
        }
        for one in played
    ]
    return shares.write(NAME, measured(played), gates, folder, at, by_reason=by_reason, conversations=conversations)
