"""Whether what is said of a bound is denied: "5万元以下无需预约" says what "5万元以上须预约" says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from guardrails.numbers.quantities import Quantity

_DENIED = re.compile(
    r"无需|无须|毋须|不需|不用|不必|不收|不支持|不再|没有|无法|免(?!赔|疫)|不[能可得予](?!低于|少于|小于|超过|高于|多于|大于)"
    r"|\bfree\b|\bno need\b|\bnot\b|n't\b",
    re.IGNORECASE,
)


def denied(text: str, quantities: Sequence[Quantity]) -> list[bool]:
    """Of each of the quantities of the text, by the words from it to the next bound; False of what is no bound."""
    found = [False] * len(quantities)
    until = len(text)
    for at in range(len(quantities) - 1, -1, -1):
        if quantities[at].bound:
            found[at] = _DENIED.search(text, quantities[at].end, until) is not None
            until = quantities[at].start
    return found
