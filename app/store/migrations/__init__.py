"""Alembic migrations, run at start-up; one numbered file a change, never edited once released."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text

# Any fixed number: workers that start together on PostgreSQL take this lock in turn.
_MIGRATION_LOCK = 7_240_115_001


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version. Safe when several processes start at once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
