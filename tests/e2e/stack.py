"""The whole product as `make run` starts it, on free ports and a data folder of its own: service, index, real vLLM."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.processes import start, stop
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# Installing vLLM, unpacking the packaged model and loading it, on two cores with empty caches.
_MODEL_LIMIT_S = 1500.0
_QUOTES_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Stack:
    """url: the service. vllm_port: where this stack's vLLM listens."""

    url: str
    vllm_port: int
    data_dir: Path

    def model_status(self) -> str:
        """ "ready" once vLLM answers; anything else is why quotes are given."""
        return str(httpx.get(f"{self.url}/readyz", timeout=60).json()["parts"]["model"]["status"])

    def await_model(self) -> float:
        """Wait until the model is ready; gives the seconds it took."""
        begun = time.monotonic()
        while self.model_status() != "ready":
            if time.monotonic() - begun > _MODEL_LIMIT_S:
                raise TimeoutError((self.data_dir / "vllm.log").read_text()[-3000:])
            time.sleep(0.5)
        return time.monotonic() - begun

    def await_loss(self) -> None:
        """Wait until the service has noticed that the model is gone."""
        deadline = time.monotonic() + 60
        while self.model_status() == "ready":
            if time.monotonic() > deadline:
                raise TimeoutError("the service still takes the model for ready")
            time.sleep(0.1)

    def await_work(self) -> None:
        """Wait until vLLM is working on a request."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                for line in httpx.get(f"http://127.0.0.1:{self.vllm_port}/metrics", timeout=5).text.splitlines():
                    if line.startswith("vllm:num_requests_running") and float(line.rsplit(" ", 1)[1]) > 0:
                        return
            time.sleep(0.1)
        raise TimeoutError("vLLM never began")

    def kill_vllm(self) -> None:
        """SIGKILL to vLLM and all its workers, as the kernel would when memory runs out."""
        groups = {os.getpgid(pid) for pid in _processes("vllm.entrypoints", str(self.vllm_port))}
        assert groups, "vLLM is not running"
        for group in groups:
            os.killpg(group, signal.SIGKILL)


def _processes(*words: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if all(word in command for word in words):
                    yield int(entry.name)


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Stack]:
    """Start everything and wait until customers can be answered; stop everything at the end."""
    port, vllm_port = free_port(), free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "WENDA_DATA_DIR": str(data_dir),
        "WENDA_LLM__BASE_URL": f"http://127.0.0.1:{vllm_port}/v1",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    log = data_dir / "launcher.log"
    launcher = start([sys.executable, "-m", "deploy.local.run"], environment=environment, log=log)
    try:
        stack = Stack(f"http://127.0.0.1:{port}", vllm_port, data_dir)
        deadline = time.monotonic() + _QUOTES_LIMIT_S
        while True:
            assert launcher.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            with suppress(httpx.HTTPError):
                if httpx.get(f"{stack.url}/readyz", timeout=5).is_success:
                    break
            time.sleep(0.2)
        yield stack
    finally:
        stop(launcher, patience=60)
