"""Whether a number is said as the least or the most: 不低于, 以内, 或以上, "7日≤T", at least."""

from __future__ import annotations

import re

from guardrails.numbers.units import CURRENCY_WORDS

# 不能超过 is no 超过: what may stand between the denial and the comparison.
_MODAL = "(?:得|能|能够|可|可以|应|应当|应该|会|宜|准|许|允许|要|用)?"
_GE = rf"不{_MODAL}(?:低于|少于|小于)|至少|最低|最少|起码|大于等于|>=|≥|高于|超过|大于|多于|满|at least|not? (?:less|fewer) than|minimum(?: of)?|more than|over|above|>"  # noqa: E501
_LE = rf"(?:不{_MODAL}|未|没有?)(?:超过|超出|高于|多于|大于)|最多|最高|至多|上限为?|小于等于|<=|≤|不足|未满|不满|没满|不够|低于|少于|小于|(?<!add )(?<!adds )up to|at most|not? more than|maximum(?: of)?|(?:less|fewer) than|under|below|within|not exceed(?:ing)?|<"  # noqa: E501
_BEFORE = re.compile(rf"(?:({_LE})|({_GE}))[为是在:： ]{{0,2}}(?:等值)?(?:{CURRENCY_WORDS})? ?$", re.IGNORECASE)
# "no more than HKD " has more characters than any other.
_FURTHEST = 24
# What a word for a bound, or what may follow it, ends with.
_LEADS_TO = re.compile(r"[^\u4e00-\u9fff]|[于少低码过满多高限为足是在币元镑值]")
_AFTER = re.compile(
    r" ?(?:[(（]不?含(?:本数)?[)）])?(?:人民币)?[(（]?(?:(以内|之内|[或及]?以下|封顶|为限|or less|or below|or under)"
    r"|([或及]?以上|起存|起购|起(?!来)|or more|or above|or over|and above))",
    re.IGNORECASE,
)
# "7日≤T<30日": what stands between two numbers is at least the first.
_MORE_THAN = re.compile(r" ?(?:(≤|<=?)|(≥|>=?)) ?(?=[A-Za-z\u4e00-\u9fff])")


def bound_of(text: str, at: int, end: int) -> str:
    """ "ge", "le" or "" of the number that stands there; end exclusive."""
    before = _BEFORE.search(text, max(0, at - _FURTHEST), at) if _LEADS_TO.match(text, at - 1) else None
    if before is not None:
        return "le" if before.group(1) else "ge"
    after = _AFTER.match(text, end)
    if after is not None:
        return "le" if after.group(1) else "ge"
    than = _MORE_THAN.match(text, end)
    if than is not None:
        return "ge" if than.group(1) else "le"
    return ""
