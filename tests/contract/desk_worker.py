"""One worker of the desk's tests: the real service with an index in memory, on a database that others may share.

python -m tests.contract.desk_worker PORT, with the data folder in DESK_FOLDER.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from pydantic import SecretStr

from app.composition import Replacements
from app.identity import Caller, Role, Tokens
from app.logs import configure
from app.main import create_app
from app.settings import AuthSettings, LimitSettings, LlmSettings, Settings
from tests.contract.test_service_crashes import free_port, until_up
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, QuietGuard

SECRET = "a secret of thirty-two bytes or more, for tests"


def headers(id: str, role: Role) -> dict[str, str]:
    token = Tokens(SECRET, "wenda").issue(Caller("demo", id, frozenset({role})))
    return {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def worker(folder: Path) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """A ready service process on the folder's database. Killed at the end if it still runs."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WENDA_")}
    environment["DESK_FOLDER"] = str(folder)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.desk_worker", str(port)), env=environment, stdout=DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            await until_up(client, process)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def serve(port: int, folder: Path) -> None:
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        auth=AuthSettings(secret=SecretStr(SECRET)),
        limits=LimitSettings(enabled=False),
        llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
    )
    configure("ERROR")
    index = MemoryIndex()
    parts = Replacements(index=index, search=OverlapSearch(index), prepare=LinePrepare(), guard=cast(Any, QuietGuard()))
    uvicorn.run(create_app(settings, parts), host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(os.environ["DESK_FOLDER"]))
