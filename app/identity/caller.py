"""Who is calling, and as what. The tenant comes from the token and from nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    EDITOR = "editor"
    APPROVER = "approver"
    EVALUATOR = "evaluator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """id: the customer's or the user's. The last three are the customer's suitability claims; None = not assessed."""

    tenant: str
    id: str
    roles: frozenset[Role]
    tolerance: str | None = None
    assessed_until: date | None = None
    birth_year: int | None = None

    def may(self, *roles: Role) -> bool:
        """Whether any of the roles is the caller's; an admin may do everything."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)

    @property
    def staff(self) -> bool:
        return bool(self.roles - {Role.CUSTOMER})
