"""What a backup says of itself: every part with its hash, versions, time, and where the audit chains end.

The manifest is bound to its own content: by a hash, which shows accidents, and with a passphrase by an HMAC, which
also shows intent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from deploy.backups.failures import Damaged, NewerBackup, NoBackup, PassphraseNeeded, WeakPassphrase, WrongPassphrase
from deploy.backups.parts import Part

FILE = "manifest.json"
FORMAT = 1
_SALT_BYTES = 16
_SHORTEST = 12
# Interactive log-ins use 2**14; a backup is opened rarely and attacked at leisure. 128 MiB, a quarter of a second.
_SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Keys:
    """Of one passphrase: for the parts, and for the manifest."""

    parts: bytes
    manifest: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """made_at: RFC 3339, UTC. schema: the newest migration. records: sqlite | postgresql. index: edge | server |
    none. layout: of the index. held: no write to the index fell between records and index. audit: records and last
    hash by tenant. privacy_key: a fingerprint of the key of masked personal data, and whether the key is a file of
    this backup. salt: hex, of an encrypted backup."""

    made_at: str
    wenda: str
    schema: str
    records: str
    index: str
    layout: str
    held: bool
    audit: Mapping[str, Mapping[str, Any]]
    privacy_key: Mapping[str, Any]
    parts: Sequence[Part] = ()
    salt: str = ""
    format: int = field(default=FORMAT)

    def named(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


def new_salt() -> str:
    return os.urandom(_SALT_BYTES).hex()


def keys_of(passphrase: str, salt: str) -> Keys:
    """Raises WeakPassphrase."""
    if len(passphrase) < _SHORTEST:
        raise WeakPassphrase()
    root = Scrypt(salt=bytes.fromhex(salt), length=32, **_SCRYPT).derive(passphrase.encode())

    def derived(purpose: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=b"wenda backup: " + purpose).derive(root)

    return Keys(derived(b"parts"), derived(b"manifest"))


def fingerprint(key: bytes) -> str:
    """Tells keys apart without telling the key: 16 hex digits."""
    return HKDF(SHA256(), 8, salt=None, info=b"wenda backup: fingerprint").derive(key).hex()


def write(folder: Path, manifest: Manifest, keys: Keys | None) -> None:
    content = asdict(manifest)
    content["digest"] = _digest(content, keys)
    path = folder / FILE
    with path.open("x", encoding="utf-8") as file:
        path.chmod(0o600)
        json.dump(content, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path, passphrase: str | None) -> tuple[Manifest, Keys | None]:
    """Raises NoBackup, NewerBackup, Damaged, PassphraseNeeded, WrongPassphrase."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise NewerBackup()
        digest, salt = content.pop("digest"), content["salt"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoBackup() from error
    keys = None
    if salt:
        if not passphrase:
            raise PassphraseNeeded()
        try:
            keys = keys_of(passphrase, salt)
        except (ValueError, TypeError) as error:
            raise Damaged() from error
    if not hmac.compare_digest(str(digest), _digest(content, keys)):
        raise WrongPassphrase() if salt else Damaged()
    try:
        parts = [Part(**part) for part in content.pop("parts")]
        return replace(Manifest(**content), parts=parts), keys
    except TypeError as error:
        raise Damaged() from error


def _digest(content: Mapping[str, Any], keys: Keys | None) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    if keys is None:
        return hashlib.sha256(canonical).hexdigest()
    return hmac.new(keys.manifest, canonical, hashlib.sha256).hexdigest()
