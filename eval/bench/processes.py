"""The parts of a benchmark that run in processes of their own, and the CPU time they use."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from app.settings import Settings
from eval.corpus import ROOT, read_corpus
from eval.service import ingested

_START_S = 180.0
# CPU seconds in one second that are no work, and for how many seconds in a row.
_RESTS, _STILL = 0.05, 3
_TICKS = os.sysconf("SC_CLK_TCK")
# Below those that the kernel gives to whoever asks for any, and beside those of tests.ports.
_ports = iter(range(20_000 + os.getpid() * 61 % 1_000, 22_000))


class NotStarted(Exception):
    """A part ended or stayed silent; the message names it."""


@contextmanager
def running(
    module: str, arguments: Sequence[str], ready: str, environment: Mapping[str, str], *, core: int | None = None
) -> Iterator[tuple[str, int]]:
    """`python -m module --port P …` until the block ends: its address and process id. ready: a path to answer 200.

    core: the only one that it and its children may use.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", module, "--port", str(port), *arguments]
    with _only(core):
        child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        _await(child, url + ready, module)
        yield url, child.pid
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def _only(core: int | None) -> Iterator[None]:
    """This process on one core, and so whatever it starts meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def data_folders(count: int) -> Iterator[list[Path]]:
    """Fresh copies of a data folder with the sample corpus ingested and approved."""
    kept = ingested(read_corpus(), Settings().cache_dir)
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        copies = [Path(folder) / str(number) for number in range(count)]
        for copy in copies:
            shutil.copytree(kept, copy)
        yield copies


def service_environment(data: Path, model: str) -> dict[str, str]:
    """A demo service over the folder, asking the model at that address, without limits."""
    return {
        "WENDA_DATA_DIR": str(data),
        "WENDA_LLM__BASE_URL": f"{model}/v1",
        "WENDA_AUTH__DEMO": "true",
        "WENDA_LIMITS__ENABLED": "false",
    }


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its children so far, ended ones included (resolution: 10 ms)."""
    tree = [pid]
    for parent in tree:
        tree += children(parent)
    return sum(_own_ticks(process, ended_children=True) for process in tree) / _TICKS


async def settled(pid: int, within_s: float = 180.0) -> None:
    """Until a process and its children rest: what a service reads ahead after its start is no part of a turn.

    Raises NotStarted when they never do.
    """
    still, before = 0, cpu_seconds(pid)
    for _ in range(int(within_s)):
        await asyncio.sleep(1)
        now = cpu_seconds(pid)
        still = still + 1 if now - before < _RESTS else 0
        before = now
        if still == _STILL:
            return
    raise NotStarted(f"process {pid} was still busy after {within_s:.0f} s")


def thread_seconds(pid: int, thread: int) -> float:
    """User and system time of one thread so far."""
    fields = Path(f"/proc/{pid}/task/{thread}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / _TICKS


def memory_mib(pid: int) -> float:
    """Resident memory of a process and all its children."""
    tree = [pid]
    for parent in tree:
        tree += children(parent)
    pages = sum(int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1]) for one in tree)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def waited_seconds(pid: int) -> float:
    """How long a process's main thread was ready to run and had to wait for a core, so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def free_port() -> int:
    """A port of the loopback that nobody listens on; never the same twice in a process. Raises NotStarted."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NotStarted("no free port is left")


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def _own_ticks(pid: int, *, ended_children: bool) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(value) for value in fields[11 : 15 if ended_children else 13])


def _await(child: subprocess.Popen[bytes], url: str, name: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise NotStarted(f"{name} ended with {child.returncode} while starting")
        try:
            if httpx.get(url, timeout=2.0, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise NotStarted(f"{name} did not answer within {_START_S:.0f} s")
