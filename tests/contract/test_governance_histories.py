"""Any history of uploads and decisions, on any day, known at any instant: exactly what a plain reference says.

The reference paints days one by one in the order of approvals and knows nothing of intervals, indexes or filters.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import business_date
from app.errors import AppError
from app.knowledge.passage import Scope
from tests.contract.governed_library import START, GovernedLibrary, governed_library
from tests.contract.test_knowledge_index import KINDS, opened

DAYS = [business_date(START) + timedelta(days=n) for n in range(-12, 30, 5)]
FAR = [date(1990, 1, 1), date(2090, 1, 1)]
EXAMPLES = 6
LONG_EXAMPLES = 400

Owners = Mapping[str, int]  # document -> the version that answers

_day = st.one_of(st.none(), st.sampled_from(DAYS))
_step = st.tuples(
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
        if first is None:
            first = today if self.ever.get(document) else date.min
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

    def owner(self, document: str, day: date) -> Painted | None:
        owner: Painted | None = None
        painted: list[Painted] = []
        for one in self.approvals.get(document, []):
            kept = any(other.first > max(one.approved_on, one.first) and other.first <= day for other in painted)
            if day >= one.first and not kept:
                owner = None if one.blank or day > one.last else one
            painted.append(one)
        return owner

    def on(self, day: date, audiences: tuple[str, ...]) -> Owners:
        owners = {document: self.owner(document, day) for document in self.approvals}
        return {name: one.version for name, one in owners.items() if one is not None and one.audience in audiences}


def play_histories(kind: str, folder: Path, examples: int) -> None:
    with asyncio.Runner() as runner:
        index = opened(kind, folder)
        opening = governed_library(index, folder)
        shelf = runner.run(opening.__aenter__())

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(_step, min_size=3, max_size=12))
        def check(steps: list[tuple[Any, ...]]) -> None:
            runner.run(play(shelf, steps))

        try:
            check()
        finally:
            runner.run(opening.__aexit__(None, None, None))
            runner.run(index.close())


async def play(shelf: GovernedLibrary, steps: list[tuple[Any, ...]]) -> None:
    tenants = {"ours": uuid.uuid4().hex, "theirs": uuid.uuid4().hex}
    references = {name: Reference() for name in tenants}
    ids: dict[tuple[str, str], str] = {}
    instants: list[tuple[datetime, Mapping[tuple[str, date], Owners]]] = []
    begun = shelf.now
    for number, (action, path, whose, audience, first, last, target, hours) in enumerate(steps):
        shelf.pass_time(timedelta(hours=1 + 30 * hours))
        step = Step(shelf, tenants[whose], path, ids.get((whose, path)), references[whose])
        try:
            document_id = await step.take(action, f"{path} {number}", audience, first, last, target)
        except AppError:  # a step this state does not allow
            continue
        if document_id:
            ids[whose, path] = document_id
        state = {
            (name, day): reference.on(day, ("public",))
            for name, reference in references.items()
            for day in (*DAYS, *FAR)
        }
        instants.append((shelf.now, state))
    await compare(shelf, tenants, references, ids)
    for instant, state in [(begun, {}), *instants]:
        for day in (DAYS[number] for number in range(0, len(DAYS), 4)):
            for name, tenant in tenants.items():
                known = await shelf.known(Scope(tenant, day), instant)
                expected = by_id(state.get((name, day), {}), name, ids)
                assert {p.document_id: p.version for p in known} == expected, (name, day, instant)
                for passage in known:
                    assert (passage.valid_from or date.min) <= day <= (passage.valid_to or date.max)


async def compare(
    shelf: GovernedLibrary, tenants: Mapping[str, str], references: Mapping[str, Reference], ids: Mapping[Any, str]
) -> None:
    for name, tenant in tenants.items():
        for day in (*DAYS, *FAR):
            for audiences in (("public",), ("public", "staff")):
                found = await shelf.found(Scope(tenant, day, audiences))  # type: ignore[arg-type]
                expected = by_id(references[name].on(day, audiences), name, ids)
                assert {(p.document_id, p.version) for p in found} == set(expected.items()), (name, day, audiences)
                assert {p.tenant for p in found} <= {tenant}


def by_id(owners: Owners, name: str, ids: Mapping[Any, str]) -> dict[str, int]:
    return {ids[name, path]: version for path, version in owners.items()}


@dataclass
class Step:
    shelf: GovernedLibrary
    tenant: str
    path: str
    document_id: str | None
    reference: Reference

    async def take(
        self, action: str, text: str, audience: Any, first: date | None, last: date | None, target: int
    ) -> str | None:
        library, today = self.shelf.library, business_date(self.shelf.now)
        if action in ("publish", "draft", "review", "reject", "own"):
            made = await self.shelf.draft(self.tenant, self.path, text, audience, valid_from=first, valid_to=last)
            if action == "draft":
                return str(made.document_id)
            await library.submit(self.tenant, "editor", made.document_id, made.version)
            if action == "reject":
                await library.reject(self.tenant, "approver", made.document_id, made.version)
            elif action == "own":
                with pytest.raises(AppError):
                    await library.approve(self.tenant, "editor", made.document_id, made.version)
            elif action == "publish":
                await library.approve(self.tenant, "approver", made.document_id, made.version)
                self.reference.approve(self.path, made.version, first, last, today, audience)
            return str(made.document_id)
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


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "server"])
def test_nothing_but_the_version_of_the_day_is_ever_found(kind: str, tmp_path: Path) -> None:
    play_histories(kind, tmp_path, EXAMPLES)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_but_the_version_of_the_day_is_ever_found_in_many_histories(tmp_path: Path) -> None:
    play_histories("edge", tmp_path, int(os.environ.get("WENDA_EXAMPLES", LONG_EXAMPLES)))
