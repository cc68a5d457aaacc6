"""A ticket as every route and stream of the desk shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.handoff import tickets as machine
from app.handoff.desk import Outlook
from app.handoff.routing import offers
from app.store.records import Face


def show_tickets(faces: Sequence[Face], outlook: Outlook) -> dict[str, dict[str, Any]]:
    """By ticket id, in the order given."""
    queued = outlook.staffing.waiting
    places = {row[0]: place for place, row in enumerate(queued, 1)}
    estimates, offered = outlook.estimates(), offers(queued, outlook.staffing.agents)
    return {
        face.ticket.id: _shown(
            face,
            outlook.now,
            places.get(face.ticket.id, 0),
            estimates.get(face.ticket.id),
            offered.get(face.ticket.id),
        )
        for face in faces
    }


def _shown(face: Face, now: datetime, place: int, estimate: int | None, offered_to: str | None) -> dict[str, Any]:
    """place: in the queue, 0 = not queued. offered_to: the agent who fits best; anyone may accept."""
    ticket, last = face.ticket, face.last
    place = place if ticket.status == "queued" else 0
    return {
        "id": ticket.id,
        "conversation_id": ticket.conversation_id,
        "customer_id": ticket.customer_id,
        "status": ticket.status,
        "reason": ticket.reason,
        "priority": ticket.priority,
        "skill": ticket.skill,
        "language": ticket.language,
        "agent_id": ticket.agent_id,
        "created_at": ticket.created_at,
        "respond_by": ticket.respond_by,
        "due_at": ticket.due_at,
        "assigned_at": ticket.assigned_at,
        "closed_at": ticket.closed_at,
        "first_response_at": ticket.first_response_at,
        "overdue": machine.overdue(ticket, now),
        "position": place,
        "estimate_s": estimate if place else None,
        "question": ticket.summary.get("question", ""),
        "last": {"from": last.by, "text": last.text, "at": last.at} if last else None,
        "unread": face.unread,
        "reopened": ticket.reopened,
        "resolution": ticket.resolution,
        "reusable": ticket.reusable,
        "transferred_from": ticket.transferred_from,
        "transfer": ticket.summary.get("transfer"),
        "callback": (
            {"at": ticket.callback_at, "contact_masked": ticket.callback_masked} if ticket.callback_at else None
        ),
        "offered_to": offered_to,
        "turn_id": ticket.turn_id,
    }
