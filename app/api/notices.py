"""A customer's wish to be told, in their conversation, once a question that found no answer has one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app.api.dependencies import Services, caller, services
from app.errors import Conflict, NotFound
from app.identity import Caller, Role
from app.store import Turn
from app.store.records import NoticeRequest

router = APIRouter(prefix="/v1", tags=["chat"])

Customer = Annotated[Caller, Depends(caller(Role.CUSTOMER))]
Parts = Annotated[Services, Depends(services)]

# Which wording the page shows beside the control (`notice.consent` in its words); a new wording gets a new number.
CONSENT = "answer_notice/1"


class NothingOpen(Conflict):
    code, title = "nothing_open", "这个问题已经答复过您了，有其他想了解的请直接问。"


class WishBody(BaseModel):
    """consent: the customer has agreed that question and conversation are kept for telling them once."""

    model_config = ConfigDict(extra="forbid")

    consent: Literal[True]


@router.put("/turns/{turn_id}/notice")
async def ask_for_notice(turn_id: str, body: WishBody, who: Customer, parts: Parts) -> dict[str, Any]:  # noqa: ARG001
    """Only for a question of one's own that found no answer; repeating it is harmless."""
    turn = await _own_turn(parts, who, turn_id)
    if turn.status != "abstained" and turn.reason != "repeated_failure":
        raise NothingOpen()
    wish = NoticeRequest(
        turn_id=turn.id,
        tenant=turn.tenant,
        conversation_id=turn.conversation_id,
        customer_id=who.id,
        asked=turn.question,
        question=turn.standalone or turn.question,
        language=str(turn.trace.get("language", "zh-Hans")),
        consent=CONSENT,
        requested_at=parts.clock(),
    )
    kept = await parts.notice_records.request(wish)
    parts.notices.wake()
    return _shown(kept)


@router.delete("/turns/{turn_id}/notice", status_code=204)
async def take_back(turn_id: str, who: Customer, parts: Parts) -> Response:
    """Harmless when there is nothing to take back."""
    await _own_turn(parts, who, turn_id)
    await parts.notice_records.revoke(who.tenant, turn_id)
    return Response(status_code=204)


@router.get("/conversations/{conversation_id}/notices")
async def read_notices(conversation_id: str, who: Customer, parts: Parts) -> dict[str, Any]:
    """What the customer wants to be told of in this conversation, and has been."""
    await parts.own_conversation(who, conversation_id)
    return {"notices": [_shown(wish) for wish in await parts.notice_records.of_conversation(conversation_id)]}


async def _own_turn(parts: Services, who: Caller, turn_id: str) -> Turn:
    turn = await parts.conversations.turn(who.tenant, turn_id)
    if turn.customer_id != who.id:
        raise NotFound()
    return turn


def _shown(wish: NoticeRequest) -> dict[str, Any]:
    return {
        "turn_id": wish.turn_id,
        "question": wish.question,
        "consent": wish.consent,
        "requested_at": wish.requested_at,
        "told_at": wish.told_at,
    }
