"""What one of Ray's workers does: read a file and encode its passages, with the very processes the service has.

Nothing is written here but this machine's cache of vectors. The one who asked gives passages their ids and documents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from app.errors import AppError
from app.knowledge.preparing import KeptOut, Metadata, Notice, PreparationFailed, Prepared, Source
from app.settings import EmbeddingSettings, IngestionSettings, LimitSettings, Settings
from ingestion.frames import SIZES, Frame, metadata_from, metadata_to, unpacked
from ingestion.point_frames import packed_points, passage_of, unpacked_points

if TYPE_CHECKING:
    import pyarrow


def stage_settings(settings: Settings) -> dict[str, Any]:
    """What a worker must know, as plain values: folders, limits and the embedding endpoint with its key."""
    embedding = settings.embedding.model_dump(mode="json")
    key = settings.embedding.api_key
    return {
        "data_dir": str(settings.data_dir.absolute()),
        "cache_dir": str(settings.cache_dir.absolute()),
        "embedding": embedding | {"api_key": key.get_secret_value() if key else None},
        "upload_bytes": settings.limits.upload_bytes,
    }


class ReadAndEncode:
    """For `map_batches` over rows of {name, file, content, metadata}; gives rows of {key, answer}.

    A row has its content, or the path of a file that every worker can read.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        from ingestion.preparer import WorkerPreparer

        self._runner = asyncio.Runner()
        settings = Settings(
            _env_file=None,
            data_dir=Path(given["data_dir"]),
            cache_dir=Path(given["cache_dir"]),
            embedding=EmbeddingSettings.model_validate(given["embedding"]),
            limits=LimitSettings(upload_bytes=given["upload_bytes"]),
            ingestion=IngestionSettings(readers=1),
        )
        self._preparer = WorkerPreparer(settings)

    def __call__(self, rows: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        keys, answers = [], []
        for row in rows.to_pylist():
            content = row["content"] if row["content"] is not None else Path(row["file"]).read_bytes()
            source, metadata = Source(row["name"], content), said_from(row["metadata"])
            keys.append(key_of(source, metadata))
            answers.append(self._answer(source, metadata))
        return pyarrow.table({"key": pyarrow.array(keys), "answer": pyarrow.array(answers, pyarrow.large_binary())})

    def _answer(self, source: Source, metadata: Metadata) -> bytes:
        preparing = self._preparer.prepare(source, metadata, tenant="", document_id="", version=0)
        try:
            return packed_answer(self._runner.run(preparing))
        except AppError as problem:
            return packed_problem(problem)


def key_of(source: Source, metadata: Metadata) -> str:
    """The same for everything that comes to the same passages."""
    return sha256(
        sha256(source.content).digest() + b"\0" + source.path.encode() + b"\0" + said_to(metadata)
    ).hexdigest()


def said_to(metadata: Metadata) -> bytes:
    return orjson.dumps({**metadata_to(metadata), "left_empty": metadata.left_empty}, option=orjson.OPT_SORT_KEYS)


def said_from(packed: bytes) -> Metadata:
    return metadata_from(orjson.loads(packed))


def packed_answer(made: Prepared) -> bytes:
    frame = packed_points(made.points)
    head = {
        **frame.head,
        "metadata": orjson.loads(said_to(made.metadata)),
        "passages": [point.passage for point in made.points],
        "pages": made.pages,
        **_told(made),
    }
    return Frame(head, frame.body).packed()


def packed_problem(problem: AppError) -> bytes:
    head = {"code": problem.code, "title": problem.title, "status": problem.status}
    told = _told(problem) if isinstance(problem, PreparationFailed) else None
    return Frame({"problem": head, "told": told}).packed()


def unpacked_answer(answer: bytes) -> Prepared:
    """Raises what the preparation raised: PreparationFailed, or another AppError with its code."""
    head_size, body_size = SIZES.unpack_from(answer)
    start = SIZES.size + head_size
    frame = unpacked(answer[SIZES.size : start], answer[start : start + body_size])
    head = frame.head
    if "problem" in head:
        raise _raised(head)
    passages = [passage_of(one) for one in head["passages"]]
    notices, kept_out = _heard(head)
    points = unpacked_points(passages, frame)
    return Prepared(metadata_from(head["metadata"]), points, notices, head["pages"], kept_out)


def _raised(head: Mapping[str, Any]) -> AppError:
    problem, told = head["problem"], head["told"]
    kind = PreparationFailed if told is not None else AppError
    raised = kind(problem["title"], code=problem["code"], status=problem["status"])
    if isinstance(raised, PreparationFailed):
        raised.warnings, raised.kept_out = _heard(told)
    return raised


def _told(from_: Prepared | PreparationFailed) -> dict[str, Any]:
    return {
        "warnings": [asdict(notice) for notice in from_.warnings],
        "kept_out": [asdict(item) for item in from_.kept_out],
    }


def _heard(head: Mapping[str, Any]) -> tuple[list[Notice], list[KeptOut]]:
    return [Notice(**one) for one in head["warnings"]], [KeptOut(**one) for one in head["kept_out"]]
