"""Whether customers can be answered, part by part; the language model may still be loading."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import text

from app.knowledge.index import KnowledgeIndex
from app.knowledge.rebuilding import Rebuilding
from app.settings import Settings
from app.store import Database

STATUS_FILE = "model_status.json"
PROBE_LOADING = 2.0
PROBE_READY = 10.0
PATIENCE = 2.0
EMBEDDING_EVERY = 10.0

_FAILED = {"status": "failed", "title": "暂不可用"}
_READY = {"status": "ready", "title": "正常"}


class Readiness:
    """probe: whether the language model answers now. Its launcher leaves its progress in the data folder.

    rebuilding: how far the filling of a lost index is; until it is whole customers are told nothing from it.
    """

    def __init__(
        self,
        database: Database,
        index: KnowledgeIndex,
        try_embedding: Callable[[], Awaitable[object]],
        probe: Callable[[], Awaitable[bool]],
        rebuilding: Callable[[], Rebuilding | None],
        *,
        settings: Settings,
    ) -> None:
        self._database = database
        self._index = index
        self._try_embedding = try_embedding
        self._probe = probe
        self._rebuilding = rebuilding
        self._embeddings: tuple[float, dict[str, Any]] | None = None
        self._data_dir = settings.data_dir
        self._demo = settings.auth.demo
        self._bank = {"name": settings.bank.name, "hotline": settings.bank.hotline}
        self._model_up = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="model-probe")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """(ready, body of /readyz). Ready: database and index answer; quotes need no model, and without embeddings
        the search goes on with words alone."""
        database, index, embeddings, model = await asyncio.gather(
            self._check(self._ask_database()), self._index_part(), self._embedding(), self._model()
        )
        parts = {"index": index, "database": database, "embeddings": embeddings, "model": model}
        ready = database["status"] == index["status"] == "ready"
        loading = database["status"] == "ready" and index["status"] == "loading"
        status = "ready" if ready else "loading" if loading else "failed"
        return ready, {"status": status, "demo": self._demo, "bank": self._bank, "parts": parts}

    async def _index_part(self) -> dict[str, Any]:
        """status: ready | loading | failed; while it is filled again also done, total (versions) and percent."""
        part, progress = await self._check(self._index.count()), self._rebuilding()
        if part["status"] != "ready" or progress is None:
            return part
        if progress.running:
            percent = 100 * progress.done // max(progress.total, 1)
            title = f"知识索引正在重建（{progress.done}/{progress.total}）"
            return {**asdict(progress), "status": "loading", "percent": percent, "title": title}
        lost = f"，有 {progress.lost} 个版本未能恢复，请在知识台查看" if progress.lost else ""
        return {**asdict(progress), "status": "ready", "percent": 100, "title": f"正常{lost}"}

    async def _ask_database(self) -> int:
        return await self._database.read(lambda c: int(c.execute(text("SELECT 1")).scalar_one()))

    async def _embedding(self) -> dict[str, Any]:
        """Tried at most every EMBEDDING_EVERY seconds: an endpoint may charge for it."""
        now = time.monotonic()
        if self._embeddings is None or now - self._embeddings[0] > EMBEDDING_EVERY:
            self._embeddings = (now, await self._check(self._try_embedding()))
        return self._embeddings[1]

    async def _check(self, question: Awaitable[object]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE):
                await question
        except Exception:
            return _FAILED
        return _READY

    async def _model(self) -> dict[str, Any]:
        """status: ready | loading | failed | absent; stage, percent and title as the launcher reports them."""
        if self._model_up:
            return {"status": "ready", "stage": "ready", "percent": 100, "title": "语言模型已就绪"}
        progress = await asyncio.to_thread(self._launcher_progress)
        if progress is None:
            return {"status": "absent", "stage": "absent", "percent": 0, "title": "语言模型未启动，先用文件原文回答"}
        return progress

    def _launcher_progress(self) -> dict[str, Any] | None:
        try:
            said = orjson.loads((self._data_dir / STATUS_FILE).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(said, dict):
            return None
        stage = str(said.get("stage", "loading"))
        status = str(said.get("status", "failed" if stage == "failed" else "loading"))
        # The launcher's last word may be older than the truth: only a probe says ready.
        return {
            "status": "loading" if status == "ready" else status,
            "stage": stage,
            "percent": said.get("percent", 0),
            "title": str(said.get("title", "语言模型正在加载，先用文件原文回答")),
        }

    async def _watch(self) -> None:
        while True:
            try:
                self._model_up = await self._probe()
            except Exception:
                self._model_up = False
            await asyncio.sleep(PROBE_READY if self._model_up else PROBE_LOADING)
