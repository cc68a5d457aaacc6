"""The launcher of vLLM, with a small server of ours in vLLM's place."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import LlmSettings
from deploy.local import model_status
from deploy.local.environments import CannotPrepare
from deploy.local.model_status import ModelStatus
from deploy.local.vllm_command import Endpoint, local_endpoint, serving_arguments, serving_variables
from deploy.local.vllm_env import VllmEnvironment
from deploy.local.vllm_server import VllmServer
from tests.ports import free_port

# Serves the model list and one-token answers; notes each start; dies at once when told so.
STAND_IN = """
import http.server, json, os, sys
port, folder = int(sys.argv[1]), sys.argv[2]
open(os.path.join(folder, "starts"), "a").write(f"{os.getpid()}\\n")
if os.path.exists(os.path.join(folder, "dies")):
    sys.exit(3)
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = json.dumps({"data": [{"id": "wenda-demo"}]}).encode()
        self.send_response(200); self.send_header("content-length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = answer
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class Launcher:
    """A VllmServer over the stand-in, run in a thread; `error` is how it ended."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.error: BaseException | None = None
        status = ModelStatus(folder)
        endpoint = Endpoint("127.0.0.1", self.port)
        self.server = VllmServer(LlmSettings(), endpoint, status, folder / "vllm.log", pause=lambda _: 0.0)
        self._command = [sys.executable, "-c", STAND_IN, str(self.port), str(folder)]
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        if self._thread.ident is not None:
            self._thread.join(60)
        assert not self._thread.is_alive()

    def starts(self) -> list[int]:
        path = self.folder / "starts"
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stage(self) -> str:
        return str((model_status.read(self.folder) or {}).get("stage"))

    def _run(self) -> None:
        try:
            self.server.run(self._command, os.environ)
        except CannotPrepare as error:
            self.error = error


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path)
    yield launcher
    (tmp_path / "dies").touch()
    if launcher.stage() == "ready":
        os.kill(launcher.starts()[-1], signal.SIGKILL)
    launcher.join()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_model_is_reported_ready_once_it_has_answered(launcher: Launcher) -> None:
    launcher.start()
    wait_for(lambda: launcher.stage() == "ready")
    assert launcher.server.is_served()


def test_a_killed_server_is_started_again(launcher: Launcher) -> None:
    launcher.start()
    wait_for(lambda: launcher.stage() == "ready")
    os.kill(launcher.starts()[0], signal.SIGKILL)
    wait_for(lambda: len(launcher.starts()) == 2 and launcher.stage() == "ready")


def test_a_server_that_keeps_dying_is_given_up_with_a_reason(launcher: Launcher) -> None:
    (launcher.folder / "dies").touch()
    launcher.start()
    launcher.join()
    assert len(launcher.starts()) == 4
    assert "vllm.log" in str(launcher.error)


def test_another_name_at_the_port_is_not_our_model(launcher: Launcher) -> None:
    launcher.start()
    wait_for(lambda: launcher.stage() == "ready")
    other = VllmServer(
        LlmSettings(model="another"),
        Endpoint("127.0.0.1", launcher.port),
        ModelStatus(launcher.folder / "b"),
        Path("b.log"),
    )
    assert not other.is_served()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8001/v1", Endpoint("127.0.0.1", 8001)),
        ("http://localhost:9000/v1/", Endpoint("localhost", 9000)),
        ("http://models.bank.example:8001/v1", None),
        ("https://10.0.0.7/v1", None),
    ],
)
def test_only_a_model_on_loopback_is_started_here(url: str, expected: Endpoint | None) -> None:
    assert local_endpoint(LlmSettings(base_url=url)) == expected


def test_telemetry_is_off_and_messages_stay_out_of_the_log(tmp_path: Path) -> None:
    for on_gpu in (False, True):
        environment = VllmEnvironment(tmp_path / "bin" / "python", on_gpu)
        variables = serving_variables(environment, tmp_path, "", is_local=True)
        assert (variables["VLLM_NO_USAGE_STATS"], variables["DO_NOT_TRACK"]) == ("1", "1")
        assert variables["HF_HUB_OFFLINE"] == "1"
        arguments = serving_arguments(environment, Endpoint("127.0.0.1", 8001), "folder", "wenda-demo")
        assert "--disable-uvicorn-access-log" in arguments
        assert "--enable-log-requests" not in arguments


def test_a_model_from_a_hub_may_be_fetched(tmp_path: Path) -> None:
    environment = VllmEnvironment(tmp_path / "bin" / "python", on_gpu=True)
    assert "HF_HUB_OFFLINE" not in serving_variables(environment, tmp_path, "", is_local=False)


def test_the_key_is_not_on_the_command_line(tmp_path: Path) -> None:
    environment = VllmEnvironment(tmp_path / "bin" / "python", on_gpu=False)
    assert serving_variables(environment, tmp_path, "k-1", is_local=True)["VLLM_API_KEY"] == "k-1"
    arguments = serving_arguments(environment, Endpoint("127.0.0.1", 8001), "folder", "wenda-demo")
    assert not [argument for argument in arguments if "k-1" in str(argument)]
