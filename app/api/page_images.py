"""The page of an uploaded PDF as a picture, beside which an editor checks what was read from it."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import Response

from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role
from app.knowledge.documents import find

router = APIRouter(prefix="/v1", tags=["knowledge"])

# Bumped when pages are painted differently.
_PAINTING = 1


@router.get(
    "/documents/{document_id}/versions/{version}/pages/{page}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, 304: {"description": "Not changed"}},
)
async def read_page_image(
    document_id: str,
    version: int,
    page: Annotated[int, Path(ge=1)],
    who: Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER, Role.EVALUATOR, Role.AGENT))],
    parts: Annotated[Services, Depends(services)],
    width: Annotated[int, Query(ge=200, le=2400)] = 1200,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """width: pixels. 404 no_page_image for a format without pages, no_page beyond the last page.

    The picture depends on the file's bytes alone: a browser that has it is told so without painting it again.
    """
    known = find((await parts.library.document(who.tenant, document_id)).versions, version)
    told = f"{known.sha256}/{page}/{width}/{_PAINTING}"
    headers = {"ETag": f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    image = await parts.library.page_image(who.tenant, document_id, version, page, width)
    return Response(image, media_type="image/png", headers=headers)
