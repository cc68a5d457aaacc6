"""Personal text in the records: encrypted under a key of its customer's, so that without the key it is gone everywhere,
from backups and the audit chain too, while the chain still verifies.

Every conversation has a key of its own (and every profile), which names its customer: erasing a customer erases all of
them but those of conversations that the law holds. A key is kept wrapped under the installation's (AES-256-GCM both
times; what is authenticated is the scope's name, so that nothing can be moved to another conversation). The columns
that seal are SealedText and SealedJson; they open what they read by the key that each value names.

The keys are at hand only while a Database runs a piece of work on a connection (`keys_at_hand`); where there are none,
or what is stored is older than they, text is read and written as it stands.
"""

from __future__ import annotations

import base64
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Dialect, Text, insert, text
from sqlalchemy.types import TypeDecorator

from app.clock import Clock, utc_now

# What a reader finds where the key is gone.
ERASED = "（内容已按要求删除）"

_MARK = "s1."
_KEY_BYTES, _NONCE_BYTES = 32, 12
# A key that another worker erased works here for at most this long, seconds.
_REMEMBERED_S = 60.0
_MOST_REMEMBERED = 20_000
_ambient = threading.local()


class WrongMasterKey(ValueError):
    """The records were sealed under another master key than the one at hand."""


@dataclass(frozen=True, slots=True)
class Key:
    """scope: the conversation it is for, or the profile. until: when it is to be looked up again, steady seconds."""

    id: str
    scope: str
    cipher: AESGCM
    until: float

    def seal(self, plain: bytes) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self.cipher.encrypt(nonce, plain, self.scope.encode())
        return f"{_MARK}{self.id}.{base64.b64encode(sealed).decode()}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value on its way into a sealing column, and the key it goes under."""

    key: Key
    value: Any


class Keyring:
    """master: 32 bytes. Keys are made inside the transaction that first needs them."""

    def __init__(
        self,
        master: bytes,
        *,
        new_id: Callable[[], str],
        clock: Clock = utc_now,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._master = AESGCM(HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"customer keys").derive(master))
        self._new_id = new_id
        self._clock = clock
        self._steady = steady
        self._by_scope: dict[str, Key] = {}
        self._by_id: dict[str, Key] = {}

    def of(self, connection: Connection, scope: str, owner: tuple[str, str] | None = None) -> Key:
        """The scope's key, made if there is none. owner: tenant and customer; a conversation's own when left out.

        Raises WrongMasterKey.
        """
        known = self._by_scope.get(scope) or _fresh().get(scope)
        if known is not None and known.until > self._steady():
            return known
        row = connection.execute(_BY_SCOPE, {"wanted": scope}).one_or_none()
        if row is not None:
            return self._remember(self._unwrapped(row.id, row.scope, row.wrapped))
        tenant, customer = owner or connection.execute(_OWNER, {"wanted": scope}).one()
        key_id, raw = self._new_id(), os.urandom(_KEY_BYTES)
        nonce = os.urandom(_NONCE_BYTES)
        wrapped = base64.b64encode(nonce + self._master.encrypt(nonce, raw, key_id.encode())).decode()
        values = {"id": key_id, "tenant": tenant, "customer_id": customer, "scope": scope, "wrapped": wrapped}
        connection.execute(_add(), {**values, "created_at": self._clock()})
        # Remembered for this transaction only: rolled back, it never was.
        key = Key(key_id, scope, AESGCM(raw), self._steady() + _REMEMBERED_S)
        _fresh()[scope] = key
        return key

    def open(self, connection: Connection, stored: str) -> str | None:
        """The text of a sealed value; None when its key is gone. Raises WrongMasterKey, InvalidTag when damaged."""
        key_id, _, body = stored.removeprefix(_MARK).partition(".")
        key = self._find(connection, key_id)
        if key is None:
            return None
        raw = base64.b64decode(body)
        return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key.scope.encode()).decode()

    def forget(self) -> None:
        """Look every key up again: some were erased here."""
        self._by_scope.clear()
        self._by_id.clear()

    def check(self, connection: Connection) -> None:
        """Raises WrongMasterKey when the records' keys were wrapped under another."""
        row = connection.execute(_ANY).first()
        if row is not None:
            self._unwrapped(row.id, row.scope, row.wrapped)

    def _find(self, connection: Connection, key_id: str) -> Key | None:
        known = self._by_id.get(key_id)
        if known is not None and known.until > self._steady():
            return known
        fresh = next((key for key in _fresh().values() if key.id == key_id), None)
        if fresh is not None:
            return fresh
        row = connection.execute(_BY_ID, {"wanted": key_id}).one_or_none()
        return None if row is None else self._remember(self._unwrapped(row.id, row.scope, row.wrapped))

    def _unwrapped(self, key_id: str, scope: str, wrapped: str) -> Key:
        raw = base64.b64decode(wrapped)
        try:
            plain = self._master.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key_id.encode())
        except InvalidTag as error:
            raise WrongMasterKey(
                "WENDA_PRIVACY__KEY (or privacy_key in the data folder) is not the key the records were sealed under"
            ) from error
        return Key(key_id, scope, AESGCM(plain), self._steady() + _REMEMBERED_S)

    def _remember(self, key: Key) -> Key:
        if key.scope in _fresh():
            return key
        if len(self._by_id) >= _MOST_REMEMBERED:
            self.forget()
        self._by_scope[key.scope] = self._by_id[key.id] = key
        return key


