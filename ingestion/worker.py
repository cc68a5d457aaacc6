"""A child process that answers frames: started when first needed, ended when a file hangs or kills it, started again.

One request at a time; a request that is cancelled or times out takes the process with it, so that no answer can ever
reach the wrong question.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import ingestion
from ingestion.frames import SIZES, Frame, goes_on, unpacked

Take = Callable[[bytes], None]

_EXIT_WAIT_S = 10.0
_LONGEST_ANSWER = 512 * 1024 * 1024  # bytes; what comes in parts is bounded by no memory of the one who sends it
_CHUNK = 64 * 1024
_PASSED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT", "TMPDIR", "HOME")


class WorkerEnded(Exception):
    """The process ended before it had answered. signal: what ended it, or 0."""

    def __init__(self, signal: int = 0) -> None:
        super().__init__(signal)
        self.signal = signal


class Worker:
    """module: run as `python -m module arguments`. shielded: the child sees no setting and no secret of ours.

    idle_s: a process that nobody has asked anything for so long is ended; the next request starts another.
    longest: bytes of an answer that comes in parts.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        *,
        shielded: bool,
        idle_s: float = 120.0,
        longest: int = _LONGEST_ANSWER,
    ) -> None:
        self._module, self._arguments, self._shielded = module, tuple(arguments), shielded
        self._idle_s, self._longest = idle_s, longest
        self._idle: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def ask(self, request: Frame, seconds: float, take: Take | None = None) -> Frame:
        """The answer, within this time. take: is given the parts of its body as they come; without it they are joined.

        Raises WorkerEnded, TimeoutError.
        """
        async with self._turn:
            self._stay()
            process = await self._started()
            finished = False
            try:
                assert process.stdin is not None
                sending = asyncio.ensure_future(_send(process.stdin, request.packed()))
                try:
                    async with asyncio.timeout(seconds):
                        answer = await _receive(process, self._longest, take)
                    finished = True
                    return answer
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)
            finally:
                if not finished:
                    await self._end(process)
                else:
                    self._idle = asyncio.create_task(self._leave())

    async def close(self) -> None:
        """Ends the process; what it is doing is lost."""
        self._stay()
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                async with asyncio.timeout(_EXIT_WAIT_S if not self._turn.locked() else 0.1):
                    await process.wait()
            except TimeoutError:
                await self._end(process)

    async def _leave(self) -> None:
        await asyncio.sleep(self._idle_s)
        async with self._turn:
            self._idle = None
            if self._process is not None:
                await self._end(self._process)

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module, *self._arguments),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL if self._shielded else None,
                env=_environment(self._shielded),
                start_new_session=True,
            )
        return self._process

    async def _end(self, process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await _emptied(process)
        await process.wait()
        if self._process is process:
            self._process = None


async def _emptied(process: Process) -> None:
    """What a killed process had written is read and thrown away: wait() ends only when its output has, and asyncio does
    not read on while as much as it likes to hold lies unread."""
    assert process.stdout is not None
    with contextlib.suppress(RuntimeError):  # whoever reads already comes to the end as well
        while await process.stdout.read(_CHUNK):
            pass


async def _send(stream: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # a dead process is noticed by the reader of its answers
        stream.write(data)
        await stream.drain()


async def _receive(process: Process, longest: int, take: Take | None) -> Frame:
    """The whole answer, or what follows the parts taken; one without end is as good as a process killed."""
    assert process.stdout is not None
    parts: list[bytes] = []
    size = 0
    try:
        while goes_on(frame := await _next(process.stdout)):
            size += SIZES.size + len(frame.body)
            if size > longest:
                raise WorkerEnded(signal.SIGKILL)
            (take or parts.append)(frame.body)
        return Frame(frame.head, b"".join([*parts, frame.body])) if parts else frame
    except (asyncio.IncompleteReadError, ConnectionError):
        code = await process.wait()
        raise WorkerEnded(-code if code < 0 else 0) from None


async def _next(stream: asyncio.StreamReader) -> Frame:
    head, body = SIZES.unpack(await stream.readexactly(SIZES.size))
    return unpacked(await stream.readexactly(head), await stream.readexactly(body))


def _environment(shielded: bool) -> Mapping[str, str]:
    root = str(Path(ingestion.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if name in _PASSED or not shielded}
    return kept | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
    }
