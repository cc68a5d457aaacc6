"""Services that are up in a moment: one process imports everything once, and each service is a fork of it.

A fork is a process of its own, with its own threads, files and memory: it is killed as any other. The nursery itself
runs no thread, so that nothing is forked in the middle of something.

python -m tests.contract.nursery: reads orders from its input, a line each.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any


class Child:
    """One service's process, seen from the test."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    @property
    def returncode(self) -> int | None:
        """None while it runs. How it ended only its parent knows."""
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return -1 if poll.poll(0) else None

    def kill(self) -> None:
        """At once and without warning."""
        self._send(signal.SIGKILL)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    async def wait(self) -> None:
        while self.returncode is None:  # noqa: ASYNC110 - it is no child of ours: nobody tells
            await asyncio.sleep(0.002)

    def close(self) -> None:
        os.close(self._handle)

    def _send(self, number: int) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._handle, number)


class Nursery:
    """Close it at the end: what it started ends with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, port: int, environment: Mapping[str, str], *, whole: bool = False) -> Child:
        """A desk's worker (tests.contract.desk_worker); whole: the service as `python -m app` runs it.

        It has these WENDA_ settings and no others.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"port": port, "environment": dict(environment), "whole": whole}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the nursery has ended"
        return Child(int(answer))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    # Whoever ends is gone at once: nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    import alembic.command
    import alembic.config
    import nemoguardrails
    import qdrant_edge

    import app.knowledge.embedding_openai
    import app.knowledge.qdrant_edge
    import ingestion.preparer
    import tests.contract.desk_worker
    import tests.fakes

    tests.fakes.shared()
    del alembic, app, ingestion, nemoguardrails, qdrant_edge, tests
    orders = sys.stdin
    while line := orders.readline():
        assert threading.active_count() == 1
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
        print(pid, flush=True)


def _become(order: dict[str, Any]) -> None:
    """Never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        for name in [name for name in os.environ if name.startswith("WENDA_")]:
            del os.environ[name]
        os.environ.update(order["environment"])
        if order["whole"]:
            from app.main import serve

            serve(["--port", str(order["port"])])
        else:
            from tests.contract.desk_worker import serve as serve_desk

            serve_desk(order["port"])
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
