"""Where a turn's time goes, for an operator's tracing system. Off, it is one call that does nothing.

A stage's facts are codes and counts. Words of a customer or of an answer are noted only where the setting
WENDA_TRACING__CONTENT asks for them, and then masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

Fact = str | int | float | bool


class Stage(Protocol):
    """A stage that is running; what is noted belongs to it."""

    def note(self, **facts: Fact) -> None: ...

    def words(self, **texts: str) -> None:
        """Masked text: kept only where content is asked for."""


class Tracing(Protocol):
    """Implementations: NoTracing, OtelTracing."""

    def stage(self, name: str, **facts: Fact) -> AbstractContextManager[Stage]:
        """From entering to leaving; inside another stage it is part of it. Failures are noted by class alone."""

    def headers(self) -> Mapping[str, str]:
        """What a request carries so that whoever answers it joins the stage that is running (W3C `traceparent`)."""


class _Nothing:
    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def note(self, **facts: Fact) -> None: ...

    def words(self, **texts: str) -> None: ...


_NOTHING = _Nothing()
_NO_HEADERS: Mapping[str, str] = {}


class NoTracing:
    def stage(self, name: str, **facts: Fact) -> AbstractContextManager[Stage]:  # noqa: ARG002 - a protocol's
        return _NOTHING

    def headers(self) -> Mapping[str, str]:
        return _NO_HEADERS
