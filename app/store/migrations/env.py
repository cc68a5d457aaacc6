"""Alembic's entry: runs the migrations on the connection that `migrate` hands over."""

from __future__ import annotations

from alembic import context

import app.store.desk_schema  # noqa: F401 - its tables belong to the same metadata
from app.store.schema import Model

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Model.metadata, transactional_ddl=False)
context.run_migrations()
