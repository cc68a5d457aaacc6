"""What /readyz says of an index that is being filled again, and how long `make run` waits for it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.api.readiness import Readiness
from app.knowledge.rebuilding import Rebuilding
from app.settings import Settings
from deploy.local import run


class _There:
    """A database, an index, an embedding and a model, all of which answer."""

    async def read(self, _work: object) -> int:
        return 1

    async def count(self) -> int:
        return 12

    async def embed(self) -> object:
        return object()

    async def probe(self) -> bool:
        return True


async def _report(settings: Settings, progress: Rebuilding | None) -> tuple[bool, dict[str, Any]]:
    there = _There()
    readiness = Readiness(there, there, there.embed, there.probe, lambda: progress, settings=settings)  # type: ignore[arg-type]
    return await readiness.report()


async def test_an_index_that_is_filled_again_is_loading_and_tells_how_far(tmp_path: Path) -> None:
    ready, body = await _report(Settings(data_dir=tmp_path), Rebuilding(done=3, total=10))
    index = body["parts"]["index"]
    assert (ready, body["status"], index["status"]) == (False, "loading", "loading")
    assert (index["done"], index["total"], index["percent"]) == (3, 10, 30)
    assert "3/10" in index["title"]


async def test_an_index_that_is_whole_again_is_ready_and_names_what_it_lost(tmp_path: Path) -> None:
    ready, body = await _report(Settings(data_dir=tmp_path), Rebuilding(done=10, total=10, lost=2, running=False))
    assert (ready, body["status"]) == (True, "ready")
    assert "2 个版本未能恢复" in body["parts"]["index"]["title"]


async def test_an_index_with_nothing_to_fill_says_nothing_of_it(tmp_path: Path) -> None:
    ready, body = await _report(Settings(data_dir=tmp_path), None)
    assert (ready, body["parts"]["index"]) == (True, {"status": "ready", "title": "正常"})


@contextmanager
def _readyz(answers: list[tuple[int, dict[str, Any]]]) -> Iterator[str]:
    """A service whose /readyz gives these answers, the last one for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _index(status: str, title: str) -> dict[str, Any]:
    return {"parts": {"index": {"status": status, "title": title}}}


def test_the_launcher_waits_for_an_index_beyond_its_limit_and_tells_each_step_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_SERVICE_LIMIT_S", 2.5)
    steps = [(503, _index("loading", f"知识索引正在重建（{done}/2）")) for done in (0, 1, 1)]
    with _process("import time; time.sleep(60)") as service, _readyz([*steps, (200, _index("ready", "正常"))]) as url:
        run._await_readiness(service, url, tmp_path / "log")
    said = capsys.readouterr().out
    assert said.count("（0/2）") == said.count("（1/2）") == 1


def test_the_launcher_gives_up_on_a_service_that_only_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_SERVICE_LIMIT_S", 0.3)
    (tmp_path / "log").write_text("Traceback")
    with (
        _process("import time; time.sleep(60)") as service,
        _readyz([(503, _index("failed", "暂不可用"))]) as url,
        pytest.raises(run.CannotPrepare, match="未就绪"),
    ):
        run._await_readiness(service, url, tmp_path / "log")


def test_a_service_that_ends_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("…\n端口已被占用")
    with _process("") as service:
        service.wait()
        with pytest.raises(run.CannotPrepare, match="端口已被占用"):
            run._await_readiness(service, "http://127.0.0.1:1", tmp_path / "log")
