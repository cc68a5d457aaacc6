"""Files to encoded passages in child processes, so that the service's own loop only ever waits.

The readers parse (hostile input, hard limits, easily replaced); the encoder holds the model. A prepared version
exists whole or not at all: nothing is written anywhere before the last passage is encoded.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.errors import AppError
from app.knowledge.index import IndexPoint
from app.knowledge.passage import Passage, passage_id, text_sha256
from app.knowledge.preparing import (
    Correction,
    KeptOut,
    Member,
    Metadata,
    Notice,
    PreparationFailed,
    Prepared,
    RefusedMember,
    Source,
    corrected,
)
from app.settings import Settings
from ingestion.failures import failure, nothing_left
from ingestion.frames import Frame, metadata_from, metadata_to
from ingestion.inspection import format_of, inspect, inspect_archive, is_archive
from ingestion.manifest import members_of, missing_members
from ingestion.ocr import ocr_is_installed
from ingestion.point_frames import unpacked_points
from ingestion.pool import WorkerPool
from ingestion.worker import Take, Worker, WorkerEnded

Progress = Callable[[str, int, int], None]

_TOGETHER = 32  # passages encoded between two reports
_ENCODING_S = 600.0  # for those, the loading of the model included
_ENDED_BY: dict[int, str] = {signal.SIGXCPU: "parse_timeout", signal.SIGKILL: "too_large"}


class EncodingFailed(AppError):
    """The encoder ended twice, or its embedder refused; the file itself may be fine."""

    status, code, title = 503, "encoding_failed", "知识处理暂时不可用，请稍后重试。"


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """memory: bytes of address space of the reader. seconds: for one file. niceness: how far it gives way.

    Recognising scans has its own: the models need more room, and a page about seven seconds of one core.
    """

    memory: int = 2 * 1024**3
    seconds: int = 120
    niceness: int = 10
    ocr_memory: int = 4 * 1024**3
    ocr_seconds: int = 1800
    image_seconds: int = 20


class WorkerPreparer:
    """Implements app.knowledge.preparing.Prepare. Several calls may overlap: one file is read while another encodes."""

    def __init__(self, settings: Settings, limits: ReadingLimits | None = None) -> None:
        self._limits = limits or ReadingLimits()
        self._upload_bytes = settings.limits.upload_bytes
        bounds = (self._limits.memory, self._limits.seconds, self._limits.niceness)
        self._readers = WorkerPool(
            settings.ingestion.readers,
            lambda: Worker("ingestion.reader", [str(bound) for bound in bounds], shielded=True),
        )
        # Scans and pictures of pages have readers of their own: neither waits for the other, or for other files.
        scans = (self._limits.ocr_memory, self._limits.ocr_seconds, self._limits.niceness, "ocr")
        self._scans = Worker("ingestion.reader", [str(bound) for bound in scans], shielded=True)
        images = (self._limits.memory, self._limits.image_seconds, 0)
        self._images = Worker("ingestion.reader", [str(bound) for bound in images], shielded=True)
        self._encoder = Worker("ingestion.encoder", [str(self._limits.niceness)], shielded=False)
        self._opening = _opening(settings)

    @property
    def encoder_pid(self) -> int | None:
        """None before the first file."""
        return self._encoder.pid

    def inspect(self, source: Source) -> None:
        inspect(source, limit=self._upload_bytes)

    def is_archive(self, path: str) -> bool:
        return is_archive(path)

    async def unpack(self, source: Source, metadata: Metadata) -> Sequence[Member | RefusedMember]:
        """Raises PreparationFailed, BadManifest."""
        inspect_archive(source, limit=self._upload_bytes)
        answer = await self._ask(Frame({"unpack": True}, source.content))
        held: list[RefusedMember] = []
        contents: dict[str, bytes] = {}
        start = 0
        for member in answer.head["members"]:
            if member["code"]:
                problem = failure(member["code"])
                held.append(RefusedMember(member["path"], Notice(problem.code, problem.title)))
            else:
                contents[member["path"]] = answer.body[start : start + member["size"]]
                start += member["size"]
        refused = {member.path for member in held}
        return [*members_of(contents, metadata), *held, *missing_members(contents, refused)]

    async def prepare(
        self,
        source: Source,
        metadata: Metadata,
        *,
        tenant: str,
        document_id: str,
        version: int,
        on_progress: Progress | None = None,
        corrections: Sequence[Correction] = (),
    ) -> Prepared:
        """Steps: "parse" (files), "encode" (passages). Raises PreparationFailed, EncodingFailed."""
        report = on_progress or _silent
        self.inspect(source)
        report("parse", 0, 1)
        read = await self._read(source, metadata)
        report("parse", 1, 1)
        full = metadata_from(read["metadata"])
        texts, lost = corrected([piece["text"] for piece in read["pieces"]], corrections)
        pieces = [{**piece, "text": text} for piece, text in zip(read["pieces"], texts, strict=True)]
        passages = await _passages(pieces, full, tenant, document_id, version)
        points = [point async for point in self._encode(passages, report)]
        warnings, kept_out = _told(read)
        return Prepared(full, points, [*warnings, *lost], read["pages"], kept_out)

    async def close(self) -> None:
        await asyncio.gather(*(w.close() for w in (self._readers, self._scans, self._images, self._encoder)))

    async def render(self, source: Source, page: int, width: int) -> bytes:
        """Raises PreparationFailed: no_page_image, no_page, encrypted, corrupt, too_large, parse_timeout."""
        request = Frame({"path": source.path, "page": page, "width": width}, source.content)
        return (await self._ask(request, self._images, self._limits.image_seconds)).body

    async def _read(self, source: Source, metadata: Metadata) -> Mapping[str, Any]:
        said = {**metadata_to(metadata), "left_empty": metadata.left_empty}
        request = Frame({"path": source.path, "metadata": said}, source.content)
        try:
            read = await self._pieces(request)
        except PreparationFailed as problem:
            if problem.code != "no_text" or format_of(source.path) != "pdf":
                raise
            if not ocr_is_installed():
                raise nothing_left(problem.warnings, problem.kept_out, scan=True) from None
        else:
            if not (ocr_is_installed() and any(notice["code"] == "pages_without_text" for notice in read["warnings"])):
                return read
        return await self._pieces(request, self._scans, self._limits.ocr_seconds)

    async def _pieces(
        self, request: Frame, worker: Worker | None = None, seconds: float | None = None
    ) -> Mapping[str, Any]:
        """What the reader says, its pieces unpacked as they come: a long document is never held packed."""
        pieces: list[Mapping[str, Any]] = []

        def take(lines: bytes) -> None:
            pieces.extend(map(orjson.loads, lines.splitlines()))

        answer = await self._ask(request, worker, seconds, take)
        return {**answer.head, "pieces": pieces}

    async def _ask(
        self, request: Frame, worker: Worker | None = None, seconds: float | None = None, take: Take | None = None
    ) -> Frame:
        """worker: one of the readers unless given. seconds: its processor's, for one file. take: as of Worker.ask."""
        reader, seconds = worker or self._readers, seconds or self._limits.seconds
        try:
            # The processor limit inside the reader is the real one; this one also ends a reader that sleeps.
            answer = await reader.ask(request, 2 * seconds, take)
        except TimeoutError:
            raise failure("parse_timeout") from None
        except WorkerEnded as ended:
            raise failure(_ENDED_BY.get(ended.signal, "corrupt")) from None
        code = answer.head.get("code")
        if code == "no_text":
            raise nothing_left(*_told(answer.head))
        if code is not None:
            raise failure(code)
        return answer

    async def _encode(self, passages: Sequence[Passage], report: Progress) -> AsyncIterator[IndexPoint]:
        report("encode", 0, len(passages))
        done = 0
        for again in (True, False):
            try:
                async for point in self._encoded(passages[done:]):
                    yield point
                    done += 1
                    if done % _TOGETHER == 0 or done == len(passages):
                        report("encode", done, len(passages))
                return
            except (WorkerEnded, TimeoutError):
                if not again:
                    raise EncodingFailed from None

    async def _encoded(self, passages: Sequence[Passage]) -> AsyncIterator[IndexPoint]:
        for start in range(0, len(passages), _TOGETHER):
            batch = passages[start : start + _TOGETHER]
            request = Frame({"open": self._opening}, orjson.dumps(batch))
            answer = await self._encoder.ask(request, _ENCODING_S)
            if problem := answer.head.get("problem"):
                raise EncodingFailed(problem["title"], code=problem["code"], status=problem["status"])
            for point in unpacked_points(batch, answer):
                yield point


