"""What the rails' readers make of a text: the same at once and on a thread, nothing when they fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.composition import ModelMissing
from app.composition.searching import open_reader
from app.knowledge.rail_reader import RailReader
from app.settings import Settings
from guardrails import Guard

HONEST = "收益会随市场波动，本金也可能受损。"


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("稳答示范银行", "400-000-0000")


@pytest.fixture(params=[0, 1], ids=["messages", "sentences"])
def folder(guard: Guard, request: pytest.FixtureRequest) -> Path:
    found = Settings().cache_dir / "models" / guard.readers[request.param]
    if not (found / "manifest.json").exists():
        pytest.skip("the readers are not in the cache: python -m deploy.local.embedding_model")
    return found


async def test_at_once_and_on_a_thread_it_reads_the_same(folder: Path) -> None:
    asked: list[str] = []
    reader = RailReader(folder, lambda text: asked.append(text) or text.strip("。"))
    now, later = reader.read_now(HONEST), await reader.read(HONEST)
    assert now is not None
    assert later is not None
    assert now.embedder == later.embedder == folder.name
    assert np.array_equal(now.vector, later.vector)
    assert asked == [HONEST, HONEST]
    other = reader.read_now("我们保证您稳赚不赔")
    assert other is not None
    assert not np.allclose(now.vector, other.vector)
    await reader.close()


async def test_what_fails_reads_nothing_and_stops_nobody(folder: Path) -> None:
    reader = RailReader(folder, lambda text: text)
    await reader.close()
    assert await reader.read(HONEST) is None
    broken = RailReader(folder, lambda text: text[100])
    assert broken.read_now(HONEST) is None
    await broken.close()


def test_a_reader_that_was_not_prepared_is_told_before_anybody_is_served(tmp_path: Path, guard: Guard) -> None:
    settings = Settings(cache_dir=tmp_path)
    with pytest.raises(ModelMissing):
        open_reader(settings, guard.readers[1], lambda text: text)
