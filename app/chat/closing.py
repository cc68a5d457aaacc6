"""How a turn ends: its answer for the API, its closing events, and the record that replay and audit read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.chat.ask import Ask, Progress
from app.chat.courtesy import ASKS_NOTHING
from app.events import NewEvent
from app.settings import Settings
from app.store.records import Ticket, Turn


@dataclass(frozen=True, slots=True)
class Closing:
    """status and reason: as in the API. priority: of the hand-over, when a person is asked for; ticket: what becomes
    of that. gap: why the question goes to the knowledge managers' list, if it does."""

    status: str
    reason: str = ""
    citations: Sequence[dict[str, Any]] = ()
    suggestions: Sequence[str] = field(default_factory=list)
    priority: str = ""
    ticket: Ticket | None = None
    gap: str = ""

    def result(self, ask: Ask, at: Progress, ai_label: str) -> dict[str, Any]:
        """Exactly the JSON answer of `POST /v1/conversations/{id}/messages`."""
        return {
            "turn_id": ask.turn_id,
            "status": self.status,
            "text": at.text,
            "citations": list(self.citations),
            "reason": self.reason,
            "rule_ids": list(at.rule_ids),
            "ticket_id": self.ticket.id if self.ticket else None,
            "suggestions": list(self.suggestions),
            "ai_label": ai_label,
            "generator": at.generator,
            "timings": {stage: round(value, 2) for stage, value in at.timings.items()},
        }

    def events(self, ask: Ask) -> list[NewEvent]:
        """The events between the answer's last sentence and `turn.completed`, but for those that tell of a ticket."""
        if not self.suggestions:
            return []
        return [NewEvent("answer.suggestions", {"items": list(self.suggestions)}, ask.turn_id)]


# Why a question without an answer goes to the knowledge managers' list; an index that is down is nobody's gap.
_GAPS = {"insufficient_evidence": "abstained", "conflicting_evidence": "conflicting"}


def gap_of(reason: str) -> str:
    return _GAPS.get(reason, "")


def first_masked(recent: Sequence[Turn]) -> bool:
    """Whether no earlier message told personal data: who does once is warned, and is no failed conversation."""
    return not any(turn.trace.get("masked") for turn in recent)


def failed_before(recent: Sequence[Turn]) -> bool:
    """Whether the last question got no answer. recent: oldest first.

    A greeting, thanks or bare personal data in between asked nothing; the first message with personal data that found
    no answer is excused.
    """
    for at in range(len(recent) - 1, -1, -1):
        turn = recent[at]
        excused = turn.status == "abstained" and turn.trace.get("masked") and first_masked(recent[:at])
        if turn.reason not in ASKS_NOTHING and not excused:
            return turn.status == "abstained"
    return False


def turn_record(ask: Ask, at: Progress, result: dict[str, Any], settings: Settings) -> Turn:
    """The row and its trace: enough to show a year later which passages, rules and settings gave this answer."""
    passages = [
        {
            "passage_id": scored.passage.id,
            "document_id": scored.passage.document_id,
            "version": scored.passage.version,
            "sha256": scored.passage.sha256,
            "score": round(scored.score, 4),
            "dense_rank": scored.dense_rank,
            "lexical_rank": scored.lexical_rank,
        }
        for scored in (at.found.passages if at.found else ())
    ]
    trace = {
        "searched_at": at.searched_at.isoformat() if at.searched_at else None,
        "audiences": list(ask.audiences),
        "top_k": settings.search.top_k,
        "passages": passages,
        "sufficient": at.found.sufficient if at.found else None,
        "confidence": round(at.found.confidence, 4) if at.found else None,
        "verdicts": list(at.verdicts),
        "raw": "".join(at.raw),
        "failures": list(at.failures),
        "model": settings.llm.model if at.generator == "vllm" else at.generator,
        "temperature": settings.llm.temperature,
        "language": at.language,
        "masked": at.masked,
        "asked": at.asked,
        "freeze": at.freeze,
        # What the suitability rules knew of the customer: an age band, never a birth year.
        "standing": asdict(at.standing) if at.standing else None,
        "conflict": list(at.conflict),
    }
    return Turn(
        id=ask.turn_id,
        conversation_id=ask.conversation.id,
        tenant=ask.conversation.tenant,
        customer_id=ask.conversation.customer_id,
        question=at.question,
        standalone=at.standalone,
        text=at.text,
        status=result["status"],
        reason=result["reason"],
        generator=at.generator,
        as_of=ask.as_of,
        result=result,
        trace=trace,
    )
