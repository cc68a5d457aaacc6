"""Signed checkpoints of a tenant's chain: what its end was at a moment, kept where the service cannot change it.

The head row that says how long a chain is lies beside the chain; whoever can cut off records can set it back too. A
checkpoint that was exported before then still says that there was more, and its signature (Ed25519) says that we said
so. The chain is verified against exported checkpoints offline: `python -m app.audit verify`.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, select

from app.audit.ledger import Verification, verify_chain
from app.store.ledger import GENESIS
from app.store.schema import AuditHeadRow, AuditRow

_FORM = "wenda-checkpoint/1"
_NAME = re.compile(r"[^A-Za-z0-9_-]")


class Forged(Exception):
    """A checkpoint that is damaged, of another form, or not signed with the key it should be."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """sequence, hash: of the tenant's last record then. made_at: RFC 3339, UTC. key: the public key, base64."""

    tenant: str
    sequence: int
    hash: str
    made_at: str
    key: str
    signature: str
    form: str = _FORM


class Signer:
    """seed: the Ed25519 private key's 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = base64.b64encode(_raw(self._key.public_key())).decode()

    def sign(self, connection: Connection, tenant: str, made_at: str) -> Checkpoint:
        """Of the chain's end as the connection sees it."""
        head = connection.execute(
            select(AuditHeadRow.sequence, AuditHeadRow.hash).where(AuditHeadRow.tenant == tenant)
        ).one_or_none()
        sequence, digest = (head.sequence, head.hash) if head else (0, GENESIS)
        unsigned = Checkpoint(tenant, sequence, digest, made_at, self.public, "")
        signature = base64.b64encode(self._key.sign(_signed(unsigned))).decode()
        return Checkpoint(tenant, sequence, digest, made_at, self.public, signature)


def read_checkpoint(raw: bytes | Mapping[str, Any], trusted: str) -> Checkpoint:
    """trusted: the public key (base64) that must have signed it. Raises Forged."""
    try:
        values = orjson.loads(raw) if isinstance(raw, bytes) else raw
        checkpoint = Checkpoint(**values)
        if checkpoint.form != _FORM or checkpoint.key != trusted:
            raise Forged()
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(trusted, validate=True))
        key.verify(base64.b64decode(checkpoint.signature, validate=True), _signed(checkpoint))
    except (InvalidSignature, TypeError, ValueError) as error:
        raise Forged() from error
    return checkpoint


def verify_against(connection: Connection, tenant: str, checkpoints: Sequence[Checkpoint]) -> Verification:
    """The whole chain, and that it still holds what each checkpoint of the tenant says it once did."""
    found = verify_chain(connection, tenant)
    bad = [] if found.ok else [found.first_bad or 1]
    for checkpoint in checkpoints:
        if checkpoint.tenant != tenant or checkpoint.sequence == 0:
            continue
        there = connection.execute(
            select(AuditRow.hash).where(AuditRow.tenant == tenant, AuditRow.sequence == checkpoint.sequence)
        ).scalar_one_or_none()
        if there is None:
            bad.append(min(found.records + 1, checkpoint.sequence))
        elif there != checkpoint.hash:
            bad.append(checkpoint.sequence)
    return Verification(False, found.records, min(bad)) if bad else found


def export(checkpoint: Checkpoint, folder: Path) -> Path:
    """A file of its own, never written over and read-only: what write-once storage wants. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{_NAME.sub('-', checkpoint.tenant)}-{checkpoint.sequence:012d}-{_NAME.sub('', checkpoint.made_at)}.json"
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(asdict(checkpoint), option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    return folder / name


def _signed(checkpoint: Checkpoint) -> bytes:
    values = asdict(checkpoint)
    values.pop("signature")
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
