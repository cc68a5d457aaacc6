"""The pages: plain files from app/web, checked for a newer version at every visit and otherwise cached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.api.dependencies import Services, services
from app.api.middleware import policy_asking

Parts = Annotated[Services, Depends(services)]
WEB = Path(__file__).resolve().parents[1] / "web"

router = APIRouter(include_in_schema=False)


class WebFiles(StaticFiles):
    """Names carry no hash, so browsers must ask (an unchanged file costs a 304)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


@router.get("/")
async def chat_page() -> FileResponse:
    return FileResponse(WEB / "index.html", headers={"cache-control": "no-cache"})


@router.get("/knowledge")
async def knowledge_page(parts: Parts) -> FileResponse:
    return _staff_page("knowledge", parts)


@router.get("/desk")
async def desk_page(parts: Parts) -> FileResponse:
    return _staff_page("desk", parts)


@router.get("/evaluation")
async def evaluation_page(parts: Parts) -> FileResponse:
    return _staff_page("evaluation", parts)


@router.get("/signed-in")
async def signed_in_page(parts: Parts) -> FileResponse:
    """Where the issuer sends staff back to; the page goes on to where they came from."""
    return _staff_page("signed_in", parts)


def _staff_page(name: str, parts: Services) -> FileResponse:
    auth = parts.settings.auth
    headers = {"cache-control": "no-cache"}
    if auth.issuer and auth.client_id:
        issuer = urlsplit(auth.issuer)
        headers["content-security-policy"] = policy_asking(f"{issuer.scheme}://{issuer.netloc}")
    return FileResponse(WEB / name / "index.html", headers=headers)


def web_files() -> WebFiles:
    return WebFiles(directory=WEB, check_dir=False)
