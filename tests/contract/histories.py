"""Random histories of uploads and decisions, played on a real library, and a plain reference of what they mean.

The reference paints days one by one in the order of approvals and knows nothing of intervals, indexes or filters.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import pytest
from hypothesis import strategies as st

from app.clock import business_date
from app.errors import AppError, Invalid
from app.knowledge.documents import Accepted
from app.knowledge.library import Library
from app.knowledge.passage import Audience
from tests.contract.governed_library import START

DAYS = [business_date(START) + timedelta(days=n) for n in range(-12, 30, 5)]
FAR = [date(1990, 1, 1), date(2090, 1, 1)]
Owners = Mapping[str, int]  # document -> the version that answers

_day = st.one_of(st.none(), st.sampled_from(DAYS))
step = st.tuples(
    st.sampled_from(["publish"] * 5 + ["draft", "review", "reject", "withdraw", "withdraw", "roll_back", "own"]),
    st.sampled_from(["fee.md", "card.md"]),
    st.sampled_from(["ours", "ours", "ours", "theirs"]),
    st.sampled_from(["public", "public", "staff"]),
    _day,
    _day,
    st.integers(0, 4),
    st.integers(0, 3),
)


@dataclass
class Painted:
    """One approval: it paints its days with itself, or with nothing once withdrawn in force."""

    version: int
    first: date
    last: date
    approved_on: date
    audience: str
    blank: bool = False


@dataclass
class Reference:
    """Approvals by document, in order; and what each day looked like after every decision."""

    approvals: dict[str, list[Painted]] = field(default_factory=dict)
    ever: dict[str, list[Painted]] = field(default_factory=dict)

    def approve(
        self, document: str, version: int, first: date | None, last: date | None, today: date, audience: str
    ) -> None:
        first = self._first(document, first, last, today)
        painted = Painted(version, first, last or date.max, today, audience)
        self.approvals.setdefault(document, []).append(painted)
        self.ever.setdefault(document, []).append(painted)

    def withdraw(self, document: str, version: int, today: date) -> None:
        one = next(one for one in self.approvals[document] if one.version == version)
        if one.first <= today:
            one.blank = True
        else:
            self.approvals[document].remove(one)

    def roll_back(self, document: str, version: int) -> None:
        """As if nothing approved after it had ever been."""
        order = self.ever[document]
        at = next(at for at, one in enumerate(order) if one.version == version)
        target = order[at]
        target.blank = False
        earlier = [one for one in order[:at] if one in self.approvals[document]]
        self.approvals[document] = [*earlier, target]

    def is_vain(self, document: str, first: date | None, last: date | None, today: date) -> bool:
        """Whether no day would be left to it."""
        first = self._first(document, first, last, today)
        if last is None or last >= today or not self.ever.get(document):
            return False
        one = Painted(0, first, last, today, "")
        days = [first, *(last - timedelta(days=n) for n in range(200))]
        order = [*self.approvals[document], one]
        return not any(_painter(order, day) is one for day in days if first <= day)

    def _first(self, document: str, first: date | None, last: date | None, today: date) -> date:
        if first is not None:
            return first
        return today if self.ever.get(document) and (last is None or last >= today) else date.min

    def owner(self, document: str, day: date) -> Painted | None:
        painter = _painter(self.approvals.get(document, []), day)
        return None if painter is None or painter.blank else painter

    def on(self, day: date, audiences: tuple[str, ...]) -> Owners:
        owners = {document: self.owner(document, day) for document in self.approvals}
        return {name: one.version for name, one in owners.items() if one is not None and one.audience in audiences}


def _painter(approvals: Sequence[Painted], day: date) -> Painted | None:
    """The last to have painted the day. What had ended when it was approved leaves alone whoever holds the day and
    the one after its end too."""
    holder: Painted | None = None
    for at, one in enumerate(approvals):
        before = approvals[:at]
        if one.last < one.approved_on:
            after = one.last + timedelta(days=1)
            goes_on = holder is not None and _painter(before, after) is holder
            if one.first <= day <= one.last and not goes_on:
                holder = one
            continue
        kept = any(other.first > max(one.approved_on, one.first) and other.first <= day for other in before)
        if day >= one.first and not kept:
            holder = one if day <= one.last else None
    return holder


@dataclass(frozen=True)
class History:
    """What was played. tenants: "ours" and "theirs". ids: (whose, path) -> document. texts: (whose, path, version) ->
    the number that its file says. instants: what each day looked like after every decision."""

    tenants: Mapping[str, str]
    references: Mapping[str, Reference]
    ids: Mapping[tuple[str, str], str]
    texts: Mapping[tuple[str, str, int], int]
    instants: Sequence[tuple[datetime, Mapping[tuple[str, date], Owners]]]

    def by_id(self, owners: Owners, whose: str) -> dict[str, int]:
        return {self.ids[whose, path]: version for path, version in owners.items()}


class Played(Protocol):
    """A library with a clock of its own; draft: a version whose file says the given number."""

    library: Library

    @property
    def now(self) -> datetime: ...
    def pass_time(self, span: timedelta) -> None: ...
    async def draft(self, tenant: str, path: str, text: str, audience: Audience, **days: date | None) -> Accepted: ...


async def play(shelf: Played, steps: Sequence[tuple[Any, ...]]) -> History:
    tenants = {"ours": uuid.uuid4().hex, "theirs": uuid.uuid4().hex}
    references = {name: Reference() for name in tenants}
    ids: dict[tuple[str, str], str] = {}
    texts: dict[tuple[str, str, int], int] = {}
    instants: list[tuple[datetime, Mapping[tuple[str, date], Owners]]] = [(shelf.now, {})]
    for number, (action, path, whose, audience, first, last, target, hours) in enumerate(steps):
        shelf.pass_time(timedelta(hours=1 + 30 * hours))
        step = Step(shelf, tenants[whose], path, ids.get((whose, path)), references[whose])
        try:
            made = await step.take(action, f"{path} {number}", audience, first, last, target)
        except AppError:  # a step this state does not allow
            continue
        if made is not None:
            ids[whose, path] = made.document_id
            texts[whose, path, made.version] = number
        state = {
            (name, day): reference.on(day, ("public",))
            for name, reference in references.items()
            for day in (*DAYS, *FAR)
        }
        instants.append((shelf.now, state))
    return History(tenants, references, ids, texts, instants)


@dataclass
class Step:
    shelf: Played
    tenant: str
    path: str
    document_id: str | None
    reference: Reference

    async def take(
        self, action: str, text: str, audience: Any, first: date | None, last: date | None, target: int
    ) -> Accepted | None:
        library, today = self.shelf.library, business_date(self.shelf.now)
        if action in ("publish", "draft", "review", "reject", "own"):
            made = await self.shelf.draft(self.tenant, self.path, text, audience, valid_from=first, valid_to=last)
            if action == "draft":
                return made
            await library.submit(self.tenant, "editor", made.document_id, made.version)
            if action == "reject":
                await library.reject(self.tenant, "approver", made.document_id, made.version)
            elif action == "own":
                with pytest.raises(AppError):
                    await library.approve(self.tenant, "editor", made.document_id, made.version)
            elif action == "publish" and self.reference.is_vain(self.path, first, last, today):
                with pytest.raises(Invalid):
                    await library.approve(self.tenant, "approver", made.document_id, made.version)
            elif action == "publish":
                await library.approve(self.tenant, "approver", made.document_id, made.version)
                self.reference.approve(self.path, made.version, first, last, today, audience)
            return made
        if self.document_id is None:
            return None
        versions = (await library.document(self.tenant, self.document_id)).versions
        version = versions[target % len(versions)]
        if action == "withdraw":
            await library.withdraw(self.tenant, "approver", self.document_id, version.version)
            if version.status == "approved":
                self.reference.withdraw(self.path, version.version, today)
        else:
            await library.roll_back(self.tenant, "approver", self.document_id, version.version)
            self.reference.roll_back(self.path, version.version)
        return None
