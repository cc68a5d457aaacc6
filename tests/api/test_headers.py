"""What every answer says to browsers: pages run only their own files, nobody else's page may read or frame them, and
what was said is in no cache."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest

from app.api import pages
from tests.api.conftest import Service

PAGES = [route.path for route in pages.router.routes]  # type: ignore[attr-defined]
FOREIGN = {"origin": "https://evil.example"}


class _Inline(HTMLParser):
    """Collects what a strict policy would stop: inline code and styles, and addresses outside the service."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0
        self._inside = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self._inside = tag if tag in ("script", "style") else ""
        self.scripts += tag == "script"
        self.found += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action"):
            if not (given.get(name) or "/").startswith("/") or (given.get(name) or "").startswith("//"):
                self.found.append(f"{tag} {name}={given[name]}")

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.found.append(f"inline {self._inside}")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def _directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


async def test_there_are_pages_to_look_at() -> None:
    assert {"/", "/desk", "/knowledge"} <= set(PAGES)


@pytest.mark.parametrize("path", [*PAGES, "/web/chat/main.js", "/healthz", "/v1/audit", "/v1/nothing", "/openapi.json"])
async def test_every_answer_carries_a_strict_policy(service: Service, path: str) -> None:
    headers = (await (await service.as_("nobody")).get(path)).headers
    policy = _directives(headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "*" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "max-age" in headers["strict-transport-security"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(service: Service, path: str) -> None:
    page = _Inline()
    page.feed((await (await service.as_("nobody")).get(path)).text)
    assert page.found == []
    assert page.scripts > 0


async def test_what_the_looking_would_find_is_found() -> None:
    page = _Inline()
    page.feed('<script>x()</script><p onclick="x()" style="a">b</p><img src="https://x.example/a"><a href="//x">c</a>')
    assert page.found == ["inline script", "p onclick", "p style", "img src=https://x.example/a", "a href=//x"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_page_of_another_origin_may_read_and_send_nothing(service: Service, method: str) -> None:
    customer: httpx.AsyncClient = await service.as_("customer")
    asks = {**FOREIGN, "access-control-request-method": method, "access-control-request-headers": "authorization"}
    for path in ("/v1/conversations", "/v1/auth/visitor", "/v1/audit", "/"):
        before = await customer.request("OPTIONS", path, headers=asks)
        assert before.status_code == 405, "no preflight is ever granted"
        answer = await customer.request(method, path, headers=FOREIGN)
        for one in (before, answer):
            assert not [name for name in one.headers if name.startswith("access-control-")]


async def test_what_the_service_answers_is_kept_in_no_cache(service: Service) -> None:
    customer = await service.as_("customer")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    assert (await customer.get(f"/v1/conversations/{conversation}")).headers["cache-control"] == "no-store"
    assert (await (await service.as_("nobody")).get("/v1/audit")).headers["cache-control"] == "no-store"
