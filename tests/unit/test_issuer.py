"""Tokens of the OIDC issuer: what is believed, what never, and what happens while its keys change or it is away.

The issuer here is a real HTTP server with real keys; only the clocks are the tests'.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.errors import Unauthenticated
from app.identity import Bearers, Caller, Claims, Issuer, Role, SigningKeys, Tokens, fetch_from, protected
from eval.loopback import serving

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SECRET = "s" * 32
_RSA = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
_EC = ec.generate_private_key(ec.SECP256R1())
_ED = ed25519.Ed25519PrivateKey.generate()


def _listed(kid: str, key: Any, algorithm: str) -> dict[str, Any]:
    kinds: dict[str, Any] = {"R": RSAAlgorithm, "E": ECAlgorithm}
    kind = OKPAlgorithm if algorithm == "EdDSA" else kinds[algorithm[0]]
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": kid, "alg": algorithm, "use": "sig"}


@dataclass
class Idp:
    """A fake issuer: keys are what it lists; down answers 503 to everything; asked counts its key set's readers."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False
    says_it_is: str = ""
    asked: int = 0

    @property
    def app(self) -> Starlette:
        async def about(_: Request) -> Response:
            body = {"issuer": self.says_it_is or self.url, "jwks_uri": f"{self.url}/keys"}
            return Response(status_code=503) if self.down else JSONResponse(body)

        async def keys(_: Request) -> Response:
            self.asked += 1
            return Response(status_code=503) if self.down else JSONResponse({"keys": self.keys})

        return Starlette(routes=[Route("/.well-known/openid-configuration", about), Route("/keys", keys)])


@pytest.fixture
async def idp() -> AsyncIterator[Idp]:
    idp = Idp(keys=[_listed("first", _RSA[0], "RS256")])
    async with serving(idp.app) as url:
        idp.url = url
        yield idp


@dataclass
class Steady:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    bearers: Bearers
    keys: SigningKeys
    steady: Steady

    async def refused(self, token: str) -> str:
        with pytest.raises(Unauthenticated) as refusal:
            await self.bearers.read(token)
        return refusal.value.code


@pytest.fixture
async def door(idp: Idp) -> AsyncIterator[Door]:
    steady = Steady()
    keys = SigningKeys(fetch_from(idp.url), grace_s=600, steady=steady)
    issuer = Issuer(idp.url, "wenda", keys, clock=lambda: NOW)
    yield Door(Bearers(Tokens(SECRET, "wenda", clock=lambda: NOW), issuer), keys, steady)
    await keys.close()


def _token(
    idp: Idp,
    claims: dict[str, Any] | None = None,
    *,
    key: Any = None,
    kid: Any = "first",
    algorithm: str = "RS256",
    **head: Any,
) -> str:
    body = {
        "iss": idp.url,
        "aud": "wenda",
        "sub": "u1",
        "tenant": "bank",
        "roles": ["editor", "offline_access"],
        "iat": NOW.timestamp(),
        "exp": NOW.timestamp() + 600,
        **(claims or {}),
    }
    headers = {name: value for name, value in {"kid": kid, **head}.items() if value is not ...}
    body = {name: value for name, value in body.items() if value is not ...}
    return jwt.encode(body, key if key is not None else _RSA[0], algorithm=algorithm, headers=headers)


async def test_a_token_gives_tenant_roles_and_suitability_as_the_issuer_says_them(idp: Idp, door: Door) -> None:
    assert await door.bearers.read(_token(idp)) == Caller("bank", "u1", frozenset({Role.EDITOR}))
    claims = {"roles": "customer", "tolerance": "C2", "assessed_until": "2027-01-31", "birth_year": 1951}
    who = await door.bearers.read(_token(idp, claims))
    assert who == Caller("bank", "u1", frozenset({Role.CUSTOMER}), "C2", date(2027, 1, 31), 1951)
    assert idp.asked == 1, "the keys are kept"


