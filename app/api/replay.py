"""A past turn once more: would it find the same passages, and would the rails decide the same?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role

router = APIRouter(prefix="/v1", tags=["trust"])


@router.post("/turns/{turn_id}/replay")
async def replay_turn(
    turn_id: str,
    who: Annotated[Caller, Depends(caller(Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    """Nothing is written and no model is asked."""
    return asdict(await parts.replay.run(who.tenant, turn_id))
