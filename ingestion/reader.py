"""The process that reads hostile files: parse, recognise, split. It sees one file and nothing else of the service.

It has no secrets in its environment, a memory limit from its start and a processor limit for each file; when a file
kills it, only that file fails.

    python -m ingestion.reader MEMORY SECONDS NICENESS [ocr]
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from app.knowledge.preparing import KeptOut, Metadata, Notice, PreparationFailed
from guardrails import InstructionFinder
from ingestion.archive import unpack
from ingestion.blocks import LeftOut
from ingestion.failures import failure, nothing_left
from ingestion.frames import Frame, metadata_from, metadata_to, part, serve
from ingestion.inspection import format_of
from ingestion.invisible import without_invisible
from ingestion.left_out import INSTRUCTIONS, shown
from ingestion.left_out import notices as left_out_notices
from ingestion.load import load
from ingestion.personal import personal_data_notices
from ingestion.proposing import propose
from ingestion.quarantine import quarantine
from ingestion.splitting import Piece, split
from ingestion.structure import recognise

_LONGEST_REPORT = 50
_PART = 64 * 1024  # bytes


Finds = Callable[[str], object]


def main(arguments: Sequence[str]) -> int:
    """arguments: address space in bytes, processor seconds for one file, niceness, and "ocr" to read scans too."""
    memory, seconds, niceness = int(arguments[0]), int(arguments[1]), int(arguments[2])
    ocr = "ocr" in arguments[3:]
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    logging.disable(logging.CRITICAL)  # parsers like to quote the text they stumble over
    finds = InstructionFinder().find

    def answer(request: Frame) -> Iterator[Frame]:
        _allow_processor(seconds)
        held = [request]
        del request
        try:
            yield from answered(held)
        except PreparationFailed as problem:
            yield Frame({"code": problem.code, **_told(problem.warnings, problem.kept_out)})
        except MemoryError:
            yield Frame({"code": "too_large"})
        except RecursionError:
            yield Frame({"code": "too_large"})
        except Exception:  # whatever a parser makes of a broken file
            yield Frame({"code": "corrupt"})

    def answered(held: list[Frame]) -> Iterator[Frame]:
        frame = held.pop()
        if frame.head.get("unpack"):
            yield unpacked(frame.body)
        elif "page" in frame.head:
            yield rendered(frame)
        else:
            path, said, content = frame.head["path"], metadata_from(frame.head["metadata"]), [frame.body]
            del frame
            told, pieces = _read(path, content, said, finds, ocr=ocr)
            yield from map(part, packed(pieces))
            yield Frame(told)

    serve(answer)
    return 0


def read(path: str, content: bytes, said: Metadata, finds: Finds, *, ocr: bool = False) -> dict[str, Any]:
    """Pieces, complete metadata, warnings, pages and what was kept out of one file, ready for JSON.

    finds: truthy for a text that holds an instruction to the assistant. Raises PreparationFailed.
    """
    told, pieces = _read(path, [content], said, finds, ocr=ocr)
    return {**told, "pieces": [_piece(piece) for piece in pieces]}


def _read(
    path: str, held: list[bytes], said: Metadata, finds: Finds, *, ocr: bool
) -> tuple[dict[str, Any], Iterator[Piece]]:
    """All but the pieces, and the pieces as they are cut. held: the file, let go of once it is parsed."""
    loaded = without_invisible(load(path, held.pop(), ocr=ocr))
    if loaded.title and finds(loaded.title):
        loaded = replace(loaded, title="", left_out=(*loaded.left_out, LeftOut(INSTRUCTIONS, loaded.title)))
    blocks, commands = quarantine(recognise(loaded), finds)
    personal = personal_data_notices(blocks)
    metadata, notices = propose(path, loaded, blocks, said)
    if said.title is None and metadata.title and finds(metadata.title):
        metadata = replace(metadata, title=f"未命名文件{PurePosixPath(path).suffix}")
    hidden = [LeftOut(INSTRUCTIONS, o.text, o.page, o.section) if finds(o.text) else o for o in loaded.left_out]
    left_out = [*commands, *hidden]
    kept_out = [KeptOut(item.text, item.section, item.page, item.code) for item in shown(left_out)]
    pieces = split(blocks, metadata.title or "")
    first = next(pieces, None)
    if first is None:
        raise nothing_left([*left_out_notices(left_out), *loaded.warnings], kept_out)
    told = {
        "metadata": metadata_to(metadata),
        "pages": loaded.pages,
        **_told([*personal, *left_out_notices(left_out), *loaded.warnings, *notices], kept_out),
    }
    return told, chain([first], pieces)


def unpacked(content: bytes) -> Frame:
    """The members of an archive in the head, their bytes one after another in the body. Raises PreparationFailed."""
    members: list[Mapping[str, Any]] = []
    held: list[bytes] = []
    for member in unpack(content):
        members.append({"path": member.path, "size": len(member.content), "code": member.code})
        held.append(member.content)
    return Frame({"members": members}, b"".join(held))


def rendered(request: Frame) -> Frame:
    """The picture of one page in the body. Raises PreparationFailed."""
    from ingestion.load.pdf_image import render  # the library behind it loads late

    if format_of(request.head["path"]) != "pdf":
        raise failure("no_page_image")
    return Frame({}, render(request.body, request.head["page"], request.head["width"]))


def packed(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """The pieces as they are cut, each as JSON on a line of its own, many lines together."""
    lines: list[bytes] = []
    size = 0
    for piece in pieces:
        # Not orjson: it leaves the UTF-8 of every text with that text, and most are the blocks' own.
        line = json.dumps(_piece(piece), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        lines.append(line)
        size += len(line)
        if size > _PART:
            yield b"".join(lines)
            lines.clear()
            size = 0
    if lines:
        yield b"".join(lines)


def _piece(piece: Piece) -> dict[str, Any]:
    return {"text": piece.text, "section": piece.section, "page": piece.page, "question": piece.question}


def _told(warnings: Sequence[Notice], kept_out: Sequence[KeptOut]) -> dict[str, Any]:
    return {
        "warnings": [asdict(notice) for notice in warnings[:_LONGEST_REPORT]],
        "kept_out": [asdict(item) for item in kept_out],
    }


def _allow_processor(seconds: int) -> None:
    """Grant this file its time; the kernel ends the process beyond it, even when the parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
