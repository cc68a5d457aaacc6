"""Tokens issued here: HS256 JWTs, short-lived, for visitors and, in demo mode, for demo users."""

from __future__ import annotations

import os
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jwt

from app.clock import Clock, utc_now
from app.errors import Unauthenticated
from app.identity.caller import Caller, Role

ISSUER = "wenda"
STAFF_HOURS = 12
LEAST_SECRET_BYTES = 32


TOLERANCES = frozenset({"C1", "C2", "C3", "C4", "C5"})
_BIRTH_YEARS = range(1900, 2101)
_ID_CHARS = 256


class NoStaffHere(RuntimeError):
    """Only a demo gives staff tokens; everywhere else they come from the OIDC issuer."""


class Tokens:
    """demo: whether anybody but a customer may have a token from here. Elsewhere staff come from the OIDC issuer, and a
    staff token made with the secret is refused like any other forgery."""

    def __init__(
        self, secret: str, audience: str, *, demo: bool = False, visitor_hours: int = 24, clock: Clock = utc_now
    ) -> None:
        if len(secret.encode()) < LEAST_SECRET_BYTES:
            raise ValueError(f"WENDA_AUTH__SECRET needs at least {LEAST_SECRET_BYTES} bytes")
        self._secret = secret
        self._audience = audience
        self._demo = demo
        self._visitor_hours = visitor_hours
        self._clock = clock

    def issue(self, caller: Caller) -> str:
        """A signed token for the caller: visitors for `visitor_hours`, staff for a working day. Raises NoStaffHere."""
        if caller.staff and not self._demo:
            raise NoStaffHere()
        now = self._clock()
        hours = STAFF_HOURS if caller.staff else self._visitor_hours
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": caller.id,
            "tenant": caller.tenant,
            "roles": sorted(caller.roles),
            "iat": now,
            "exp": now + timedelta(hours=hours),
        }
        if caller.tolerance:
            claims["tolerance"] = caller.tolerance
        if caller.assessed_until:
            claims["assessed_until"] = caller.assessed_until.isoformat()
        if caller.birth_year:
            claims["birth_year"] = caller.birth_year
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, token: str) -> Caller:
        """The caller a token names. Raises Unauthenticated, whatever is wrong with it."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=self._audience,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "aud", "iss"], "verify_exp": False, "verify_iat": False},
            )
            if self._clock().timestamp() >= float(claims["exp"]):
                raise Unauthenticated()
            who = caller_of(claims)
            if who.staff and not self._demo:
                raise Unauthenticated()
            return who
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise Unauthenticated() from error


def caller_of(claims: dict[str, Any]) -> Caller:
    """Raises KeyError, TypeError or ValueError when a claim is missing or is not what it should be.

    A suitability claim that cannot be right refuses the whole token: guessed or left out, it would open what it is
    there to close.
    """
    tolerance, until, year = (claims.get(name) for name in ("tolerance", "assessed_until", "birth_year"))
    if tolerance is not None and tolerance not in TOLERANCES:
        raise ValueError("tolerance")
    if year is not None and int(year) not in _BIRTH_YEARS:
        raise ValueError("birth_year")
    return Caller(
        tenant=_id(claims["tenant"]),
        id=_id(claims["sub"]),
        roles=frozenset(Role(role) for role in claims["roles"]),
        tolerance=tolerance,
        assessed_until=date.fromisoformat(until) if until is not None else None,
        birth_year=int(year) if year is not None else None,
    )


def _id(claim: Any) -> str:
    # "held:" is how the records name whose erased data the law still holds.
    if not isinstance(claim, str) or not 0 < len(claim) <= _ID_CHARS or "\0" in claim or claim.startswith("held:"):
        raise ValueError("id")
    return claim


def demo_secret(data_dir: Path) -> str:
    """The secret of a demo installation, made once and readable by its owner only."""
    path = data_dir / "token_secret"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret
