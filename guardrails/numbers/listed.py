"""Counts of what the sentence itself lists: "储蓄、理财、保险三类", "存款和理财是两个栏目", "三点考虑：甲、乙、丙".

Such a count says nothing that the list does not say, if the two agree; "需要三份材料" without a list is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# No list that a sentence counts stands farther from its count than this.
_REACH = 90
_BREAK = re.compile(r"[,，;；:：。！？!?\n“”\"]")
_ENUMERATED = re.compile(r"(?:^|(?<=[\s;；。,，:：]))[(（]?([1-9])[.、)）](?!\d)")
# Between a list and its count: "…、基金这四类", "存款和理财分在两个栏目".
_COPULA = re.compile(r"(?:分别|各自|其实|本来|就|都|总共|一共|共|等|分)?(?:是|属于?|在|为)?(?:这|那|𠮶|嗰|呢|的)?\s?$")
_HAS = re.compile("有|包括|包含|含|分")
_IS = re.compile(r"(?:是|属于?|在|这|那|𠮶|嗰|呢)\s?$")
# After a comma the count speaks of the list before it, where all of it is spoken of ("四步走完", "三份合在一起").
_OF_ALL = re.compile(r"[^,，;；。]{0,2}?(?:都|全|均|合|一起|走完|缺一|之间|并)")
_ALL_OF_IT = re.compile("[\u4e00-\u9fff]{0,4}都")
_LATIN_COPULA = re.compile(r"(?: ?,)?(?: (?:are|form|make|come as))?(?: all)?(?: the| these| those)? ?$", re.IGNORECASE)
_LATIN_ITEMS = re.compile(r"\s*,\s*(?:and |or )?| (?:and|or) ", re.IGNORECASE)
_AND = re.compile("[^、]{1,24}?(?:以及|还是|和|与|跟|及|或|同)(?=[^、])")
_HEAD = re.compile(r"[^,，;；。:：、\d]{0,12}[:：]\s?")
_NOUN_AND_COMMA = re.compile(r"(?:事|事情|方面|点|问题|要素)[,，]\s?")
_ENDS = re.compile("[。！？!?\n]")
# A comma parts items of a list as well where each is this short ("三个要点：期限，利率，费用").
_LONGEST_ITEM = 6
_PARTS = re.compile("[;；,，]")
_IN_TURN = re.compile(r"\s?(?:首?先|再|然后|接着|最后|[一二三四五]是|第)")


def enumerated(text: str) -> int:
    """How far a numbered list of the text goes ("1. … 2. … 3. …" is 3)."""
    count = 0
    for match in _ENUMERATED.finditer(text):
        if int(match[1]) == count + 1:
            count += 1
    return count


def sizes_beside(text: str, start: int, end: int) -> set[int]:
    """How many items stand in the list right before or right after the count at [start, end), in every way to count."""
    return _before(text, start, end) | _after(text, end)


def _before(text: str, start: int, end: int) -> set[int]:
    before = text[max(0, start - _REACH) : start]
    if before.isascii():
        return _latin(before)
    listed = before.rstrip()
    if listed.endswith((",", "，")):
        part = _last_part(listed[:-1])
        return _sizes(part) if "、" in part and _OF_ALL.match(text, end) else set()
    part = _last_part(listed)
    items = _COPULA.sub("", part)
    if "、" not in items and _IS.search(part) is None and _ALL_OF_IT.match(text, end) is None:
        # 和 alone joins a sentence's parts as often as two items: "专属养老险有稳健和进取两个账户" tells them apart.
        items = _HAS.split(items)[-1] if _HAS.search(items) else ""
    return _sizes(items)


def _last_part(text: str) -> str:
    last = 0
    for match in _BREAK.finditer(text):
        last = match.end()
    return text[last:]


def _latin(before: str) -> set[int]:
    if not re.search(r"\b(?:and|or)\b", before):
        return set()
    copula = _LATIN_COPULA.search(before)
    if copula is None or not copula.group().strip():
        return set()
    items = [one for one in _LATIN_ITEMS.split(before[: copula.start()]) if one.strip()]
    return {len(items)} if len(items) >= 2 else set()


def _sizes(items: str) -> set[int]:
    """Of "甲、乙和丙": three; of "甲、乙和丙的": two as well, for 和 may be part of the last item."""
    parts = items.split("、")
    if not all(part.strip() for part in parts):
        return set()
    joined = _AND.match(parts[-1]) is not None
    if len(parts) == 1:
        return {2} if joined else set()
    return {len(parts), len(parts) + joined}


def _after(text: str, end: int) -> set[int]:
    """ "三个考虑：甲、乙、丙", "三步走：先…，再…，最后…"; "想清楚三件事，甲、乙、丙"."""
    if (head := _HEAD.match(text, end)) is not None:
        stop = _ENDS.search(text, head.end(), min(len(text), head.end() + 2 * _REACH))
        listed = text[head.end() : stop.start() if stop else head.end() + 2 * _REACH]
        return set(_ways(listed))
    if (head := _NOUN_AND_COMMA.match(text, end)) is None:
        return set()
    listed = _PARTS.split(text[head.end() : head.end() + _REACH], maxsplit=1)[0]
    return _sizes(listed) if "、" in listed else set()


def _ways(listed: str) -> Iterator[int]:
    parts = [part for part in _PARTS.split(listed) if part.strip()]
    if not parts:
        return
    if "、" in parts[0] or len(parts) == 1:
        yield from _sizes(parts[0])
    elif ";" in listed or "；" in listed:
        yield len([part for part in re.split("[;；]", listed) if part.strip()])
    else:
        # What is said of the whole may follow: "先记账，再留应急金，最后了解风险，其余您自己拿主意".
        turns = sum(_IN_TURN.match(part) is not None for part in parts)
        if turns or max(map(len, parts)) <= _LONGEST_ITEM:
            yield turns or len(parts)
