"""What agents do with tickets. Translates only: app.handoff decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.api.handoff import ReadBody
from app.api.shown import Shown
from app.errors import Invalid, NotFound
from app.handoff import tickets as machine
from app.handoff.feed import count
from app.handoff.shown import show_tickets
from app.identity import Caller, Role, Unreadable
from app.store import Change, Ticket
from app.store.records import Rating
from guardrails import Handbook, Verdict

router = APIRouter(prefix="/v1/tickets", tags=["desk"])

Agent = Annotated[Caller, Depends(caller(Role.AGENT))]
Parts = Annotated[Services, Depends(services)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), Shown]


class NoDraft(NotFound):
    code, title = "no_draft", "现行文件里没有能答复这个问题的内容，请您直接回复客户。"


class NothingMasked(NotFound):
    code, title = "nothing_masked", "这条消息没有可以打开的原文。需要时请向客户本人核实。"


class UnknownSkill(Invalid):
    code, title = "unknown_skill", "没有这个技能组，请从列表里选一个。"


class MessageBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Text


class TransferBody(BaseModel):
    """comment: for the colleague who takes it; the customer does not see it."""

    model_config = ConfigDict(extra="forbid")

    skill: str = Field(max_length=40)
    comment: str = Field(default="", max_length=1000)


class ResolutionBody(BaseModel):
    """resolution: for colleagues. reusable: `answer` to `question` may become knowledge; without them the resolution
    and what the customer had asked in vain."""

    model_config = ConfigDict(extra="forbid")

    resolution: str = Field(max_length=4000)
    reusable: bool = False
    question: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), Shown] = ""
    answer: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), Shown] = ""


class RevealBody(BaseModel):
    """message_sequence: of a customer's message; None = the number left for a call-back. reason: goes into the audit
    record, so it must say something."""

    model_config = ConfigDict(extra="forbid")

    message_sequence: int | None = Field(default=None, ge=1, lt=2**31)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]


@router.get("")
async def list_tickets(
    who: Agent,
    parts: Parts,
    status: Literal["queued", "assigned", "resolved", "returned", "left"] | None = None,
    priority: Literal["P0", "P1", "P2"] | None = None,
    skill: str | None = None,
    mine: bool = False,
) -> dict[str, Any]:
    """The tickets that fit, most urgent first, and counts over all open ones."""
    tickets = await parts.tickets.list(
        who.tenant, status=status, priority=priority, skill=skill, agent_id=who.id if mine else None
    )
    view = await parts.desk_records.view(who.tenant, {})
    return {"tickets": await show(parts, who.tenant, tickets), "counts": count(view.faces, who.id, parts.clock())}


@router.get("/{ticket_id}")
async def read_ticket(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    """With the summary for those who may read the conversation: its agent, and anyone while nobody has it."""
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    summary = await parts.briefing.summary(ticket) if _readable(ticket, who) else None
    # A summary takes its time, and somebody may have taken the ticket meanwhile.
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    if not _readable(ticket, who):
        summary = None
    lesson = await parts.lesson_records.of_ticket(who.tenant, ticket_id) if ticket.reusable else None
    draft = {"document_id": lesson.document_id, "version": lesson.version} if lesson and lesson.document_id else None
    given = await parts.customers.ratings(ticket.conversation_id, ticket_id)
    ratings = {about: next((_rating(one) for one in given if one.about == about), None) for about in ("bot", "person")}
    return {**await _show_one(parts, ticket), "summary": summary, "draft": draft, "ratings": ratings}


@router.post("/{ticket_id}/accept")
async def accept(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    """One agent wins, another gets 409; repeating it is harmless."""
    return await _change(parts, who, ticket_id, lambda t: machine.accept(t, who.id, parts.clock(), parts.desk.show))


@router.post("/{ticket_id}/transfer")
async def transfer(ticket_id: str, body: TransferBody, who: Agent, parts: Parts) -> dict[str, Any]:
    """Back into the queue for those who have the skill."""
    rules = await parts.desk.rules(who.tenant)
    if body.skill not in rules.skill_ids():
        raise UnknownSkill()
    name, comment = rules.skill_name(body.skill), parts.guard.mask(body.comment)
    return await _change(
        parts, who, ticket_id, lambda t: machine.transfer(t, who.id, body.skill, name, comment, parts.desk.show)
    )


@router.post("/{ticket_id}/resolve")
async def resolve(ticket_id: str, body: ResolutionBody, who: Agent, parts: Parts) -> dict[str, Any]:
    """reusable: a FAQ draft is made of the answer, in the background, for the editors to review."""
    resolution, answer = parts.guard.mask(body.resolution), parts.guard.mask(body.answer)
    question = parts.guard.mask(body.question)
    if body.reusable and not question:
        question = await parts.briefing.left_open(await parts.tickets.get(who.tenant, ticket_id))

    def decide(ticket: Ticket) -> Change:
        return machine.resolve(
            ticket,
            who.id,
            resolution,
            body.reusable,
            parts.clock(),
            parts.desk.show,
            question=question,
            answer=answer,
        )

    shown = await _change(parts, who, ticket_id, decide)
    if body.reusable:
        parts.lessons.wake()
    return shown


@router.post("/{ticket_id}/return")
async def give_back(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    """Give the conversation back to the bot."""
    return await _change(parts, who, ticket_id, lambda t: machine.give_back(t, who.id, parts.clock(), parts.desk.show))


@router.post("/{ticket_id}/messages")
async def speak(
    ticket_id: str,
    body: MessageBody,
    who: Agent,
    parts: Parts,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> dict[str, Any]:
    """One message to the customer; it reaches them as `agent.message`. The same key and text are one message."""
    text = parts.guard.mask_staff(body.text)
    ticket, sequence = await parts.tickets.speak(
        who.tenant,
        ticket_id,
        lambda t: machine.speak(t, who.id, text, parts.clock()),
        actor=who.id,
        text=text,
        idempotency_key=idempotency_key,
    )
    return {**await _show_one(parts, ticket), "sequence": sequence}


@router.post("/{ticket_id}/typing", status_code=204)
async def agent_types(ticket_id: str, who: Agent, parts: Parts) -> Response:
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    machine.require_own(ticket, who.id)
    await parts.marks.typing(ticket.conversation_id, "agent")
    return Response(status_code=204)


@router.post("/{ticket_id}/read", status_code=204)
async def agent_reads(ticket_id: str, body: ReadBody, who: Agent, parts: Parts) -> Response:
    """The ticket's own agent has read that far; a colleague who only looks changes nothing."""
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    machine.require_own(ticket, who.id)
    await parts.marks.read(ticket.conversation_id, "agent", body.sequence)
    parts.feed.wake(who.tenant)
    return Response(status_code=204)


