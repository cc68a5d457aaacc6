"""Two configurations: only what two may differ in, told to each run's process; and how long customers wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from eval.ab import Config, WrongConfig, compare, load
from eval.metrics import Scored
from eval.times import first_text


def test_settings_become_the_environment_of_their_run(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("settings:\n  search.top_k: 2\n  search.require_sufficient: false\nllm: http://127.0.0.1:1/v1\n")
    config = load(path)
    assert config.environment() == {"WENDA_SEARCH__TOP_K": "2", "WENDA_SEARCH__REQUIRE_SUFFICIENT": "false"}
    assert config.llm == "http://127.0.0.1:1/v1"


@pytest.mark.parametrize("name", ["search.nothing", "database.url", "llm.api_key", "llm.base_url", "top_k"])
def test_what_is_no_setting_or_nobodys_business_is_refused(name: str) -> None:
    with pytest.raises(WrongConfig):
        Config(settings={name: "x"}).environment()


def test_one_configuration_or_a_broken_one_is_no_comparison(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("surprise: 1")
    with pytest.raises(WrongConfig):
        load(path)
    with pytest.raises(WrongConfig):
        compare(["sample"], [path], tmp_path, datetime(2026, 11, 26, tzinfo=UTC))


@dataclass
class _Outcome:
    turn: dict[str, Any]


@dataclass
class _Row:
    outcome: _Outcome
    values: dict[str, float] = field(default_factory=dict)


def test_the_wait_for_the_first_sentence_is_told_with_an_interval() -> None:
    rows = [_Row(_Outcome({"timings": {"first_sentence": float(ms)}})) for ms in range(1, 102)]
    rows.append(_Row(_Outcome({"timings": {}})))
    median, slow = first_text(cast(list[Scored], rows))
    assert (median.ms, median.n, slow.ms) == (51.0, 101, 96.0)
    assert median.low < 51 < median.high
    assert "p95: 96 ms" in str(slow)
    assert first_text([]) == []
