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
from app.knowledge.preparing import Correction, Notice

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
    elif source.overtaken:  # no day was left to it, and none would be to its correction
        raise WrongState()
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
    still has its editors. Of what another version has followed, it is for the days before that one."""
    approved = source.approved_at is not None
    valid_to = source.in_force_to if source.shown_status(business_date(now)) == "superseded" else source.valid_to
    said = {name: getattr(source, name) for name in METADATA} | {"valid_to": valid_to}
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
        valid_to=valid_to,
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

    A successor that names no first day starts today: its predecessor keeps the days until then. Raises OwnEdit,
    WrongState, and Invalid (invalid_dates) where no day would be left to the version.
    """
    if version.status == "approved" and version.approver == actor:
        return version
    _require(version, "in_review")
    if actor in version.editors:
        raise OwnEdit()
    approved = replace(_published(version, all_versions, now), approver=actor, comment=comment)
    if approved.valid_from and approved.valid_to and approved.valid_to < approved.valid_from:
        raise Invalid("失效日期早于生效日期，批准后不会生效。请退回，修改日期后再提交。", code="invalid_dates")
    if find(settle(with_changed(all_versions, approved)), version.version).overtaken:
        raise Invalid(
            "有效期已经过去，其间用的是别的版本，批准后不会生效。请退回，修改日期后再提交。", code="invalid_dates"
        )
    return approved


def foreseen(version: Version, all_versions: Sequence[Version], now: datetime) -> Sequence[Notice]:
    """What an approver should know of the days after: that nothing answers once this version has ended."""
    if version.status not in ("draft", "in_review") or version.valid_to is None or version.valid_to == date.max:
        return ()
    after = version.valid_to + timedelta(days=1)
    if after <= business_date(now) or not any(other.in_force(after) for other in all_versions):
        return ()
    if any(
        other.in_force(after) for other in settle(with_changed(all_versions, _published(version, all_versions, now)))
    ):
        return ()
    title = f"这个版本到 {version.valid_to} 为止，现行版本在它生效后不再恢复：{after} 起这份文件将没有有效版本。"
    return (Notice("ends_without_successor", f"{title}需要延续的，请先准备好下一版本。"),)


def _published(version: Version, all_versions: Sequence[Version], now: datetime) -> Version:
    today = business_date(now)
    valid_from, valid_to = version.valid_from, version.valid_to
    if version.corrected_from is not None:
        # Another version may have followed the one it corrects since the correction was begun.
        source = find(all_versions, version.corrected_from)
        if source.shown_status(today) == "superseded" and source.in_force_to is not None:
            valid_to = source.in_force_to if valid_to is None else min(valid_to, source.in_force_to)
    followed = any(other.approved_at for other in all_versions if other.version != version.version)
    if valid_from is None and followed and (valid_to is None or valid_to >= today):
        valid_from = today
    # The order of approvals must hold even if the clock stands still or jumps back.
    last = max((other.approved_at for other in all_versions if other.approved_at), default=now - _TICK)
    at = max(now, last + _TICK)
    return replace(version, status="approved", approved_at=at, valid_from=valid_from, valid_to=valid_to)


def with_changed(versions: Sequence[Version], changed: Version) -> Sequence[Version]:
    """All versions, that one as it is now."""
    return [changed if version.version == changed.version else version for version in versions]


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

    In the order of approval: a version takes every day from its first one on, and what it has ended does not revive
    when it ends itself. Two kinds of earlier versions keep their days: what had been approved for a later day, and had
    not begun when this one was approved (a planned change stays planned); and what goes on after this one's end, if
    that end had passed when this one was approved (a record of former days changes nothing today).
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
        over = version.valid_to if version.valid_to is not None and version.valid_to < approved_on else None
        for earlier in settled:
            begins, last = earlier.valid_from or date.min, ends[earlier.version]
            if over is not None and (last is None or last > over):
                if begins <= over and not _without_days(begins, last):
                    end = _earlier(end, _day_before(begins))
            elif begins > approved_on and begins > first:
                end = _earlier(end, _day_before(begins))
            else:
                ends[earlier.version] = _earlier(last, _day_before(first))
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
    overtaken = _without_days(version.valid_from or date.min, end)
    return replace(version, in_force_from=version.valid_from, in_force_to=end, overtaken=overtaken)


def _without_days(begins: date, end: date | None) -> bool:
    return end is not None and (end == date.min or end < begins)


def _day_before(day: date) -> date:
    return day - timedelta(days=1) if day > date.min else date.min


def _earlier(one: date | None, other: date) -> date:
    return other if one is None else min(one, other)


def _require(version: Version, status: Status) -> None:
    if version.status != status:
        raise WrongState()
