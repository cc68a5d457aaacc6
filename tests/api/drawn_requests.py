"""Requests drawn from our own OpenAPI document by schemathesis: such as fit it, such as break it, and such as fit it
but say something that databases, encoders and parsers choke on. Sent for what the service answers, not for what it is
meant to do with them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import SkipTest
from urllib.parse import quote

import httpx
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.openapi import from_dict
from schemathesis.schemas import APIOperation

# What a text column, an encoder, a parser of numbers or a pattern is known to stumble over.
HARD_TEXTS = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff\u202e\u0000",
    "\U0010ffff\uffff",
    "9" * 400,
    "-1e999",
    "NaN",
    "%00%s%n{0}${x}",
    "' OR 1=1 --",
    "[" * 3000,
    "（" * 3000,
    "1.1" * 2000,
    "\r\n\tx: y\r\n",
    "",
    " ",
    "\u3000\u200b",
    "../../../etc/passwd",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
)
HARD_NUMBERS = (0, -1, 2**31, 2**63, 10**30, -(2**63) - 1, 1e308)
# What an installation without an optional part says of it; every other 5xx is a failure.
_NOT_INSTALLED = ("evaluation_not_installed",)
_SENT = ("content-type", "content-length", "accept", "idempotency-key", "last-event-id")


@dataclass(frozen=True, slots=True)
class Drawn:
    """route: "GET /v1/…" as in the document. kind: positive | negative | hard."""

    route: str
    kind: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.route} ({self.kind}) {self.path[:300]} {dict(self.headers)} {self.body[:300]!r}"


@dataclass(frozen=True, slots=True)
class Answer:
    """body: empty for a stream, of which only the beginning is read."""

    status: int
    media_type: str
    body: bytes


def operations(document: dict[str, Any]) -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Every operation by its route. Raises AssertionError for one that schemathesis cannot read."""
    found = {}
    for result in from_dict(document).get_all_operations():
        operation = result.ok()
        found[f"{operation.method.upper()} {operation.path}"] = operation
    return found


def draw(operation: APIOperation[Any, Any, Any, Any], kind: str, count: int, start: int = 0) -> list[Case]:
    """At most `count` cases, the same ones each time for the same start; none where nothing can be broken."""
    if kind == "negative" and not _can_be_broken(operation):
        return []
    mode = GenerationMode.NEGATIVE if kind == "negative" else GenerationMode.POSITIVE
    cases: list[Case] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        cases.append(case)

    with contextlib.suppress(Unsatisfiable, SkipTest):
        collect()
    return cases[:count]


