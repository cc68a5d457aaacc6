"""The number lock: every number of a released sentence stands in the evidence, of the right product, with the right
unit, bound and attribute; otherwise the sentence is not released. What the customer wrote is never evidence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from guardrails.catalogue import Catalogue, Mention
from guardrails.numbers.arithmetic import is_declared
from guardrails.numbers.attributes import attributes_of, named_in, same_words
from guardrails.numbers.facts import Clause, Facts, Line, Place, clauses_of
from guardrails.numbers.quantities import SPAN, Key, Quantity, read_quantities

_NOT_FOUND = re.compile(
    r"(?:没有|没能|未能|未|无法|暂未|尚未|不能|没)[^,，。;；]{0,8}"
    r"(?:查到|找到|查询到|提及|提到|说明|确认|核实|包含|列出|载明|规定|看到|涉及|明确|证实|验证|记载|写明)"
    r"|(?:could not|couldn't|can't|cannot|unable to|did not|didn't|no information|not mention|not stated)",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[,，;；。！？!?\n]|但是?|不过|然而|而是| but ")
# Kinds whose words say which number it is; a bare number or a count is too often only prose.
_LABELLED = frozenset({"percent", "money", "months", "days", "workdays", "minutes", "岁"})
_SEVERAL = re.compile(r"分别|依次|respectively")
_JOINED = re.compile(r"[、/]|至|到|[-~～—–]|和|或")
_DIALLED = re.compile(r"(?:拨打|致电|拨|热线|电话|客服|报警|call|dial|hotline|phone)[^\d]{0,12}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A number that may not be released, and why: "absent", "product", "bound", "attribute", "label" or "pair"."""

    quantity: Quantity
    cause: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question (plain form) says of the numbers of its answer. products: codes of those it names; attributes:
    the fees and rates it names."""

    question: str = ""
    products: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


_NOTHING = Asked()
# Sentences whose reading is kept: quotes say the same again and again.
_KEPT = 2048


class _Sentence(NamedTuple):
    """text: without product names. attributes: what each quantity is said to be."""

    text: str
    mentions: list[Mention]
    quantities: list[Quantity]
    attributes: Sequence[frozenset[str]]


class NumberLock:
    """Holds what does not change from turn to turn: the catalogue and the public telephone numbers (digits)."""

    def __init__(self, catalogue: Catalogue, phones: Collection[str]) -> None:
        self._catalogue = catalogue
        self._phones = frozenset(phones)
        self._read = lru_cache(_KEPT)(self._read_sentence)

    def ask(self, question: str) -> Asked:
        """The question (plain form) read once, for all sentences of its answer."""
        named = frozenset(mention.product.code for mention in self._catalogue.mentions(question))
        return Asked(question, named, named_in(question))

    def check(self, sentence: str, facts: Facts, asked: Asked = _NOTHING) -> Unsupported | None:
        """The first unsupported number of a sentence in plain form, or None."""
        text, mentions, quantities, named = self._read(sentence)
        if not quantities:
            return None
        if (first := _backwards(text, quantities)) is not None:
            return Unsupported(first, "bound")
        allowed = _pieces_for(facts, mentions, asked.products)
        levels: set[Key] = {("code", m.product.risk_level.upper()) for m in mentions if m.product.risk_level}
        alone = len(asked.attributes) == 1 and not any(named) and not named_in(text)
        fallback = asked.attributes if alone else frozenset[str]()
        supported: list[Quantity] = []
        for quantity, attributes in zip(quantities, named, strict=True):
            if self._is_public(quantity, text) or any(key in levels for key in quantity.keys):
                continue
            # A rate that was asked about says nothing of an amount beside it ("50元起存").
            asked_of = fallback if quantity.kind == "percent" or not _is_rate(fallback) else frozenset[str]()
            cause = _cause(quantity, facts, allowed, attributes or asked_of)
            if cause is None:
                supported.append(quantity)
                continue
            if cause == "absent" and (
                _is_echo(quantity, text, asked.question)
                or _is_period(quantity, text, facts)
                or is_declared(quantity, supported, text)
            ):
                continue
            return Unsupported(quantity, cause)
        return _mismatched(supported, facts, allowed, text)

    def _read_sentence(self, sentence: str) -> _Sentence:
        mentions = self._catalogue.mentions(sentence)
        text = _without_names(sentence, mentions)
        quantities = read_quantities(text)
        return _Sentence(text, mentions, quantities, attributes_of(text, quantities))

    def _is_public(self, quantity: Quantity, text: str) -> bool:
        digits = re.sub(r"\D", "", quantity.text)
        if digits not in self._phones:
            return False
        return quantity.kind == "phone" or _DIALLED.search(text[: quantity.start]) is not None


def _without_names(sentence: str, mentions: list[Mention]) -> str:
    for mention in mentions:
        sentence = sentence[: mention.start] + " " * (mention.end - mention.start) + sentence[mention.end :]
    return sentence


def _is_rate(attributes: frozenset[str]) -> bool:
    return any(attribute.endswith("率") for attribute in attributes)


def _pieces_for(facts: Facts, named: list[Mention], asked: frozenset[str]) -> set[int]:
    """Passages a sentence's numbers may come from: of the products it names, else not of another than asked about."""
    codes = {mention.product.code for mention in named}
    if codes:
        return {i for i, piece in enumerate(facts.pieces) if piece.products & codes}
    if len(asked) != 1:
        return set(range(len(facts.pieces)))
    return {i for i, piece in enumerate(facts.pieces) if piece.owner is None or piece.products & asked}


