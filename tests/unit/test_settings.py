"""`.env.example` is the list of settings an operator reads: complete, true to the defaults, and usable as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from app.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
_LINE = re.compile(r"^# (WENDA_[A-Z_]+)=(.*)$", re.MULTILINE)
_BY_USER = "WENDA_CACHE_DIR"  # its default depends on who runs it


def settings_of(group: BaseModel, prefix: str = "WENDA_") -> Iterator[tuple[str, Any]]:
    """Every leaf setting as (environment name, default)."""
    for name in type(group).model_fields:
        value = getattr(group, name)
        if isinstance(value, BaseModel):
            yield from settings_of(value, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", value


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Settings as nobody has touched them: no WENDA_ variable, no `.env` file."""
    leave_nothing_set(monkeypatch, tmp_path)
    return dict(settings_of(Settings()))


def leave_nothing_set(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("WENDA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)


def test_every_setting_is_in_the_example(defaults: dict[str, Any]) -> None:
    assert {name for name, _ in _LINE.findall(EXAMPLE.read_text(encoding="utf-8"))} == set(defaults)


def test_no_setting_is_in_the_example_twice() -> None:
    names = [name for name, _ in _LINE.findall(EXAMPLE.read_text(encoding="utf-8"))]
    assert len(names) == len(set(names))


def test_no_secret_has_a_default(defaults: dict[str, Any]) -> None:
    assert not [name for name, value in defaults.items() if isinstance(value, SecretStr)]


def test_the_example_read_as_it_is_changes_nothing(
    defaults: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every line with a value, uncommented, is read by the settings themselves and gives the default again."""
    lines = _LINE.findall(EXAMPLE.read_text(encoding="utf-8"))
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines if value), encoding="utf-8")
    leave_nothing_set(monkeypatch, tmp_path)
    assert dict(settings_of(Settings())) == defaults
    unset = {name for name, value in lines if not value} - {_BY_USER}
    assert {name for name, value in defaults.items() if value in {None, ""}} == unset
