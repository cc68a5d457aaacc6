"""What changed between two versions: metadata field by field, passages in reading order, words within a passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any, Literal

from app.knowledge.documents import METADATA, Version
from app.knowledge.passage import Passage

Change = Literal["same", "added", "removed", "changed"]
Op = Literal["equal", "insert", "delete"]

# Two passages that share less than this of their characters are two passages, not one that changed.
_ALIKE = 0.4
# A kept stretch shorter than this between two changes makes a patchwork nobody can read.
_SHORTEST_KEPT = 2


@dataclass(frozen=True, slots=True)
class Span:
    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class ChangedField:
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ChangedPassage:
    """before, after: the texts, None where there is none. passage_id, section, page: of the newer one, else the older.

    spans: of a changed passage; its equal and deleted ones joined are `before`, its equal and inserted ones `after`.
    """

    change: Change
    section: str
    before: str | None
    after: str | None
    passage_id: str
    page: int | None
    spans: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """against: the number of the version compared with; None = there is none, and all is new."""

    against: int | None
    version: int
    metadata: Sequence[ChangedField]
    passages: Sequence[ChangedPassage]


def differ(before: Version | None, old: Sequence[Passage], after: Version, new: Sequence[Passage]) -> Difference:
    """old, new: the passages of the two versions in reading order."""
    return Difference(
        against=before.version if before is not None else None,
        version=after.version,
        metadata=list(_fields(before, after)),
        passages=list(_passages(old, new)),
    )


def spans(before: str, after: str) -> list[Span]:
    """Character by character: Chinese has no spaces to cut at."""
    parts: list[Span] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for op, start, end, first, last in matcher.get_opcodes():
        if op == "equal" and (end - start >= _SHORTEST_KEPT or start == 0 or end == len(before)):
            parts.append(Span("equal", before[start:end]))
            continue
        _join(parts, before[start:end], after[first:last])
    return parts


def _join(parts: list[Span], deleted: str, inserted: str) -> None:
    """Changes that touch become one deletion and one insertion."""
    while parts and parts[-1].op != "equal":
        last = parts.pop()
        if last.op == "delete":
            deleted = last.text + deleted
        else:
            inserted = last.text + inserted
    if deleted:
        parts.append(Span("delete", deleted))
    if inserted:
        parts.append(Span("insert", inserted))


def _fields(before: Version | None, after: Version) -> Iterator[ChangedField]:
    for name in (*METADATA, "file_name"):
        old = getattr(before, name) if before is not None else None
        new = getattr(after, name)
        if old != new:
            yield ChangedField(name, _plain(old), _plain(new))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _passages(old: Sequence[Passage], new: Sequence[Passage]) -> Iterator[ChangedPassage]:
    matcher = SequenceMatcher(None, list(map(_key, old)), list(map(_key, new)), autojunk=False)
    for op, start, end, first, last in matcher.get_opcodes():
        if op == "equal":
            for one, other in zip(old[start:end], new[first:last], strict=True):
                yield _changed("same", one, other)
        else:
            yield from _replaced(old[start:end], new[first:last])


def _key(passage: Passage) -> tuple[str, str, str]:
    return passage.section, passage.question, passage.text


def _replaced(old: Sequence[Passage], new: Sequence[Passage]) -> Iterator[ChangedPassage]:
    """Pairs of like passages, in order, are changed; the rest was removed and added."""
    left = 0
    for passage in new:
        shares = [_likeness(one, passage) for one in old[left:]]
        best = max(range(len(shares)), key=shares.__getitem__, default=-1)
        if best < 0 or shares[best] < _ALIKE:
            yield _changed("added", None, passage)
            continue
        for one in old[left : left + best]:
            yield _changed("removed", one, None)
        yield _changed("changed", old[left + best], passage)
        left += best + 1
    for one in old[left:]:
        yield _changed("removed", one, None)


def _likeness(one: Passage, other: Passage) -> float:
    matcher = SequenceMatcher(None, _said(one), _said(other), autojunk=False)
    return 0.0 if matcher.quick_ratio() < _ALIKE else matcher.ratio()


def _said(passage: Passage) -> str:
    """A FAQ passage is its question as well."""
    return f"{passage.question}\n{passage.text}" if passage.question else passage.text


def _changed(change: Change, old: Passage | None, new: Passage | None) -> ChangedPassage:
    shown = new or old
    assert shown is not None
    before, after = (None if one is None else _said(one) for one in (old, new))
    return ChangedPassage(
        change=change,
        section=shown.section,
        before=before,
        after=after,
        passage_id=shown.id,
        page=shown.page,
        spans=spans(before, after) if change == "changed" and before is not None and after is not None else (),
    )
