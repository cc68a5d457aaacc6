"""Any history of uploads and decisions, on any day, known at any instant: exactly what a plain reference says."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.knowledge.passage import Scope
from tests.contract.governed_library import GovernedLibrary, governed_library
from tests.contract.histories import DAYS, FAR, History, play, step
from tests.contract.test_knowledge_index import KINDS, opened

EXAMPLES = 6
LONG_EXAMPLES = 400


def play_histories(kind: str, folder: Path, examples: int) -> None:
    with asyncio.Runner() as runner:
        index = opened(kind, folder)
        opening = governed_library(index, folder)
        shelf = runner.run(opening.__aenter__())

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(step, min_size=3, max_size=12))
        def check(steps: list[tuple[Any, ...]]) -> None:
            runner.run(look(shelf, steps))

        try:
            check()
        finally:
            runner.run(opening.__aexit__(None, None, None))
            runner.run(index.close())


async def look(shelf: GovernedLibrary, steps: list[tuple[Any, ...]]) -> None:
    history = await play(shelf, steps)
    await compare(shelf, history)
    for instant, state in history.instants:
        for day in (DAYS[number] for number in range(0, len(DAYS), 4)):
            for name, tenant in history.tenants.items():
                known = await shelf.known(Scope(tenant, day), instant)
                expected = history.by_id(state.get((name, day), {}), name)
                assert {p.document_id: p.version for p in known} == expected, (name, day, instant)
                for passage in known:
                    assert (passage.valid_from or date.min) <= day <= (passage.valid_to or date.max)


async def compare(shelf: GovernedLibrary, history: History) -> None:
    for name, tenant in history.tenants.items():
        for day in (*DAYS, *FAR):
            for audiences in (("public",), ("public", "staff")):
                found = await shelf.found(Scope(tenant, day, audiences))  # type: ignore[arg-type]
                expected = history.by_id(history.references[name].on(day, audiences), name)
                assert {(p.document_id, p.version) for p in found} == set(expected.items()), (name, day, audiences)
                assert {p.tenant for p in found} <= {tenant}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "server"])
def test_nothing_but_the_version_of_the_day_is_ever_found(kind: str, tmp_path: Path) -> None:
    play_histories(kind, tmp_path, EXAMPLES)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_but_the_version_of_the_day_is_ever_found_in_many_histories(tmp_path: Path) -> None:
    play_histories("edge", tmp_path, int(os.environ.get("WENDA_EXAMPLES", LONG_EXAMPLES)))
