"""Every route with every role, without a token, with an expired and with a forged one: who may is data, and each cell
of it is tried on the running service."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import yaml

from app.identity import Caller, Role, Tokens, demo_secret
from app.settings import Settings
from tests.api.conftest import Service

MATRIX = Path(__file__).with_name("route_roles.yaml")
REFUSED = {"no token": 401, "an expired token": 401, "a forged token": 401, "a token of no known role": 401}
_HTTP = {"get", "put", "post", "patch", "delete"}


def read_matrix() -> dict[str, Any]:
    return yaml.safe_load(MATRIX.read_text(encoding="utf-8"))


async def documented_routes(client: httpx.AsyncClient) -> set[str]:
    paths = (await client.get("/openapi.json")).json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in _HTTP}


def path_of(route: str, ids: dict[str, str]) -> str:
    """The route's path with its parameters filled in; what `ids` does not name is unknown to the service."""
    path = route.split()[1]
    for name in [part.split("}")[0] for part in path.split("{")[1:]]:
        path = path.replace(f"{{{name}}}", ids.get(name, "1" if name in {"version", "page"} else "nobodys"))
    return path


async def status_of(client: httpx.AsyncClient, route: str, ids: dict[str, str], body: Any = None) -> int:
    """Of the answer's head only: some routes stream for as long as one listens."""
    method = route.split()[0]
    content = None if method == "GET" else {} if body is None else body
    async with client.stream(method, path_of(route, ids), json=content) as answer:
        return answer.status_code


def _tokens(settings: Settings, service: Service) -> dict[str, str]:
    secret = demo_secret(settings.data_dir)
    now = Tokens(secret, "wenda", demo=True, clock=service.clock)
    long_ago = Tokens(secret, "wenda", demo=True, clock=lambda: service.clock() - timedelta(days=2))
    admin = Caller("demo", "a", frozenset({Role.ADMIN}))
    unknown = jwt.decode(now.issue(admin), options={"verify_signature": False}) | {"roles": ["owner"]}
    return {
        "no token": "",
        "an expired token": long_ago.issue(admin),
        "a forged token": Tokens("f" * 48, "wenda", demo=True, clock=service.clock).issue(admin),
        "a token of no known role": jwt.encode(unknown, secret, algorithm="HS256"),
        **{role.value: now.issue(Caller("demo", f"a_{role}", frozenset({role}))) for role in Role},
    }


async def test_every_route_lets_in_exactly_the_roles_of_its_line(service: Service, settings: Settings) -> None:
    matrix: dict[str, str] = read_matrix()["may"]
    async with httpx.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as client:
        assert set(matrix) == await documented_routes(client), "a route without a line, or a line without a route"
        wrong, cells = [], Counter[str]()
        for name, token in _tokens(settings, service).items():
            client.headers["authorization"] = f"Bearer {token}" if token else ""
            for route, may in matrix.items():
                status = await status_of(client, route, {})
                if may == "anyone":
                    expected, right = "anyone", status not in (401, 403)
                elif name in REFUSED:
                    expected, right = "401", status == 401
                elif name in may.split():
                    expected, right = "let in", status not in (401, 403, 405)
                else:
                    expected, right = "403", status == 403
                cells[expected] += 1
                if not right or status >= 500:
                    wrong.append(f"{route} with {name}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)
    assert sum(cells.values()) == len(matrix) * (len(REFUSED) + len(Role))
    assert min(cells[kind] for kind in ("anyone", "401", "let in", "403")) > 0


def test_the_matrix_names_only_known_roles_and_lets_an_admin_in_everywhere() -> None:
    matrix = read_matrix()
    for route, may in matrix["may"].items():
        assert may == "anyone" or {"admin"} <= set(may.split()) <= set(Role), route
    assert set(matrix["bodies"]) | set(matrix["names_nobody"]) <= set(matrix["may"])


@pytest.mark.parametrize("token", ["Bearer", "Bearer x.y.z", "Basic YWRtaW46ZGVtbw==", "Bearer " + "é" * 9])
async def test_noise_instead_of_a_token_is_told_as_a_problem_with_its_code(service: Service, token: str) -> None:
    async with httpx.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as client:
        answer = await client.get("/v1/audit", headers={"authorization": token.encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        answer = await client.get("/v1/audit", params={"access_token": "x", "tenant": "demo"})
        assert answer.status_code == 401
