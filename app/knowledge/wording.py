"""The wording of passages: their verbatim units, and what two texts share."""

from __future__ import annotations

import re
from itertools import pairwise

_SENTENCE = re.compile(r"[^。！？!?；\n]+[。！？!?；]?")
_HAN_OR_WORD = re.compile(r"[㐀-鿿]|[a-z0-9.%]+")


def units(text: str) -> list[str]:
    """Sentences of prose and whole lines of tables and lists, verbatim, in order."""
    out: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith(("|", "-", "*", "•")) or ("：" in stripped and "；" in stripped):
            out.append(stripped)
        else:
            out.extend(part.strip() for part in _SENTENCE.findall(stripped) if part.strip())
    return out


def grams(text: str) -> set[str]:
    """Character pairs of Chinese runs and whole Latin words: enough to see what a unit and a question share."""
    parts = _HAN_OR_WORD.findall(text.lower())
    return {a + b for a, b in pairwise(parts)} | {part for part in parts if len(part) > 1}
