"""For operators and the pages' badge: is the process up, can customers be answered, the metrics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.dependencies import Services, services

_PATIENCE_S = 2.0
_log = structlog.get_logger(__name__)

router = APIRouter(tags=["operations"])
Parts = Annotated[Services, Depends(services)]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "up"}


@router.get("/readyz")
async def readyz(parts: Parts) -> Response:
    ready, body = await parts.readiness.report()
    return JSONResponse(body, status_code=200 if ready else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(parts: Parts) -> Response:
    """What the process has counted, and how things are at this moment; what cannot be asked now is left as it was."""
    _, body = await parts.readiness.report()
    parts.metrics.parts({name: part["status"] == "ready" for name, part in body["parts"].items()})
    try:
        async with asyncio.timeout(_PATIENCE_S):
            waiting = await parts.backlog.waiting()
    except Exception as error:  # what was counted must be told all the same
        _log.warning("backlog_not_counted", error=type(error).__name__)
    else:
        now = parts.clock()
        queue = {name: (count, (now - since).total_seconds()) for name, (count, since) in waiting.tickets.items()}
        parts.metrics.work_waiting(queue, waiting.jobs)
    with suppress(OSError):
        await asyncio.to_thread(parts.metrics.disk, parts.settings.data_dir)
    return Response(parts.metrics.render(), media_type=CONTENT_TYPE_LATEST)