def _cause(quantity: Quantity, facts: Facts, allowed: set[int], attributes: frozenset[str]) -> str | None:
    everywhere = [place for key in quantity.keys for place in facts.holds.get(key, ())]
    if not everywhere:
        return "absent"
    here = [place for place in everywhere if facts.lines[place.line].piece in allowed]
    if not here:
        return "product"
    opposite = {"ge": "le", "le": "ge"}.get(quantity.bound)
    if opposite and quantity.kind != "date" and all(place.bound == opposite for place in here):
        return "bound"
    if quantity.kind in {"percent", "money"} and not _attribute_holds(attributes, facts, here):
        return "attribute"
    return None


def _attribute_holds(attributes: frozenset[str], facts: Facts, here: list[Place]) -> bool:
    """A number said to be an 年费 must come from a passage that speaks of one, and be no other fee's there."""
    if not attributes:
        return True
    words = {word for attribute in attributes for word in same_words(attribute)}
    for place in here:
        line = facts.lines[place.line]
        if place.attributes:
            if any(word in name or name in words for name in place.attributes for word in words):
                return True
        elif any(word in line.text or word in facts.pieces[line.piece].text for word in words):
            return True
    return False


# "一年的年费" is 每年 in other words; "免费一年" is a claim of its own.
_A_PERIOD = {
    "一年": (re.compile(r"一年的?(?:年费|费用?|利率|利息|合?共|总)"), ("每年", "年费", "/年", "每月")),
    "一个月": (re.compile(r"一个月的?(?:月费|费用?|收|共)"), ("每月", "月费", "/月")),
    "一天": (re.compile(r"一天(?:内|里|之内)?(?:最多|最高|累计|共|总|限额|不超过)"), ("每日", "每天", "日累计", "/日")),
}


def _is_period(quantity: Quantity, text: str, facts: Facts) -> bool:
    """The period of a recurring fee or limit, not a term."""
    words = _A_PERIOD.get(quantity.text.replace("1", "一"))
    return (
        words is not None
        and words[0].match(text.replace("1", "一"), quantity.start) is not None
        and any(word in facts.text for word in words[1])
    )


def _is_echo(quantity: Quantity, text: str, question: str) -> bool:
    """The customer's own number inside a statement that it could not be confirmed."""
    start = max((m.end() for m in _CLAUSES.finditer(text, 0, quantity.start)), default=0)
    following = _CLAUSES.search(text, quantity.end)
    clause = text[start : following.start() if following else len(text)]
    if not is_not_found(clause):
        return False
    asked: set[Key] = {key for q in read_quantities(question) for key in q.keys}
    return any(key in asked for key in quantity.keys)


def is_not_found(clause: str) -> bool:
    """Whether a clause says that something could not be found or confirmed."""
    return _NOT_FOUND.search(clause) is not None


def _mismatched(quantities: list[Quantity], facts: Facts, allowed: set[int], text: str) -> Unsupported | None:
    """A number with another's label or partner: the 附属卡 fee given as the 主卡 fee, 3个月 with the rate of 1年."""
    lines = [line for line in facts.lines if line.piece in allowed]
    for start, end, clause in clauses_of(text, quantities):
        inside = [
            q for q in quantities if start <= q.start and q.end <= end and q.kind not in {"phone", "code", "date"}
        ]
        if len(inside) == 1 and inside[0].kind in _LABELLED and _has_other_label(inside[0], clause, lines):
            return Unsupported(inside[0], "label")
        if len(inside) != 2:
            continue
        first, second = inside
        if _SEVERAL.search(text[start:end]) or _JOINED.search(text[first.end : second.start]):
            continue
        together = any(_holds(line, first) and _holds(line, second) for line in lines)
        if not together and _has_other_partner(first, second, lines) and _has_other_partner(second, first, lines):
            return Unsupported(second, "pair")
    return None


def _has_other_label(quantity: Quantity, clause: Clause, lines: list[Line]) -> bool:
    """The clause's words stand around another number of the same kind, and hardly around this one."""
    kind = str(quantity.keys[0][0])
    own: frozenset[str] = frozenset()
    best: frozenset[str] = frozenset()
    for line in lines:
        for other in line.clauses:
            if kind not in other.kinds:
                continue
            shared = clause.words & other.words
            if other.keys.isdisjoint(quantity.keys):
                best = max(best, shared, key=len)
            else:
                own = max(own, shared, key=len)
    return len(best) > len(own) and len(best - own) >= 2 and own <= best


def _holds(line: Line, quantity: Quantity) -> bool:
    """The number stands in the line, and not as the opposite bound."""
    opposite = {"ge": "le", "le": "ge"}.get(quantity.bound)
    return any(
        not set(q.keys).isdisjoint(quantity.keys) and not (opposite and q.bound == opposite) for q in line.quantities
    ) or (not line.quantities and not line.keys.isdisjoint(quantity.keys))


def _has_other_partner(quantity: Quantity, partner: Quantity, lines: list[Line]) -> bool:
    """Wherever the number stands, a number of the partner's kind stands beside it, and it is another one."""
    kind = str(partner.keys[0][0])
    holding = [line for line in lines if _holds(line, quantity)]
    return bool(holding) and all(
        any(key[0] == kind and key not in quantity.keys and key not in partner.keys for key in line.keys)
        for line in holding
    )


def _backwards(text: str, found: Sequence[Quantity]) -> Quantity | None:
    """The first quantity of a span that does not rise ("10万到10万元"): nobody states one, somebody misread one."""
    for first, second in pairwise(found):
        if (first.bound, second.bound) != ("ge", "le") or first.kind != second.kind:
            continue
        if first.value is None or second.value is None or first.kind in {"date", "time", "plain", "个"}:
            continue  # "3-2": a clause's or an account's number is no span
        if SPAN.fullmatch(text, first.end, second.start) is not None and first.value >= second.value:
            return first
    return None
