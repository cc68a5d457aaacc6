"""Ways to break what a running service leans on, each mended again when its block ends."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.bench.processes import children
from eval.faults_wire import Mode, Wire
from eval.model_server import ModelServer


@dataclass
class Stage:
    """A running service; `wire` stands between it and its model, `embeddings` between it and its embeddings."""

    url: str
    pid: int
    data: Path
    model: ModelServer
    wire: Wire
    embeddings: Wire


Fault = Callable[[Stage], AbstractAsyncContextManager[None]]


def model(mode: Mode) -> Fault:
    return lambda stage: _on(stage.wire, mode)


def embeddings(mode: Mode) -> Fault:
    return lambda stage: _on(stage.embeddings, mode)


@asynccontextmanager
async def _on(wire: Wire, mode: Mode) -> AsyncIterator[None]:
    await wire.put(mode)
    try:
        yield
    finally:
        await wire.put("through")


@asynccontextmanager
async def index_hung(stage: Stage) -> AsyncIterator[None]:
    """The process that owns the index stands still."""
    owner = _index_owner(stage.pid)
    os.kill(owner, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(owner, signal.SIGCONT)


@asynccontextmanager
async def index_killed(stage: Stage) -> AsyncIterator[None]:
    os.kill(_index_owner(stage.pid), signal.SIGKILL)
    yield


def _index_owner(pid: int) -> int:
    for child in children(pid):
        if b"edge_owner" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    raise LookupError("the index has no process of its own")


@asynccontextmanager
async def database_locked(stage: Stage) -> AsyncIterator[None]:
    """Another process holds SQLite's only write lock."""
    other = sqlite3.connect(stage.data / "wenda.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@asynccontextmanager
async def disk_full(stage: Stage) -> AsyncIterator[None]:
    """No file of the service's may grow or be written past its first byte: every write fails, as root's too."""
    before = resource.prlimit(stage.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(stage.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(stage.pid, resource.RLIMIT_FSIZE, before)


def by_signal(number: int) -> Fault:
    """What faults_child does at that signal, and undoes at the next."""

    @asynccontextmanager
    async def broken(stage: Stage) -> AsyncIterator[None]:
        os.kill(stage.pid, number)
        await asyncio.sleep(0.2)
        try:
            yield
        finally:
            os.kill(stage.pid, number)
            await asyncio.sleep(0.2)

    return broken
