"""A service told to be free without a condition: the evidence charges for it, and is free under conditions only
("前3个月免费") or for others ("手机银行转账免收手续费", said of the counter).

Only a sentence without numbers and without words of a condition is judged; what charges and what is free in the
evidence must speak of the same thing as the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guardrails.numbers.clauses import is_label, words_of
from guardrails.numbers.facts import Line
from guardrails.numbers.quantities import Quantity

_FREE = re.compile(
    r"免费|免收|豁免|减免|不收(?:取?[任何]{0,2}费|取|任何费)?|免(?=[\u4e00-\u9fff]{0,4}(?:费|金))|无(?=[\u4e00-\u9fff]{2,3}费)"
    r"|\bfree\b|\bwaived\b|\bno (?:charge|fee|cost)|\bno [a-z ]{3,24} fee",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"[如若满达限仅只除首后第]|(?<!提)前|符合|条件|部分|以[上下内外]|超过|不足|期[内间]|次年|有的|某些|指定|特定|资格|活动|优惠|申请|是否|吗|？|\?"
    r"|\b(?:if|when|after|first|unless|eligible|certain|some|until|once|for|with)\b",
    re.IGNORECASE,
)
# In a row of names ("代发工资账户、退休金账户免收") each is free.
_PARTS = re.compile("[,，;；。|]")
# What only says that nothing is paid names nothing.
_SAYS_FREE = frozenset("免无不豁全永")
_ONLY_FREE = frozenset({"收费", "取费", "free", "waiv", "waived", "alway", "there"})
_ENOUGH = 2
_LONGEST = 60


def says_free(text: str) -> bool:
    """Whether the sentence says it, and no condition of it."""
    return len(text) <= _LONGEST and _FREE.search(text) is not None and _CONDITION.search(text) is None


def told_free(text: str, lines: Sequence[Line]) -> Quantity | None:
    """The word that says so, as a quantity without readings; None where the sentence may say it."""
    if not says_free(text) or (told := _FREE.search(text)) is None:
        return None
    said = _named(text)
    charged = max((said & words for words in _charges(lines)), key=len, default=frozenset[str]())
    if len(charged) < _ENOUGH:
        return None
    for words in _gifts(lines):
        own = said & words
        if len(own) >= len(charged) or any(is_label(word) for word in own - charged):
            return None
    return Quantity(told.group(), told.start(), told.end(), "free", ())


def _named(text: str) -> frozenset[str]:
    return frozenset(word for word in words_of(text, 0, ()) - _ONLY_FREE if _SAYS_FREE.isdisjoint(word))


def _charges(lines: Sequence[Line]) -> Iterator[frozenset[str]]:
    """The words of every clause that has an amount or a rate."""
    for line in lines:
        for clause in line.clauses:
            if any(one.kind in {"money", "percent"} and one.value for one in clause.quantities):
                yield clause.words | line.lead


def _gifts(lines: Sequence[Line]) -> Iterator[frozenset[str]]:
    """The words of every part of the evidence that is free without a condition."""
    for line in lines:
        if _FREE.search(line.text) is None:
            continue
        opened = 0
        for end in (*(match.start() for match in _PARTS.finditer(line.text)), len(line.text)):
            part = line.text[opened:end]
            numbers = any(opened <= one.start < end for one in line.quantities)
            if not numbers and _FREE.search(part) and not _CONDITION.search(part):
                yield _named(part)
            opened = end + 1
