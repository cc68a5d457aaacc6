"""The service that `eval run faults` breaks, in a process of its own: python -m eval.faults_child --port N

Two faults cannot be made from outside and come by signal: SIGUSR1 makes the rails crash, or whole again; SIGUSR2 makes
the clock jump three hours ahead, back to the true time, three hours behind, and back again.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import uvicorn

from app.api.sse import FINISH_S
from app.clock import utc_now
from app.composition import Replacements
from app.logs import configure
from app.main import create_app
from app.settings import Settings
from guardrails import Guard

_JUMP = timedelta(hours=3)
_WRONG = (_JUMP, timedelta(0), -_JUMP, timedelta(0))


class _Crashed(Exception):
    """What the rails die of here."""


class _Rails:
    """The guard's own rails until they crash."""

    def __init__(self, own: Any) -> None:
        self._own = own
        self.crashed = False

    def __getattr__(self, name: str) -> Any:
        if self.crashed:
            raise _Crashed
        return getattr(self._own, name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.faults_child")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    settings = Settings()
    configure(settings.log_level)
    guard = Guard.create(settings.bank.name, settings.bank.hotline)
    rails = _Rails(guard._rails)
    guard._rails = rails  # type: ignore[assignment]
    wrongs: Iterator[timedelta] = cycle(_WRONG)
    wrong = timedelta(0)

    def clock() -> datetime:
        return utc_now() + wrong

    def crash(*_: object) -> None:
        rails.crashed = not rails.crashed

    def jump(*_: object) -> None:
        nonlocal wrong
        wrong = next(wrongs)

    signal.signal(signal.SIGUSR1, crash)
    signal.signal(signal.SIGUSR2, jump)
    app = create_app(settings, Replacements(guard=guard, clock=clock))
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=FINISH_S + 1
    )


if __name__ == "__main__":
    main()
