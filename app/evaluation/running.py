"""A run started from the console: a process of the evaluation's own environment, followed by what it writes.

One at a time, since it takes the machine's cores; the service's records, index and model keys are kept from it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.errors import AppError, Conflict, Invalid
from app.evaluation.stored import StoredRuns, UnknownRun, suites

_LOOK_S = 0.4
_PATIENCE_S = 5.0
# A run works on a service, records and an index of its own, whatever the environment says of ours.
_OWN = {
    "WENDA_DATABASE__URL": "",
    "WENDA_QDRANT__URL": "",
    "WENDA_AUTH__ISSUER": "",
    "WENDA_TRACING__ENDPOINT": "",
}
_WITHHELD = (
    "WENDA_PRIVACY__KEY",
    "WENDA_BACKUP__PASSPHRASE",
    "WENDA_AUTH__SECRET",
    "WENDA_AUDIT__SIGNING_KEY",
    "WENDA_AUDIT__CHECKPOINTS_DIR",
    "WENDA_TOKEN",
)


class NotInstalled(AppError):
    status, code = 503, "evaluation_not_installed"
    title = "这台服务器没有安装评测环境，请管理员按 WENDA_EVALUATION__PYTHON 的说明配置后再试。"


class AlreadyRunning(Conflict):
    code, title = "evaluation_running", "已有一次评测正在运行，请等它结束或先停止它。"


class UnknownSuite(Invalid):
    code, title = "unknown_suite", "没有这个题集，请刷新后重新选择。"


@dataclass(frozen=True, slots=True)
class Config:
    """What a run differs in from the service as it is. top_k: passages that reach the model; model: ask the model too;
    open_gate: answer from any evidence."""

    top_k: int | None = None
    model: bool = False
    open_gate: bool = False


@dataclass(slots=True)
class Running:
    """status: running | done | failed | stopped. total: 0 until it is known."""

    id: str
    suite: str
    config: Config
    started: datetime
    status: str = "running"
    done: int = 0
    total: int = 0
    passed: bool | None = None
    log: Sequence[str] = ()
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def shown(self) -> dict[str, Any]:
        error = (
            {"code": "evaluation_failed", "title": "这次评测没有完成，原因见运行日志。"}
            if self.status == "failed"
            else None
        )
        return {
            "id": self.id,
            "status": self.status,
            "started": self.started.isoformat(),
            "suites": [self.suite],
            "config": {"top_k": self.config.top_k, "model": self.config.model, "open_gate": self.config.open_gate},
            "done": self.done,
            "total": self.total,
            "passed": self.passed,
            "error": error,
            "log": list(self.log),
        }


class EvaluationRuns:
    """folder: where reports go. python: of the evaluation's environment, "" = not installed. root: holds `eval`.

    model_url: the model's endpoint, for runs that ask it.
    """

    def __init__(
        self, folder: Path, python: str, root: Path, clock: Callable[[], datetime], model_url: str = ""
    ) -> None:
        self.stored = StoredRuns(folder)
        self._folder, self._python, self._root = folder, python, root
        self._clock, self._model_url = clock, model_url
        self._runs: dict[str, Running] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def installed(self) -> bool:
        return bool(self._python) and Path(self._python).is_file() and (self._root / "eval" / "__main__.py").is_file()

    def suites(self) -> list[dict[str, Any]]:
        found = suites(self._root / "eval" / "suites")
        return [
            {"name": one.name, "cases": one.cases, "seen": one.seen, "expect": one.expect, "as_of": one.as_of}
            for one in found
        ]

    def list(self) -> list[dict[str, Any]]:
        """The newest first; those that run, failed or were stopped stand among the finished ones."""
        stored = self.stored.list()
        known = {run["id"] for run in stored}
        own = [run.shown() | {"metrics": []} for run in self._runs.values() if run.id not in known]
        return sorted([*own, *stored], key=lambda run: str(run["started"]), reverse=True)

    def state(self, run_id: str) -> Running | None:
        return self._runs.get(run_id)

    async def start(self, suite: str, config: Config) -> Running:
        """Raises NotInstalled, UnknownSuite, AlreadyRunning."""
        if not self.installed:
            raise NotInstalled()
        names = [one.name for one in await asyncio.to_thread(suites, self._root / "eval" / "suites")]
        if suite != "all" and suite not in names:
            raise UnknownSuite()
        if self._task is not None and not self._task.done():
            raise AlreadyRunning()
        now = self._clock()
        run = Running(f"{suite}-{now:%Y%m%d-%H%M%S}", suite, config, now)
        self._runs[run.id] = run
        self._task = asyncio.create_task(self._work(run, names if suite == "all" else [suite]))
        return run

    async def stop(self, run_id: str) -> Running:
        """Ends the process and all that it started. Raises UnknownRun for one that does not run here."""
        run = self._runs.get(run_id)
        if run is None:
            raise UnknownRun()
        if run.status == "running":
            run.status = "stopped"
            await self._end()
        return run

    async def follow(self, run_id: str) -> AsyncGenerator[Running]:
        """The run after each visible change, ended included. Raises UnknownRun."""
        run = self._runs.get(run_id)
        if run is None:
            raise UnknownRun()
        while True:
            run.changed.clear()
            yield run
            if run.status != "running":
                return
            await run.changed.wait()

    async def close(self) -> None:
        await self._end()

    async def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._process.wait()
            except TimeoutError:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        if self._task is not None:
            await self._task

    async def _work(self, run: Running, names: Sequence[str]) -> None:
        place = self._folder / "runs" / run.id
        await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
        command = [self._python, "-m", "eval", "run", *names, "--out", str(self._folder), "--id", run.id]
        command += ["--llm", self._model_url] if run.config.model else []
        command += ["--open-gate"] if run.config.open_gate else []
        with await asyncio.to_thread(open, place / "log.txt", "wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self._root,
                env=self._environment(run.config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
            waiting = asyncio.create_task(self._process.wait())
            while not waiting.done():
                await asyncio.wait([waiting], timeout=_LOOK_S)
                self._tell(run, *await asyncio.to_thread(_progress, place))
        code = waiting.result()
        run.log = await asyncio.to_thread(_tail, place / "log.txt")
        # Nothing is waited for from here on: whoever sees that it has ended may start the next one.
        if run.status == "running":
            run.status = "done" if code in (0, 1) else "failed"
            run.passed = code == 0 if code in (0, 1) else None
        run.changed.set()

    def _tell(self, run: Running, done: int, total: int) -> None:
        if (done, total) != (run.done, run.total):
            run.done, run.total = done, total
            run.changed.set()

    def _environment(self, config: Config) -> Mapping[str, str]:
        given = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
        searched = {"WENDA_SEARCH__TOP_K": str(config.top_k)} if config.top_k else {}
        return given | _OWN | searched | {"PYTHONPATH": str(self._root)}


def _progress(place: Path) -> tuple[int, int]:
    """(cases whose result is there, cases in all); 0 in all until the run has said it."""
    try:
        total = int(json.loads((place / "plan.json").read_text(encoding="utf-8"))["total"])
        with (place / "cases.jsonl").open("rb") as lines:
            return min(total, sum(1 for line in lines if line.strip())), total
    except FileNotFoundError:
        return 0, 0
    except (ValueError, LookupError):
        return 0, 0


def _tail(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:] if log.exists() else []
