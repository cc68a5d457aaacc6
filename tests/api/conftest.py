"""The whole service on a real uvicorn, with an index in memory and no language model: answers are quotes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from app.api import claims
from app.composition import Replacements
from app.main import create_app
from app.settings import AuthSettings, DatabaseSettings, LimitSettings, LlmSettings, Settings
from eval.loopback import serving
from guardrails import Guard
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, QuietGuard, shared
from tests.postgres import new_database

USERS = ("agent", "agent2", "editor", "approver", "evaluator", "admin")


@dataclass
class Clock:
    """A clock that stands until it is moved; it starts at noon, Shanghai time."""

    now: datetime = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Service:
    """A running service and its callers. as_(name) is a demo user or "customer"."""

    url: str
    index: MemoryIndex
    prepare: LinePrepare
    clock: Clock
    search: OverlapSearch
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def as_(self, name: str) -> httpx.AsyncClient:
        if name not in self.clients:
            client = httpx.AsyncClient(base_url=self.url, timeout=60, trust_env=False)
            if name in USERS:
                answer = await client.post("/v1/auth/token", data={"username": name, "password": "demo"})
            elif name != "nobody":
                answer = await client.post("/v1/auth/visitor")
            if name != "nobody":
                client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            self.clients[name] = client
        return self.clients[name]

    async def ingest(self, name: str, text: str | bytes, **form: Any) -> dict[str, Any]:
        """Upload as editor and wait; gives the ended job."""
        editor = await self.as_("editor")
        content = text if isinstance(text, bytes) else text.encode()
        answer = await editor.post("/v1/documents", files={"file": (name, content)}, data=form)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["job_id"])

    async def ended(self, job_id: str) -> dict[str, Any]:
        editor = await self.as_("editor")
        async with editor.stream("GET", f"/v1/jobs/{job_id}/events") as stream:
            async for _ in stream.aiter_lines():
                pass
        return (await editor.get(f"/v1/jobs/{job_id}")).json()

    async def ask(self, text: str) -> dict[str, Any]:
        """One question of the customer's, in a conversation of its own; gives the turn."""
        customer = await self.as_("customer")
        conversation = (await customer.post("/v1/conversations")).json()["id"]
        answer = await customer.post(f"/v1/conversations/{conversation}/messages", json={"text": text})
        assert answer.status_code == 200, answer.text
        return cast(dict[str, Any], answer.json())

    async def publish(self, name: str, text: str, **form: Any) -> dict[str, Any]:
        """Upload, submit as editor, approve as approver; gives the document."""
        job = await self.ingest(name, text, **form)
        assert job["status"] == "done", job
        path = f"/v1/documents/{job['document_id']}/versions/{job['version']}"
        submitted = await (await self.as_("editor")).post(f"{path}/submit", json={})
        assert submitted.status_code == 200, submitted.text
        approved = await (await self.as_("approver")).post(f"{path}/approve", json={})
        assert approved.status_code == 200, approved.text
        return approved.json()


@pytest.fixture(scope="session")
def rails() -> Guard:
    """The real rails, for tests that ask for them; every service gives them its own catalogue when it starts."""
    return Guard.create("稳答示范银行", "400-000-0000")


@pytest.fixture
def guard() -> Guard:
    return cast(Guard, QuietGuard())


# The few tests that say most about the stores run on both databases.
on_both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Of the service's database; "" is SQLite in its data folder."""
    kind = getattr(request, "param", "sqlite")
    return new_database(request.getfixturevalue("postgres")) if kind == "postgresql" else ""


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database=DatabaseSettings(url=database_url),
        auth=AuthSettings(demo=True),
        limits=LimitSettings(enabled=False, upload_bytes=200_000),
        llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
    )


@pytest.fixture
async def service(settings: Settings, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setattr(claims, "_STORE_S", 60.0)  # a machine that stands still is no database that is locked
    index, prepare, clock = MemoryIndex(), LinePrepare(), Clock()
    search = OverlapSearch(index)
    parts = Replacements(index=index, search=search, prepare=prepare, guard=guard, clock=clock, **shared())
    async with serving(create_app(settings, parts)) as url:
        running = Service(url, index, prepare, clock, search)
        try:
            yield running
        finally:
            for client in running.clients.values():
                await client.aclose()
