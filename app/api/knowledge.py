"""The one place of the service that reaches the ingestion package; the synonyms that search expands by."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role
from app.knowledge.preparing import Prepare
from app.settings import Settings
from app.store import edition_of

router = APIRouter(prefix="/v1", tags=["knowledge"])

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class SynonymsBody(BaseModel):
    """groups: words that mean the same; each group has at least two."""

    model_config = ConfigDict(extra="forbid")

    groups: list[Annotated[list[Word], Field(min_length=2, max_length=50)]] = Field(max_length=2000)


@router.get("/synonyms")
async def read_synonyms(
    response: Response,
    who: Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER, Role.EVALUATOR))],
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    groups = await parts.synonyms.get(who.tenant) or []
    response.headers["ETag"] = f'"{edition_of(groups)}"'
    return {"groups": groups}


@router.put("/synonyms")
async def put_synonyms(
    body: SynonymsBody,
    response: Response,
    who: Annotated[Caller, Depends(caller(Role.EDITOR))],
    parts: Annotated[Services, Depends(services)],
    if_match: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Replace all groups. With the ETag they were read with in If-Match, never those that another saved meanwhile."""
    # A proxy that compresses makes the tag weak; the groups behind it are the same.
    seen = if_match.strip().removeprefix("W/").strip('"') if if_match is not None and if_match != "*" else None
    await parts.synonyms.put(who.tenant, body.groups, actor=who.id, seen=seen)
    response.headers["ETag"] = f'"{edition_of(body.groups)}"'
    return {"groups": body.groups}


def open_preparer(settings: Settings) -> Prepare:
    """What turns files into passages; its processes start with the first file."""
    from ingestion import create_preparer  # only a process that ingests pays for it

    return create_preparer(settings)
