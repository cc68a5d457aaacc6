"""`python -m ingestion PATH`: a folder or file into the library, a progress bar, then a table of outcomes.

A file that fails stops nobody else; running it again changes nothing that has not changed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from app.errors import AppError
from app.knowledge.passage import Kind
from app.knowledge.preparing import Source
from app.logs import configure as configure_logs
from app.settings import Settings
from ingestion.doors import Door, JobState, KnownVersion, LibraryDoor, ServiceDoor
from ingestion.frames import metadata_to
from ingestion.inspection import is_archive
from ingestion.manifest import BadManifest, Found, find_files, missing_files

Show = Callable[[str, JobState | None], None]

_AT_ONCE = 6  # documents under way: enough to keep both processes busy, few enough to see what happens
_LOOK_EVERY_S = 0.2
_SAID = {"created": "新建", "new_version": "新版本", "unchanged": "未变", "failed": "失败"}
_STEPS = {"queued": "排队", "reading": "读取", "parse": "解析", "encode": "向量化", "index": "入库", "done": "完成"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """outcome: created | new_version | unchanged | failed."""

    path: str
    outcome: str
    passages: int = 0
    warnings: tuple[str, ...] = ()
    code: str = ""
    title: str = ""
    document_id: str = ""
    version: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description="把文件夹或文件收进知识库")
    parser.add_argument("path", type=Path, help="文件夹或文件")
    parser.add_argument("--kind", choices=get_args(Kind), help="没有写明类型的文件按此类型收录")
    parser.add_argument("--approve", action="store_true", help="收录后提交并批准（否则为草稿）")
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="在哪里读取和向量化：本机（默认），或 Ray 集群（RAY_ADDRESS）",
    )
    options = parser.parse_args(arguments)
    try:
        families = find_files(options.path, options.kind)
        missing = missing_files(options.path)
    except FileNotFoundError:
        print(f"没有找到 {options.path}，请检查路径后重试。", file=sys.stderr)
        return 1
    except BadManifest as failure:
        print("\n".join([failure.title, *getattr(failure, "__notes__", [])]), file=sys.stderr)
        return 1
    try:
        work = _work_on_ray if options.engine == "ray" else _work
        outcomes = asyncio.run(work(Settings(), families, approve=options.approve))
    except AppError as failure:
        print(f"{failure.title}（{failure.code}）", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断；再次运行会接着完成。", file=sys.stderr)
        return 130
    outcomes += [
        Outcome(path, "failed", code="missing_file", title="manifest.json 提到的文件不存在。") for path in missing
    ]
    print(table(outcomes))
    return 1 if any(outcome.outcome == "failed" for outcome in outcomes) else 0


async def _work(settings: Settings, families: Sequence[Sequence[Found]], *, approve: bool) -> list[Outcome]:
    async with _open_door(settings) as door:
        total = sum(map(len, families))
        with progress_bar(total) as bar:
            return await ingest(door, families, approve=approve, bar=bar)


async def _work_on_ray(settings: Settings, families: Sequence[Sequence[Found]], *, approve: bool) -> list[Outcome]:
    """Always on the records and the index themselves: a running service reads what is uploaded to it on its own."""
    from app.composition import Replacements, open_library
    from ingestion.ray_engine import ray_preparer

    configure_logs("WARNING")
    _prepare_model(settings)
    async with ray_preparer(settings) as preparer, open_library(settings, Replacements(prepare=preparer)) as library:
        print("由 Ray 读取和向量化，由本机写入数据库和索引。", file=sys.stderr)
        door = LibraryDoor(library, settings.tenant)
        await preparer.begin(await _unknown(door, families))
        with progress_bar(sum(map(len, families))) as bar:
            outcomes = await ingest(door, families, approve=approve, bar=bar)
        if preparer.here:
            print(f"其中 {preparer.here} 份在本机读取。", file=sys.stderr)
    return outcomes


async def _unknown(door: LibraryDoor, families: Sequence[Sequence[Found]]) -> list[Found]:
    """The files of which the library has no version yet that is the same in everything."""
    held = await door.all_versions()
    unknown: list[Found] = []
    for family in families:
        known = next((held[found.path] for found in family if found.path in held), [])
        for found in family:
            content = await asyncio.to_thread(found.file.read_bytes)
            if not any(_is_same(version, found, content) for version in known):
                unknown.append(found)
    return unknown


def progress_bar(total: int) -> tqdm[Any]:
    """A moving bar in a terminal; elsewhere, a log for instance, a line for each tenth."""
    if sys.stderr.isatty():
        return tqdm(total=total, desc="收录", unit="份", file=sys.stderr, disable=total == 0)
    return tqdm(
        total=total,
        desc="收录",
        unit="份",
        file=_Lines(),
        disable=total == 0,
        miniters=max(total // 10, 1),
        mininterval=0,
        maxinterval=float("inf"),
    )


class _Lines:
    """Standard error, each state of the bar a line of its own."""

    def write(self, text: str) -> None:
        if shown := text.strip("\r\n"):
            print(shown, file=sys.stderr)

    def flush(self) -> None:
        sys.stderr.flush()


@asynccontextmanager
async def _open_door(settings: Settings) -> AsyncIterator[Door]:
    service = await ServiceDoor.knock(settings)
    if service is not None:
        print(f"经由运行中的服务 {settings.url}", file=sys.stderr)
        try:
            yield service
        finally:
            await service.close()
        return
    print(f"没有运行中的服务，直接写入 {settings.data_dir}", file=sys.stderr)
    configure_logs("WARNING")  # what succeeds is in the table
    _prepare_model(settings)
    from app.composition import open_library  # only without a service: it brings the whole index along

    async with open_library(settings) as library:
        yield LibraryDoor(library, settings.tenant)


def _prepare_model(settings: Settings) -> None:
    if not settings.embedding.base_url:
        from deploy.local.embedding_model import prepare  # heavy, and the service has done it already when it runs

        prepare(settings.cache_dir)


async def ingest(
    door: Door, families: Sequence[Sequence[Found]], *, approve: bool, bar: tqdm[Any] | None = None
) -> list[Outcome]:
    """Every file once, in the order found; several documents at a time, the versions of one after another."""
    gate = asyncio.Semaphore(_AT_ONCE)
    steps: dict[str, str] = {}

    def show(path: str, job: JobState | None) -> None:
        if job is None:
            steps.pop(path, None)
        else:
            steps[path] = f"{_STEPS.get(job.step, job.step)} {job.done}/{job.total}"
        if bar is not None:
            shown = next((f"{name} {step}" for name, step in steps.items()), "")
            bar.set_postfix_str(shown, refresh=sys.stderr.isatty())

    async def document(family: Sequence[Found]) -> list[Outcome]:
        async with gate:
            if is_archive(family[0].path):
                return [outcome for found in family for outcome in await archive(found)]
            known = await _known_versions(door, family) if len(family) > 1 else []
            outcomes: list[Outcome] = []
            document_id = known[0].document_id if known else None
            for found in family:
                outcome = await _one(door, found, known, document_id, show)
                document_id = document_id or (outcome.document_id if len(family) > 1 else None) or None
                if approve and outcome.outcome != "failed":
                    outcome = await _publish(door, outcome)
                outcomes.append(outcome)
                show(found.path, None)
                if bar is not None:
                    bar.update()
            return outcomes

    async def archive(found: Found) -> list[Outcome]:
        outcomes = [
            await _publish(door, outcome) if approve and outcome.outcome != "failed" else outcome
            for outcome in await _archive(door, found, show)
        ]
        show(found.path, None)
        if bar is not None:
            bar.update()
        return outcomes

    done = await asyncio.gather(*map(document, families))
    return sorted((outcome for outcomes in done for outcome in outcomes), key=lambda outcome: outcome.path)


async def _known_versions(door: Door, family: Sequence[Found]) -> list[KnownVersion]:
    for found in family:
        if known := await door.versions(found.path):
            return known
    return []


async def _one(door: Door, found: Found, known: Sequence[KnownVersion], document_id: str | None, show: Show) -> Outcome:
    content = await asyncio.to_thread(found.file.read_bytes)
    for version in known:
        if _is_same(version, found, content):
            return Outcome(found.path, "unchanged", document_id=version.document_id, version=version.version)
    try:
        job_id = await door.upload(Source(found.path, content), found.metadata, document_id)
        return await _ended(door, found.path, job_id, show)
    except AppError as failure:
        return Outcome(found.path, "failed", code=failure.code, title=failure.title)


async def _archive(door: Door, found: Found, show: Show) -> list[Outcome]:
    """An outcome for every member; one for the whole archive when nothing can be taken from it."""
    content = await asyncio.to_thread(found.file.read_bytes)
    outcomes = []
    try:
        for member in await door.upload_archive(Source(found.path, content), found.metadata):
            path = f"{found.path}/{member.path}"
            if member.error is not None:
                outcomes.append(Outcome(path, "failed", code=member.error.code, title=member.error.title))
            else:
                outcomes.append(await _ended(door, path, member.job_id, show))
    except AppError as failure:
        outcomes.append(Outcome(found.path, "failed", code=failure.code, title=failure.title))
    return outcomes


async def _ended(door: Door, path: str, job_id: str, show: Show) -> Outcome:
    """What became of one file. Raises AppError."""
    job = await door.job(job_id)
    while job.status not in ("done", "failed"):
        show(path, job)
        await asyncio.sleep(_LOOK_EVERY_S)
        job = await door.job(job_id)
    titles = tuple(warning.title for warning in job.warnings)
    if job.error is not None or job.outcome is None:
        error = job.error
        code, title = (error.code, error.title) if error else ("internal", "")
        return Outcome(path, "failed", warnings=titles, code=code, title=title)
    return Outcome(path, job.outcome, job.total, titles, document_id=job.document_id, version=job.version)


async def _publish(door: Door, outcome: Outcome) -> Outcome:
    try:
        await door.publish(outcome.document_id, outcome.version)
    except AppError as failure:
        return replace(outcome, outcome="failed", code=failure.code, title=failure.title)
    return outcome


def _is_same(version: KnownVersion, found: Found, content: bytes) -> bool:
    """Same bytes, and nothing that the manifest says differs from what the version has."""
    if version.status == "withdrawn" or version.sha256 != hashlib.sha256(content).hexdigest():
        return False
    said: Mapping[str, str | None] = metadata_to(found.metadata)
    return all(version.said.get(name) == value for name, value in said.items() if value is not None)


def table(outcomes: Sequence[Outcome]) -> str:
    """A line a file, aligned for a terminal where Chinese letters take two places; totals last."""
    rows = [("文件", "结果", "段落", "说明")]
    for outcome in outcomes:
        reason = [f"{outcome.code}：{outcome.title}"] if outcome.outcome == "failed" else []
        note = " ".join([*reason, *outcome.warnings])
        rows.append((outcome.path, _SAID[outcome.outcome], str(outcome.passages or ""), note))
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    counts = {name: sum(one.outcome == name for one in outcomes) for name in _SAID}
    total = "，".join(f"{_SAID[name]} {count}" for name, count in counts.items() if count)
    return "\n".join(
        [*(line.rstrip() for line in lines), "", f"共 {len(outcomes)} 份" + (f"：{total}" if total else "")]
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
