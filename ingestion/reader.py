"""The process that reads hostile files: parse, recognise, split. It sees one file and nothing else of the service.

It has no secrets in its environment, a memory limit from its start and a processor limit for each file; when a file
kills it, only that file fails.

    python -m ingestion.reader
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from collections.abc import Sequence
from typing import Any

from app.knowledge.preparing import Metadata, Notice, PreparationFailed
from ingestion.failures import failure
from ingestion.frames import Frame, metadata_from, metadata_to, serve
from ingestion.load import load
from ingestion.proposing import propose
from ingestion.splitting import Piece, split
from ingestion.structure import recognise

_LONGEST_REPORT = 50


def main(arguments: Sequence[str]) -> int:
    """arguments: address space in bytes, processor seconds for one file, niceness."""
    memory, seconds, niceness = int(arguments[0]), int(arguments[1]), int(arguments[2])
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    logging.disable(logging.CRITICAL)  # parsers like to quote the text they stumble over

    def answer(frame: Frame) -> Frame:
        _allow_processor(seconds)
        try:
            return Frame(read(frame.head["path"], frame.body, metadata_from(frame.head["metadata"])))
        except PreparationFailed as problem:
            return Frame({"code": problem.code})
        except MemoryError:
            return Frame({"code": "too_large"})
        except RecursionError:
            return Frame({"code": "too_large"})
        except Exception:  # whatever a parser makes of a broken file
            return Frame({"code": "corrupt"})

    serve(lambda frame: [answer(frame)])
    return 0


def read(path: str, content: bytes, said: Metadata) -> dict[str, Any]:
    """Pieces, complete metadata, warnings and pages of one file, ready for JSON. Raises PreparationFailed."""
    loaded = load(path, content)
    blocks = recognise(loaded)
    metadata, notices = propose(path, loaded, blocks, said)
    pieces = list(split(blocks, metadata.title or ""))
    if not pieces:
        raise failure("no_text")
    return {
        "metadata": metadata_to(metadata),
        "pieces": [_piece(piece) for piece in pieces],
        "warnings": [_notice(notice) for notice in (*loaded.warnings, *notices)][:_LONGEST_REPORT],
        "pages": loaded.pages,
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {"text": piece.text, "section": piece.section, "page": piece.page, "question": piece.question}


def _notice(notice: Notice) -> dict[str, str]:
    return {"code": notice.code, "title": notice.title}


def _allow_processor(seconds: int) -> None:
    """Grant this file its time; the kernel ends the process beyond it, even when the parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
