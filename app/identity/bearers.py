"""Whose a bearer token is: one issued here (visitors and, in demo mode, demo users), or the OIDC issuer's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from app.clock import Clock, utc_now
from app.errors import Unauthenticated
from app.identity.caller import Caller, Role
from app.identity.signing_keys import SigningKeys, UnknownKey
from app.identity.tokens import ISSUER, Tokens, caller_of

LEEWAY = timedelta(seconds=30)
_MOST_CHARS = 16 * 1024
_KID_CHARS = 256


@dataclass(frozen=True, slots=True)
class Claims:
    """Where the issuer's tokens say which tenant and roles their holder has; a dot goes into an object."""

    tenant: str = "tenant"
    roles: str = "roles"


class Issuer:
    """Reads the tokens of one OIDC issuer. issuer: exactly as its tokens say it in `iss`."""

    def __init__(
        self, issuer: str, audience: str, keys: SigningKeys, claims: Claims | None = None, *, clock: Clock = utc_now
    ) -> None:
        self.name = issuer
        self._audience = audience
        self._keys = keys
        self._claims = claims or Claims()
        self._clock = clock

    async def read(self, token: str) -> Caller:
        """The caller a token names. Raises Unauthenticated, with a code of its own when its key is not known."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str) or not 0 < len(kid) <= _KID_CHARS:
                raise UnknownKey()
            key = await self._keys.find(kid)
            claims = jwt.decode(
                token,
                key,
                # The key says which algorithm it is for; the token's header may only agree.
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self.name,
                options={
                    "require": ["exp", "iat", "sub", "aud", "iss"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            self._check_times(claims)
            return caller_of(self._ours(claims))
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError) as error:
            raise Unauthenticated() from error

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        # Asked so that a time that is no number (NaN compares false with everything) is refused.
        now, leeway = self._clock().timestamp(), LEEWAY.total_seconds()
        if not now < float(claims["exp"]) + leeway:
            raise ValueError("expired")
        if not all(float(claims.get(name, 0)) <= now + leeway for name in ("iat", "nbf")):
            raise ValueError("not yet")

    def _ours(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """The claims under our names. Roles that are not ours are passed over: issuers know many systems."""
        roles = _at(claims, self._claims.roles)
        roles = roles.split() if isinstance(roles, str) else roles
        if not isinstance(roles, list):
            raise ValueError("no roles")
        known = [role for role in roles if isinstance(role, str) and role in set(Role)]
        return {**claims, "tenant": _at(claims, self._claims.tenant), "roles": known}


class Bearers:
    """Reads any token. The `iss` that a token claims only says who must have signed it."""

    def __init__(self, own: Tokens, issuer: Issuer | None = None) -> None:
        self._own = own
        self._issuer = issuer

    async def read(self, token: str) -> Caller:
        """Raises Unauthenticated."""
        if len(token) > _MOST_CHARS:
            raise Unauthenticated()
        if self._issuer is not None and _claimed_issuer(token) != ISSUER:
            return await self._issuer.read(token)
        return self._own.read(token)


def _claimed_issuer(token: str) -> Any:
    try:
        return jwt.decode(token, options={"verify_signature": False}).get("iss")
    except (jwt.PyJWTError, ValueError):
        return ISSUER


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Raises KeyError or TypeError when there is nothing. A claim whose own name has dots is found first."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        found = found[step]
    return found
