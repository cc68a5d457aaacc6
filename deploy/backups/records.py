"""The records of a backup: whether their audit chains hold, and putting them in the place of others."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.audit import verify_all
from app.errors import AppError
from app.store.snapshot import postgres_tool
from deploy.backups.failures import BrokenChain, Damaged, NotEmpty, RecordsNotRestored, ServiceRunning, because

Chains = dict[str, dict[str, Any]]


def chains(url: str | URL) -> Chains:
    """ok, records and first_bad of every tenant's audit chain."""
    engine = create_engine(_driven(url))
    try:
        with engine.connect() as connection:
            found = verify_all(connection)
    finally:
        engine.dispose()
    return {tenant: {"ok": one.ok, "records": one.records, "first_bad": one.first_bad} for tenant, one in found.items()}


def require_chains(url: str | URL, expected: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises BrokenChain for a chain that does not hold, or is shorter than the manifest says."""
    found = chains(url)
    for tenant in sorted({*found, *expected}):
        one = found.get(tenant, {"ok": False, "records": 0})
        if not one["ok"] or one["records"] < expected.get(tenant, one)["records"]:
            raise because(BrokenChain(), f"{tenant}: {one}")


def require_whole(path: Path) -> None:
    """Raises Damaged for an SQLite file that is not whole."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise because(Damaged(), f"records: {error}") from error
    if said != "ok":
        raise because(Damaged(), f"records: {said}")


class PostgresTarget:
    """A dump goes into a database of its own beside the one in use; two renames then put it in its place."""

    def __init__(self, url: str, stamp: str) -> None:
        self._url = make_url(url)
        self._name = str(self._url.database)
        self._fresh, self.kept = f"{self._name}_restoring_{stamp}", f"{self._name}_before_{stamp}"

    @property
    def fresh_url(self) -> URL:
        return _driven(self._url.set(database=self._fresh))

    def require_quiet(self, *, force: bool) -> None:
        """Raises ServiceRunning when somebody is connected, NotEmpty when it has tables and force is not given."""
        try:
            others = self._ask(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()",
                name=self._name,
            )
            tables = self._ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        except SQLAlchemyError as error:
            raise _not_restored(error) from error
        if others:
            raise because(ServiceRunning(), f"{others} connections to the database {self._name}")
        if tables and not force:
            raise NotEmpty()

    def fill(self, dump: Path) -> None:
        """Raises RecordsNotRestored; what was made is then removed again."""
        try:
            self._do(f'CREATE DATABASE "{self._fresh}"')
            done = postgres_tool(
                "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={self._fresh}", str(dump), url=self._plain()
            )
            if done.returncode != 0:
                raise because(RecordsNotRestored(), done.stderr.decode(errors="replace")[-500:])
        except (SQLAlchemyError, OSError) as error:
            raise _not_restored(error) from error

    def swap(self) -> None:
        """The old database stays as `kept`."""
        try:
            self._do(
                f'ALTER DATABASE "{self._name}" RENAME TO "{self.kept}"',
                f'ALTER DATABASE "{self._fresh}" RENAME TO "{self._name}"',
            )
        except SQLAlchemyError as error:
            raise _not_restored(error) from error

    def discard(self) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{self._fresh}"')

    def _plain(self) -> str:
        return self._url.render_as_string(hide_password=False)

    def _ask(self, question: str, **values: str) -> int:
        engine = create_engine(_driven(self._url))
        try:
            with engine.connect() as connection:
                return int(connection.execute(text(question), values).scalar_one())
        finally:
            engine.dispose()

    def _do(self, *statements: str) -> None:
        """In the server's own database: nobody can rename the one they are in."""
        engine = create_engine(_driven(self._url.set(database="postgres")), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()


def _driven(url: str | URL) -> URL:
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed


def _not_restored(error: Exception) -> AppError:
    return because(RecordsNotRestored(), f"{type(error).__name__}: {error}")
