"""Raised figures: marks of footnotes, which must never run into the number before them (50元¹ is not 50元1)."""

from __future__ import annotations

import re

_MARK = re.compile(r"[\[［(（〔]?\s*(\d{1,2}|[①-⑳*＊†])\s*[\]］)）〕]?")
_UNIT = re.compile(r"(?<![A-Za-z])(?:m|cm|km|dm|mm)$")


def raised(text: str, before: str) -> str:
    """The mark of a footnote in brackets; raised letters and powers of units (m²) stay as they are.

    before: what stands in front of it.
    """
    found = _MARK.fullmatch(text.strip())
    if not found or _UNIT.search(before):
        return text
    return f"〔{found.group(1)}〕"
