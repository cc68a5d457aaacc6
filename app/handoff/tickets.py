"""The ticket's state machine: queued -> assigned -> resolved | returned, queued -> left, assigned -> queued (transfer).

Pure decisions; app.store.Tickets applies them in a transaction. Repeating a finished step changes nothing; a step that
the state does not allow raises Conflict. `show` puts what the customer is told into their script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.errors import Conflict
from app.events import NewEvent
from app.handoff.words import Show, plain, tell, when
from app.store.records import Conversation, Lesson, Ticket
from app.store.tickets import Change

# 银行业保险业消费投诉处理管理办法: a complaint is decided within 15 days.
COMPLAINT_TERM = timedelta(days=15)
FIRST_RESPONSE = {"P0": timedelta(minutes=1), "P1": timedelta(minutes=5), "P2": timedelta(minutes=15)}


class TakenByAnother(Conflict):
    code, title = "ticket_taken", "这张工单已由其他同事接入，请处理下一张。"


class TicketClosed(Conflict):
    code, title = "ticket_closed", "这张工单已经结束，请刷新列表。"


class NotYours(Conflict):
    code, title = "ticket_not_yours", "这张工单不在您名下，请先接入。"


def open_ticket(
    *,
    conversation: Conversation,
    reason: str,
    priority: str,
    question: str,
    answer: str,
    language: str,
    now: datetime,
    ticket_id: str,
    details: Mapping[str, Any] | None = None,
    skill: str | None = None,
    respond_by: datetime | None = None,
    complaint_term: timedelta = COMPLAINT_TERM,
) -> Ticket:
    """A queued ticket with the facts an agent needs first. question and answer are already masked.

    skill, respond_by, complaint_term: as the tenant's desk rules say; app.handoff.desk asks them.
    """
    summary: dict[str, Any] = {"question": question, "answer": answer, "language": language, **(details or {})}
    respond_by = respond_by or now + FIRST_RESPONSE[priority]
    return Ticket(
        id=ticket_id,
        tenant=conversation.tenant,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        status="queued",
        reason=reason,
        priority=priority,
        summary=summary,
        created_at=now,
        due_at=now + complaint_term if reason == "complaint" else respond_by,
        respond_by=respond_by,
        language=language,
        skill=skill or ("complaint" if reason == "complaint" else "general"),
    )


def accept(ticket: Ticket, agent_id: str, now: datetime, show: Show = plain) -> Change:
    if ticket.status == "assigned":
        if ticket.agent_id != agent_id:
            raise TakenByAnother()
        return Change(ticket)
    _require(ticket, "queued")
    taken = replace(ticket, status="assigned", agent_id=agent_id, assigned_at=now)
    return Change(taken, (_updated(taken, "assigned", show, agent=agent_id),), "ticket.accepted")


def transfer(ticket: Ticket, agent_id: str, skill: str, name: str, comment: str, show: Show = plain) -> Change:
    """Back into the queue, for those who have the skill. name: the skill's, for the customer.

    One's own ticket, or one that waits in the wrong queue.
    """
    if ticket.status == "queued":
        if ticket.skill == skill:
            return Change(ticket)
    else:
        require_own(ticket, agent_id)
    note = {"agent": agent_id, "skill": ticket.skill, "comment": comment}
    moved = replace(
        ticket,
        status="queued",
        skill=skill,
        agent_id=None,
        assigned_at=None,
        transferred_from=ticket.skill,
        summary={**ticket.summary, "transfer": note},
    )
    payload = {"from": ticket.skill, "to": skill, "comment": comment}
    return Change(moved, (_updated(moved, "transferred", show, skill=name),), "ticket.transferred", payload)


def resolve(
    ticket: Ticket,
    agent_id: str,
    resolution: str,
    reusable: bool,
    now: datetime,
    show: Show = plain,
    *,
    question: str = "",
    answer: str = "",
) -> Change:
    """reusable: `answer` (else the resolution) to `question` may become knowledge; without a question nothing can."""
    if ticket.status == "resolved" and ticket.agent_id == agent_id:
        return Change(ticket)
    require_own(ticket, agent_id)
    done = replace(ticket, status="resolved", resolution=resolution, reusable=reusable, closed_at=now)
    told = _updated(done, "resolved", show, agent=agent_id)
    lesson = None
    if reusable and question and (said := answer or resolution):
        lesson = Lesson(ticket.id, ticket.tenant, ticket.conversation_id, agent_id, question, said, now)
    return Change(done, (told,), "ticket.resolved", {"resolution": resolution, "reusable": reusable}, lesson)


def give_back(ticket: Ticket, agent_id: str, now: datetime, show: Show = plain) -> Change:
    """The bot resumes."""
    if ticket.status == "returned" and ticket.agent_id == agent_id:
        return Change(ticket)
    require_own(ticket, agent_id)
    done = replace(ticket, status="returned", closed_at=now)
    return Change(done, (_updated(done, "returned", show, agent=agent_id),), "ticket.returned")


def leave(ticket: Ticket, now: datetime, show: Show = plain) -> Change:
    """The customer leaves the queue."""
    if ticket.status == "left":
        return Change(ticket)
    _require(ticket, "queued")
    gone = replace(ticket, status="left", closed_at=now)
    return Change(gone, (_updated(gone, "left", show),), "ticket.left")


def speak(ticket: Ticket, agent_id: str, text: str, now: datetime) -> Change:
    """One message of the agent's to the customer; the first one stops the clock of the first response."""
    require_own(ticket, agent_id)
    said = NewEvent("agent.message", {"agent": agent_id, "text": text, "ticket_id": ticket.id})
    heard = ticket if ticket.first_response_at else replace(ticket, first_response_at=now)
    return Change(heard, (said,), "agent.message", {"text": text})


