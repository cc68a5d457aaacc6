"""Time as a parameter: UTC moments for records, business dates in Asia/Shanghai for validity."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Clock = Callable[[], datetime]

# China has had no daylight saving since 1991; a fixed offset needs no time-zone database on the machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def utc_now() -> datetime:
    return datetime.now(UTC)


def business_date(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai on which `moment` falls."""
    return moment.astimezone(SHANGHAI).date()


def ms_since(started: float) -> float:
    """Milliseconds since a reading of time.perf_counter()."""
    return (time.perf_counter() - started) * 1000