async def _passages(
    pieces: Sequence[Mapping[str, Any]], metadata: Metadata, tenant: str, document_id: str, version: int
) -> list[Passage]:
    passages: list[Passage] = []
    for ordinal, piece in enumerate(pieces):
        if ordinal % 200 == 199:
            await asyncio.sleep(0)  # a long document must not hold up anyone's answer
        text = piece["text"]
        passages.append(
            Passage(
                id=passage_id(document_id, version, ordinal, text),
                document_id=document_id,
                version=version,
                ordinal=ordinal,
                tenant=tenant,
                kind="faq" if piece["question"] else metadata.kind or "product",
                title=metadata.title or "",
                section=piece["section"],
                text=text,
                sha256=text_sha256(text),
                question=piece["question"],
                page=piece["page"],
                product_code=metadata.product_code,
                risk_level=metadata.risk_level,
                valid_from=metadata.valid_from,
                valid_to=metadata.valid_to,
                audience=metadata.audience or "public",
                approved=False,
            )
        )
    return passages


def _told(head: Mapping[str, Any]) -> tuple[list[Notice], list[KeptOut]]:
    """What a reader says beside the text: the warnings, and what it kept out."""
    return [Notice(**one) for one in head["warnings"]], [KeptOut(**one) for one in head["kept_out"]]


def _opening(settings: Settings) -> dict[str, Any]:
    """What the encoder needs to build its embedder; it travels over a pipe, never on a command line."""
    embedding = settings.embedding.model_dump(mode="json")
    key = settings.embedding.api_key
    embedding["api_key"] = key.get_secret_value() if key else None
    return {
        "data_dir": str(Path(settings.data_dir).absolute()),
        "cache_dir": str(Path(settings.cache_dir).absolute()),
        "embedding": embedding,
    }


def _silent(step: str, done: int, total: int) -> None:
    """Nobody is watching."""
