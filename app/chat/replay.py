"""A past turn once more: the same question on the same day, from what was known when it was searched.

What differs is said, not hidden: a passage that is missing or new by its hash, a verdict that today's rules give
otherwise. Nothing is written; no model is asked: what it said then goes through the rails again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app.chat.evidence import as_evidence, as_messages
from app.clock import business_date
from app.errors import Conflict
from app.knowledge.hindsight import Hindsight
from app.knowledge.index import KnowledgeIndex
from app.knowledge.passage import Passage, Scope
from app.store import Conversations, Turn
from guardrails import Customer, Guard, Opinion, Release, Releaser, Standing, customer_like, is_judged

# As many as a turn remembers: app.chat.turn.
_REMEMBERED_TURNS = 6


class NothingToReplay(Conflict):
    code, title = "nothing_to_replay", "这一轮没有检索过知识，没有可以重放的内容。"


@dataclass(frozen=True, slots=True)
class FoundPassage:
    passage_id: str
    sha256: str
    document_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Passages:
    """before: what the turn found; after: what it would find now; compared by the hash of the text."""

    before: Sequence[FoundPassage]
    after: Sequence[FoundPassage]
    missing: Sequence[FoundPassage]
    added: Sequence[FoundPassage]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the input rails decided, and every sentence or answer that the output rails held back."""

    before: Sequence[Mapping[str, Any]]
    after: Sequence[Mapping[str, Any]]
    same: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """same: the same passages in the same order, and the same verdicts."""

    turn_id: str
    same: bool
    passages: Passages
    verdicts: Verdicts
    as_of: date
    known_at: datetime


class Replay:
    """top_k: for turns that did not record how many passages they asked for."""

    def __init__(
        self, conversations: Conversations, hindsight: Hindsight, index: KnowledgeIndex, guard: Guard, top_k: int
    ) -> None:
        self._conversations = conversations
        self._hindsight = hindsight
        self._index = index
        self._guard = guard
        self._top_k = top_k

    async def run(self, tenant: str, turn_id: str) -> Replayed:
        """Raises NotFound for an unknown turn, NothingToReplay for one that neither searched nor met the rails."""
        turn = await self._conversations.turn(tenant, turn_id)
        trace = turn.trace
        if not trace.get("searched_at") and not trace.get("verdicts") and not trace.get("passages"):
            raise NothingToReplay()
        known_at = _known_at(turn)
        before = [_recorded(row) for row in trace.get("passages", ())]
        after = await self._find(turn, known_at) if before or trace.get("confidence") is not None else []
        verdicts = await self._verdicts(turn, before, known_at)
        passages = Passages(before, after, _without(before, after), _without(after, before))
        return Replayed(
            turn_id=turn.id,
            same=[one.sha256 for one in before] == [one.sha256 for one in after] and verdicts.same,
            passages=passages,
            verdicts=verdicts,
            as_of=turn.as_of,
            known_at=known_at,
        )

    async def _find(self, turn: Turn, known_at: datetime) -> list[FoundPassage]:
        scope = Scope(turn.tenant, turn.as_of, tuple(turn.trace.get("audiences", ("public",))))
        top_k = turn.trace.get("top_k", self._top_k)
        found = await self._hindsight.find(turn.standalone or turn.question, scope, top_k, known_at)
        return [_found(scored.passage) for scored in found.passages]

    async def _verdicts(self, turn: Turn, found: Sequence[FoundPassage], known_at: datetime) -> Verdicts:
        """The same checks, in the same order, that the turn went through; only what it noted is compared."""
        before = [_verdict(row["side"], row) for row in turn.trace.get("verdicts", ())]
        history = as_messages(await self._conversations.before(turn, _REMEMBERED_TURNS))
        after = []
        if any(row["side"] == "input" for row in before):
            verdict = await self._guard.check_input(turn.question, history)
            if verdict.by_wording:
                meant = await self._hindsight.embed(verdict.undisguised or _asked(turn))
                verdict = self._guard.reconsider(verdict, turn.question, meant, history)
            verdict = self._guard.heed(verdict, turn.question, _opinion(before))
            after.append(_verdict("input", _plain(verdict)))
        raw = turn.trace.get("raw", "")
        if raw or any(row["side"] == "output" for row in before):
            passages = await self._index.get(turn.tenant, [one.passage_id for one in found])
            release = Release(
                question=_asked(turn),
                evidence=tuple(as_evidence(passage) for passage in passages),
                language=turn.trace.get("language", "zh-Hans"),
                history=tuple(history),
                standalone=turn.standalone,
                customer=_customer(turn),
                as_of=turn.as_of.isoformat() if turn.as_of != business_date(known_at) else "",
            )
            referred = self._guard.check_operator(release)
            if referred is not None:
                after.append(_verdict("output", _plain(referred)))
                return Verdicts(before, after, before == after)
        if raw:
            releaser = Releaser(self._guard, release)
            for sentence in [*releaser.feed(raw), *releaser.finish()]:
                if sentence.replaced:
                    after.append(_verdict("output", _plain(sentence.verdict)))
            verdict = await self._guard.check_output(turn.text, release)
            if not verdict.allowed:
                after.append(_verdict("output", _plain(verdict)))
        return Verdicts(before, after, before == after)


def _opinion(before: Sequence[Mapping[str, Any]]) -> Opinion:
    """What a model thought of the message then: no model is asked again."""
    judged = [row for row in before if any(is_judged(rule_id) for rule_id in row["rule_ids"])]
    return Opinion(judged[0]["reason"] if judged else "")


def _customer(turn: Turn) -> Customer | None:
    """As the rails knew the customer then; nobody for turns from before that was recorded."""
    standing = turn.trace.get("standing")
    return customer_like(Standing(**standing)) if standing else None


def _asked(turn: Turn) -> str:
    """What the turn looked for and answered: its question less what only told personal data."""
    return str(turn.trace.get("asked") or turn.question)


def _known_at(turn: Turn) -> datetime:
    """When the turn searched; turns that did not record it, when they were closed."""
    if said := turn.trace.get("searched_at"):
        return datetime.fromisoformat(said)
    return turn.created_at or datetime.now(UTC)


def _recorded(row: Mapping[str, Any]) -> FoundPassage:
    return FoundPassage(row["passage_id"], row["sha256"], row["document_id"], row["version"])


def _found(passage: Passage) -> FoundPassage:
    return FoundPassage(passage.id, passage.sha256, passage.document_id, passage.version)


def _without(some: Sequence[FoundPassage], others: Sequence[FoundPassage]) -> list[FoundPassage]:
    hashes = {one.sha256 for one in others}
    return [one for one in some if one.sha256 not in hashes]


def _plain(verdict: Any) -> dict[str, Any]:
    return {"action": verdict.action, "reason": verdict.reason, "rule_ids": list(verdict.rule_ids)}


def _verdict(side: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"side": side, "action": row["action"], "reason": row["reason"], "rule_ids": list(row["rule_ids"])}
