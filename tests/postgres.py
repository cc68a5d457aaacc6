"""A throw-away PostgreSQL server on a Unix socket, where this machine has one installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class NoPostgres(Exception):
    """Why there is none to test on: it is not installed. One that does not start raises RuntimeError."""


@contextmanager
def postgres_server() -> Iterator[Path]:
    """The folder of a running server's socket; user and database `wenda`. Raises NoPostgres with the reason."""
    found = shutil.which("pg_config")
    if found is None:
        raise NoPostgres("pg_config is not installed")
    binaries = Path(subprocess.run([found, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    if not (binaries / "initdb").exists():
        raise NoPostgres(f"no server beside pg_config ({binaries})")
    folder = Path(tempfile.mkdtemp(prefix="wenda-pg-", dir="/tmp"))
    account: dict[str, int] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = _other_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
        account = {"user": user.pw_uid, "group": user.pw_gid}
    data = folder / "data"
    try:
        _run([binaries / "initdb", "-D", data, "-U", "wenda", "-A", "trust", "-E", "UTF8", "--no-sync"], account)
        patiently = ["-t", "300"]  # seconds, on a busy machine
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=200"
        _run([binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, *patiently, "start"], account)
        try:
            yield folder
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", *patiently, "stop"], account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(socket_folder: Path) -> str:
    """The URL of a fresh, empty database."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"host={socket_folder} user=wenda dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return f"postgresql://wenda@/{name}?host={socket_folder}"


def _other_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no unprivileged user to run the server")


def _run(command: list[str | Path], account: Mapping[str, int]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, extra_groups=[] if account else None,
        **account,  # type: ignore[arg-type]
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, cwd="/tmp",
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")
