"""Tokens, roles and the demo's users: the package's public door."""

from app.identity.caller import Caller, Role
from app.identity.demo import log_in
from app.identity.tokens import Tokens, demo_secret

__all__ = ["Caller", "Role", "Tokens", "demo_secret", "log_in"]
