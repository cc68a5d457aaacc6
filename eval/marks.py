"""Citation marks of an answer, which say where a sentence comes from and are no part of what it says."""

from __future__ import annotations

import re

_MARK = re.compile(r"\[\d+\]|[①-⑳]")


def without_marks(answer: str) -> str:
    return _MARK.sub("", answer)
