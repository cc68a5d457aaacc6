"""What a service does beside answering: turns that were left open, records past their time or not yet sealed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from app.chat.words import say
from app.store import Database
from app.store.recovery import Recovery
from app.store.resealing import seal_older
from app.store.rights import CustomerRights

_log = structlog.get_logger(__name__)

RECOVER_EVERY = 10.0
SWEEP_FIRST, SWEEP_EVERY = 600.0, 24 * 3600.0


async def keep_recovering(left: Recovery) -> None:
    """Close the turns that killed processes left open, at the start and for as long as this one lives."""
    while True:
        try:
            await left.recover(say("failed", "zh-Hans"))
        except Exception as error:
            _log.warning("turns_not_recovered", error=type(error).__name__)
        await asyncio.sleep(RECOVER_EVERY)


async def keep_sweeping(rights: CustomerRights) -> None:
    """Once a day, and not in the moment of the start, when customers come back all at once."""
    wait = SWEEP_FIRST
    while True:
        await asyncio.sleep(wait)
        wait = SWEEP_EVERY
        try:
            if done := await rights.sweep():
                _log.info("retention_swept", n=done)
        except Exception as error:
            _log.error("retention_not_swept", error=type(error).__name__)


async def seal_records(database: Database) -> None:
    """Records from before there were keys get them, beside the service's work."""
    try:
        done = await seal_older(database)
    except Exception as error:  # the next start goes on where this one ended
        _log.warning("records_not_sealed", error=type(error).__name__)
    else:
        if done:
            _log.info("records_sealed", n=done)


async def cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
