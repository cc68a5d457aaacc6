"""What each step of governance makes of a version, and which version is in force on which day.

Pure: the store applies these decisions in a transaction, the index follows. On any day at most one version of a
document is in force, and publishing a successor leaves no day without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app.clock import business_date
from app.errors import Conflict, Forbidden, Invalid
from app.knowledge.documents import CLEARABLE, METADATA, NotReady, Status, Version, find
from app.knowledge.index import DocumentChange
from app.knowledge.passage import Passage, text_sha256
from app.knowledge.preparing import Correction

_TICK = timedelta(microseconds=1)


class OwnEdit(Forbidden):
    code, title = "own_edit", "不能审批自己编辑的版本，请由另一位同事审批。"


class WrongState(Conflict):
    code, title = "wrong_state", "这个版本当前的状态不能这样操作，请刷新后重试。"


def submit(version: Version, actor: str, comment: str, now: datetime) -> Version:
    """draft -> in_review; whoever submits counts as an editor."""
    if version.status == "in_review":
        return version
    _require(version, "draft")
    if not version.ready:
        raise NotReady()
    return replace(
        version,
        status="in_review",
        submitted_at=now,
        submitted_by=actor,
        comment=comment,
        editors=_with_editor(version, actor),
    )


def reject(version: Version, comment: str) -> Version:
    """in_review -> draft."""
    _require(version, "in_review")
    return replace(version, status="draft", submitted_at=None, submitted_by=None, comment=comment)


def edit(version: Version, said: Mapping[str, Any], actor: str) -> Version:
    """A draft with metadata that a person has confirmed; it has to be prepared again. said: see Version.confirmed."""
    _require(version, "draft")
    confirmed = {**version.confirmed, **said}
    values: dict[str, Any] = {}
    for name, value in said.items():
        if value is not None:
            values[name] = date.fromisoformat(value) if name.startswith("valid_") else value
        elif name in CLEARABLE:
            values[name] = None
        elif name == "audience":
            values[name] = confirmed[name] = "public"
        else:  # a document always has a title and a kind: they are proposed again
            del confirmed[name]
    edited = replace(
        version,
        ready=False,
        confirmed=confirmed,
        proposed=tuple(name for name in version.proposed if name not in said),
        editors=_with_editor(version, actor),
        **values,
    )
    if edited.valid_from and edited.valid_to and edited.valid_to < edited.valid_from:
        raise Invalid("失效日期早于生效日期，请修改日期后重试。", code="invalid_dates")
    return edited


def correct(
    versions: Sequence[Version], passage: Passage, text: str, actor: str, comment: str, now: datetime, number: int
) -> Version:
    """The draft in which that passage reads `text`: the passage's own version while it is a draft, else the open
    correction of it, else a new version, numbered `number`, of the same file with the same metadata."""
    source = find(versions, passage.version)
    original = next(
        (
            one.original
            for one in source.corrections
            if one.ordinal == passage.ordinal and text_sha256(one.text) == passage.sha256
        ),
        passage.sha256,
    )
    latest = versions[-1]
    if source.status == "draft":
        target = source
    elif latest.status == "draft" and latest.corrected_from == source.version:
        target = latest
    else:
        target = _draft_of(source, number, now)
    kept = [one for one in target.corrections if (one.original, one.ordinal) != (original, passage.ordinal)]
    correction = Correction(original, passage.ordinal, text, comment, actor, now.isoformat())
    return replace(
        target,
        ready=False,
        corrections=tuple(sorted([*kept, correction], key=lambda one: one.ordinal)),
        editors=_with_editor(target, actor),
    )


def _draft_of(source: Version, number: int, now: datetime) -> Version:
    """A new version of the same file. What an approver has approved counts as confirmed; what nobody has approved yet
    still has its editors."""
    approved = source.approved_at is not None
    said = {name: getattr(source, name) for name in METADATA}
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}
    return replace(
        source,
        version=number,
        status="draft",
        ready=False,
        confirmed=said if approved else source.confirmed,
        proposed=() if approved else source.proposed,
        editors=() if approved else source.editors,
        corrected_from=source.version,
        created_at=now,
        in_force_from=None,
        in_force_to=None,
        overtaken=False,
        ends_predecessor=False,
        approver=None,
        comment="",
        warnings=(),
        passages=0,
        submitted_by=None,
        submitted_at=None,
        approved_at=None,
        withdrawn_at=None,
    )


def approve(version: Version, all_versions: Sequence[Version], actor: str, comment: str, now: datetime) -> Version:
    """in_review -> approved, by someone who did not edit it.

    A successor that names no first day starts today: its predecessor keeps the days until then.
    """
    if version.status == "approved" and version.approver == actor:
        return version
    _require(version, "in_review")
    if actor in version.editors:
        raise OwnEdit()
    valid_from = version.valid_from
    if valid_from is None and any(other.approved_at for other in all_versions if other.version != version.version):
        valid_from = business_date(now)
    # The order of approvals must hold even if the clock stands still or jumps back.
    last = max((other.approved_at for other in all_versions if other.approved_at), default=now - _TICK)
    approved_at = max(now, last + _TICK)
    return replace(
        version, status="approved", approver=actor, approved_at=approved_at, comment=comment, valid_from=valid_from
    )


def withdraw(version: Version, comment: str, now: datetime) -> Version:
    """approved -> withdrawn. What had come into force leaves a hole: wrong knowledge does not revive older one."""
    if version.status == "withdrawn":
        return version
    _require(version, "approved")
    began = (version.valid_from or date.min) <= business_date(now)
    return replace(version, status="withdrawn", withdrawn_at=now, ends_predecessor=began, comment=comment)


def roll_back(target: Version, all_versions: Sequence[Version], actor: str, now: datetime) -> Sequence[Version]:
    """The target holds again as if nothing approved after it had ever been; those versions are withdrawn."""
    if target.approved_at is None:
        raise WrongState()
    if actor in target.editors:
        raise OwnEdit()
    if target.valid_to is not None and target.valid_to < business_date(now):
        raise WrongState(code="version_expired", title="这个版本的有效期已过，不能恢复，请上传新版本。")
    approved_at = target.approved_at
    result = []
    for version in all_versions:
        if version.version == target.version:
            version = replace(version, status="approved", withdrawn_at=None, ends_predecessor=False)
        elif version.approved_at is not None and version.approved_at > approved_at:
            withdrawn_at = version.withdrawn_at or now
            version = replace(version, status="withdrawn", withdrawn_at=withdrawn_at, ends_predecessor=False)
        result.append(version)
    return result


def settle(versions: Sequence[Version]) -> list[Version]:
    """Work out on which days each version is in force.

    In the order of approval: a version takes every day from its first one on. Only what had already been approved for
    a later day, and had not begun when this one was approved, keeps its days: a planned change stays planned.
    """
    order = sorted(
        (v for v in versions if v.approved_at and (v.status == "approved" or v.ends_predecessor)),
        key=lambda v: (v.approved_at or datetime.min, v.version),
    )
    ends: dict[int, date | None] = {}
    settled: list[Version] = []
    for version in order:
        first = version.valid_from or date.min
        approved_on = business_date(version.approved_at) if version.approved_at else date.min
        end = version.valid_to
        for earlier in settled:
            begins = earlier.valid_from or date.min
            if begins > approved_on and begins > first:
                end = _earlier(end, begins - timedelta(days=1))
            else:
                before = first - timedelta(days=1) if first > date.min else date.min
                ends[earlier.version] = _earlier(ends[earlier.version], before)
        ends[version.version] = end
        settled.append(version)
    return [_with_force(version, ends) for version in versions]


def changes(versions: Sequence[Version]) -> list[DocumentChange]:
    """What the index must show for every version that was ever approved, those that lose days first."""
    return [
        DocumentChange(
            tenant=version.tenant,
            document_id=version.document_id,
            version=version.version,
            approved=version.status == "approved" and not version.overtaken,
            valid_from=version.in_force_from,
            valid_to=version.in_force_to,
        )
        for version in versions
        if version.approved_at is not None
    ]


def _with_editor(version: Version, actor: str) -> tuple[str, ...]:
    """Everyone who changed a draft is an editor of it, and may not approve it."""
    return tuple(dict.fromkeys([*version.editors, actor]))


def _with_force(version: Version, ends: Mapping[int, date | None]) -> Version:
    if version.version not in ends or version.status != "approved":
        return replace(version, in_force_from=None, in_force_to=None, overtaken=False)
    end = ends[version.version]
    overtaken = end is not None and (end == date.min or end < (version.valid_from or date.min))
    return replace(version, in_force_from=version.valid_from, in_force_to=end, overtaken=overtaken)


def _earlier(one: date | None, other: date) -> date:
    return other if one is None else min(one, other)


def _require(version: Version, status: Status) -> None:
    if version.status != status:
        raise WrongState()
