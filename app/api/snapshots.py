"""For `make backup`: the running service copies what only it can copy, into its own data folder."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role
from app.store.ledger import append_record

router = APIRouter(prefix="/v1/snapshots", tags=["operations"])


@router.post("", status_code=201)
async def take_snapshot(
    who: Annotated[Caller, Depends(caller(Role.ADMIN))], parts: Annotated[Services, Depends(services)]
) -> dict[str, Any]:
    """Nothing of it leaves by HTTP: only who has access to the data folder can read it there, as `snapshots/ID`."""
    name = parts.new_id()
    await parts.database.write(
        lambda c: append_record(
            c, tenant=who.tenant, type="snapshot.taken", actor=who.id, payload={"snapshot_id": name}, clock=parts.clock
        ),
        durable=True,
    )
    return {"id": name, **asdict(await parts.snapshots.take(name))}
