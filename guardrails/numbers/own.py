"""The customer's own figures: what a question says of its asker ("我58岁，手上4万"), as told back in an answer.

A figure that the question asks about ("年费是300元吗") is none, and one that is put where it does not belong ("您4万，
属于5万元以上") is not told back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from guardrails.numbers.arithmetic import amount_of
from guardrails.numbers.asked import Asked
from guardrails.numbers.attributes import named_in
from guardrails.numbers.facts import Line
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.tiers import fits
from guardrails.numbers.units import MONEY

_BREAK = re.compile("[,，;；。！？!?\n]")
_ASKS = re.compile(
    r"(?:[吗么嘛吧]|对不对|是不是|对吗|不是)\s*$|是不是|是否|听说|据说|说是|\b(?:is|are|does|do|did)\b", re.IGNORECASE
)
# Whoever asks whether a figure is right states none.
_CONFIRMS = re.compile("对吗|对吧|对不对|是吗|是吧|是不是|真的|没错|准不准|right|correct|true", re.IGNORECASE)
# What is said of a product, not of the asker.
_CLAIMED = re.compile(
    r"(?:[是为要收按给扣:：]|[达能]到|需要|只要|最[低高多少]|至[少多]|不超过|超过|起[购存投点]|封顶|上限|限额)\s*$"
)
_SELF = re.compile(
    r"[我咱俺]|本人|家里|[爸妈爹娘]|父母|父亲|母亲|老人|孩子|儿子|女儿|先生|太太|老公|老婆|丈夫|妻子|公司|\b(?:i|my|we|our|i'm|i've)\b",
    re.IGNORECASE,
)
_NAMES = frozenset({"code", "ordinal", "phone", "ratio", "words", "settlement", "级", "楼"})
# What is counted is a thing or a person: 两位 are 两个同事.
THINGS = frozenset({"个", "人", "户", "家", "只", "张", "份"})
_BESIDE = 3
_DAYS_OF_MONTH = 30
_OLDEST = 120
# "满3个月才…" is a condition of the paper's.
_HELD = re.compile("(?:满|超过|不到|首|连续|after|within|at least) ?$", re.IGNORECASE)
_TERMS = frozenset({"months", "days", "workdays"})
_EARNED = re.compile("收益|年化|回报|保底|业绩|利息|returns?|yields?|earn", re.IGNORECASE)
_DENIED = re.compile("不|没|未|差|低于|少于|小于|无需|免|less|not|n't|below|under|short", re.IGNORECASE)


def own_figures(asked: Asked) -> list[Quantity]:
    """Those of the question that it states and does not ask about."""
    found = []
    for one in asked.quantities:
        if one.kind in _NAMES:
            continue
        opens = max((m.end() for m in _BREAK.finditer(asked.question, 0, one.start)), default=0)
        closes = _BREAK.search(asked.question, one.end)
        clause = asked.question[opens : closes.start() if closes else len(asked.question)]
        before = asked.question[opens : one.start]
        if _CONFIRMS.search(clause):
            continue  # "8%对吗"
        if one.kind == "percent" and _ASKS.search(clause) and not _SELF.search(clause):
            continue
        if _CLAIMED.search(before) and _ASKS.search(clause) and not _SELF.search(clause):
            continue
        if named_in(clause) and _ASKS.search(clause) and not _SELF.search(clause):
            continue
        found.append(one)
    return found


def is_told_back(
    one: Quantity, own: Sequence[Quantity], text: str, others: Sequence[Quantity], lines: Sequence[Line]
) -> bool:
    """Whether the number is the customer's, and stands under no tier that it does not lie in. others: the sentence's
    numbers that stand in the evidence; lines: where they may stand."""
    if one.bound or not any(is_same(one, figure) for figure in own):
        return False
    opens = max((m.end() for m in _BREAK.finditer(text, 0, one.start)), default=0)
    before = text[opens : one.start]
    if any(_is_named(before, name) for name in named_in(before)):
        return False  # "手续费是8000元", "年利率8%"
    closes = _BREAK.search(text, one.end)
    if one.kind == "percent" and _EARNED.search(text, opens, closes.start() if closes else len(text)):
        return False  # what a product earns is never the customer's to say
    if one.kind in _TERMS and _HELD.search(text, max(0, one.start - 8), one.start):
        return False
    end = closes.start() if closes else len(text)
    if one.kind in _TERMS and any(other.kind == "percent" and opens <= other.start < end for other in others):
        return False  # "3年的利率是1.25%" says of a term what the evidence may say of another
    return _fits(one, others, lines) or _DENIED.search(text) is not None


def _is_named(before: str, name: str) -> bool:
    """Whether the name stands right before the number, or a word that says what it is."""
    return _CLAIMED.search(before) is not None or len(before) - before.rfind(name) - len(name) <= _BESIDE


def is_same(one: Quantity, other: Quantity) -> bool:
    if not set(one.keys).isdisjoint(other.keys):
        return True
    left, right = amount_of(one), amount_of(other)
    if left is None or right is None:
        return False
    units = {str(unit_of(one)): left, str(unit_of(other)): right}
    if units.keys() == {"months", "days"}:
        return units["days"] == units["months"] * _DAYS_OF_MONTH
    if left == right and (units.keys() == {"months", "期"} or units.keys() <= THINGS):
        return True
    if left == right and units.keys() == {"plain", "岁"}:
        return left < _OLDEST  # "今年58"
    # The currency that the question leaves out is that of the paper.
    return left == right and (may_be_one(unit_of(one), unit_of(other)) or {unit_of(one), unit_of(other)} <= MONEY)


def unit_of(one: Quantity) -> object:
    return one.keys[0][0]


def may_be_one(left: object, right: object) -> bool:
    """Whether values of the two units may be compared: "4500" is an amount where amounts are spoken of."""
    return left == right or (left == "plain" and right in MONEY) or (right == "plain" and left in MONEY)


def _fits(one: Quantity, others: Sequence[Quantity], lines: Sequence[Line]) -> bool:
    """In a tier of some line whose value is said beside it, where there are such tiers of its unit."""
    given = {key for other in others if not other.bound for key in other.keys}
    told = [fits(one, given, line) for line in lines if not given.isdisjoint(line.keys)]
    return True in told or False not in told


_SUPPOSE = re.compile(
    r"(?:比如|例如|譬如|假如|如果|假设|要是|举例|即使|哪怕|就算|[若如]|\b(?:if|suppose|say|for example)\b)"
    r"[^,，;；。]*$",
    re.IGNORECASE,
)
_SO_THEN = re.compile("[^,，;；。]{0,3}(?:的话|嘅话)")
_SUPPOSABLE = frozenset({"money", "plain", "克", "份", "岁", "months", "days", "date", "percent"})
_CONDITION = re.compile(r" ?(?:[以之]?[内后前上下]|起|就|才|及以|or |期间)")


def is_supposed(one: Quantity, text: str) -> bool:
    """ "如果一笔转12万", "要是只剩六成": an example of the answer's, and no condition of the paper's."""
    if one.bound or one.kind not in _SUPPOSABLE or _CONDITION.match(text, one.end):
        return False
    before = text[: one.start]
    opens = max((m.end() for m in _BREAK.finditer(before)), default=0)
    if named_in(before[opens:]) or _CLAIMED.search(before) or _HELD.search(before[-8:]):
        return False
    if one.kind == "percent" and _EARNED.search(before[opens:]):
        return False
    return _SUPPOSE.search(before[opens:]) is not None or _SO_THEN.match(text, one.end) is not None


def is_compared(one: Quantity, figures: Sequence[Quantity]) -> bool:
    """ "您的定期是一年期，没有超过5年": a figure of the customer's does lie on that side of the bound. figures: theirs,
    and what followed from them in the sentence."""
    limit = amount_of(one)
    if limit is None or not one.bound:
        return False
    values = [
        value
        for figure in figures
        if may_be_one(unit_of(figure), unit_of(one)) and not figure.bound and (value := amount_of(figure)) is not None
    ]
    return any(value >= limit if one.bound == "ge" else value <= limit for value in values)
