"""A customer's data: a copy of all of it, and its erasure. The customer's own, or an admin's for a customer who asked
at the counter."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from app.api.dependencies import Services, caller, services
from app.clock import business_date
from app.errors import NotFound
from app.identity import Caller, Role, Unreadable

router = APIRouter(prefix="/v1/customers", tags=["trust"])
Parts = Annotated[Services, Depends(services)]
Owner = Annotated[Caller, Depends(caller(Role.CUSTOMER))]

# Why something stays, for the customer to read.
_HELD = {
    "suitability": "适当性记录：监管要求保存产品风险与您测评结果的匹配记录",
    "complaint": "投诉处理档案：监管要求保存",
}
_GENERATED = "“bot”的回复由人工智能生成，仅供参考；“agent”的回复由人工客服撰写。"


@router.get("/{customer_id}/data")
async def export_data(customer_id: str, who: Owner, parts: Parts, response: Response) -> dict[str, Any]:
    """Everything about the customer; `me` is the caller. What was masked is as it was written, where kept."""
    customer_id = await _whose(parts, who, customer_id)
    found = await parts.rights.export(who.tenant, customer_id, actor=who.id)
    for conversation in found["conversations"]:
        for message in conversation["messages"]:
            sealed = message.pop("sealed", None)
            if sealed is not None and parts.vault is not None:
                try:
                    message["as_written"] = parts.vault.open(sealed, conversation["id"])
                except Unreadable:  # kept under a key that has been changed since
                    continue
    response.headers["content-disposition"] = 'attachment; filename="wenda-data.json"'
    held = [_shown(one["reason"], one["until"]) for one in found.pop("held")]
    about = {"generated_by": "Wenda 稳答", "ai_label": _GENERATED, "exported_on": business_date(parts.clock())}
    # Nothing here builds a profile of a customer from what they say; were it ever to, it would begin with a consent.
    return {**about, **found, "consents": {"profiling": False}, "held": held}


@router.delete("/{customer_id}/data")
async def erase_data(customer_id: str, who: Owner, parts: Parts) -> dict[str, Any]:
    """Erases what no law holds, at once and for good; names what is held and until when."""
    customer_id = await _whose(parts, who, customer_id)
    done = await parts.rights.erase(who.tenant, customer_id, actor=who.id)
    return {"erased": done.erased, "held": [_shown(one.reason, one.until) for one in done.held]}


async def _whose(parts: Services, who: Caller, customer_id: str) -> str:
    """Raises NotFound for anybody else's, and for an admin who names nobody."""
    if customer_id in ("me", who.id) and Role.CUSTOMER in who.roles:
        return who.id
    if Role.ADMIN in who.roles and await parts.rights.known(who.tenant, customer_id):
        return customer_id
    raise NotFound()


def _shown(reason: str, until: Any) -> dict[str, Any]:
    return {"reason": reason, "title": _HELD[reason], "until": until}
