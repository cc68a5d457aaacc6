"""What `make run` executes: everything Wenda needs on this machine, in order, in the foreground.

Quotes come first and the language model when it is loaded. Whatever is started here ends here: on Ctrl-C, on SIGTERM,
and when the service itself ends.

    python -m deploy.local.run      PORT=8000, SAMPLES=0 and VLLM=0 come from the environment
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx

from app.settings import Settings
from deploy.local import embedding_model, model_status, sample_corpus
from deploy.local.environments import CannotPrepare, made
from deploy.local.processes import Stopped, raise_on_signals, start, stop
from deploy.local.vllm_command import local_endpoint
from deploy.local.vllm_server import LOG as VLLM_LOG

SERVICE_LOG = "service.log"

_REPOSITORY = Path(__file__).resolve().parents[2]
_SERVICE_LIMIT_S = 120.0
# An answer under way may take 25 s to finish, and ten more what closes after it.
_SERVICE_PATIENCE_S = 40.0
_MODEL_NICE = 5  # the service comes first where both want the processor, three to one
# A model on a few processor cores is slow: these hold unless the environment or .env says otherwise.
_DEMO = {
    ("auth", "demo"): "true",
    ("llm", "first_token_s"): "60",
    ("llm", "between_tokens_s"): "60",
    ("llm", "condense_s"): "0",
}


def main() -> int:
    raise_on_signals()
    begun = time.monotonic()
    try:
        with ExitStack() as started:
            _serve(started, begun)
    except CannotPrepare as error:
        _say(f"\n启动失败：{error}")
        return 1
    except Stopped:
        _say("\n稳答已停止。")
    return 0


def _serve(started: ExitStack, begun: float) -> None:
    port = int(os.environ.get("PORT") or 8000)
    settings = Settings()
    environment = service_environment(settings, port)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _require_free(port)

    _say("[1/3] 向量模型……")
    embedding_model.prepare_all(settings.cache_dir, embedder=not settings.embedding.base_url)
    with_model = local_endpoint(settings.llm) is not None and os.environ.get("VLLM") != "0"
    # Installing it waits for the network, and all else goes on meanwhile; loading takes the processor from the service.
    only_loads = (settings.data_dir / VLLM_LOG).exists()
    if with_model and not only_loads:
        _start_model(started, settings, environment)
    if os.environ.get("SAMPLES") != "0":
        _say("[2/3] 示例资料……")
        sample_corpus.ingest_once(settings.data_dir, environment)

    _say("[3/3] 服务……")
    log = settings.data_dir / SERVICE_LOG
    service = start([sys.executable, "-m", "app", "--port", str(port)], environment=environment, log=log)
    started.callback(stop, service, patience=_SERVICE_PATIENCE_S)
    url = f"http://127.0.0.1:{port}"
    _await_readiness(service, url, log)
    if with_model and only_loads:
        _start_model(started, settings, environment)
    _say(f"\n  稳答已就绪（{time.monotonic() - begun:.0f} 秒）：{url}    Ctrl-C 停止，日志在 {log}\n")
    _watch(service, settings.data_dir, log)


def _start_model(started: ExitStack, settings: Settings, environment: Mapping[str, str]) -> None:
    log = settings.data_dir / VLLM_LOG
    log.unlink(missing_ok=True)
    launcher = [sys.executable, "-m", "deploy.local.vllm_server"]
    started.callback(stop, start(launcher, environment=environment, log=log, nice=_MODEL_NICE), patience=20)


def service_environment(settings: Settings, port: int) -> Mapping[str, str]:
    """The environment of everything started here: this one, and the demo's values where nothing else was said."""
    demo = {
        f"WENDA_{group}__{name}".upper(): value
        for (group, name), value in _DEMO.items()
        if name not in getattr(settings, group).model_fields_set
    }
    evaluation = made("eval", settings.cache_dir)
    if evaluation is not None and not settings.evaluation.python:
        demo |= {"WENDA_EVALUATION__PYTHON": str(evaluation)}
    if not settings.evaluation.folder:
        demo |= {"WENDA_EVALUATION__FOLDER": str(_REPOSITORY / "eval" / "reports")}
    paths = {
        "WENDA_DATA_DIR": str(settings.data_dir.absolute()),
        "WENDA_CACHE_DIR": str(settings.cache_dir.absolute()),
        "WENDA_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(_REPOSITORY),
    }
    return {**os.environ, **demo, **paths}


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotPrepare(f"端口 {port} 已被占用：请停止占用它的程序，或换一个（PORT=）。") from error


def _await_readiness(service: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """An index that is being filled again takes as long as it takes, and says how far it is."""
    deadline = time.monotonic() + _SERVICE_LIMIT_S
    told = ""
    while time.monotonic() < deadline:
        if service.poll() is not None:
            raise CannotPrepare(f"服务未能启动，日志末尾：\n{_tail(log)}")
        try:
            answer = httpx.get(f"{url}/readyz", timeout=5, trust_env=False)
            if answer.is_success:
                return
            index = answer.json()["parts"]["index"]
        except (httpx.HTTPError, ValueError, KeyError):
            time.sleep(0.1)
            continue
        if index["status"] == "loading":
            deadline = time.monotonic() + _SERVICE_LIMIT_S
            if index["title"] != told:
                _say(f"  {index['title']}")
                told = index["title"]
        time.sleep(0.1 if index["status"] != "loading" else 1)
    raise CannotPrepare(f"服务在 {_SERVICE_LIMIT_S:.0f} 秒内未就绪，日志末尾：\n{_tail(log)}")


def _watch(service: subprocess.Popen[bytes], data_dir: Path, log: Path) -> None:
    """Tells how far the language model is, until the service ends or a signal does."""
    told = ""
    while service.poll() is None:
        status = model_status.read(data_dir)
        if status is not None:
            percent = "" if status["status"] != "loading" else f"（{status['percent'] // 5 * 5}%）"
            line = f"  语言模型：{status['title']}{percent}"
            if line != told:
                _say(line)
                told = line
        time.sleep(1)
    raise CannotPrepare(f"服务意外退出，日志末尾：\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
