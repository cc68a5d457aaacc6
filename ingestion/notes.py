"""Raised figures: marks of footnotes, which must never run into the number before them (50元¹ is not 50元1)."""

from __future__ import annotations

import re

_MARK = re.compile(r"[\[［(（〔]?\s*(\d{1,2}|[①-⑳*＊†])\s*[\]］)）〕]?")
_UNIT = re.compile(r"(?<![A-Za-z])(?:m|cm|km|dm|mm)$")
# (1+i), a variable of one small letter, ×10: what is raised there is a power. （T+1） and A are words of a sentence.
_BASE = re.compile(r"[(（]\s*1\s*[+＋\-－−–±][^()（）]*[)）]$|(?<![A-Za-z])[a-z]$|[×xX*·]\s*10$")
_POWER = re.compile(r"[-－−–]?\d{1,3}")


def raised(text: str, before: str) -> str:
    """The mark of a footnote in brackets, a power as (1+i)^12; raised letters and units (m²) stay as they are.

    before: what stands in front of it.
    """
    if _POWER.fullmatch(text.strip()) and _BASE.search(before.rstrip()) and not _UNIT.search(before):
        return f"^{text.strip()}"
    found = _MARK.fullmatch(text.strip())
    if not found or _UNIT.search(before):
        return text
    return f"〔{found.group(1)}〕"
