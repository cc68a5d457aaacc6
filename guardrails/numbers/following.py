"""What a sentence may say though its number stands nowhere in the evidence: what follows from it by a word of the
sentence (a sum that it declares, a day after the last, a term in other units) or says nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from guardrails.numbers.arithmetic import SUM, is_declared
from guardrails.numbers.asked import Asked
from guardrails.numbers.attributes import named_in
from guardrails.numbers.counted import counts_listed
from guardrails.numbers.equivalents import is_equal
from guardrails.numbers.facts import Facts
from guardrails.numbers.levels import is_beyond
from guardrails.numbers.ordinals import is_next
from guardrails.numbers.periods import CLAUSE_BREAK, is_each, is_per, is_period, is_pointed_at
from guardrails.numbers.quantities import Quantity
from guardrails.numbers.units import CURRENCIES
from guardrails.numbers.worked import Told

_NOT_FOUND = re.compile(
    r"(?:没有|没能|未能|未|无法|暂未|尚未|不能|没)[^,，。;；]{0,8}"
    r"(?:查到|找到|查询到|提及|提到|说明|确认|核实|包含|列出|载明|规定|看到|涉及|明确|证实|验证|记载|写明)"
    r"|(?:could not|couldn't|can't|cannot|unable to|did not|didn't|no information|not mention|not stated)",
    re.IGNORECASE,
)
# No longer sentence is told to a customer.
_TOLD = 400
_MOST_NAMED = 9
_LAST_NAMED = 61
# Characters before a bare amount in which its currency stands ("Annual rent (HK$): Small 1,200; Medium 1,900").
_HEADED = 48
_NUMERAL = re.compile(r"[\d一二两三四五六七八九]*\s?")


def follows(quantity: Quantity, told: Told, words: frozenset[str], held: Sequence[Quantity]) -> bool:
    """words: those of the number's clause. held: the sentence's numbers before it that stand or follow."""
    text, quantities, facts = told.text, told.quantities, told.facts
    return (
        is_per(quantity, text, quantities, facts)
        or is_period(quantity, text, facts)
        or is_pointed_at(quantity, text)
        or is_each(quantity, text, quantities, facts)
        or counts_listed(quantity, told)
        or _is_echo(quantity, text, told.asked)
        or is_declared(quantity, held, text)
        or _counts_fees(quantity, text, quantities)
        or _counts_named(quantity, facts)
        or is_beyond(quantity, text, facts)
        or is_next(quantity, text, quantities, facts)
        or is_equal(quantity, told, words)
        or _is_bare(quantity, facts)
    )


def _is_bare(quantity: Quantity, facts: Facts) -> bool:
    """ "HK$1,900", where a table in that currency has 1,900 alone."""
    if quantity.kind != "money" or quantity.value is None:
        return False
    currency = str(quantity.keys[0][0])
    words = [word for word, code in CURRENCIES.items() if code == currency] + (["元"] if currency == "CNY" else [])
    amount = quantity.keys[0][1]
    for place in facts.holds.get(("plain", amount), ()):
        line = facts.lines[place.line]
        piece = facts.pieces[line.piece].folded
        for one in line.quantities:
            if one.kind == "plain" and ("plain", amount) in one.keys:
                at = piece.find(one.text)
                headed = piece[max(0, at - _HEADED) : at] if currency != "CNY" else ""
                if any(word in line.text.lower() or word in headed for word in words):
                    return True
    return False


def _counts_fees(quantity: Quantity, text: str, quantities: Sequence[Quantity]) -> bool:
    """ "挂失费10元，工本费15元，两项都收", "…，两项合计25元": a count of what is spoken of."""
    if quantity.kind != "个" or len(text) > _TOLD:
        return False
    if quantity.value == len(named_in(text)) > 1:
        return True
    told = sum(one.kind in {"money", "percent"} and one.end <= quantity.start for one in quantities)
    return quantity.value == told > 1 and SUM.match(text, quantity.end) is not None


def _counts_named(quantity: Quantity, facts: Facts) -> bool:
    """ "两期", where the evidence speaks of 第五期 and 第六期."""
    value = quantity.value
    if value is None or not 2 <= value <= _MOST_NAMED or quantity.bound:
        return False
    unit = _NUMERAL.sub("", quantity.text, count=1)
    held = sum(("ordinal", unit, Decimal(number).normalize()) in facts.holds for number in range(1, _LAST_NAMED))
    return value == held


def _is_echo(quantity: Quantity, text: str, asked: Asked) -> bool:
    """The customer's own number inside a statement that it could not be confirmed."""
    opens = max(0, quantity.start - _TOLD)
    start = max((m.end() for m in CLAUSE_BREAK.finditer(text, opens, quantity.start)), default=opens)
    following = CLAUSE_BREAK.search(text, quantity.end)
    clause = text[start : following.start() if following else len(text)]
    if not is_not_found(clause):
        return False
    return any(key in one.keys for one in asked.quantities for key in quantity.keys)


def is_not_found(clause: str) -> bool:
    """Whether a clause says that something could not be found or confirmed."""
    return _NOT_FOUND.search(clause) is not None
