"""What changed between two versions: metadata field by field, passages in reading order, words within a passage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
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
# What is one word to a reader wherever it stands: a day, a number with its separators and its sign, a name in Latin
# letters (R2), spaces; a stretch of Chinese, which still has to be cut; any other sign alone.
_NUMBER = r"\d+(?:[,，]\d{3})*(?:\.\d+)?[%％‰]?"
_DAY = r"\d{4}-\d{1,2}-\d{1,2}(?!\d|[.,，]\d|[%％‰])"
_PIECE = re.compile(rf"(?P<han>[\u3400-\u9fff]+)|{_DAY}|{_NUMBER}|[A-Za-z]+(?:{_NUMBER})?|\s+|.", re.DOTALL)
# A kept stretch shorter than this between two changes makes a patchwork nobody can read.
_SHORTEST_KEPT = 2


Cut = Callable[[str], Sequence[str]]


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


def differ(
    before: Version | None, old: Sequence[Passage], after: Version, new: Sequence[Passage], cut: Cut = list
) -> Difference:
    """old, new: the passages of the two versions in reading order. cut: Chinese text into its words, all of it."""
    return Difference(
        against=before.version if before is not None else None,
        version=after.version,
        metadata=list(_fields(before, after)),
        passages=list(_passages(old, new, cut)),
    )


def spans(before: str, after: str, cut: Cut = list) -> list[Span]:
    """Word by word; a number is one word, so that 1.5% that became 1.8% is shown as that."""
    parts: list[Span] = []
    old, new = words(before, cut), words(after, cut)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for op, start, end, first, last in matcher.get_opcodes():
        deleted, inserted = "".join(old[start:end]), "".join(new[first:last])
        if op == "equal" and (len(deleted) >= _SHORTEST_KEPT or start == 0 or end == len(old)):
            parts.append(Span("equal", deleted))
            continue
        _join(parts, deleted, inserted)
    return parts


def words(text: str, cut: Cut = list) -> list[str]:
    """The text in pieces that a reader takes as one; joined they are the text."""
    return [
        word
        for piece in _PIECE.finditer(text)
        for word in (cut(piece.group()) if piece.lastgroup == "han" else (piece.group(),))
    ]


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


def _passages(old: Sequence[Passage], new: Sequence[Passage], cut: Cut) -> Iterator[ChangedPassage]:
    matcher = SequenceMatcher(None, list(map(_key, old)), list(map(_key, new)), autojunk=False)
    for op, start, end, first, last in matcher.get_opcodes():
        if op == "equal":
            for one, other in zip(old[start:end], new[first:last], strict=True):
                yield _changed("same", one, other, cut)
        else:
            yield from _replaced(old[start:end], new[first:last], cut)


def _key(passage: Passage) -> tuple[str, str, str]:
    return passage.section, passage.question, passage.text


def _replaced(old: Sequence[Passage], new: Sequence[Passage], cut: Cut) -> Iterator[ChangedPassage]:
    """Pairs of like passages, in order, are changed; the rest was removed and added."""
    left = 0
    for passage in new:
        shares = [_likeness(one, passage) for one in old[left:]]
        best = max(range(len(shares)), key=shares.__getitem__, default=-1)
        if best < 0 or shares[best] < _ALIKE:
            yield _changed("added", None, passage, cut)
            continue
        for one in old[left : left + best]:
            yield _changed("removed", one, None, cut)
        yield _changed("changed", old[left + best], passage, cut)
        left += best + 1
    for one in old[left:]:
        yield _changed("removed", one, None, cut)


def _likeness(one: Passage, other: Passage) -> float:
    matcher = SequenceMatcher(None, _said(one), _said(other), autojunk=False)
    return 0.0 if matcher.quick_ratio() < _ALIKE else matcher.ratio()


def _said(passage: Passage) -> str:
    """A FAQ passage is its question as well."""
    return f"{passage.question}\n{passage.text}" if passage.question else passage.text


def _changed(change: Change, old: Passage | None, new: Passage | None, cut: Cut) -> ChangedPassage:
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
        spans=spans(before, after, cut) if change == "changed" and before is not None and after is not None else (),
    )
