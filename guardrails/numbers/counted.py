"""Small counts of what the evidence or the sentence lists: "四种卡", "要准备4样材料", "三家网点", "两项合计"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from guardrails.numbers.clauses import CELL_NAME
from guardrails.numbers.own import THINGS
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.worked import MOST_TOLD, Told

_COUNTS = THINGS | {"级", "步"}
_MOST = 12
_TALKED = frozenset({"个", "笔", "人", "张", "步"})
_FEW, _NEAR = 4, 12
_POINTS = re.compile(
    r"(?:前提|条件|办法|方法|方式|情形|情况|问题|原因|选择|选项|要点|例子|部分|方案|路|好处|不同|点(?!\d))"
)
_TOGETHER = re.compile("都?(?:加起来|合起来|合计|加在一起|相加|一共|总共|合共)")
_LISTED = 2
_POINTS_BEFORE = re.compile(
    "(?:前提|条件|办法|方法|方式|情形|情况|问题|原因|选择|要点)(?:主要|一共|总共)?(?:就|只)?(?:有|是|分)$"
)
_ITEM = re.compile(r"[^、,，;；。:：\n]{1,24}")
NUMBERED = re.compile(r"(?:^|[;；。:：\n]) ?[(（]?(?:\d{1,2}|[一二三四五六七八九十])[.、)）]")
_HEAD = re.compile(r"[^:：;；|]{1,16}[:：]")
_RULE = re.compile(r"[\s|:-]+")


def counts_listed(one: Quantity, told: Told) -> bool:
    """Whether so many things are listed in a passage or in the sentence itself."""
    value = one.value
    if value is not None and 2 <= value <= _MOST and (_is_of_talk(one, told) or _counts_days(one, told)):
        return True
    if (
        len(told.quantities) > MOST_TOLD
        or one.kind not in _COUNTS
        or one.bound
        or value is None
        or not 2 <= value <= _MOST
    ):
        return False
    size = int(value)
    if size in set(_rows(told.text)) or size == _amounts(told, one):
        return True
    if size == len(told.facts.branches):
        return True
    pieces = {line.piece for line in told.lines}
    return any(size in _sizes(told.facts.pieces[piece].text) for piece in pieces)


def _is_of_talk(one: Quantity, told: Told) -> bool:
    """ "前提有两个", "两种办法", "两笔加起来": a count of the answer's own points, and no figure of the paper's."""
    if one.kind not in _TALKED or one.value is None or one.value > _FEW:
        return False
    if _POINTS.match(told.text, one.end) or _POINTS_BEFORE.search(told.text, max(0, one.start - _NEAR), one.start):
        return True
    # Of amounts that the sentence does not list.
    return _TOGETHER.match(told.text, one.end) is not None and _amounts(told, one) < _LISTED


def _counts_days(one: Quantity, told: Told) -> bool:
    """ "21、22日这两天"."""
    if one.kind != "days" or not told.text[: one.start].endswith(("这", "那")):
        return False
    before = [other for other in told.quantities if other.end <= one.start and other.kind in {"date", "days", "号"}]
    return len(before) == one.value


def _amounts(told: Told, one: Quantity) -> int:
    """The amounts or rates of the sentence that are counted together ("200元和100元，两项…")."""
    return sum(other.kind in {"money", "percent"} and other.end <= one.start for other in told.quantities)


@lru_cache(256)
def _sizes(text: str) -> frozenset[int]:
    """How many rows its tables have, how many items its lists."""
    sizes = set(_rows(text))
    rows = [line for line in text.splitlines() if "|" in line and not _RULE.fullmatch(line)]
    if len(rows) > 1:
        sizes |= {len(rows) - 1, len(rows[0].strip().strip("|").split("|")) - 1}
    heads: dict[str, int] = {}
    for line in text.splitlines():
        if (head := _HEAD.match(line)) is not None and CELL_NAME.match(line):
            heads[head.group()] = heads.get(head.group(), 0) + 1
    sizes |= set(heads.values())
    if numbered := len(NUMBERED.findall(text)):
        sizes.add(numbered)
    return frozenset(sizes)


def _rows(text: str) -> Iterator[int]:
    """How many items stand in each row that 、 or 和 parts."""
    for clause in re.split(r"[;；。:：\n]", text):
        items = [item for item in clause.split("、") if _ITEM.match(item)]
        if len(items) > 1:
            yield len(items)
            if re.search("[和及与或]", items[-1]):
                yield len(items) + 1
