"""What the launcher starts ends with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.environments import locked
from deploy.local.processes import start, stop

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = "import time; time.sleep(600)"


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run_parent(tmp_path: Path, body: str) -> tuple[subprocess.Popen[bytes], int]:
    """A process that starts a sleeper through deploy.local.processes; it, and the sleeper's pid."""
    told = tmp_path / "pid"
    code = f"""
import sys, time
from pathlib import Path
from deploy.local.processes import Stopped, raise_on_signals, start, stop
child = start([sys.executable, "-c", {SLEEPER!r}])
Path({str(told)!r}).write_text(str(child.pid))
{body}
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_for(lambda: told.exists() and told.read_text() != "")
    return parent, int(told.read_text())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent, child = run_parent(tmp_path, "time.sleep(600)")
    assert is_alive(child)
    parent.kill()
    parent.wait()
    wait_for(lambda: not is_alive(child))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_runs_what_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    ready = tmp_path / "ready"
    body = f"""
raise_on_signals()
try:
    Path({str(ready)!r}).touch()
    time.sleep(600)
except Stopped:
    stop(child)
    sys.exit(7)
"""
    parent, child = run_parent(tmp_path, body)
    wait_for(ready.exists)
    parent.send_signal(number)
    assert parent.wait(30) == 7
    assert not is_alive(child)


def test_stopping_takes_grandchildren_that_do_not_listen(tmp_path: Path) -> None:
    told = tmp_path / "grandchild"
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
    code = f"""
import subprocess, sys, time
from pathlib import Path
one = subprocess.Popen([sys.executable, "-c", {deaf!r}])
Path({str(told)!r}).write_text(str(one.pid))
time.sleep(600)
"""
    process = start([sys.executable, "-c", code])
    wait_for(lambda: told.exists() and told.read_text() != "")
    stop(process, patience=1)
    wait_for(lambda: not is_alive(int(told.read_text())))
    assert process.returncode is not None


def test_output_goes_to_the_log_given(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("before\n")
    start([sys.executable, "-c", "print('after')"], log=log).wait()
    assert log.read_text() == "before\nafter\n"


def test_two_processes_do_not_hold_one_lock_together(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    code = f"""
from pathlib import Path
from deploy.local.environments import locked
with locked(Path({str(path)!r}), "waiting"):
    print("held", flush=True)
"""
    with locked(path, "waiting"):
        other = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert other.stderr is not None
        assert other.stderr.readline() == "waiting\n"
        assert other.poll() is None
    assert other.communicate()[0] == "held\n"


def test_children_start_with_ordinary_signals() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        process = start([sys.executable, "-c", SLEEPER])
    finally:
        signal.signal(signal.SIGTERM, before)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM


def test_a_low_priority_child_gives_way_with_its_children_too(tmp_path: Path) -> None:
    code = """
import os, subprocess, sys
from deploy.local.processes import start
inner = "import os, pathlib; group = pathlib.Path('/proc/self/autogroup');"
inner += "print(os.nice(0), group.read_text() if group.exists() else 'nice 10')"
start([sys.executable, "-c", inner]).wait()
"""
    log = tmp_path / "a.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start([sys.executable, "-c", code], environment=environment, log=log, nice=10).wait()
    level, group = log.read_text().split(" ", 1)
    assert int(level) == os.nice(0) + 10
    assert group.strip().endswith("nice 10")