def _can_be_broken(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether a request can disagree with the document: any text is good for a part of the path."""
    parts = [*operation.query, *operation.headers, *operation.body]
    return bool(parts) or any(one.definition["schema"].get("type") != "string" for one in operation.path_parameters)


def request(case: Case, kind: str, number: int, ids: Mapping[str, str]) -> Drawn:
    """What goes over the wire. Every other request names ids that exist, as do all hard ones but for one part."""
    path = dict(case.path_parameters or {})
    if number % 2 == 0 or kind == "hard":
        path |= {name: ids[name] for name in path if name in ids}
    return _request(case, kind, path, number)


def _request(case: Case, kind: str, path: Mapping[str, Any], number: int) -> Drawn:
    arguments = case.as_transport_kwargs(base_url="http://host")
    arguments.pop("timeout", None)
    body, query = arguments.get("json"), arguments.get("params")
    if kind == "hard":
        body = _hardened(body, number)
        path = {**path, **_hard_part(path, number)}
        query = {name: HARD_TEXTS[(number + at) % len(HARD_TEXTS)] for at, name in enumerate(query or {})}
    place = case.operation.path
    for name, value in path.items():
        place = place.replace(f"{{{name}}}", quote(str(value).encode("utf-8", "surrogatepass"), safe="") or "%20")
    if query:
        query = [(name, _said(one)) for name, value in _pairs(query) for one in _each(value)]
    prepared = requests.Request(
        arguments["method"], "http://host/", headers=_plain(arguments.get("headers") or {}), params=query,
        **({"data": json.dumps(body).encode()} if body is not None else _others(arguments)),
    ).prepare()  # fmt: skip
    headers = {name: value for name, value in _plain(prepared.headers).items() if name.lower() in _SENT}
    if body is not None:
        headers["Content-Type"] = "application/json"
    raw = prepared.body or b""
    assert prepared.url is not None
    question = prepared.url.removeprefix("http://host/")
    return Drawn(
        f"{case.operation.method.upper()} {case.operation.path}",
        kind,
        place + question,
        headers,
        raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else bytes(raw),
    )


def _others(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in ("data", "files") if arguments.get(name) is not None}


def _pairs(query: Any) -> Sequence[tuple[str, Any]]:
    return list(query.items()) if isinstance(query, Mapping) else list(query)


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _said(value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


def _plain(headers: Mapping[str, Any]) -> dict[str, str]:
    """Those that can be sent at all: no server ever sees the others."""
    said = {
        str(name): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }
    return {name: value for name, value in said.items() if value.isprintable() and value.isascii() and value.strip()}


def _hardened(value: Any, number: int) -> Any:
    """The body with every text and number in it replaced by a hard one; the names stay."""
    if isinstance(value, dict):
        return {name: _hardened(one, number + at) for at, (name, one) in enumerate(value.items())}
    if isinstance(value, list):
        return [_hardened(one, number + at) for at, one in enumerate(value)]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return HARD_NUMBERS[number % len(HARD_NUMBERS)]
    return HARD_TEXTS[number % len(HARD_TEXTS)]


def _hard_part(path: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One part of the path made hard, in every third request; the others keep ids that exist."""
    names = sorted(path)
    if not names or number % 3:
        return {}
    name = names[number % len(names)]
    if isinstance(path[name], int) or name in ("version", "page"):
        return {name: HARD_NUMBERS[number % len(HARD_NUMBERS)]}
    return {name: HARD_TEXTS[number % len(HARD_TEXTS)]}


async def send(client: httpx.AsyncClient, drawn: Drawn) -> Answer:
    """What the service answers; of a stream only how it begins, since some last as long as one listens."""
    request = client.build_request(
        drawn.route.split()[0], f"{str(client.base_url).rstrip('/')}{drawn.path}", headers=dict(drawn.headers),
        content=drawn.body,
    )  # fmt: skip
    answer = await client.send(request, stream=True)
    try:
        media_type = answer.headers.get("content-type", "").split(";")[0]
        body = b"" if media_type == "text/event-stream" else await answer.aread()
    finally:
        await answer.aclose()
    return Answer(answer.status_code, media_type, body)


def fault(drawn: Drawn, answer: Answer, documented: Mapping[str, Any]) -> str | None:
    """What is wrong with an answer. documented: the operation's responses by status."""
    if answer.status >= 500 and not any(code.encode() in answer.body for code in _NOT_INSTALLED):
        return f"{answer.status} {answer.body[:200].decode('utf-8', 'replace')}"
    if answer.status >= 400:
        described = f"{answer.status // 100}XX"
        if answer.media_type != "application/problem+json":
            return f"{answer.status} is {answer.media_type}"
        problem = json.loads(answer.body)
        if not problem.get("code") or not any("\u4e00" <= sign <= "\u9fff" for sign in problem.get("title", "")):
            return f"{answer.status} without a code or a Chinese title: {problem}"
        return None if described in documented else f"{described} is not documented"
    described = documented.get(str(answer.status))
    if described is None:
        return f"{answer.status} is not documented"
    media_types = set(described.get("content", {}))
    if media_types and answer.media_type not in media_types:
        return f"{answer.status} is {answer.media_type}, documented is {sorted(media_types)}"
    return None
