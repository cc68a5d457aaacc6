"""The one place of the service that reaches the ingestion package; the synonyms that search expands by."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role
from app.knowledge.preparing import Prepare
from app.settings import Settings

router = APIRouter(prefix="/v1", tags=["knowledge"])

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class SynonymsBody(BaseModel):
    """groups: words that mean the same; each group has at least two."""

    model_config = ConfigDict(extra="forbid")

    groups: list[Annotated[list[Word], Field(min_length=2, max_length=50)]] = Field(max_length=2000)


@router.get("/synonyms")
async def read_synonyms(
    who: Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    return {"groups": await parts.synonyms.get(who.tenant) or []}


@router.put("/synonyms")
async def put_synonyms(
    body: SynonymsBody,
    who: Annotated[Caller, Depends(caller(Role.EDITOR))],
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    """Replace all groups."""
    await parts.synonyms.put(who.tenant, body.groups, actor=who.id)
    return {"groups": body.groups}


def open_preparer(settings: Settings) -> Prepare:
    """What turns files into passages; its processes start with the first file."""
    from ingestion import create_preparer  # only a process that ingests pays for it

    return create_preparer(settings)
