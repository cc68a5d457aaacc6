"""Half an hour of customers who come, ask, leave in mid-answer and go: the service's memory stays flat."""

from __future__ import annotations

import os

import pytest

from eval.bench.soak import MOST_MIB_AN_HOUR, MOST_MORE, WARM_SHARE, slope_an_hour, soak, wrongly

MINUTES = float(os.environ.get("WENDA_SOAK_MINUTES", "30"))


@pytest.mark.long
@pytest.mark.timeout(60 * MINUTES + 600)
async def test_memory_threads_and_files_stay_flat_while_customers_come_and_go() -> None:
    readings, ended, spent = await soak(MINUTES)
    warm = [one for one in readings if one.at >= WARM_SHARE * readings[-1].at]
    rising = slope_an_hour(warm)
    print(f"{MINUTES:g} minutes: {dict(ended)}, {spent:.0f} s of CPU, {warm[-1].mib:.0f} MiB, {rising:+.1f} an hour")
    assert rising <= MOST_MIB_AN_HOUR
    assert warm[-1].open - warm[0].open <= MOST_MORE
    assert wrongly(ended) == {}
