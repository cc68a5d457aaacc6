"""What the conflict alarm compares of two passages, for its tests."""

from __future__ import annotations

from functools import cache

from app.alarms.claim import Claim
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import comparable
from app.settings import Settings
from eval.alarms import _passage


@cache
def claim_reader() -> ClaimReader:
    return ClaimReader(Settings().cache_dir)


def met(base: str, other: str) -> list[tuple[Claim, Claim]]:
    """The claims of two passages that are compared."""
    a, b = (claim_reader().read(_passage(f"{name} | {text}", name)) for name, text in (("甲", base), ("乙", other)))
    return [(x, y) for x in a for y in b if comparable(x, y)]