async def test_claims_may_have_other_names_and_lie_deeper(idp: Idp) -> None:
    keys = SigningKeys(fetch_from(idp.url), grace_s=600)
    issuer = Issuer(
        idp.url, "wenda", keys, Claims("https://bank.example/tenant", "realm_access.roles"), clock=lambda: NOW
    )
    claims = {"realm_access": {"roles": ["approver"]}, "https://bank.example/tenant": "north", "tenant": "south"}
    assert await issuer.read(_token(idp, claims)) == Caller("north", "u1", frozenset({Role.APPROVER}))
    with pytest.raises(Unauthenticated):
        await issuer.read(_token(idp))
    await keys.close()


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_other_kinds_of_keys_are_read_too(idp: Idp, door: Door, algorithm: str) -> None:
    key = _EC if algorithm == "ES256" else _ED
    idp.keys.append(_listed("other", key, algorithm))
    assert (await door.bearers.read(_token(idp, key=key, kid="other", algorithm=algorithm))).id == "u1"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "else"},
        {"aud": ...},
        {"iss": "http://127.0.0.1:1"},
        {"iss": ...},
        {"exp": NOW.timestamp() - 31},
        {"exp": float("nan")},
        {"exp": "never"},
        {"exp": ...},
        {"nbf": NOW.timestamp() + 31},
        {"nbf": float("nan")},
        {"iat": NOW.timestamp() + 31},
        {"iat": ...},
        {"sub": ...},
        {"sub": ""},
        {"tenant": ...},
        {"tenant": 7},
        {"tenant": ["bank", "rival"]},
        {"tenant": "a\0b"},
        {"roles": ...},
        {"roles": {"admin": True}},
        {"roles": None},
        {"tolerance": "C9"},
        {"tolerance": ["C5"]},
        {"birth_year": 1066},
        {"birth_year": "old"},
        {"assessed_until": "soon"},
    ],
)
async def test_a_claim_that_is_missing_or_wrong_refuses_the_token(idp: Idp, door: Door, claims: dict[str, Any]) -> None:
    assert (await door.bearers.read(_token(idp))).id == "u1"
    await door.refused(_token(idp, claims))


async def test_a_little_difference_between_the_clocks_is_forgiven(idp: Idp, door: Door) -> None:
    for claims in ({"exp": NOW.timestamp() - 29}, {"nbf": NOW.timestamp() + 29}, {"iat": NOW.timestamp() + 29}):
        assert (await door.bearers.read(_token(idp, claims))).id == "u1"


async def test_a_user_without_any_role_of_ours_is_known_and_may_nothing(idp: Idp, door: Door) -> None:
    who = await door.bearers.read(_token(idp, {"roles": ["owner"]}))
    assert not who.roles
    assert not who.may(*Role)


async def test_no_token_chooses_its_own_algorithm_or_key(idp: Idp, door: Door) -> None:
    """none; the public key as a shared secret; our own secret; another key's algorithm; keys named in the header."""
    public = (
        _RSA[0].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    claims = jwt.decode(_token(idp), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "first"})
    # PyJWT itself will not sign with a public key, so the forgery is put together by hand.
    head, body, _ = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "first"}).split(".")
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    confused = f"{head}.{body}." + jwt.utils.base64url_encode(signer.sign(f"{head}.{body}".encode(), public)).decode()
    own = jwt.encode({**claims, "roles": ["admin"]}, SECRET, algorithm="HS256", headers={"kid": "first"})
    idp.keys.append({"kty": "oct", "kid": "shared", "k": "c2VjcmV0" * 8, "alg": "HS256"})
    shared = jwt.encode(
        claims, jwt.utils.base64url_decode("c2VjcmV0" * 8), algorithm="HS256", headers={"kid": "shared"}
    )
    thief = _listed("first", _RSA[1], "RS256")
    elsewhere = {"jku": f"{idp.url}/mine", "x5u": f"{idp.url}/mine", "jwk": thief}
    forged = [
        unsigned,
        confused,
        own,
        shared,
        _token(idp, algorithm="RS512"),
        _token(idp, algorithm="PS256"),
        _token(idp, key=_RSA[1]),
        _token(idp, key=_RSA[1], **elsewhere),
        _token(idp, crit=["exp"]),
        _token(idp)[:-4] + "AAAA",
    ]
    assert (await door.bearers.read(_token(idp))).id == "u1"
    for token in forged:
        await door.refused(token)


