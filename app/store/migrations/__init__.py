"""Alembic migrations, run at start-up; one numbered file a change, never edited once released."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

# Any fixed number: workers that start together on PostgreSQL take this lock in turn.
_MIGRATION_LOCK = 7_240_115_001


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version. Safe when several processes start at once."""
    if _version(engine) == newest():
        return
    from alembic import command  # half a second that a start with nothing to migrate does not spend
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def newest() -> str:
    """The schema of this release. Migrations are numbered in their file names: 0001_first_schema.py is 0001."""
    return max(path.name.split("_")[0] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
