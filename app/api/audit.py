"""The audit ledger over HTTP: read it, verify its chain."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query

from app.api.dependencies import Services, caller, services
from app.audit import AuditRecord
from app.identity import Caller, Role

router = APIRouter(prefix="/v1/audit", tags=["trust"])
Admin = Annotated[Caller, Depends(caller(Role.ADMIN))]
Parts = Annotated[Services, Depends(services)]


@router.get("")
async def list_records(
    who: Admin,
    parts: Parts,
    conversation_id: str | None = None,
    document_id: str | None = None,
    since: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """The newest records first."""
    start = None
    if since is not None:
        start = (since if since.tzinfo else since.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    records = await parts.ledger.list(
        who.tenant, conversation_id=conversation_id, document_id=document_id, since=start, limit=limit
    )
    return {"records": [_shown(record) for record in records]}


@router.get("/verify")
async def verify(who: Admin, parts: Parts) -> dict[str, Any]:
    return asdict(await parts.ledger.verify(who.tenant))


@router.get("/checkpoint")
async def checkpoint(who: Admin, parts: Parts) -> dict[str, Any]:
    """The chain's end as it is now, signed: kept elsewhere, it shows later that nothing was cut off or rewritten."""
    return asdict(await parts.checkpoints.checkpoint(who.tenant))


def _shown(record: AuditRecord) -> dict[str, Any]:
    return {**asdict(record), "payload": orjson.loads(record.payload)}
