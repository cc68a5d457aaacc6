"""Runs vLLM on this machine and keeps it up; reports every step in the data folder (deploy.local.model_status).

What it and vLLM say goes to `vllm.log` there. It ends with its parent, and takes everything it started with it.

    python -m deploy.local.vllm_server      serves WENDA_LLM__MODEL on the port of WENDA_LLM__BASE_URL
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from app.settings import LlmSettings, Settings
from deploy.local.environments import CannotPrepare
from deploy.local.model_status import ModelStatus
from deploy.local.processes import Stopped, raise_on_signals, start, stop
from deploy.local.vllm_command import Endpoint, local_endpoint, prepare

LOG = "vllm.log"

_START_LIMIT_S = 900.0
_RESTARTS = 3
_STEADY_S = 300.0  # up for so long, earlier failures are forgiven
# What vLLM writes as it goes up, with about the share of the way that is then behind it.
_MILESTONES = {
    b"Initializing a V1 LLM engine": 0.3,
    b"Starting to load model": 0.5,
    b"Loading weights took": 0.6,
    b"KV cache size": 0.75,
    b"init engine": 0.85,
    b"Starting vLLM server": 0.95,
}


class VllmServer:
    """One run of the launcher. Every wait is short, so that a signal is obeyed within a second.

    pause: seconds to wait before starting again, from the number of failures in a row.
    """

    def __init__(
        self,
        settings: LlmSettings,
        endpoint: Endpoint,
        status: ModelStatus,
        log: Path,
        pause: Callable[[int], float] = lambda failures: 2.0**failures,
    ) -> None:
        self._model = settings.model
        self._url = f"{endpoint.url}/v1"
        self._status = status
        self._log = log
        self._pause = pause
        key = settings.api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=5, trust_env=False)

    def follow(self) -> None:
        """Another process serves the model already: stay until it ends. Raises CannotPrepare then."""
        self._status.report("ready", title="语言模型已由本机的另一个进程提供")
        while self.is_served():
            time.sleep(5)
        raise CannotPrepare("本机另一个进程提供的语言模型已停止：请重新启动。")

    def run(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Starts the server, and again when it dies. Raises CannotPrepare when it keeps dying or never answers."""
        failures = 0
        while failures <= _RESTARTS:
            begun = self._log.stat().st_size if self._log.exists() else 0
            process = start(command, environment=environment, log=self._log)
            try:
                self._await_readiness(process, begun)
                if process.poll() is None:
                    self._status.report("ready")
                since = time.monotonic()
                process.wait()
            finally:
                stop(process)
            failures = failures + 1 if time.monotonic() - since < _STEADY_S else 1
            self._status.report("starting", title="vLLM 意外退出，正在重新启动，先用文件原文回答")
            time.sleep(self._pause(failures))
        raise CannotPrepare(f"vLLM 反复退出，原因在 {self._log} 中；继续用文件原文回答。")

    def is_served(self) -> bool:
        """Whether something at the endpoint serves the model under its name."""
        try:
            answer = self._client.get(f"{self._url}/models")
            return answer.is_success and any(one["id"] == self._model for one in answer.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def _await_readiness(self, process: subprocess.Popen[bytes], begun: int) -> None:
        """Until the model has answered once, or the process has died. begun: where its log begins, in bytes.

        Raises CannotPrepare when it lives and never answers.
        """
        deadline = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline and process.poll() is None:
            if self.is_served() and self._answers():
                return
            written = self._log.read_bytes()[begun:]
            self._status.report("starting", max([0.0, *(at for mark, at in _MILESTONES.items() if mark in written)]))
            time.sleep(0.5)
        if process.poll() is None:
            raise CannotPrepare(f"vLLM 未能在 {_START_LIMIT_S / 60:.0f} 分钟内启动，原因在 {self._log} 中。")

    def _answers(self) -> bool:
        """One token of a first answer, so that the first customer does not pay for what is set up lazily."""
        body = {"model": self._model, "messages": [{"role": "user", "content": "您好"}], "max_tokens": 1}
        try:
            return self._client.post(f"{self._url}/chat/completions", json=body, timeout=60).is_success
        except httpx.HTTPError:
            return False


def main() -> int:
    raise_on_signals()
    settings = Settings()
    endpoint = local_endpoint(settings.llm)
    if endpoint is None:
        print("语言模型由别处提供（WENDA_LLM__BASE_URL），本机无需启动 vLLM。", file=sys.stderr)
        return 0
    status, log = ModelStatus(settings.data_dir), settings.data_dir / LOG
    server = VllmServer(settings.llm, endpoint, status, log)
    try:
        if server.is_served():
            server.follow()
        server.run(*prepare(settings, endpoint, status, log))
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        status.report("failed", title=str(error))
        return 1
    except Stopped:
        status.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
