"""The ticket's state machine: queued -> assigned -> resolved | returned, and queued -> left.

Pure decisions; app.store.Tickets applies them in a transaction. Repeating a finished step changes nothing; a step that
the state does not allow raises Conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.errors import Conflict
from app.events import NewEvent
from app.store.records import Conversation, Ticket
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
) -> Ticket:
    """A queued ticket with the facts an agent needs first. question and answer are already masked."""
    summary: dict[str, Any] = {"question": question, "answer": answer, "language": language, **(details or {})}
    term = COMPLAINT_TERM if reason == "complaint" else FIRST_RESPONSE[priority]
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
        due_at=now + term,
        skill="complaint" if reason == "complaint" else "general",
    )


def accept(ticket: Ticket, agent_id: str, now: datetime) -> Change:
    if ticket.status == "assigned":
        if ticket.agent_id != agent_id:
            raise TakenByAnother()
        return Change(ticket)
    _require(ticket, "queued")
    taken = replace(ticket, status="assigned", agent_id=agent_id, assigned_at=now)
    return Change(taken, (_updated(taken),), "ticket.accepted")


def resolve(ticket: Ticket, agent_id: str, resolution: str, reusable: bool, now: datetime) -> Change:
    if ticket.status == "resolved" and ticket.agent_id == agent_id:
        return Change(ticket)
    _require_own(ticket, agent_id)
    done = replace(ticket, status="resolved", resolution=resolution, reusable=reusable, closed_at=now)
    return Change(done, (_updated(done),), "ticket.resolved", {"resolution": resolution, "reusable": reusable})


def give_back(ticket: Ticket, agent_id: str, now: datetime) -> Change:
    """The bot resumes."""
    if ticket.status == "returned" and ticket.agent_id == agent_id:
        return Change(ticket)
    _require_own(ticket, agent_id)
    done = replace(ticket, status="returned", closed_at=now)
    return Change(done, (_updated(done),), "ticket.returned")


def leave(ticket: Ticket, now: datetime) -> Change:
    """The customer leaves the queue."""
    if ticket.status == "left":
        return Change(ticket)
    _require(ticket, "queued")
    gone = replace(ticket, status="left", closed_at=now)
    return Change(gone, (_updated(gone),), "ticket.left")


def speak(ticket: Ticket, agent_id: str, text: str) -> Change:
    """One message of the agent's to the customer."""
    _require_own(ticket, agent_id)
    said = NewEvent("agent.message", {"agent": agent_id, "text": text})
    return Change(ticket, (said,), "agent.message", {"text": text})


def _updated(ticket: Ticket) -> NewEvent:
    return NewEvent("ticket.updated", {"ticket_id": ticket.id, "status": ticket.status})


def _require(ticket: Ticket, status: str) -> None:
    if ticket.status != status:
        raise TicketClosed()


def _require_own(ticket: Ticket, agent_id: str) -> None:
    if ticket.status != "assigned":
        raise NotYours() if ticket.status == "queued" else TicketClosed()
    if ticket.agent_id != agent_id:
        raise NotYours()
