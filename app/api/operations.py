"""For operators and the pages' badge: is the process up, can customers be answered, the metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.dependencies import Services, services

router = APIRouter(tags=["operations"])
Parts = Annotated[Services, Depends(services)]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "up"}


@router.get("/readyz")
async def readyz(parts: Parts) -> Response:
    ready, body = await parts.readiness.report()
    return JSONResponse(body, status_code=200 if ready else 503)


@router.get("/metrics")
async def metrics(parts: Parts) -> Response:
    return Response(parts.metrics.render(), media_type=CONTENT_TYPE_LATEST)
