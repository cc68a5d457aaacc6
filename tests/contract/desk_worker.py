"""One worker of the desk's tests: the real service with an index in memory, on a database that others may share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn

from app.composition import Replacements
from app.identity import Caller, Role, Tokens
from app.logs import configure
from app.main import create_app
from app.settings import LimitSettings, LlmSettings, Settings
from tests.contract.nursery import Child, Nursery
from tests.contract.shared_index import SharedIndex
from tests.contract.test_service_crashes import until_up
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, QuietGuard, shared
from tests.ports import free_port

SECRET = "a secret of thirty-two bytes or more, for tests"
_INDEX = "WENDA_TEST_SHARED_INDEX"


def headers(id: str, role: Role) -> dict[str, str]:
    token = Tokens(SECRET, "wenda", demo=True).issue(Caller("demo", id, frozenset({role})))
    return {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def worker(
    nursery: Nursery, folder: Path, url: str = "", *, index: Path | None = None
) -> AsyncIterator[tuple[Child, httpx.AsyncClient]]:
    """A ready service process on the folder's database, or on the one at url. Killed at the end if it still runs.

    index: the file of an index that workers share; without it each has its own.
    """
    port = free_port()
    environment = {
        "WENDA_DATA_DIR": str(folder),
        "WENDA_DATABASE__URL": url,
        "WENDA_AUTH__SECRET": SECRET,
        "WENDA_AUTH__DEMO": "true",  # staff have tokens of the service's own only there
        _INDEX: str(index or ""),
    }
    process = nursery.start(port, environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            await until_up(client, process)
            yield process, client
    finally:
        process.kill()
        await process.wait()
        process.close()


def serve(port: int) -> None:
    """What the nursery's fork becomes."""
    settings = Settings(
        _env_file=None, limits=LimitSettings(enabled=False), llm=LlmSettings(base_url="http://127.0.0.1:9/v1")
    )
    configure("ERROR")
    shared_by = os.environ.get(_INDEX)
    index = SharedIndex(Path(shared_by)) if shared_by else MemoryIndex()
    parts = Replacements(
        index=index,
        search=OverlapSearch(index),
        prepare=LinePrepare(),
        # Answers from a shared index pass the real rails, which the service makes for itself.
        guard=None if shared_by else cast(Any, QuietGuard()),
        **shared(),
    )
    uvicorn.run(create_app(settings, parts), host="127.0.0.1", port=port, log_config=None, access_log=False)
