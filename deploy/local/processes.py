"""Child processes that never outlive their parent: a group of their own, told to end when the parent dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    output: int | None = None,
    nice: int = 0,
) -> subprocess.Popen[bytes]:
    """A group leader that gets SIGTERM when this process dies, however it dies (Linux). log: what it
    writes is appended there. output: subprocess.PIPE to read its standard output instead.

    Call it from the main thread: the kernel watches the thread that started the child.
    """
    with log.open("ab") if log else nullcontext() as file:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output if output is not None else file,
            stderr=file,
            env=environment,
            start_new_session=True,
            preexec_fn=_binding(os.getpid(), nice),
        )


def stop(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """SIGTERM to the group, SIGKILL after `patience` seconds to what is left of it, its leader gone or not."""
    _signal(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


class Stopped(BaseException):
    """SIGINT or SIGTERM arrived: leave every `with` and `finally`, then end."""


def raise_on_signals() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP raise Stopped in the main thread; a second one is ignored."""

    def leave(_number: int, _frame: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _binding(parent: int, nice: int) -> Callable[[], None]:
    """What the child does between fork and exec. The library is loaded here, before the fork."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def bind() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if os.nice(nice) > 0:
            # Many kernels weigh sessions, not processes, and this one is a new session.
            with suppress(OSError), open("/proc/self/autogroup", "w") as weight:  # noqa: PTH123
                weight.write(str(os.nice(0)))

    return bind
