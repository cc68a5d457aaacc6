"""Tokens: what they carry, and that nothing else is believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from app.errors import Unauthenticated
from app.identity import Caller, Role, Tokens, demo_secret, log_in

SECRET = "s" * 32
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def _tokens(now: datetime = NOW, secret: str = SECRET, audience: str = "wenda") -> Tokens:
    return Tokens(secret, audience, demo=True, clock=lambda: now)


def test_a_token_gives_back_the_caller_it_was_issued_for() -> None:
    who = Caller("bank", "v_1", frozenset({Role.CUSTOMER}), "C3", date(2027, 1, 1), 1950)
    assert _tokens().read(_tokens().issue(who)) == who


def test_a_visitor_token_ends_after_its_hours_and_a_staff_token_after_a_working_day() -> None:
    visitor = _tokens().issue(Caller("t", "c", frozenset({Role.CUSTOMER})))
    staff = _tokens().issue(Caller("t", "a", frozenset({Role.AGENT})))
    later = _tokens(NOW + timedelta(hours=12))
    assert later.read(visitor).id == "c"
    with pytest.raises(Unauthenticated):
        later.read(staff)
    with pytest.raises(Unauthenticated):
        _tokens(NOW + timedelta(hours=24)).read(visitor)


@pytest.mark.parametrize(
    ("claims", "key", "algorithm"),
    [
        ({}, "other" * 8, "HS256"),
        ({"aud": "else"}, SECRET, "HS256"),
        ({"iss": "else"}, SECRET, "HS256"),
        ({"roles": ["king"]}, SECRET, "HS256"),
        ({"roles": None}, SECRET, "HS256"),
        ({"tenant": ...}, SECRET, "HS256"),
        ({"exp": ...}, SECRET, "HS256"),
        ({"exp": "soon"}, SECRET, "HS256"),
        ({}, "", "none"),
    ],
)
def test_a_token_that_is_not_ours_in_any_way_is_refused(claims: dict[str, object], key: str, algorithm: str) -> None:
    good = {
        "iss": "wenda",
        "aud": "wenda",
        "sub": "c",
        "tenant": "t",
        "roles": ["customer"],
        "iat": NOW,
        "exp": NOW + timedelta(hours=1),
    }
    forged = {name: value for name, value in {**good, **claims}.items() if value is not ...}
    with pytest.raises(Unauthenticated):
        _tokens().read(jwt.encode(forged, key, algorithm=algorithm))
    assert _tokens().read(jwt.encode(good, SECRET, algorithm="HS256")).id == "c"


def test_noise_is_refused() -> None:
    for noise in ("", "x", "a.b.c", "é" * 300):
        with pytest.raises(Unauthenticated):
            _tokens().read(noise)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        _tokens(secret="short")


def test_the_demo_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = demo_secret(tmp_path / "data")
    assert demo_secret(tmp_path / "data") == first
    assert len(first.encode()) >= 32
    assert (tmp_path / "data" / "token_secret").stat().st_mode & 0o777 == 0o600


def test_demo_users_have_one_role_each_and_the_demo_password() -> None:
    assert log_in("t", "approver", "demo") == Caller("t", "approver", frozenset({Role.APPROVER}))
    for username, password in (("approver", "wrong"), ("nobody", "demo"), ("", "")):
        with pytest.raises(Unauthenticated):
            log_in("t", username, password)


def test_an_admin_may_do_what_any_role_may_and_others_only_their_own() -> None:
    admin = Caller("t", "a", frozenset({Role.ADMIN}))
    editor = Caller("t", "e", frozenset({Role.EDITOR}))
    assert admin.may(Role.APPROVER)
    assert editor.may(Role.APPROVER, Role.EDITOR)
    assert not editor.may(Role.APPROVER)
    assert not editor.may()
