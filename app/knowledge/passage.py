"""What the index holds: passages of approved documents, and the scope every query is held to."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

Kind = Literal["product", "regulation", "faq"]
Audience = Literal["public", "staff"]

# Fixed for ever: changing it would change every passage id.
_NAMESPACE = uuid.UUID("6a1c2b5e-6f0e-5d52-9a53-6f3c8e1f7a10")


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrievable piece of one version of one document.

    text: the verbatim source (no prefix, not normalised). question: for FAQ pairs the verbatim question, else "".
    section: heading path joined by " › ". page: 1-based PDF page or None. valid_from, valid_to: business dates in
    Asia/Shanghai, both inclusive, None = open; valid_to is the effective one (a successor's valid_from ends it).
    risk_level: "R1".."R5" or None. sha256: hex digest of text.
    """

    id: str
    document_id: str
    version: int
    ordinal: int
    tenant: str
    kind: Kind
    title: str
    section: str
    text: str
    sha256: str
    question: str = ""
    page: int | None = None
    product_code: str | None = None
    risk_level: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    audience: Audience = "public"
    approved: bool = False


def passage_id(document_id: str, version: int, ordinal: int, text: str) -> str:
    """UUIDv5 of document, version, ordinal and text: the same input always gets the same id."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join((document_id, str(version), str(ordinal), text))))


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


Edition = tuple[str, int]
Days = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Editions:
    """What a tenant's documents said at an instant, read by the store from the history of its decisions.

    in_force: the editions (document, version) that answered on `as_of`, with their first and last day as known at
    `known_at`. existing: all that had been uploaded by then, drafts too; rarity is counted over them. At most one
    edition of a document is in force.
    """

    tenant: str
    as_of: date
    known_at: datetime
    in_force: Mapping[Edition, Days]
    existing: frozenset[Edition]

    def restated(self, passage: Passage) -> Passage:
        """The passage with the approval and the validity it had then."""
        starts, ends = self.in_force[passage.document_id, passage.version]
        return replace(passage, approved=True, valid_from=starts, valid_to=ends)


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and for which day. Tenant, audience, approval and validity always filter; kind and product may.

    There is no way to search without one, and no field that lifts approval or validity: editions (None = as today's
    knowledge has it) only stand for the approvals of an earlier instant, and are the store's to make.
    """

    tenant: str
    as_of: date
    audiences: tuple[Audience, ...] = ("public",)
    kind: Kind | None = None
    product_code: str | None = None
    editions: Editions | None = None

    def __post_init__(self) -> None:
        if self.editions is not None and (self.editions.tenant, self.editions.as_of) != (self.tenant, self.as_of):
            raise ValueError("editions of another scope")
