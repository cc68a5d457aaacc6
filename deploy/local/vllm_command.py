"""How vLLM is started on this machine: what must be there first, its command line and its environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.settings import LlmSettings, Settings
from deploy.local import language_model, vllm_env
from deploy.local.environments import CannotPrepare
from deploy.local.model_status import ModelStatus
from deploy.local.vllm_env import VllmEnvironment

_MEMORY_BYTES = 6_000_000_000
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where this machine's vLLM listens: the loopback part of `WENDA_LLM__BASE_URL`."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def local_endpoint(settings: LlmSettings) -> Endpoint | None:
    """None when the model is served elsewhere: then nothing is to be started here."""
    parts = urlsplit(settings.base_url)
    if parts.hostname not in _LOOPBACK:
        return None
    return Endpoint(parts.hostname, parts.port or 80)


def prepare(
    settings: Settings, endpoint: Endpoint, status: ModelStatus, log: Path
) -> tuple[list[str | Path], Mapping[str, str]]:
    """Installs and unpacks what is missing; the command and the environment to start. Raises CannotPrepare."""
    cache, model = settings.cache_dir, settings.llm.model
    status.report("installing")
    environment = vllm_env.ensure(cache)
    source = model
    if model == LlmSettings().model:
        source = str(language_model.prepare(cache, environment.python, status.report, log))
    status.report("starting")
    if not environment.on_gpu and _available_memory() < _MEMORY_BYTES:
        raise CannotPrepare("可用内存不足 6 GB，语言模型未启动；继续用文件原文回答。")
    key = settings.llm.api_key
    variables = serving_variables(
        environment, cache, key.get_secret_value() if key else "", is_local=Path(source).is_dir()
    )
    return serving_arguments(environment, endpoint, source, model), os.environ | variables


def serving_arguments(environment: VllmEnvironment, endpoint: Endpoint, source: str, name: str) -> list[str | Path]:
    """The command line. On a CPU without compilation: as quick an answer, and ready in half the time."""
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
