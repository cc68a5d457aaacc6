"""What a number is said under: as the most or the least, per what, on which weekdays, within or after a time, of which
base. Each is compared only where both the sentence and the evidence say it; what is not said is never held against one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from guardrails.numbers.quantities import Quantity

_NOTHING: frozenset[str] = frozenset()
_BREAK = re.compile(r"[,，;；。！？!?\n|]|但是?|不过")
_MOST = (
    r"最高|最多|最长|最久|最大|最晚|至多|封顶|上限|限额|顶多|不(?:得|能|可|应|会)?(?:超过|超出|高于|多于|大于)"
    r"|at most|(?<!add )(?<!adds )up to|maximum"
)
_LEAST = (
    r"最低|最少|最短|最小|最早|至少|起码|起点|下限|起[存购投]|不(?:得|能|可|应|会)?(?:低于|少于|小于)|at least|minimum"
)
_LIMIT = re.compile(f"({_MOST})|({_LEAST})", re.IGNORECASE)
# Between the word and its number: "最长可以贷三十年", "起存金额为1万元".
_FILLER = 7
_LIMIT_AFTER = re.compile(
    r" ?(?:[(（]不?含(?:本数)?[)）])?(?:(以内|之内|封顶|为限|为上限)|(起[存购投]|起(?![来草])|为起点))", re.IGNORECASE
)
_UNITS = {"天": "日", "次": "笔", "day": "日", "month": "月", "year": "年", "week": "周", "quarter": "季", "季度": "季"}
_PER = r"(年|季度?|月|周|日|天|笔|次)"
_PER_BEFORE = re.compile(
    rf"(?:每|单){_PER}|每(?:一|1)?个?{_PER}|(?:一|1)个?(年|月|日|天)(?:之?内|里)?(?=的?(?:累计|限额|最多|最高|合计|总|共|不超过|年费))"
    r"|(年|月|日)(?=累计|度?限额|费(?!率)|利率|息|化)|(?<![当本该次上下个前后首])(年|月)(?=[租交缴供])|(年|季|月)度(?!假|利润|报)|当(日|天)(?=累计)"
    r"|\b(?:each|per|every) (day|week|month|quarter|year)",
    re.IGNORECASE,
)
_PER_AFTER = re.compile(
    rf" ?(?:/ ?每?{_PER}(?!累计|\d)|每{_PER}|(?:一|1)(?:个)?(年|月|季度?|天)(?![期内后以之])"
    r"|(?:per|a|each|every|/) ?(day|week|month|quarter|year))",
    re.IGNORECASE,
)
_WITHIN = re.compile(r" ?(?:[(（][^()（）]{0,6}[)）])?(?:的时间)?(?:以|之)?(?:(内)|(后(?!台|续|付))|(前))")
_FULL = re.compile(r"(?<![不未没])满(?:足)?$")
_NOT_FULL = re.compile(r"(?:不满|未满|没满|不足|不够|未到|没到|不到)$")
_DAYS = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])(?:\s*(?:[-~—–]{1,2}|至|到)\s*(?:周|星期|礼拜)?([一二三四五六日天]))?"
    r"|(双休日|周末|星期天)|(工作日(?!内)|平日)|(每天|每日|天天|全年|周一至周日)"
    r"|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*(?: ?(?:-|–|—|to|through) ?(mon|tue|wed|thu|fri|sat|sun)[a-z]*)?"
    r"|\b(weekends?)\b|\b(weekdays?|working days?)\b|\b(every day|daily)\b",
    re.IGNORECASE,
)
_WEEK = "一二三四五六日"
_LATIN_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALL = frozenset(range(7))
# What a share may be taken of; a share of one is no share of another.
_BASES = (
    ("left", re.compile("剩余|未还|未偿|尚欠|未到期|余下")),
    ("repaid", re.compile("提前还|提前偿还|提前归还|已还|偿还部分|提前支取|还款金额")),
    ("whole", re.compile("合同金额|贷款总额|贷款金额|放款金额|授信|信用额度|总额")),
    ("overdue", re.compile("逾期|最低还款|未还部分")),
)  # fmt: skip
_BASE_BEGINS = re.compile("[为按是以收]")
_OF_WHAT = re.compile(r"([\u4e00-\u9fff]{2,16})(?:的|[×x*])\s*$")
# "LPR加25个基点": added or taken off.
_SIGN = re.compile(r"(加上?|上浮|上调|\+|plus)|(减去?|下浮|下调|下降|降低?|[-−]|minus)", re.IGNORECASE)
# "到期前30天", "挂失后72小时": held against the same word with the other side alone.
_SIDE = re.compile("([\u4e00-\u9fff]{2})[之以]?(前|后)(?:的|至少|最多|约)?$")
_MEASURED_IN_TIME = frozenset({"months", "days", "workdays", "minutes"})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """limit: "le", "ge" or "". per: 年, 月, 日, 笔 … days: weekdays from 0. when: "in", "after", "before" or "".

    bases: what a share is taken of. sign: "+" or "-" where it is added or taken off. side: of what a term
    is reckoned, and which way: "到期前", "到期后".
    """

    limit: str = ""
    per: frozenset[str] = _NOTHING
    days: frozenset[int] = frozenset()
    when: str = ""
    bases: frozenset[str] = _NOTHING
    sign: str = ""
    side: str = ""


# The most and the least.
OPPOSITE: Mapping[str, str] = {"ge": "le", "le": "ge"}
NOTHING_SAID = Circumstances()


def circumstances_of(text: str, quantities: Sequence[Quantity]) -> list[Circumstances]:
    """Of each quantity, read from what stands between it and the numbers beside it in its clause."""
    if not quantities:
        return []
    found = []
    days = _days_in(text) if any(one.kind == "time" for one in quantities) else []
    last = 0
    for index, one in enumerate(quantities):
        until = quantities[index + 1].start if index + 1 < len(quantities) else len(text)
        start = last
        for match in _BREAK.finditer(text, last, one.start):
            start = match.end()
        before = text[max(start, one.start - 24) : one.start]
        amount = one.kind in {"percent", "money", "次", "笔"}
        found.append(
            Circumstances(
                limit=_limit(text, before, one, until) if one.kind not in {"date", "time", "phone", "code"} else "",
                per=_per(text, before, one.end, until) if amount else _NOTHING,
                days=_days_at(text, days, one) if one.kind == "time" else frozenset(),
                when=_when(text, before, one) if one.kind in _MEASURED_IN_TIME else "",
                bases=_bases(before) if one.kind == "percent" else _NOTHING,
                side=_side(before) if one.kind in _MEASURED_IN_TIME else "",
                sign=_sign(before) if one.kind == "percent" else "",
            )
        )
        last = one.end
    return found


def _limit(text: str, before: str, one: Quantity, until: int) -> str:
    after = _LIMIT_AFTER.match(text, one.end, until)
    if after is not None:
        return "le" if after.group(1) else "ge"
    last = None
    for match in _LIMIT.finditer(before):
        last = match
    if last is None or len(before) - last.end() > _FILLER:
        return ""
    return "le" if last.group(1) else "ge"


def _per(text: str, before: str, end: int, until: int) -> frozenset[str]:
    after = _PER_AFTER.match(text, end, until)
    # What stands beside the number says it best: "年费200元/月" is a claim about months.
    matches = [after] if after else list(_PER_BEFORE.finditer(before))
    words = [word for match in matches for word in match.groups() if word]
    return frozenset(_UNITS.get(word.lower(), word) for word in words)


def _when(text: str, before: str, one: Quantity) -> str:
    match = _WITHIN.match(text, one.end)
    if match is not None:
        return "in" if match.group(1) else "after" if match.group(2) else "before"
    if _NOT_FULL.search(before):
        return "in"
    return "after" if _FULL.search(before) else ""


def _bases(before: str) -> frozenset[str]:
    match = _OF_WHAT.search(before)
    what = _BASE_BEGINS.split(match.group(1))[-1] if match else ""
    return frozenset(name for name, words in _BASES if words.search(what))


def _side(before: str) -> str:
    match = _SIDE.search(before)
    return "".join(match.groups()) if match else ""


def is_added(text: str, one: Quantity) -> bool:
    """Whether the number is added to another or taken off it ("加20个基点")."""
    return bool(_sign(text[max(0, one.start - 24) : one.start]))


def _sign(before: str) -> str:
    match = _SIGN.search(before, len(before) - min(len(before), 6))
    if match is None or before[match.end() :].strip(" 了至为约收"):
        return ""
    return "+" if match.group(1) else "-"


def _days_in(text: str) -> list[tuple[int, int, frozenset[int]]]:
    """Every expression of weekdays; those in a row ("周六、周日") count together."""
    found: list[tuple[int, int, frozenset[int]]] = []
    for match in _DAYS.finditer(text):
        days = _weekdays(match)
        if found and re.fullmatch(r"\s*(?:[、/,，和及与]|以及|and)\s*", text[found[-1][1] : match.start()]):
            start, _, before = found.pop()
            found.append((start, match.end(), before | days))
        else:
            found.append((match.start(), match.end(), days))
    return found


def _weekdays(match: re.Match[str]) -> frozenset[int]:
    first, last, weekend, working, every, latin, until, weekends, weekdays, daily = match.groups()
    if every or daily:
        return _ALL
    if weekend or weekends:
        return frozenset({5, 6})
    if working or weekdays:
        return frozenset(range(5))
    one = _number(first) if first else _LATIN_WEEK.index(latin.lower()[:3])
    other = last or until
    two = one if not other else _number(last) if last else _LATIN_WEEK.index(until.lower()[:3])
    return frozenset(range(one, two + 1)) if one <= two else frozenset({one, two})


def _number(day: str) -> int:
    return _WEEK.index("日" if day == "天" else day)


_TIME_ON = re.compile(r"(?: ?(?:to|until|till|[-–—]) ?\d[\d:.]*(?: ?[ap]\.?m\.?)?)? (?:on |\()", re.IGNORECASE)


def _days_at(text: str, days: Sequence[tuple[int, int, frozenset[int]]], one: Quantity) -> frozenset[int]:
    """The weekdays named last before a time; those right after it, where they are said so ("to 4pm on Saturdays")."""
    before = bisect_left(days, one.start, key=itemgetter(0))
    on = _TIME_ON.match(text, one.end)
    if on is not None and before < len(days) and days[before][0] == on.end():
        return days[before][2]
    return days[before - 1][2] if before else frozenset()


def contradicted(said: Circumstances, held: Sequence[Circumstances], clause: str) -> str | None:
    """Why no place may stand for what is said: "bound" or "circumstance"; None if one may. held: not empty."""
    opposite = OPPOSITE.get(said.limit)
    # "10个工作日内" is at the most ten.
    if opposite and all((one.limit or ("le" if one.when == "in" else "")) == opposite for one in held):
        return "bound"
    against = {"in": "after", "after": "in"}.get(said.when)
    if against and all(one.when == against for one in held) and not _DENIED.search(clause):
        return "bound"
    if said.per and all(one.per and one.per.isdisjoint(said.per) for one in held):
        return "circumstance"
    if said.days and all(one.days for one in held) and not said.days <= frozenset().union(*(one.days for one in held)):
        return "circumstance"
    if said.sign and all(one.sign and one.sign != said.sign for one in held):
        return "circumstance"
    if said.side and all(one.side and _is_turned(one.side, said.side) for one in held):
        return "circumstance"
    if said.bases and all(one.bases and one.bases.isdisjoint(said.bases) for one in held):
        return "circumstance"
    return None


def _is_turned(one: str, other: str) -> bool:
    return one[:-1] == other[:-1] and one[-1] != other[-1]


# "3个月内不能申请" is what "满3个月后可申请" says.
_DENIED = re.compile(r"不(?!超过|低于|少于|高于)|没有|无法|未|免|except|not\b|n't|cannot", re.IGNORECASE)
