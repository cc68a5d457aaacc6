"""Files to knowledge: load, split, propose metadata, encode. `create_preparer` is the one door of this package.

Only app.api.knowledge and the command line come through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.knowledge.preparing import Prepare
    from app.settings import Settings


def create_preparer(settings: Settings) -> Prepare:
    """A Prepare whose processes start with the first file. Close it when done."""
    from ingestion.preparer import WorkerPreparer  # the child processes import this package too, and need no asyncio

    return WorkerPreparer(settings)


__all__ = ["create_preparer"]
