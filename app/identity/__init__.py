"""Tokens, roles and the demo's users: the package's public door."""

from app.identity.caller import Caller, Role
from app.identity.demo import log_in
from app.identity.tokens import Tokens, demo_secret
from app.identity.vault import Unreadable, Vault, demo_key, read_key

__all__ = [
    "Caller",
    "Role",
    "Tokens",
    "Unreadable",
    "Vault",
    "demo_key",
    "demo_secret",
    "log_in",
    "read_key",
]
