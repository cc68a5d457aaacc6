"""`--engine ray`: files are read and encoded all over a Ray cluster; whoever started it writes, and nobody else.

It stands where the local preparer stands, so that ids, outcomes and governance are the library's own. What Ray has
not done, for whatever reason, is done here on this machine: an answer can be late and never missing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.knowledge.index import IndexPoint
from app.knowledge.passage import passage_id
from app.knowledge.preparing import Correction, Member, Metadata, Prepared, RefusedMember, Source
from app.settings import Settings
from ingestion.inspection import is_archive
from ingestion.manifest import Found
from ingestion.preparer import WorkerPreparer
from ingestion.ray_stage import ReadAndEncode, key_of, said_to, stage_settings, unpacked_answer

_ROOT = Path(__file__).resolve().parents[1]


class RayMissing(AppError):
    status, code, title = (
        503,
        "ray_missing",
        "这里没有安装 Ray：先运行 python3 -m deploy.local.environments service ray，再用它打印的 python 重新执行；"
        "不需要多台机器时，去掉 --engine ray 即可。",
    )


class RayUnavailable(AppError):
    status, code, title = (
        503,
        "ray_unavailable",
        "Ray 没有启动或连不上：请检查 RAY_ADDRESS 和集群后重试，或去掉 --engine ray。",
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """name: without folders, as a version keeps it. file: "" when content is there."""

    name: str
    metadata: Metadata
    file: str = ""
    content: bytes | None = None


@asynccontextmanager
async def ray_preparer(settings: Settings) -> AsyncIterator[RayPreparer]:
    """A preparer on the cluster that RAY_ADDRESS names, or on a Ray of this machine's own that ends with it.

    Raises RayMissing, RayUnavailable.
    """
    await asyncio.to_thread(_begin)
    with tempfile.TemporaryDirectory(prefix="wenda-ray-") as folder:
        preparer = RayPreparer(settings, WorkerPreparer(settings), Path(folder))
        try:
            yield preparer
        finally:
            await preparer.close()
            await asyncio.to_thread(_end)


class RayPreparer:
    """Implements app.knowledge.preparing.Prepare. here: files that were prepared on this machine after all."""

    def __init__(self, settings: Settings, local: WorkerPreparer, folder: Path) -> None:
        self._local = local
        self._given = stage_settings(settings)
        self._folder = folder
        self._expected: dict[str, asyncio.Future[Path | None]] = {}
        self._line: asyncio.Queue[Sequence[_Row]] = asyncio.Queue()
        self._running = asyncio.create_task(self._run(), name="ray-engine")
        self.here = 0

    async def begin(self, files: Sequence[Found]) -> None:
        """Start on these files; `prepare` finds what has become of them. Archives are opened when their turn comes."""
        rows = [
            _Row(found.path.rsplit("/", 1)[-1], found.metadata, file=str(found.file.absolute()))
            for found in files
            if not is_archive(found.path)
        ]
        self._expect(rows, [await asyncio.to_thread(_key_of_file, row) for row in rows])

    def inspect(self, source: Source) -> None:
        self._local.inspect(source)

    def is_archive(self, path: str) -> bool:
        return self._local.is_archive(path)

    async def unpack(self, source: Source, metadata: Metadata) -> Sequence[Member | RefusedMember]:
        """Opened here, since all of it is needed before any of it; its members go to Ray."""
        members = await self._local.unpack(source, metadata)
        whole = [member for member in members if isinstance(member, Member)]
        rows = [_Row(one.path.rsplit("/", 1)[-1], one.metadata, content=one.content) for one in whole]
        self._expect(rows, [key_of(Source(row.name, row.content or b""), row.metadata) for row in rows])
        return members

    async def prepare(
        self,
        source: Source,
        metadata: Metadata,
        *,
        tenant: str,
        document_id: str,
        version: int,
        on_progress: Callable[[str, int, int], None] | None = None,
        corrections: Sequence[Correction] = (),
    ) -> Prepared:
        """As WorkerPreparer.prepare. A version with corrections is always prepared here: they come after reading."""
        self.inspect(source)
        waiting = self._expected.get(key_of(source, metadata)) if not corrections else None
        if waiting is not None:
            if on_progress is not None:
                on_progress("parse", 0, 1)
            kept = await asyncio.shield(waiting)
            if kept is not None:
                made = await asyncio.to_thread(lambda: unpacked_answer(kept.read_bytes()))
                if on_progress is not None:
                    on_progress("encode", len(made.points), len(made.points))
                points = [_owned(point, tenant, document_id, version) for point in made.points]
                return replace(made, points=points)
        self.here += 1
        return await self._local.prepare(
            source,
            metadata,
            tenant=tenant,
            document_id=document_id,
            version=version,
            on_progress=on_progress,
            corrections=corrections,
        )

    async def render(self, source: Source, page: int, width: int) -> bytes:
        return await self._local.render(source, page, width)

    async def close(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._local.close()

    def _expect(self, rows: Sequence[_Row], keys: Sequence[str]) -> None:
        """Files that are the same in everything are read once."""
        fresh = {key: row for key, row in zip(keys, rows, strict=True) if key not in self._expected}
        loop = asyncio.get_running_loop()
        self._expected.update({key: loop.create_future() for key in fresh})
        if fresh:
            self._line.put_nowait(list(fresh.values()))

    async def _run(self) -> None:
        """One dataset after another: two at once would wait for each other's places."""
        while True:
            rows = list(await self._line.get())
            while not self._line.empty():
                rows += self._line.get_nowait()
            loop = asyncio.get_running_loop()
            try:
                await asyncio.to_thread(self._spread, rows, loop)
            except Exception as error:  # whatever Ray's own failures are: this machine goes on alone
                print(f"Ray 中断（{type(error).__name__}），其余文件在本机继续。", file=sys.stderr)
            if self._line.empty():
                for waiting in self._expected.values():
                    if not waiting.done():
                        waiting.set_result(None)

    def _spread(self, rows: Sequence[_Row], loop: asyncio.AbstractEventLoop) -> None:
        import ray

        places = max(int(ray.cluster_resources().get("CPU", 1)), 1)
        dataset = ray.data.from_items(
            [
                {"name": row.name, "file": row.file, "content": row.content, "metadata": said_to(row.metadata)}
                for row in rows
            ],
            override_num_blocks=min(len(rows), 8 * places),
        ).map_batches(
            ReadAndEncode,
            fn_constructor_args=(self._given,),
            batch_size=1,  # files differ too much in size for more
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=min(places, len(rows))),
            num_cpus=0.5,  # its child processes do the work; whole ones would leave none for the rows to come
        )
        for row in dataset.iter_rows():
            kept = self._folder / row["key"]
            kept.write_bytes(row["answer"])
            loop.call_soon_threadsafe(self._done, row["key"], kept)

    def _done(self, key: str, kept: Path) -> None:
        waiting = self._expected.get(key)
        if waiting is not None and not waiting.done():
            waiting.set_result(kept)


def _key_of_file(row: _Row) -> str:
    return key_of(Source(row.name, Path(row.file).read_bytes()), row.metadata)


def _owned(point: IndexPoint, tenant: str, document_id: str, version: int) -> IndexPoint:
    passage = point.passage
    id = passage_id(document_id, version, passage.ordinal, passage.text)
    return replace(point, passage=replace(passage, id=id, tenant=tenant, document_id=document_id, version=version))


def _begin() -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anyone
    if find_spec("ray") is None:
        raise RayMissing()
    import ray

    paths = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    own: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    try:
        ray.init(
            log_to_driver=False,
            logging_level=logging.ERROR,
            ignore_reinit_error=True,
            runtime_env={"env_vars": {"PYTHONPATH": paths, "RAY_USAGE_STATS_ENABLED": "0"}},
            **own,
        )
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise RayUnavailable() from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # the command has a bar of its own


def _end() -> None:
    import ray

    ray.shutdown()
