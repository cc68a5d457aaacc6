"""What every request passes, as plain ASGI (nothing here buffers a stream): limits, guards, headers, one log line."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.metrics import Metrics
from app.api.problems import Internal, problem
from app.errors import Forbidden, TooLarge
from app.logs import place

_log = structlog.get_logger(__name__)

# A refused upload is read this far and thrown away, so that its sender sees the answer and not a broken connection.
_DRAIN_BYTES = 64 * 1024 * 1024

# Everything a page runs, shows or asks is a file of ours; nothing stands inline.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def policy_asking(origin: str) -> str:
    """The same, for a page that may also ask one other origin (the issuer, for a token)."""
    return CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self' {origin}")


_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Browsers heed it over TLS only, so that a demo on plain loopback is not locked out.
    "strict-transport-security": "max-age=31536000",
    "permissions-policy": "camera=(), geolocation=(), payment=(), microphone=(self)",
}


class LoopbackOnly(Forbidden):
    code, title = "loopback_only", "演示模式只能在本机访问，请用 http://127.0.0.1 打开。"


class RequestRecord:
    """Outermost: one log line and one count a request, security headers, and the last catch for the unexpected."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        first_byte = 0.0

        async def observed(message: Message) -> None:
            nonlocal status, first_byte
            if message["type"] == "http.response.start":
                status = message["status"]
                first_byte = time.perf_counter() - started
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("cache-control", "no-store")  # what was said belongs in no cache on the way
                message["headers"] = headers.raw
            await send(message)

        self._metrics.open_requests.inc()
        failure = ""
        try:
            await self._app(scope, receive, observed)
        except Exception as error:
            failure = place(error)
            if not status:
                await problem(Internal())(scope, receive, observed)
        finally:
            self._metrics.open_requests.dec()
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.request(scope["method"], route, status, first_byte)
            seconds = round(time.perf_counter() - started, 4)
            log = _log.error if failure else _log.info
            log("request", method=scope["method"], route=route, status=status, s=seconds, failure=failure or None)


class Loopback:
    """Demo mode: only callers on this machine, and only under its own names (no DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _local(scope):
            await problem(LoopbackOnly())(scope, receive, send)
            return
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies over the limit of their path before anything parses them.

    limits: bytes by path prefix, the longest prefix counts; "" is the rule for the rest.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limits = sorted(limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "DELETE", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        limit = next(size for prefix, size in self._limits if path.startswith(prefix))
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            await _drain(receive)
            await problem(TooLarge())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


async def _drain(receive: Receive) -> None:
    drained = 0
    while drained < _DRAIN_BYTES:
        message = await receive()
        drained += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _local(scope: Scope) -> bool:
    client = scope.get("client")
    if client is not None and not _loopback(client[0]):
        return False
    host = Headers(scope=scope).get("host", "")
    name = host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.rsplit(":", 1)[0]
    return name == "localhost" or _loopback(name)


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
