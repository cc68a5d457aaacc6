"""Keys, tokens and who issues them; what production may not start without is refused here."""

from __future__ import annotations

from contextlib import AsyncExitStack

from app.clock import Clock
from app.identity import (
    Claims,
    Issuer,
    SigningKeys,
    Tokens,
    Vault,
    demo_key,
    demo_secret,
    fetch_from,
    kept_key,
    protected,
    read_key,
)
from app.settings import Settings


def make_tokens(settings: Settings, clock: Clock) -> Tokens:
    auth = settings.auth
    if auth.secret is not None:
        secret = auth.secret.get_secret_value()
    elif auth.demo:
        secret = demo_secret(settings.data_dir)
    else:
        raise ValueError("WENDA_AUTH__SECRET is not set (32 bytes or more), and this is no demo (WENDA_AUTH__DEMO)")
    return Tokens(secret, auth.audience, demo=auth.demo, visitor_hours=auth.visitor_hours, clock=clock)


def enter_issuer(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Issuer | None:
    auth = settings.auth
    if not auth.issuer:
        return None
    if not all(protected(url) for url in (auth.issuer, auth.jwks_url) if url):
        raise ValueError("WENDA_AUTH__ISSUER and WENDA_AUTH__JWKS_URL must be https (http only on this machine)")
    keys = SigningKeys(fetch_from(auth.issuer, auth.jwks_url), grace_s=auth.key_grace_s)
    stack.push_async_callback(keys.close)
    return Issuer(auth.issuer, auth.audience, keys, Claims(auth.tenant_claim, auth.roles_claim), clock=clock)


def make_vault(settings: Settings) -> Vault | None:
    if settings.privacy.key is not None:
        return Vault(read_key(settings.privacy.key.get_secret_value()))
    return Vault(demo_key(settings.data_dir)) if settings.auth.demo else None


def master_key(settings: Settings) -> bytes:
    """The setting's, else the data folder's own, which is made on the first start.

    Records that several hosts share need the setting: what one sealed under a key of its own, no other could read.
    """
    key = settings.privacy.key
    if key is None and settings.database.url and not settings.auth.demo:
        raise ValueError("WENDA_PRIVACY__KEY is not set (32 bytes in base64), and WENDA_DATABASE__URL is shared")
    return read_key(key.get_secret_value()) if key is not None else demo_key(settings.data_dir)


def signing_seed(settings: Settings) -> bytes:
    """The setting's, else the data folder's own. Several hosts must sign alike: each would make a key that dies with
    it, and nobody could check what it signed."""
    key = settings.audit.signing_key
    if key is None and settings.database.url and not settings.auth.demo:
        raise ValueError("WENDA_AUDIT__SIGNING_KEY is not set (32 bytes in base64), and WENDA_DATABASE__URL is shared")
    return read_key(key.get_secret_value()) if key is not None else kept_key(settings.data_dir / "checkpoint_key")
