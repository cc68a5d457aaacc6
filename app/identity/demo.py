"""The demo's users: one a role, two agents, one password. Only a demo on the loopback interface knows them."""

from __future__ import annotations

import secrets

from app.errors import Unauthenticated
from app.identity.caller import Caller, Role

PASSWORD = "demo"  # noqa: S105 - published on purpose; demo mode answers the loopback interface only
USERS = {
    "agent": Role.AGENT,
    "agent2": Role.AGENT,
    "editor": Role.EDITOR,
    "approver": Role.APPROVER,
    "evaluator": Role.EVALUATOR,
    "admin": Role.ADMIN,
}


class WrongPassword(Unauthenticated):
    code, title = "wrong_password", "用户名或密码不正确，请检查后重试。"


def log_in(tenant: str, username: str, password: str) -> Caller:
    role = USERS.get(username)
    if role is None or not secrets.compare_digest(password.encode(), PASSWORD.encode()):
        raise WrongPassword()
    return Caller(tenant, username, frozenset({role}))
