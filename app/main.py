"""The service: `create_app()` puts routes and middleware together; the lifespan is where its parts are built.

python -m app [--host 127.0.0.1] [--port 8000]
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypedDict

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from app.api import (
    analytics,
    audit,
    auth,
    chat,
    customers,
    desk,
    documents,
    evaluation,
    feedback,
    freezes,
    gaps,
    guard,
    handoff,
    impact,
    knowledge,
    notices,
    openai,
    operations,
    page_images,
    pages,
    problems,
    replay,
    search,
    snapshots,
    tickets,
)
from app.api.dependencies import Services
from app.api.metrics import Metrics
from app.api.middleware import BodyLimit, Loopback, RequestRecord
from app.api.sse import FINISH_S
from app.composition import Replacements, open_services
from app.logs import configure
from app.settings import Settings

_KIB = 1024
# Bytes by path: what a request of that kind can need, with room; uploads have their own setting.
_BODY_LIMITS = {
    "": 64 * _KIB,
    "/v1/chat/completions": 512 * _KIB,
    "/v1/guard/check": 4096 * _KIB,
    "/v1/synonyms": 4096 * _KIB,
}
# A multipart body is a little longer than its file.
_FORM_BYTES = 64 * _KIB


class State(TypedDict):
    services: Services


def create_app(settings: Settings | None = None, replacements: Replacements | None = None) -> FastAPI:
    """The whole application. Nothing is opened before the lifespan starts."""
    settings = settings or Settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with open_services(settings, metrics, replacements) as services:
            # Dictionaries, rules and models stay for good: no collection need walk them again.
            gc.freeze()
            gc.enable()
            try:
                yield {"services": services}
            finally:
                gc.unfreeze()

    app = FastAPI(
        title="Wenda 稳答",
        version="0.1.0",
        summary="Answers from approved documents, with sources, inside rails, and a person when needed.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=problems.DOCUMENTED,
    )
    problems.install(app)
    for router in (
        auth.router,
        chat.router,
        openai.router,
        handoff.router,
        tickets.router,
        desk.router,
        notices.router,
        analytics.router,
        feedback.router,
        customers.router,
        impact.router,
        gaps.router,
        freezes.router,
        documents.router,
        page_images.router,
        knowledge.router,
        search.router,
        guard.router,
        audit.router,
        replay.router,
        evaluation.router,
        operations.router,
        snapshots.router,
        pages.router,
    ):
        app.include_router(router)
    app.mount("/web", pages.web_files(), name="web")

    # The last one added is the outermost.
    limits = {**_BODY_LIMITS, "/v1/documents": settings.limits.upload_bytes + _FORM_BYTES}
    app.add_middleware(BodyLimit, limits=limits)
    if settings.auth.demo:
        app.add_middleware(Loopback)
    app.add_middleware(RequestRecord, metrics=metrics)
    return app


def serve(arguments: Sequence[str] | None = None) -> None:
    """Run the service in this process until SIGINT or SIGTERM; running turns finish first."""
    parser = argparse.ArgumentParser(prog="python -m app")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    settings = _settings()
    configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=given.host,
        port=given.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_S + 1,
    )


def _settings() -> Settings:
    """Raises SystemExit, saying what is wrong with a setting and never its value."""
    try:
        return Settings()
    except ValidationError as error:
        raise SystemExit(
            "\n".join(f"设置不成立：{fault['msg'].removeprefix('Value error, ')}" for fault in error.errors())
        ) from None
