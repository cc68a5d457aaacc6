"""Migrations that move what people said: nothing of it is lost."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import app.store.migrations


def upgrade(url: str, to: str, *statements: str) -> list[tuple[object, ...]]:
    """Migrate to that version, then run the statements; gives the rows of the last one."""
    config = Config()
    config.set_main_option("script_location", str(Path(app.store.migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    rows: list[tuple[object, ...]] = []
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        for statement in statements:
            result = connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def test_ratings_given_before_they_were_kept_apart_go_to_whom_they_were_about(url: str) -> None:
    ticket = (
        "INSERT INTO tickets (id, tenant, conversation_id, customer_id, status, reason, priority, skill, summary,"
        " resolution, reusable, created_at, due_at, assigned_at, language, reopened, opened_sequence) VALUES"
        " ('{id}', 't', '{conversation}', 'c', 'resolved', 'r', 'P2', 'general', '{{}}', '', false,"
        " '2026-11-20 01:00:00+00:00', '2026-11-20 01:00:00+00:00', {assigned}, 'zh-Hans', false, 0)"
    )
    rating = "INSERT INTO ratings VALUES ('{0}', 't', {1}, '{2}', '2026-11-20 03:00:00+00:00')"
    upgrade(
        url,
        "0006",
        ticket.format(id="early", conversation="helped", assigned="'2026-11-20 01:05:00+00:00'"),
        ticket.format(id="last", conversation="helped", assigned="'2026-11-20 02:05:00+00:00'"),
        ticket.format(id="later", conversation="helped", assigned="'2026-11-20 04:05:00+00:00'"),
        ticket.format(id="never", conversation="alone", assigned="NULL"),
        rating.format("helped", 5, "很好"),
        rating.format("alone", 2, "没懂"),
    )
    found = upgrade(
        url,
        "0007",
        "SELECT conversation_id, ticket_id, tenant, about, score, reasons, comment FROM ratings ORDER BY score",
    )
    assert found == [("alone", "", "t", "bot", 2, "[]", "没懂"), ("helped", "last", "t", "person", 5, "[]", "很好")]
