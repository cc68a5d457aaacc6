"""Where a number stands in its clause or cell: in a range, under a bound, as the price of a unit; and what a row's
cells are. All of it is read from the words around the number, never from what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.alarms.days import INTERVAL, LENGTHS, POINTS
from guardrails import Quantity

_RANGE = re.compile(r" ?(?:[-~～—–]{1,2}|至|到) ?(?:次日|当日|下午|晚上?)?")
_CELL = re.compile(r"([^:：;；,，。]{1,24})[:：]([^;；]*)")
# What a price is for each of; of _EACH any may stand for another.
_PER = re.compile(r"(?:每|/)([\u4e00-\u9fff]里?)")
_EACH = frozenset("笔次张份件项户人个位本卡册家名日天月年季周期单一二两三四五六七八九十")
_BOUNDS = {
    "le": re.compile(r"上限|最[高多长大]|不[得能可应会宜]?(?:超|高于|多于|长于)|至多|封顶"),
    "ge": re.compile(r"下限|最[低少短小]|不[得能可应会宜]?(?:低于|少于|短于)|至少|[起门][点槛存购]"),
}
# 不得收受超过300元的礼物 allows as much as 不超过300元; 满两周就解锁 names the day and no least one.
_FORBIDDEN = re.compile(
    r"(?:不[得能可准许应该]|不允许|禁止|严禁|勿)[^,，。;；]{0,12}(?:超过|高于|多于|大于|逾)[^,，。;；]{0,4}$"
)
_REACHED = re.compile(r"(?<![未不])满$")
_HELD = re.compile(r"[^,，。;；]{0,2}(?:的|以上|或)")
_BOUNDS_AFTER = {"le": re.compile(r" ?(?:以内|以下|封顶|为限)"), "ge": re.compile(r" ?(?:以上|起)")}
_PART_OF_DAY = r"(?:早上|上午|中午|下午|傍晚|晚上?|夜里|半夜|凌晨)?"
_UNTIL = re.compile(
    rf"(?:到|至|截止|截至)[为于]?(?:[每当]?[天日]|[次翌]日)?{_PART_OF_DAY}(?:[一二三四五六七八九十两\d点半:]{{1,6}}\()?$"
)
# What begins or ends at a time or on a day, as told right after it.
_BEGINS = re.compile(
    r"\)?整?(?:左右)?(?:准时|才|就|便|即)?(?:起(?!停|终止|不再|暂停|下线|关|取消)|开(?!具|立|户)|启动|上线|生效|营业|叫号)"
)
# 要到3月1日才开放 tells a begin, 提前到7:30开门 no end.
_NOT_BEFORE = re.compile(r"\)?(?:才|方可|方能)")
_MOVED = re.compile(r"(?:提前|推迟|延[后迟]|改|调整?)[到至为]$")
_ENDS = re.compile(
    r"\)?整?(?:左右)?(?:准时|才|就|便|即|起)?(?:以?前|之前|[为截]?止|停|关|收[工市盘摊了]|结束|打烊|下班|闭)"
)

# How long or how often another figure of the clause is counted (一天不超过500枚); nothing that is claimed.
_STRETCH = re.compile("一(?:[天日年月次笔回张]|个月)")
# The figure that another one has taken the place of: 由1%下调为0.5%, 从原来的30天延长到60天.
_FORMER = re.compile(r"[由从自](?:原来?的?|之前的?|此前的?)?$")
_REPLACED = re.compile(
    r"^[^,，。;；]{0,4}?(?:调整?|降|升|提高|减|增|延长?|缩短?|改|变更?|放宽)[^,，。;；]{0,3}?[为至到成]"
)


def read_cells(line: str) -> list[tuple[str, str]]:
    """A row's cells, or none when the line is prose."""
    parts = [part.strip() for part in re.split("[;；]", line.strip().lstrip("-*•").strip()) if part.strip()]
    matched = [_CELL.fullmatch(part) for part in parts]
    if not parts or not all(matched):
        return []
    cells = [(one.group(1), one.group(2)) for one in matched if one]
    return [] if len(cells) == 1 and re.search("[,，。]", cells[0][1]) else cells


def place_of(text: str, numbers: Sequence[Quantity], at: int) -> int:
    """1: the start of a range, 2: its end, 0: no range."""
    number = numbers[at]
    after = numbers[at + 1] if at + 1 < len(numbers) else None
    before = numbers[at - 1] if at else None
    if after and after.kind == number.kind and _RANGE.fullmatch(text, number.end, after.start):
        return 1
    if before and before.kind == number.kind and _RANGE.fullmatch(text, before.end, number.start):
        return 2
    if number.kind in POINTS:
        earlier = text[: number.start]
        if _ENDS.match(text, number.end):
            return 2
        if _NOT_BEFORE.match(text, number.end):
            return 1
        if _UNTIL.search(earlier) and not _MOVED.search(earlier):
            return 2
        if _BEGINS.match(text, number.end):
            return 1
    return 0


def _around(text: str, numbers: Sequence[Quantity], number: Quantity) -> tuple[str, str]:
    """The words before the number since the last one, and those after it until the next."""
    last = max((one.end for one in numbers if one.end <= number.start), default=0)
    following = min((one.start for one in numbers if one.start >= number.end), default=len(text))
    return text[last : number.start], text[number.end : following]


def bound_of(text: str, numbers: Sequence[Quantity], number: Quantity) -> str:
    """What stands right at the number speaks first, then the last word before it that names a bound."""
    before, after = _around(text, numbers, number)
    if number.bound:
        if _REACHED.search(before) and str(number.keys[0][0]) in LENGTHS and not _HELD.match(after):
            return ""
        return "le" if number.bound == "ge" and _FORBIDDEN.search(before) else str(number.bound)
    named = [(match.end(), kind) for kind, pattern in _BOUNDS.items() for match in pattern.finditer(before)]
    if named:
        return max(named)[1]
    return next((kind for kind, pattern in _BOUNDS_AFTER.items() if pattern.match(after)), "")


def units_of(text: str, numbers: Sequence[Quantity], number: Quantity) -> frozenset[str]:
    before, after = _around(text, numbers, number)
    found = [*_PER.findall(before), *_PER.findall(after)]
    return frozenset(unit for unit in found if unit[0] not in _EACH)


def shifted(number: Quantity, by: int) -> Quantity:
    return replace(number, start=number.start - by, end=number.end - by)


def is_former(text: str, number: Quantity) -> bool:
    """Whether another figure has taken its place, as the text itself says."""
    if number.kind in POINTS and text.startswith("起", number.end):
        return False
    return _FORMER.search(text[: number.start]) is not None and _REPLACED.match(text[number.end :]) is not None


def without_stretches(numbers: Sequence[Quantity], clauses: Sequence[tuple[int, int]]) -> list[Quantity]:
    """The numbers but those that only say how long or how often another one of their clause is counted."""

    def beside(number: Quantity) -> bool:
        return any(
            start <= number.start < end and any(one is not number and start <= one.start < end for one in numbers)
            for start, end in clauses
        )

    return [
        number
        for number in numbers
        if number.kind == INTERVAL or not (_STRETCH.fullmatch(number.text) and beside(number))
    ]
