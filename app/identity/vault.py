"""Keeps personal data that is masked everywhere else: encrypted under a key of its own for each conversation.

AES-256-GCM; the conversation's key is derived from the installation's (HKDF-SHA256), and the conversation's id is part
of what is authenticated, so that nothing can be moved from one conversation to another.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = "v1."


class Unreadable(Exception):
    """Sealed with another key, for another conversation, or damaged."""


class Vault:
    """key: 32 bytes. Raises ValueError for any other length."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"WENDA_PRIVACY__KEY must be {KEY_BYTES} bytes in base64")
        self._key = key

    def seal(self, text: str, conversation_id: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(conversation_id).encrypt(nonce, text.encode(), conversation_id.encode())
        return _FORM + base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, conversation_id: str) -> str:
        """Raises Unreadable."""
        try:
            raw = base64.b64decode(sealed.removeprefix(_FORM), validate=True)
            nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._cipher(conversation_id).decrypt(nonce, body, conversation_id.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Unreadable() from error

    def _cipher(self, conversation_id: str) -> AESGCM:
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"conversation:" + conversation_id.encode())
        return AESGCM(derived.derive(self._key))


def read_key(encoded: str) -> bytes:
    """A key as the setting has it. Raises ValueError when it is no base64."""
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"WENDA_PRIVACY__KEY must be {KEY_BYTES} bytes in base64") from error


def demo_key(data_dir: Path) -> bytes:
    """The key of a demo installation, made once and readable by its owner only."""
    return kept_key(data_dir / "privacy_key")


def kept_key(path: Path) -> bytes:
    """The key in that file; made on first use, readable by its owner only."""
    data_dir = path.parent
    data_dir.mkdir(parents=True, exist_ok=True)
    made = path.with_suffix(f".{os.getpid()}")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)).decode())
    try:
        os.link(made, path)  # whole or not at all, and never over another process's
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return read_key(path.read_text())
