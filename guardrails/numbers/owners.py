"""Whose a number is, where a text names more than one product: of the last product named before it, of each in turn
after 分别, of every one after 都. A product that is only compared with ("比…低") owns what stands beside it, no more.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from guardrails.catalogue import Mention
from guardrails.numbers.quantities import SPAN, Quantity

SEVERAL = re.compile(r"分别|依次|respectively")
_BREAK = re.compile(r"[,，;；。！？!?\n]|但是?|而(?!且)|不过| but | while ")
_ASIDE = r"(?:\s*[(（][^()（）]{0,12}[)）])?"
_JOINED = re.compile(_ASIDE + r"\s*(?:[、/]|和|与|及|以及|跟|或|and|or|&)\s*[《「“]?", re.IGNORECASE)
_ALIKE = re.compile(
    r"都|均|皆|(?<!不)(?:一样|相同|一致)|同样|同为|也是|\bboth\b|\ball\b|\beach\b|\bsame\b", re.IGNORECASE
)
_PLURAL = re.compile(
    r"[两二三四五几这些]{1,2}(?:只|款|个|种|类|支)?(?:产品|理财|基金|者)|(?:两|二|三)(?:只|款|种|支)|\bboth\b",
    re.IGNORECASE,
)
# 与…不同, 和…相比: named to be compared with; 和 alone joins.
_COMPARED = re.compile(
    r"(?:比|较|相比之?于?|相较于?|对比|不同于|区别于|有别于|低于|高于|多于|少于|than|unlike)\s*[《「“]?$", re.IGNORECASE
)
_WITH = re.compile(r"(?:与|和|跟|同)\s*[《「“]?$")
_UNLIKE = re.compile(r"[》」”]?(?:的?[\u4e00-\u9fff]{0,4})?(?:不同|相比|相反|比较|不一样|相较|有别)")
_HOW = re.compile(r"[高低多少贵便宜长短快慢大小早晚]|不同|相比|相反|不一样|相较|有别")
_IN_ASIDE = re.compile(r"[》」”]?\s*[(（][^()（）]{0,12}")
_FORMER = re.compile(r"前者|后者|the former|the latter", re.IGNORECASE)
_NAMED_AFTER = re.compile(r"\s*(?:/\s*[年月日笔])?\s*[(（]\s*[《「“]?")
_CLOSED = re.compile(r"[》」”]?\s*[)）]")
_BETWEEN = re.compile(r"从|介于|之间|不等|区间")


# No sentence that a customer could follow compares more products, or says "两款" further off.
_MOST_GROUPS = 24
_NEAR = 60


class Owner(NamedTuple):
    """codes: the products a number is said of. every: it must hold of each of them, not of one."""

    codes: frozenset[str]
    every: bool = False


def owners_of(text: str, mentions: Sequence[Mention], quantities: Sequence[Quantity]) -> list[Owner | None]:
    """For each quantity whose it is; None where the text does not say. Positions are those of the text."""
    if len({mention.product.code for mention in mentions}) < 2:
        return [Owner(frozenset({mentions[0].product.code})) if mentions else None] * len(quantities)
    groups = _groups(text, mentions)
    if len(groups) > _MOST_GROUPS:
        return [Owner(frozenset(mention.product.code for mention in mentions))] * len(quantities)
    breaks = [match.start() for match in _BREAK.finditer(text)]
    return [_owner(text, groups, breaks, quantities, quantity) for quantity in quantities]


def said_of_all(text: str, quantity: Quantity) -> bool:
    """Whether "两款产品…都" says the number of every product that is spoken of, none of them named."""
    near = text[max(0, quantity.start - _NEAR) : quantity.start]
    return _ALIKE.search(_BREAK.split(near)[-1]) is not None and _PLURAL.search(near) is not None


def _groups(text: str, mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Products in a row ("甲、乙和丙") together."""
    groups: list[list[Mention]] = []
    for mention in mentions:
        if (
            groups
            and _JOINED.fullmatch(text, groups[-1][-1].end, mention.start)
            and not _UNLIKE.match(text, mention.end)
        ):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _owner(
    text: str,
    groups: Sequence[list[Mention]],
    breaks: Sequence[int],
    quantities: Sequence[Quantity],
    quantity: Quantity,
) -> Owner | None:
    everyone = Owner(frozenset(mention.product.code for group in groups for mention in group))
    start = breaks[at - 1] if (at := bisect_left(breaks, quantity.start)) else 0
    end = breaks[at] if (at := bisect_left(breaks, quantity.end)) < len(breaks) else len(text)
    if (named := _NAMED_AFTER.match(text, quantity.end)) is not None:
        for group in groups:
            if group[0].start == named.end() and _CLOSED.match(text, group[0].end):
                return Owner(frozenset({group[0].product.code}))
    before = [group for group in groups if group[0].end <= quantity.start]
    if before and (pronoun := _last(_FORMER, text, before[-1][-1].end, quantity.start)) is not None:
        pair = list(dict.fromkeys(mention.product.code for group in before[-2:] for mention in group))
        if len(pair) == 2:
            return Owner(frozenset({pair[pronoun.lower() in {"后者", "the latter"}]}))
        return everyone
    while before and _is_only_compared(text, before[-1], quantity, breaks):
        before.pop()
    if before:
        return _of_group(text, before[-1], quantities, quantity, start, end)
    after = [group for group in groups if quantity.end <= group[0].start < end]
    return Owner(frozenset({after[0][0].product.code})) if len(after) == 1 and len(after[0]) == 1 else everyone


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> str | None:
    found = None
    for match in pattern.finditer(text, start, end):
        found = match.group()
    return found


def _is_only_compared(text: str, group: Sequence[Mention], quantity: Quantity, breaks: Sequence[int]) -> bool:
    first, last = group[0], group[-1]
    lead = text[max(0, first.start - 8) : first.start]
    compared = _COMPARED.search(lead) or (_WITH.search(lead) and _UNLIKE.match(text, last.end))
    if not compared:
        return False
    between = text[last.end : quantity.start]
    return _HOW.search(between) is not None or any(last.end <= at < quantity.start for at in breaks)


def _of_group(
    text: str, group: Sequence[Mention], quantities: Sequence[Quantity], quantity: Quantity, start: int, end: int
) -> Owner:
    inside = [mention for mention in group if mention.end <= quantity.start]
    if len(inside) < len(group) or len(group) == 1 or _IN_ASIDE.fullmatch(text, inside[-1].end, quantity.start):
        return Owner(frozenset({inside[-1].product.code}))
    codes = frozenset(mention.product.code for mention in group)
    between = text[group[-1].end : quantity.start]
    alike = [
        one
        for one in quantities
        if one.kind == quantity.kind and max(start, group[-1].end) <= one.start and one.end <= end
    ]
    if _ALIKE.search(between) and not SEVERAL.search(between):
        return Owner(codes, every=True)
    if len(alike) == len(group) and (SEVERAL.search(between) or not _is_range(text, alike, start, end)):
        return Owner(frozenset({group[alike.index(quantity)].product.code}))
    return Owner(codes, every=len(alike) == 1 and not SEVERAL.search(between))


def _is_range(text: str, alike: Sequence[Quantity], start: int, end: int) -> bool:
    if _BETWEEN.search(text, start, end):
        return True
    return any(SPAN.fullmatch(text, one.end, other.start) for one, other in pairwise(alike))
