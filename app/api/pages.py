"""The pages: plain files from app/web, checked for a newer version at every visit and otherwise cached."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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
async def knowledge_page() -> FileResponse:
    return FileResponse(WEB / "knowledge" / "index.html", headers={"cache-control": "no-cache"})


@router.get("/desk")
async def desk_page() -> FileResponse:
    return FileResponse(WEB / "desk" / "index.html", headers={"cache-control": "no-cache"})


@router.get("/evaluation")
async def evaluation_page() -> FileResponse:
    return FileResponse(WEB / "evaluation" / "index.html", headers={"cache-control": "no-cache"})


def web_files() -> WebFiles:
    return WebFiles(directory=WEB, check_dir=False)
