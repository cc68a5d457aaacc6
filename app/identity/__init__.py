"""Tokens, roles and the demo's users: the package's public door."""

from app.identity.bearers import Bearers, Claims, Issuer
from app.identity.caller import Caller, Role
from app.identity.demo import log_in
from app.identity.signing_keys import SigningKeys, fetch_from, protected
from app.identity.tokens import Tokens, demo_secret
from app.identity.vault import Unreadable, Vault, demo_key, kept_key, read_key

__all__ = [
    "Bearers",
    "Caller",
    "Claims",
    "Issuer",
    "Role",
    "SigningKeys",
    "Tokens",
    "Unreadable",
    "Vault",
    "demo_key",
    "demo_secret",
    "fetch_from",
    "kept_key",
    "log_in",
    "protected",
    "read_key",
]
