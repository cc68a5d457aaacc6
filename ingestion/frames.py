"""Frames between the service and its ingestion processes: a JSON head and raw bytes.

Never pickle: what comes back from a process that has read a hostile file is data and cannot become code.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

import orjson

from app.knowledge.preparing import Metadata

SIZES = struct.Struct("<II")
_GOES_ON = "goes_on"


@dataclass(frozen=True, slots=True)
class Frame:
    head: Mapping[str, Any]
    body: bytes = b""

    def packed(self) -> bytes:
        head = orjson.dumps(self.head)
        return SIZES.pack(len(head), len(self.body)) + head + self.body


def part(body: bytes) -> Frame:
    """The beginning of an answer's body: what follows it goes on, and the frame that is no part has the head."""
    return Frame({_GOES_ON: True}, body)


def goes_on(frame: Frame) -> bool:
    return bool(frame.head.get(_GOES_ON))


def unpacked(head: bytes, body: bytes) -> Frame:
    return Frame(orjson.loads(head), body)


def serve(answer: Callable[[Frame], Iterable[Frame]]) -> None:
    """Answer frames from standard input until it closes. Anything else printed goes to standard error.

    A request is held by nobody but `answer`, which may let go of its bytes before it is done. Each frame of an answer
    is written before the next is asked for, so that a long one (see `part`) is never held whole.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent closes us in order
    with os.fdopen(os.dup(1), "wb") as out, os.fdopen(os.dup(0), "rb") as source:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        while requests := _read(source):
            for frame in answer(requests.pop()):
                head = orjson.dumps(frame.head)
                out.writelines((SIZES.pack(len(head), len(frame.body)), head, frame.body))
                out.flush()


def _read(source: BinaryIO) -> list[Frame]:
    """The next frame, or none at the end."""
    sizes = source.read(SIZES.size)
    if len(sizes) < SIZES.size:
        return []
    head, body = SIZES.unpack(sizes)
    return [unpacked(source.read(head), source.read(body))]


def metadata_to(metadata: Metadata) -> dict[str, Any]:
    return {
        "kind": metadata.kind,
        "title": metadata.title,
        "product_code": metadata.product_code,
        "risk_level": metadata.risk_level,
        "valid_from": metadata.valid_from.isoformat() if metadata.valid_from else None,
        "valid_to": metadata.valid_to.isoformat() if metadata.valid_to else None,
        "audience": metadata.audience,
    }


def metadata_from(data: Mapping[str, Any]) -> Metadata:
    return Metadata(
        kind=data["kind"],
        title=data["title"],
        product_code=data["product_code"],
        risk_level=data["risk_level"],
        valid_from=_day(data["valid_from"]),
        valid_to=_day(data["valid_to"]),
        audience=data["audience"],
        left_empty=tuple(data.get("left_empty", ())),
    )


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
