"""Every failure becomes one shape: application/problem+json with a stable code and a Chinese title."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import AppError, Forbidden, Invalid, Malformed, NotFound, TooLarge, TooMany, Unauthenticated

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "Chinese, for people: what to do next"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable, for programs"},
        "errors": {
            "type": "array",
            "items": {"type": "object"},
            "description": "which fields, when a request is invalid",
        },
    },
}
# In the OpenAPI document, for every operation; FastAPI would describe a shape that we do not answer with.
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status, said in (("4XX", "The request is refused"), ("5XX", "The service cannot answer now"))
}


class MethodNotAllowed(AppError):
    status, code, title = 405, "method_not_allowed", "这个地址不支持这种操作，请检查请求方法。"


class StoreUnavailable(AppError):
    status, code, title = (
        503,
        "store_unavailable",
        "系统暂时存不下新的内容，这条没有收下。请稍后再试；急事请拨打客服热线。",
    )


class CannotBeStored(Invalid):
    code, title = "cannot_be_stored", "请求里有系统存不下的字符或数字，请去掉特殊字符后重试。"


class Internal(AppError):
    status, code, title = 500, "internal", "系统出了一点问题，请稍后再试，或联系人工客服。"


_BY_STATUS: dict[int, type[AppError]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    422: Invalid,
    429: TooMany,
}


def problem(error: AppError, **extra: Any) -> Response:
    """The response for an expected failure."""
    body = {
        "type": f"urn:wenda:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        **extra,
    }
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.status in (429, 503):
        headers["Retry-After"] = "5"
    return Response(orjson.dumps(body), error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make the app answer AppErrors, framework errors and validation errors as problems."""

    async def expected(_: Request, error: Exception) -> Response:
        assert isinstance(error, AppError)
        return problem(error)

    async def unstored(_: Request, error: Exception) -> Response:
        assert isinstance(error, DBAPIError)
        if isinstance(error, DataError):  # a NUL in a text, a number out of range: the request's fault, not the store's
            _log.warning("cannot_be_stored", error=type(error.orig).__name__)
            return problem(CannotBeStored())
        _log.error("store_unavailable", error=type(error.orig).__name__)
        return problem(StoreUnavailable())

    async def framework(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        known = _BY_STATUS.get(error.status_code)
        if known is not None:
            return problem(known())
        return problem(AppError(status=error.status_code, code=f"http_{error.status_code}"))

    async def validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # Where and what kind only: the values may be a customer's words.
        faults = [
            {"field": ".".join(str(part) for part in fault["loc"]), "code": fault["type"]} for fault in error.errors()
        ]
        if any(fault["code"] == "json_invalid" for fault in faults):
            return problem(Malformed())
        return problem(Invalid(), errors=faults)

    app.add_exception_handler(AppError, expected)
    app.add_exception_handler(DBAPIError, unstored)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, validation)
