"""The public keys of the OIDC issuer, by key id: fetched over HTTP, kept, fetched anew when a token names a new one.

Nobody but the configured issuer says where keys come from: what a token's own header says of keys (jku, jwk, x5u) is
never followed. A key that is known keeps working while the issuer cannot be reached, so that an outage there locks
nobody out who is already known here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import structlog

from app.errors import Unauthenticated

_log = structlog.get_logger(__name__)

# Signatures that only the issuer can make; with a shared secret every service that checks tokens could make them too.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})

FRESH_S = 300.0  # older ones still work, but are asked for again beside the request
APART_S = 10.0  # between two fetches, whatever tokens with made-up key ids arrive
OUTAGE_S = 24 * 3600.0  # how long keys outlive an issuer that no longer answers
_TIMEOUT_S = 3.0
_MOST_KEYS = 100
_MOST_BYTES = 256 * 1024

Fetch = Callable[[], Awaitable[Mapping[str, Any]]]


class UnknownKey(Unauthenticated):
    code, title = "unknown_signing_key", "登录凭证不是现在的登录系统签发的，请重新登录。"


class IssuerUnreachable(Unauthenticated):
    code, title = "issuer_unreachable", "登录系统暂时连不上，已登录的不受影响；请稍等片刻再登录。"


class NotAnIssuer(Exception):
    """What answered there is not the configured issuer."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """listed_at: when the issuer last listed the key, seconds on the steady clock."""

    key: jwt.PyJWK
    listed_at: float


class SigningKeys:
    """grace_s: how long a key that the issuer has taken off its list is still good for tokens signed before."""

    def __init__(self, fetch: Fetch, *, grace_s: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._grace_s = grace_s
        self._steady = steady
        self._keys: dict[str, _Kept] = {}
        self._answered_at = float("-inf")
        self._asked_at = float("-inf")
        self._reached = False
        self._asking: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> jwt.PyJWK:
        """The key of that id. Raises UnknownKey, or IssuerUnreachable when the issuer could not be asked for it."""
        kept = self._usable(kid)
        if kept is None:
            await self._ask()
            kept = self._usable(kid)
            if kept is None:
                raise UnknownKey() if self._reached else IssuerUnreachable()
        elif self._steady() - self._answered_at > FRESH_S:
            self._begin()
        return kept.key

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _usable(self, kid: str) -> _Kept | None:
        kept = self._keys.get(kid)
        if kept is None:
            return None
        unlisted = kept.listed_at < self._answered_at
        since, most = (self._answered_at, OUTAGE_S) if not unlisted else (kept.listed_at, self._grace_s)
        return kept if self._steady() - since <= most else None

    async def _ask(self) -> None:
        """Wait for a fetch: the one under way, or a new one when the last is long enough ago."""
        asking = self._begin()
        if asking is not None:
            await asyncio.shield(asking)

    def _begin(self) -> asyncio.Task[None] | None:
        if self._asking is not None and not self._asking.done():
            return self._asking
        if self._steady() - self._asked_at < APART_S:
            return None
        self._asked_at = self._steady()
        self._asking = asyncio.create_task(self._refresh(), name="signing-keys")
        return self._asking

    async def _refresh(self) -> None:
        try:
            listed = _read(await self._fetch())
        except Exception as error:  # whatever the issuer does must not cost anybody a key that works
            self._reached = False
            _log.warning("signing_keys_not_fetched", error=type(error).__name__)
            return
        now = self._steady()
        self._reached, self._answered_at = True, now
        self._keys = {kid: kept for kid, kept in self._keys.items() if now - kept.listed_at <= self._grace_s}
        self._keys.update({kid: _Kept(key, now) for kid, key in listed.items()})


def _read(listed: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The signing keys among a JSON Web Key Set; keys of other kinds are passed over. Raises NotAnIssuer."""
    rows = listed.get("keys")
    if not isinstance(rows, list):
        raise NotAnIssuer("no key set")
    found: dict[str, jwt.PyJWK] = {}
    for row in rows[:_MOST_KEYS]:
        if not isinstance(row, dict) or not isinstance(row.get("kid"), str) or row.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(row)
        except jwt.PyJWTError:
            continue
        if key.algorithm_name in ALGORITHMS:
            found[row["kid"]] = key
    if not found:
        raise NotAnIssuer("no signing key")
    return found


def fetch_from(issuer: str, jwks_url: str = "") -> Fetch:
    """Asks the issuer's discovery document where its keys are, each time, unless jwks_url says it."""

    async def fetch() -> Mapping[str, Any]:
        async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_S, follow_redirects=False) as client:
            url = jwks_url
            if not url:
                about = await _json(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                url = str(about.get("jwks_uri", ""))
                if about.get("issuer") != issuer or not protected(url):
                    raise NotAnIssuer("another issuer's discovery document")
            return await _json(client, url)

    return fetch


def protected(url: str) -> bool:
    """Keys must come over TLS; without it only from this machine, where nobody is in between."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


async def _json(client: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    answer = await client.get(url)
    answer.raise_for_status()
    if len(answer.content) > _MOST_BYTES:
        raise NotAnIssuer("too long")
    body = answer.json()
    if not isinstance(body, dict):
        raise NotAnIssuer("no JSON object")
    return body