@router.post("/{ticket_id}/reveal")
async def reveal(ticket_id: str, body: RevealBody, response: Response, who: Agent, parts: Parts) -> dict[str, Any]:
    """What was masked in one message, or the number to call back, for the ticket's own agent; recorded before shown."""
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    machine.require_own(ticket, who.id)
    if parts.vault is None:
        raise NothingMasked()
    reason = parts.guard.mask(body.reason)
    sealed = await parts.sealed.take_out(ticket, body.message_sequence, actor=who.id, reason=reason)
    if sealed is None:
        raise NothingMasked()
    try:
        text = parts.vault.open(sealed, ticket.conversation_id)
    except Unreadable as error:
        raise NothingMasked() from error
    response.headers["cache-control"] = "no-store"
    return {"text": text}


@router.post("/{ticket_id}/draft")
async def draft(ticket_id: str, who: Agent, parts: Parts) -> dict[str, Any]:
    """What the bot would answer now, for the agent to change and send; 404 when the documents do not answer."""
    written = await parts.briefing.draft(await parts.tickets.get(who.tenant, ticket_id))
    if written is None:
        raise NoDraft()
    return written


@router.post("/{ticket_id}/check")
async def check(ticket_id: str, body: MessageBody, who: Agent, parts: Parts) -> dict[str, Any]:
    """What the output rails think of a draft: warnings, never a block. Figures are held to the documents."""
    ticket = await parts.tickets.get(who.tenant, ticket_id)
    release = await parts.briefing.release(ticket, body.text)
    verdict = await parts.guard.check_output(body.text, replace(release, by_person=True))
    return {"warnings": [_warning(rule_id, verdict, parts.guard.handbook) for rule_id in verdict.rule_ids]}


def _readable(ticket: Ticket, who: Caller) -> bool:
    return ticket.agent_id in (None, who.id) or Role.ADMIN in who.roles


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "score": rating.score,
        "reasons": list(rating.reasons),
        "comment": rating.comment,
        "at": rating.created_at,
    }


def _warning(rule_id: str, verdict: Verdict, handbook: Handbook) -> dict[str, Any]:
    note = handbook.get(rule_id)
    return {
        "rule_id": rule_id,
        "reason": note.reason if note else verdict.reason,
        "catches": note.catches if note else "",
        "source": note.source if note else "",
        "spans": [{"start": span.start, "end": span.end} for span in verdict.spans if span.rule_id == rule_id],
    }


async def show(parts: Services, tenant: str, tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Tickets as the contract has them."""
    outlook = await parts.desk.outlook(tenant)
    return list(show_tickets(await parts.desk_records.faces(tickets), outlook).values())


async def _show_one(parts: Services, ticket: Ticket) -> dict[str, Any]:
    return (await show(parts, ticket.tenant, [ticket]))[0]


async def _change(parts: Services, who: Caller, ticket_id: str, decide: Callable[[Ticket], Change]) -> dict[str, Any]:
    return await _show_one(parts, await parts.tickets.change(who.tenant, ticket_id, decide, actor=who.id))