_COLUMNS = "SELECT id, scope, wrapped FROM customer_keys"
_BY_SCOPE = text(f"{_COLUMNS} WHERE scope = :wanted")
_BY_ID = text(f"{_COLUMNS} WHERE id = :wanted")
_ANY = text(f"{_COLUMNS} LIMIT 1")
_OWNER = text("SELECT tenant, customer_id FROM conversations WHERE id = :wanted")


def _add() -> Any:
    from app.store.schema import CustomerKeyRow  # its columns are made of this module's types

    return insert(CustomerKeyRow)


def _fresh() -> dict[str, Key]:
    """The keys made in the transaction that runs in this thread."""
    found: dict[str, Key] = _ambient.__dict__.setdefault("fresh", {})
    return found


@contextmanager
def keys_at_hand(keyring: Keyring | None, connection: Connection) -> Iterator[None]:
    """For as long as one piece of work runs in this thread."""
    _ambient.keyring, _ambient.connection, _ambient.fresh = keyring, connection, {}
    try:
        yield
    finally:
        _ambient.keyring = _ambient.connection = None
        _ambient.fresh = {}


def under(connection: Connection, scope: str, value: Any, owner: tuple[str, str] | None = None) -> Any:
    """The value for a sealing column, to be encrypted under the scope's key. Nothing stays nothing."""
    keyring: Keyring | None = getattr(_ambient, "keyring", None)
    if keyring is None or value is None or value == "":
        return value
    return Sealed(keyring.of(connection, scope, owner), value)


def sealed_payload(
    connection: Connection,
    scope: str,
    clear: Mapping[str, Any],
    personal: Mapping[str, Any],
    owner: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """What an audit record says: facts in clear, personal text sealed; it is the sealed form that the chain hashes."""
    value = under(connection, scope, personal, owner)
    if not isinstance(value, Sealed):
        return {**clear, **personal}
    return {**clear, "sealed": value.key.seal(orjson.dumps(personal, option=orjson.OPT_SORT_KEYS))}


def opened_payload(payload: str) -> str:
    """The record's payload with its sealed part opened, or "erased": true in its place."""
    if '"sealed":' not in payload:
        return payload
    values: dict[str, Any] = orjson.loads(payload)
    stored = values.pop("sealed", None)
    if not isinstance(stored, str) or not stored.startswith(_MARK):
        return payload
    plain = _opened(stored)
    values.update({"erased": True} if plain is None else orjson.loads(plain))
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def _opened(stored: str) -> str | None:
    keyring: Keyring | None = getattr(_ambient, "keyring", None)
    return None if keyring is None else keyring.open(_ambient.connection, stored)


class SealedText(TypeDecorator[str]):
    """Text that `under` may seal. PostgreSQL has no NUL character, so it becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        key, plain = (value.key, value.value) if isinstance(value, Sealed) else (None, value)
        if plain is None:
            return None
        plain = str(plain).replace("\0", "\ufffd")
        return plain if key is None else str(key.seal(plain.encode()))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None or not value.startswith(_MARK):
            return None if value is None else str(value)
        plain = _opened(value)
        return ERASED if plain is None else plain


class SealedJson(TypeDecorator[Any]):
    """JSON that `under` may seal; what is read back serialises to the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        if isinstance(value, Sealed):
            return value.key.seal(orjson.dumps(value.value))
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        if value is None or not value.startswith(_MARK):
            return None if value is None else orjson.loads(value)
        plain = _opened(value)
        return {"text": ERASED} if plain is None else orjson.loads(plain)
