"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from app.store import Database
from tests.postgres import NoPostgres, new_database, postgres_server

# Long waits begin first: a file is one worker's alone, and one that is left for the end keeps all others waiting.
_FIRST = (
    "test_service_crashes.py",
    "test_backup.py",
    "test_desk_load.py",
    "test_pdf_scan.py",
    "test_ingestion_preparer.py",
)
# No example is judged by the time it takes: a neighbour on the machine may stop it.
settings.register_profile("wenda", parent=settings(), deadline=None)
settings.load_profile("wenda")

_FOLDERS = ("contract", "browser", "api", "unit")

# Half of what durable writes take on a disk is waiting for it. A killed process loses no more in memory than there;
# runs at full length use the disk.
_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    if "not long" in config.option.markexpr and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> tuple[int, int]:
    first = _FIRST.index(path.name) if path.name in _FIRST else len(_FIRST)
    return first, _FOLDERS.index(path.parent.name) if path.parent.name in _FOLDERS else len(_FOLDERS)


@pytest.fixture(autouse=True)
def logs_as_found() -> Iterator[None]:
    """A test that runs the whole service sends its logs to an output that is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """The socket folder of a PostgreSQL server; skips, with the reason, where there is none."""
    try:
        with postgres_server() as folder:
            yield folder
    except NoPostgres as reason:
        pytest.skip(f"no PostgreSQL to test on: {reason}")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: each test that asks runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'wenda.db'}"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    await opened.open()
    yield opened
    await opened.close()