def call_back(
    ticket: Ticket, at: datetime, masked: str, sealed: str | None, now: datetime, show: Show = plain
) -> Change:
    """The customer wants to be called. masked: what is shown of the number; sealed: the number, encrypted."""
    if not ticket.open:
        raise TicketClosed()
    asked = replace(ticket, callback_at=at, callback_masked=masked, callback_sealed=sealed)
    told = _updated(asked, "callback", show, at=when(at, now, ticket.language), contact=masked)
    return Change(asked, (told,), "ticket.callback", {"at": at.isoformat(), "contact": masked})


# -- clocks ---------------------------------------------------------------------------------------------------


def overdue(ticket: Ticket, now: datetime) -> bool:
    """A person should have spoken by now, or a complaint should have been decided."""
    return _late(ticket, now, None)


def due_soon(ticket: Ticket, now: datetime, remind_after: float) -> bool:
    """That share of a term has passed."""
    return _late(ticket, now, remind_after)


def _late(ticket: Ticket, now: datetime, share: float | None) -> bool:
    if not ticket.open:
        return False
    ends = [] if ticket.first_response_at else [ticket.respond_by or ticket.due_at]
    if ticket.reason == "complaint":
        ends.append(ticket.due_at)
    return any(now >= (end if share is None else ticket.created_at + (end - ticket.created_at) * share) for end in ends)


# -- what the customer is told --------------------------------------------------------------------------------


def _updated(ticket: Ticket, key: str, show: Show, **values: object) -> NewEvent:
    data: dict[str, Any] = {"ticket_id": ticket.id, "status": ticket.status}
    if ticket.agent_id is not None:
        data["agent"] = ticket.agent_id
    data["text"] = tell(key, ticket.language, show, **values)
    return NewEvent("ticket.updated", data)


def _require(ticket: Ticket, status: str) -> None:
    if ticket.status != status:
        raise TicketClosed()


def require_own(ticket: Ticket, agent_id: str) -> None:
    if ticket.status != "assigned":
        raise NotYours() if ticket.status == "queued" else TicketClosed()
    if ticket.agent_id != agent_id:
        raise NotYours()
