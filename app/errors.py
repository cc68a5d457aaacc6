"""Expected failures: small AppError subclasses, one problem+json shape (RFC 9457).

`code` is stable and for programs; `title` is Chinese, kind, and says what to do next; neither ever carries the
customer's own words.
"""

from __future__ import annotations


class AppError(Exception):
    """An expected failure that becomes `application/problem+json`.

    status: HTTP status. code: stable, snake_case. title: one Chinese sentence that says what to do next.
    """

    status: int = 400
    code: str = "bad_request"
    title: str = "请求有误，请检查后重试。"

    def __init__(self, title: str | None = None, *, code: str | None = None, status: int | None = None) -> None:
        self.title = title if title is not None else type(self).title
        self.code = code if code is not None else type(self).code
        self.status = status if status is not None else type(self).status
        super().__init__(self.code)


class Malformed(AppError):
    status, code, title = 400, "malformed", "请求格式有误，请检查后重试。"


class Invalid(AppError):
    status, code, title = 422, "invalid", "请求内容不符合要求，请按提示修改后重试。"


class Unauthenticated(AppError):
    status, code, title = 401, "unauthenticated", "登录已失效，请重新进入后再试。"


class Forbidden(AppError):
    status, code, title = 403, "forbidden", "您的角色没有这项权限，请联系管理员。"


class NotFound(AppError):
    """Unknown, or someone else's: the two are told the same."""

    status, code, title = 404, "not_found", "没有找到您要的内容，请检查编号后重试。"


class Conflict(AppError):
    status, code, title = 409, "conflict", "当前状态不能这样操作，请刷新后重试。"


class ReusedKey(Conflict):
    code, title = "idempotency_key_reused", "这个请求编号已用于另一条内容，请换一个编号后重试。"


class TooLarge(AppError):
    status, code, title = 413, "too_large", "内容太大，请缩小后重试。"


class TooMany(AppError):
    status, code, title = 429, "too_many_requests", "请求太频繁，请稍等片刻再试。"


class Overloaded(AppError):
    status, code, title = 503, "overloaded", "现在咨询的人较多，请稍后再试，或联系人工客服。"