@pytest.mark.parametrize("kid", [..., "", "k" * 257, "../../keys/first", "first' OR '1'='1", "first\0"])
async def test_a_made_up_key_id_finds_no_key(idp: Idp, door: Door, kid: Any) -> None:
    assert await door.refused(_token(idp, kid=kid)) == "unknown_signing_key"


async def test_our_own_issuers_name_needs_our_own_signature(idp: Idp, door: Door) -> None:
    await door.refused(_token(idp, {"iss": "wenda", "roles": ["admin"]}))
    visitor = Tokens(SECRET, "wenda", clock=lambda: NOW).issue(Caller("t", "v_1", frozenset({Role.CUSTOMER})))
    assert (await door.bearers.read(visitor)).id == "v_1"
    demo = Tokens(SECRET, "wenda", demo=True, clock=lambda: NOW).issue(Caller("t", "a", frozenset({Role.ADMIN})))
    await door.refused(demo)
    await door.refused("x" * 20_000)


async def test_a_new_key_works_at_once_and_the_old_one_until_its_grace_is_over(idp: Idp, door: Door) -> None:
    old, new = _token(idp), _token(idp, key=_RSA[1], kid="second")
    assert (await door.bearers.read(old)).id == "u1"
    idp.keys = [_listed("second", _RSA[1], "RS256")]
    door.steady.now += 60
    assert (await door.bearers.read(new)).id == "u1"
    assert (await door.bearers.read(old)).id == "u1", "signed before the rotation"
    assert idp.asked == 2
    door.steady.now += 601
    assert await door.refused(old) == "unknown_signing_key"
    assert (await door.bearers.read(new)).id == "u1"


async def test_made_up_key_ids_do_not_make_us_ask_the_issuer_again_and_again(idp: Idp, door: Door) -> None:
    await door.bearers.read(_token(idp))
    for number in range(50):
        assert await door.refused(_token(idp, kid=f"made-up-{number}")) == "unknown_signing_key"
    assert idp.asked == 1
    door.steady.now += 11
    for number in range(50):
        await door.refused(_token(idp, kid=f"made-up-{number}"))
    assert idp.asked == 2


async def test_while_the_issuer_is_away_known_keys_work_for_a_day_and_unknown_ones_do_not(idp: Idp, door: Door) -> None:
    idp.down = True
    assert await door.refused(_token(idp)) == "issuer_unreachable"
    idp.down = False
    door.steady.now += 11
    assert (await door.bearers.read(_token(idp))).id == "u1"
    idp.down = True
    door.steady.now += 3 * 3600
    assert (await door.bearers.read(_token(idp))).id == "u1"
    door.steady.now += 11
    assert await door.refused(_token(idp, key=_RSA[1], kid="second")) == "issuer_unreachable"
    door.steady.now += 24 * 3600
    assert await door.refused(_token(idp)) == "issuer_unreachable"


async def test_old_keys_are_asked_for_again_beside_the_request(idp: Idp, door: Door) -> None:
    await door.bearers.read(_token(idp))
    idp.keys.append(_listed("second", _RSA[1], "RS256"))
    door.steady.now += 301
    await door.bearers.read(_token(idp))
    await door.keys.close() if door.keys._asking is None else await door.keys._asking
    assert idp.asked == 2


async def test_another_issuers_discovery_document_gives_no_keys(idp: Idp, door: Door) -> None:
    idp.says_it_is = "https://other.example"
    assert await door.refused(_token(idp)) == "issuer_unreachable"


def test_keys_come_over_tls_or_from_this_machine() -> None:
    assert protected("https://login.bank.example")
    assert protected("http://127.0.0.1:9000/realm")
    for url in ("http://login.bank.example", "file:///etc/passwd", "ftp://127.0.0.1", "", "//bank.example"):
        assert not protected(url)
