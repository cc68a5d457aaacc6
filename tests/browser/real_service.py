"""The whole service for the console's tests: real embedder, rails and Edge index, on a loopback port in a thread.

No language model runs, so answers are quotes. The clock stands where it was put and goes on from there.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from app.composition import Replacements
from app.main import create_app
from app.settings import AuthSettings, LimitSettings, LlmSettings, Settings
from tests.ports import free_port

_START_S = 240.0
_JOB_S = 240.0


@dataclass
class MovingClock:
    """Runs as clocks do, from wherever it was last put."""

    begun: datetime
    _since: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.begun + timedelta(seconds=time.monotonic() - self._since)

    def put(self, to: datetime) -> None:
        self.begun, self._since = to, time.monotonic()


class RealService:
    """`with RealService(folder, now) as service`; files are published through it as through the console."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.clock = MovingClock(now)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            auth=AuthSettings(demo=True),
            limits=LimitSettings(enabled=False, upload_bytes=2_000_000),
            llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
        )
        app = create_app(settings, Replacements(clock=self.clock))
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=port, log_config=None, log_level="critical", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)

    def __enter__(self) -> RealService:
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not self._server.started:
            assert self._thread.is_alive(), "the service ended while starting"
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=60)

    # -- for tests ------------------------------------------------------------------------------------------------

    @contextmanager
    def as_(self, name: str) -> Iterator[httpx.Client]:
        """A demo user's, or a new customer's, connection; tokens last as long as the clock says."""
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            if name == "customer":
                answer = client.post("/v1/auth/visitor")
            else:
                answer = client.post("/v1/auth/token", data={"username": name, "password": "demo"})
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    def upload(self, name: str, content: str | bytes, **form: str) -> dict[str, Any]:
        """As editor; waits and gives the ended job, which is done."""
        with self.as_("editor") as editor:
            body = content.encode() if isinstance(content, str) else content
            answer = editor.post("/v1/documents", files={"file": (name, body)}, data=form)
            assert answer.status_code == 202, answer.text
            deadline = time.monotonic() + _JOB_S
            while True:
                job: dict[str, Any] = editor.get(f"/v1/jobs/{answer.json()['job_id']}").json()
                if job["status"] in ("done", "failed"):
                    assert job["status"] == "done", job
                    return job
                assert time.monotonic() < deadline, job
                time.sleep(0.05)

    def submit(self, job: dict[str, Any]) -> None:
        with self.as_("editor") as editor:
            answer = editor.post(f"/v1/documents/{job['document_id']}/versions/{job['version']}/submit", json={})
            assert answer.status_code == 200, answer.text

    def publish(self, name: str, content: str | bytes, **form: str) -> dict[str, Any]:
        """Upload, submit and approve by two people; gives the job."""
        job = self.upload(name, content, **form)
        self.approve(job)
        return job

    def approve(self, job: dict[str, Any]) -> None:
        """Submit and approve by two people."""
        self.submit(job)
        with self.as_("approver") as approver:
            answer = approver.post(f"/v1/documents/{job['document_id']}/versions/{job['version']}/approve", json={})
            assert answer.status_code == 200, answer.text

    def until(self, look: Callable[[], Any]) -> Any:
        """What `look` finds, once it finds something."""
        deadline = time.monotonic() + _JOB_S
        while not (found := look()):
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.05)
        return found

    def ask(self, text: str) -> dict[str, Any]:
        """One question of a new customer; gives the turn."""
        with self.as_("customer") as customer:
            conversation = customer.post("/v1/conversations", json={}).json()["id"]
            answer = customer.post(
                f"/v1/conversations/{conversation}/messages",
                json={"text": text},
                headers={"accept": "application/json"},
            )
            assert answer.status_code == 200, answer.text
            turn: dict[str, Any] = answer.json()
            return turn


FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
SUNDAY_NIGHT = datetime(2026, 11, 29, 15, 55, tzinfo=UTC)
MONDAY_MIDNIGHT = datetime(2026, 11, 29, 16, 0, 5, tzinfo=UTC)

FEES = """# 个人银行服务价格表

生效日期：{start}

## 转账汇款

| 项目 | 价格 | 说明 |
| --- | --- | --- |
| 手机银行跨行转账 | 每笔{transfer}元 | 单笔5万元以内 |
| 柜台跨行转账 | 每笔{counter}元 | 按笔收取 |
| 网上银行跨行转账 | 每笔3元 | 按笔收取 |

## 银行卡

| 项目 | 价格 | 说明 |
| --- | --- | --- |
| 借记卡挂失手续费 | 每卡{loss}元 | 挂失后七日内可撤销 |
| 借记卡年费 | 免收 | 全部借记卡 |
| 账户资金变动短信通知 | 每月2元 | 可随时取消 |
"""


def fees(*, start: str, transfer: str = "2", counter: str = "10", loss: str = "10") -> str:
    """A fee schedule; the figures tell its editions apart."""
    return FEES.format(start=start, transfer=transfer, counter=counter, loss=loss)
