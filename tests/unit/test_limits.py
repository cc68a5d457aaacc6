"""The message rate: a burst up to the limit, then as many as refill."""

from __future__ import annotations

import pytest

from app.api.limits import MessageRate
from app.errors import TooMany
from app.identity import Caller, Role


def _caller(name: str) -> Caller:
    return Caller("t", name, frozenset({Role.CUSTOMER}))


def test_a_burst_is_limited_and_refills_steadily() -> None:
    now = 0.0
    rate = MessageRate(20, lambda: now)
    for _ in range(20):
        rate.spend(_caller("a"))
    with pytest.raises(TooMany):
        rate.spend(_caller("a"))
    now = 3.0
    rate.spend(_caller("a"))
    with pytest.raises(TooMany):
        rate.spend(_caller("a"))


def test_callers_do_not_spend_each_others() -> None:
    rate = MessageRate(1, lambda: 0.0)
    rate.spend(_caller("a"))
    rate.spend(_caller("b"))


def test_no_limit_is_no_limit() -> None:
    rate = MessageRate(0)
    for _ in range(1000):
        rate.spend(_caller("a"))


def test_memory_is_bounded_however_many_callers_come() -> None:
    rate = MessageRate(20, lambda: 0.0)
    for number in range(20_000):
        rate.spend(_caller(str(number)))
    assert len(rate._buckets) <= 10_000
