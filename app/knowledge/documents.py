"""Documents, their versions and the work on uploads, as everyone sees them; app.knowledge.governance decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from app.errors import Conflict, NotFound
from app.knowledge.passage import Audience, Kind
from app.knowledge.preparing import Correction, KeptOut, Notice

Status = Literal["draft", "in_review", "approved", "withdrawn"]
ShownStatus = Literal["draft", "in_review", "approved", "superseded", "withdrawn", "expired"]

METADATA = ("kind", "title", "product_code", "risk_level", "valid_from", "valid_to", "audience")
# A person may say of these that there is nothing to say; the others always have a value.
CLEARABLE = ("product_code", "risk_level", "valid_from", "valid_to")


class NotReady(Conflict):
    code, title = "not_ready", "这个版本还在处理中，请等处理完成后再操作。"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document.

    valid_from, valid_to: as declared. in_force_from, in_force_to: the days it answers on, both inclusive, once
    approved; overtaken: approved, but another version has taken all of its days. ends_predecessor: a withdrawn version
    that was in force still ends the one before it. quarantined: pieces of the file kept out of knowledge.
    declared: the metadata given with the upload; confirmed: what people
    said of it since (JSON values; None = there is none). proposed: fields read from the text that nobody has confirmed.
    corrections: passages that people reworded. corrected_from: the version whose file this one corrects.
    """

    document_id: str
    version: int
    tenant: str
    status: Status
    ready: bool
    file_name: str
    sha256: str
    size: int
    declared: Mapping[str, Any]
    kind: Kind
    title: str
    product_code: str | None
    risk_level: str | None
    audience: Audience
    valid_from: date | None
    valid_to: date | None
    editors: Sequence[str]
    created_at: datetime
    in_force_from: date | None = None
    in_force_to: date | None = None
    overtaken: bool = False
    ends_predecessor: bool = False
    approver: str | None = None
    comment: str = ""
    warnings: Sequence[Notice] = ()
    passages: int = 0
    pages: int = 0
    quarantined: int = 0
    confirmed: Mapping[str, Any] = field(default_factory=dict)
    proposed: Sequence[str] = ()
    corrections: Sequence[Correction] = ()
    corrected_from: int | None = None
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def shown_status(self, today: date) -> ShownStatus:
        """The status as people know it; supersession and expiry come with the calendar, nobody has to do them."""
        if self.status != "approved":
            return self.status
        if self.overtaken:
            return "superseded"
        if self.in_force_to is not None and today > self.in_force_to:
            return "expired" if self.in_force_to == self.valid_to else "superseded"
        return "approved"

    def in_force(self, day: date) -> bool:
        if self.status != "approved" or self.overtaken:
            return False
        return (self.in_force_from or date.min) <= day <= (self.in_force_to or date.max)


@dataclass(frozen=True, slots=True)
class Document:
    """versions: oldest first."""

    id: str
    tenant: str
    path: str
    versions: Sequence[Version]

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    def current(self, day: date) -> Version | None:
        return next((version for version in self.versions if version.in_force(day)), None)


@dataclass(frozen=True, slots=True)
class Job:
    """The work on one uploaded version. outcome: created | new_version | unchanged, once done.

    kept_out: once failed, what of the file did not become knowledge; of a version that is done, the version tells.
    """

    id: str
    tenant: str
    document_id: str
    version: int
    status: Literal["queued", "running", "done", "failed"]
    step: str = "queued"
    done: int = 0
    total: int = 0
    outcome: Literal["created", "new_version", "unchanged"] | None = None
    warnings: Sequence[Notice] = ()
    error: Notice | None = None
    kept_out: Sequence[KeptOut] = ()
    actor: str = ""
    attempts: int = 0

    @property
    def ended(self) -> bool:
        return self.status in ("done", "failed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a version's history: who did what to it.

    action: uploaded, prepared, failed, corrected, edited, submitted, rejected, approved, withdrawn, rolled_back,
    rebuilt (the index had lost its passages and has them again).
    """

    at: str
    actor: str
    action: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has passed the cheap checks. document_id: None = the document of this path, or a new one."""

    tenant: str
    actor: str
    path: str
    file_name: str
    sha256: str
    size: int
    declared: Mapping[str, Any]
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    document_id: str
    version: int
    job_id: str


@dataclass(frozen=True, slots=True)
class AcceptedMember:
    """A file of an archive that became a document's version. path: within the archive."""

    path: str
    accepted: Accepted


def find(versions: Sequence[Version], number: int) -> Version:
    found = next((version for version in versions if version.version == number), None)
    if found is None:
        raise NotFound()
    return found
