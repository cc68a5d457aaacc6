"""One part of a backup: a file whose bytes are hashed as they are written, encrypted when there is a key.

Encrypted: frames of a 4-byte length and AES-256-GCM over at most 1 MiB; part name, frame number and whether it is the
last are authenticated, so frames cannot be changed, moved, left out or cut off unseen.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deploy.backups.failures import Damaged, because

_FRAME = 1 << 20
_LENGTH = struct.Struct(">I")
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Part:
    """size and sha256 (hex): of the file as it lies in the backup."""

    name: str
    size: int
    sha256: str


class PartWriter:
    """A binary file to write to. key: 32 bytes, or None for plain."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self._name = path.name
        self._cipher = AESGCM(key) if key is not None else None
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._digest, self._size, self._number = hashlib.sha256(), 0, 0
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        if self._cipher is None:
            self._put(data)
        else:
            self._pending += data
            while len(self._pending) > _FRAME:
                self._frame(bytes(self._pending[:_FRAME]), last=False)
                del self._pending[:_FRAME]
        return len(data)

    def finish(self) -> Part:
        """Everything on the disk."""
        if self._cipher is not None:
            self._frame(bytes(self._pending), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Part(self._name, self._size, self._digest.hexdigest())

    def _frame(self, data: bytes, *, last: bool) -> None:
        assert self._cipher is not None
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, data, _bound(self._name, self._number, last))
        self._number += 1
        self._put(_LENGTH.pack(len(sealed)) + sealed)

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)


class PartReader:
    """The bytes that went into a part, in order. Raises Damaged for a frame that does not fit."""

    def __init__(self, path: Path, key: bytes | None, told: Callable[[int], object] = lambda _: None) -> None:
        self._name, self._told = path.name, told
        self._cipher = AESGCM(key) if key is not None else None
        self._file = path.open("rb")
        self._size = path.stat().st_size
        self._number, self._ready = 0, bytearray()

    def read(self, size: int = -1) -> bytes:
        if self._cipher is None:
            data = self._file.read(size)
        else:
            while (size < 0 or len(self._ready) < size) and self._open_frame():
                pass
            end = len(self._ready) if size < 0 else size
            data = bytes(self._ready[:end])
            del self._ready[:end]
        self._told(len(data))
        return data

    def close(self) -> None:
        self._file.close()

    def _open_frame(self) -> bool:
        assert self._cipher is not None
        header = self._file.read(_LENGTH.size)
        if not header:
            return False
        try:
            sealed = self._file.read(_LENGTH.unpack(header)[0])
            last = self._file.tell() >= self._size
            nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            self._ready += self._cipher.decrypt(nonce, body, _bound(self._name, self._number, last))
        except (InvalidTag, ValueError, struct.error) as error:
            raise because(Damaged(), f"{self._name}: frame {self._number}") from error
        self._number += 1
        return True


def verify(part: Part, path: Path, told: Callable[[int], object]) -> None:
    """Raises Damaged when the file is not the one that was written."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while data := file.read(_FRAME):
                digest.update(data)
                size += len(data)
                told(len(data))
    except OSError as error:
        raise because(Damaged(), f"{part.name}: {type(error).__name__}") from error
    if (size, digest.hexdigest()) != (part.size, part.sha256):
        raise because(Damaged(), f"{part.name}: sha256 or size differs from the manifest")


def _bound(name: str, number: int, last: bool) -> bytes:
    return f"{name}:{number}:{'last' if last else 'more'}".encode()
