"""Getting a token: visitors without a login, demo users with a password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel

from app.api.dependencies import Services, caller, services
from app.errors import NotFound
from app.identity import Caller, Role, log_in

router = APIRouter(prefix="/v1/auth", tags=["identity"])


class VisitorToken(BaseModel):
    access_token: str
    customer_id: str


class StaffToken(BaseModel):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - OAuth2's word for it
    roles: list[str]


class OidcView(BaseModel):
    """Where staff log in. The endpoints are what the issuer's discovery document says."""

    issuer: str
    client_id: str
    scopes: str


class LoginView(BaseModel):
    demo: bool
    oidc: OidcView | None


class CallerView(BaseModel):
    id: str
    roles: list[str]


@router.get("/login")
async def ways_in(parts: Annotated[Services, Depends(services)]) -> LoginView:
    """How staff get a token here: at the OIDC issuer, or by a demo user's password."""
    auth = parts.settings.auth
    oidc = OidcView(issuer=auth.issuer, client_id=auth.client_id, scopes=auth.scopes)
    return LoginView(demo=auth.demo, oidc=oidc if auth.issuer and auth.client_id else None)


@router.get("/me")
async def who_am_i(who: Annotated[Caller, Depends(caller())]) -> CallerView:
    """Whose the token is and what they may, as the service reads it."""
    return CallerView(id=who.id, roles=sorted(who.roles))


@router.post("/visitor")
async def visit(parts: Annotated[Services, Depends(services)]) -> VisitorToken:
    """A new customer of the service's tenant; the token is the only tie to what is said under it."""
    who = Caller(parts.settings.tenant, f"v_{parts.new_id()}", frozenset({Role.CUSTOMER}))
    return VisitorToken(access_token=parts.tokens.issue(who), customer_id=who.id)


@router.post("/token")
async def get_token(
    form: Annotated[OAuth2PasswordRequestForm, Depends()], parts: Annotated[Services, Depends(services)]
) -> StaffToken:
    """Demo users only; a production installation takes its staff from the OIDC issuer."""
    if not parts.settings.auth.demo:
        raise NotFound()
    who = log_in(parts.settings.tenant, form.username, form.password)
    return StaffToken(access_token=parts.tokens.issue(who), roles=sorted(who.roles))
