"""The embedded index: a Qdrant Edge shard on disk, owned by a process of its own.

Searches go on while the shard is optimised: a copy is optimised by a second process, catches up on the writes made
meanwhile, and takes over when the pointer file CURRENT is renamed. At every moment CURRENT names a folder that holds
every acknowledged write; the file REBUILDING says that these are not yet all passages.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import structlog

from app.errors import AppError
from app.knowledge import edge_process
from app.knowledge.edge_process import EdgeProcess, OwnerGone
from app.knowledge.filters import owned
from app.knowledge.index import DocumentChange, Hit, IndexLayout, IndexPoint, IndexQuery
from app.knowledge.index_failures import IndexBusy, IndexRebuilding, LayoutChanged, failed
from app.knowledge.passage import Passage, Scope
from app.knowledge.payload import changed_payload, passage_of, payload_of, point_ids

_log = structlog.get_logger(__name__)

# A search waits for at most one chunk of a running upsert: about 8 ms.
_CHUNK = 64
_PAGE = 256
_ATTEMPTS = 5
_LOCK_WAIT_S = 5.0
_CURRENT, _LAYOUT, _REBUILDING, _SHARD = "CURRENT", "layout.json", "REBUILDING", "shard"


class QdrantEdgeIndex:
    """KnowledgeIndex for one service process. `start` is optional: the first request starts what is missing.

    optimize_every: points written since the last optimisation that start one in the background by themselves.
    """

    def __init__(self, folder: Path, layout: IndexLayout, *, optimize_every: int = 5000) -> None:
        self._folder, self._layout, self._optimize_every = folder, layout, optimize_every
        self._held: IO[str] | None = None
        self._owner: EdgeProcess | None = None
        self._generation: Path | None = None
        self._starting, self._writing, self._moving = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._since_copy: list[tuple[str, tuple[Any, ...]]] | None = None
        self._changed, self._written = True, 0
        self._rebuilding = False
        self._background: asyncio.Task[None] | None = None
        self._start: asyncio.Task[EdgeProcess] | None = None

    async def start(self) -> None:
        await self._running()

    async def upsert(self, points: Sequence[IndexPoint]) -> None:
        payloads = [payload_of(point.passage) for point in points]
        for start in range(0, len(points), _CHUNK):
            chunk = zip(points[start : start + _CHUNK], payloads[start : start + _CHUNK], strict=True)
            await self._write("upsert", [_frame(point, payload) for point, payload in chunk])
            self._written += min(_CHUNK, len(points) - start)
        if self._written >= self._optimize_every and self._background is None:
            self._background = asyncio.create_task(self._optimize_unasked(), name="index-optimize")

    async def change(self, changes: Sequence[DocumentChange]) -> None:
        batch = [(owned(c.tenant, c.document_id, c.version), changed_payload(c)) for c in changes]
        await self._write("change", batch)

    async def delete(self, tenant: str, document_id: str, version: int | None = None) -> None:
        await self._write("delete", owned(tenant, document_id, version))

    async def search(self, query: IndexQuery, scope: Scope) -> Mapping[str, Sequence[Hit]]:
        sparse = {name: (vector.indices, vector.values) for name, vector in query.sparse.items()}
        await self._require_whole()
        lists: Mapping[str, Sequence[Hit]] = await self._call("search", dict(query.dense), sparse, scope, query.limit)
        return lists

    async def scroll(self, tenant: str, document_id: str | None = None) -> AsyncIterator[Passage]:
        offset: str | None = None
        while True:
            page, offset = await self._call("scroll", owned(tenant, document_id), offset, _PAGE)
            for point_id, payload in page:
                yield passage_of(point_id, payload)
            if offset is None:
                return

    async def get(self, tenant: str, ids: Sequence[str]) -> Sequence[Passage]:
        wanted = point_ids(list(ids))
        if not wanted:
            return []
        payloads = await self._call("get", owned(tenant), wanted)
        return [passage_of(point_id, payloads[point_id]) for point_id in wanted if point_id in payloads]

    async def count(self, tenant: str | None = None) -> int:
        counted: int = await self._call("count", () if tenant is None else owned(tenant))
        return counted

    async def awaits_rebuilding(self) -> bool:
        await self._running()
        return self._rebuilding

    async def rebuilt(self) -> None:
        await asyncio.to_thread((self._folder / _REBUILDING).unlink, missing_ok=True)
        self._rebuilding = False

    async def optimize(self) -> None:
        async with self._moving:
            await self._running()
            if not self._changed:
                return
            target = self._folder / _new_name()
            try:
                async with self._writing:
                    await self._copy_to(target)
                    self._since_copy, self._changed, self._written = [], False, 0
                await edge_process.optimize(target)
                await self._take_over(target, catch_up=True)
            except BaseException:
                self._changed = True
                await self._discard(target)
                raise
            finally:
                self._since_copy = None

    async def snapshot(self, folder: Path, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Writers wait, searches do not."""
        await self._require_whole()
        partial = folder.with_name(f"{folder.name}.partial")
        async with self._moving:
            await self._running()
            async with self._writing:
                await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
                await self._copy_to(partial / _SHARD)
                if meanwhile is not None:
                    await meanwhile()
        (partial / _LAYOUT).write_text(described(self._layout), encoding="utf-8")
        partial.rename(folder)  # refuses a folder with anything in it
        return True

    async def restore(self, folder: Path) -> None:
        """Replace everything by a snapshot; searches use the old content until the moment of the switch."""
        self._check_layout(folder / _LAYOUT)
        async with self._moving:
            await self._running()
            target = self._folder / _new_name()
            try:
                async with self._writing:
                    await _copy(folder / _SHARD, target)
                    await self._take_over(target, catch_up=False)
                    self._changed = True
                await self.rebuilt()
            except BaseException:
                await self._discard(target)
                raise

    @staticmethod
    def require_rebuilding(folder: Path) -> None:
        """Make an empty index there that answers nothing until it is filled again. Nobody may have it open."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _REBUILDING).touch()

    async def close(self) -> None:
        if self._background is not None:
            self._background.cancel()
            await asyncio.wait([self._background])
        if self._start is not None:
            await asyncio.wait([self._start])
        async with self._moving, self._writing, self._starting:
            if self._owner is not None:
                await self._owner.close()
                self._owner = None
            if self._held is not None:
                self._held.close()
                self._held = None

    async def _require_whole(self) -> None:
        if await self.awaits_rebuilding():
            raise IndexRebuilding

    async def _optimize_unasked(self) -> None:
        try:
            await self.optimize()
        except (AppError, OSError) as failure:  # the index is as good as before; the next large write tries again
            self._written = 0
            _log.warning("index_not_optimized", error=type(failure).__name__)
        finally:
            self._background = None

    async def _write(self, method: str, *arguments: Any) -> None:
        async with self._writing:
            self._changed = True
            if self._since_copy is not None:
                self._since_copy.append((method, arguments))
            await self._call(method, *arguments)

    async def _call(self, method: str, *arguments: Any) -> Any:
        """Every request is idempotent, so one that a dying owner may have half done is simply sent again."""
        for _ in range(_ATTEMPTS):
            try:
                return await (await self._running()).call(method, *arguments)
            except OwnerGone:
                continue
        raise failed(f"{method} ended its owner {_ATTEMPTS} times")

    async def _running(self) -> EdgeProcess:
        """The owner, started when there is none; a caller that gives up does not take a half-started one with it."""
        if self._owner is not None and self._owner.alive:
            return self._owner
        if self._start is None or self._start.done():
            self._start = asyncio.create_task(self._start_owner(), name="index-start")
        return await asyncio.shield(self._start)

    async def _start_owner(self) -> EdgeProcess:
        async with self._starting:
            if self._owner is not None and self._owner.alive:  # an optimisation has just brought another
                return self._owner
            if self._held is None:
                self._held = await self._hold_folder()
            generation = self._generation or self._folder / _new_name()
            owner = await EdgeProcess.start(generation, self._layout)
            try:
                if self._generation is None:
                    await asyncio.to_thread(self._write_pointer, generation)
                    self._point_to(generation)
            except BaseException:  # nothing may be written to a shard that CURRENT does not name
                await owner.close()
                raise
            self._owner = owner
            return owner

    async def _hold_folder(self) -> IO[str]:
        """One service process a folder; a killed one lets go at once, an ending one within moments."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = (self._folder / "lock").open("w")
        deadline = asyncio.get_running_loop().time() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if asyncio.get_running_loop().time() > deadline:
                    lock.close()
                    raise IndexBusy from None
                await asyncio.sleep(0.05)
            else:
                break
        try:
            await asyncio.to_thread(self._find_generation)
        except BaseException:
            lock.close()
            raise
        return lock

    def _find_generation(self) -> None:
        """Follow CURRENT, and clear away what an interrupted optimisation or creation left.

        A shard of another layout is of no use: what it held is made again from the uploads.
        """
        pointer, layout = self._folder / _CURRENT, self._folder / _LAYOUT
        if pointer.exists() and layout.read_text(encoding="utf-8") != described(self._layout):
            _log.warning("index_layout_changed", folder=self._folder.name)
            self._write_durably(_REBUILDING, "")
            pointer.unlink()  # only now: a kill in between starts this again
        self._rebuilding = (self._folder / _REBUILDING).exists()
        if pointer.exists():
            generation = self._folder / pointer.read_text(encoding="utf-8")
            if not generation.is_dir():  # an empty index in its place would look like an answer
                raise failed(f"{_CURRENT} names a folder that is not there")
            self._generation = generation
        else:
            layout.write_text(described(self._layout), encoding="utf-8")
        for folder in self._folder.glob(f"{_SHARD}-*"):
            if folder != self._generation:
                # A process that was killed may still be closing its files there; what stays goes at the next start.
                shutil.rmtree(folder, ignore_errors=True)

    def _check_layout(self, path: Path) -> None:
        if path.read_text(encoding="utf-8") != described(self._layout):
            raise LayoutChanged

    def _write_pointer(self, generation: Path) -> None:
        self._write_durably(f"{_CURRENT}.new", generation.name)

    def _write_durably(self, name: str, text: str) -> None:
        with (self._folder / name).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def _point_to(self, generation: Path) -> None:
        """The moment of the switch: nothing can be cancelled between the rename and our own knowledge of it."""
        (self._folder / f"{_CURRENT}.new").replace(self._folder / _CURRENT)
        self._generation = generation

    async def _discard(self, target: Path) -> None:
        if target != self._generation:
            await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)

    async def _copy_to(self, target: Path) -> None:
        """Copy the shard while no writer runs: what a kill would leave at this moment, so the log completes it.

        Flushing first would hold up the searches for as long as the disk takes.
        """
        await self._call("count", ())  # answered after every write that a cancelled caller left on the wire
        assert self._generation is not None
        await _copy(self._generation, target)

    async def _take_over(self, target: Path, *, catch_up: bool) -> None:
        """Start an owner on the target folder, bring it up to date, switch to it, retire the old one and its folder."""
        fresh = await EdgeProcess.start(target, self._layout)
        try:
            if catch_up:
                await self._catch_up(fresh)  # without the lock: writers wait only for what is left
                async with self._writing:
                    await self._catch_up(fresh)
                    retired = await self._switch(fresh, target)
            else:
                retired = await self._switch(fresh, target)
        except OwnerGone:
            raise failed("the new owner ended before it took over") from None
        except BaseException:
            await fresh.close()
            raise
        await _to_its_end(self._retire(*retired))

    async def _retire(self, owner: EdgeProcess | None, generation: Path | None) -> None:
        if owner is not None:
            await owner.close()
        if generation is not None:
            await asyncio.to_thread(shutil.rmtree, generation)

    async def _catch_up(self, fresh: EdgeProcess) -> None:
        assert self._since_copy is not None
        while self._since_copy:
            method, arguments = self._since_copy.pop(0)
            await fresh.call(method, *arguments)

    async def _switch(self, fresh: EdgeProcess, target: Path) -> tuple[EdgeProcess | None, Path | None]:
        async with self._starting:
            await asyncio.to_thread(self._write_pointer, target)
            retired = self._owner, self._generation
            self._point_to(target)
            self._owner = fresh
            return retired


async def _to_its_end(work: Coroutine[Any, Any, Any], given_up: threading.Event | None = None) -> None:
    """Whoever gives up goes once nothing of it runs any more: the folder's next owner finds nobody writing there."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if given_up is not None:
            given_up.set()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _copy(source: Path, target: Path) -> None:
    """Copy a shard; a caller who gives up stops the copying at its next file."""
    given_up = threading.Event()

    def copy_file(origin: str, destination: str) -> str:
        if given_up.is_set():
            raise failed("copying was given up")
        return shutil.copy2(origin, destination)

    await _to_its_end(asyncio.to_thread(shutil.copytree, source, target, copy_function=copy_file), given_up)


def _frame(point: IndexPoint, payload: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]:
    sparse = {name: (vector.indices, vector.values) for name, vector in point.sparse.items()}
    return point.passage.id, dict(point.dense), sparse, payload


def described(layout: IndexLayout) -> str:
    """A layout as text: equal texts, equal layouts."""
    several = {"several": dict(sorted(layout.several.items()))} if layout.several else {}
    return json.dumps({"dense": dict(sorted(layout.dense.items())), "sparse": sorted(layout.sparse), **several})


def _new_name() -> str:
    return f"{_SHARD}-{uuid.uuid4().hex[:12]}"
