"""Right numbers with a wrong label or partner: the 附属卡 fee given as the 主卡 fee, 3个月 with the rate of 1年."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from guardrails.numbers.circumstances import OPPOSITE, is_added
from guardrails.numbers.clauses import Clause, is_label, words_of
from guardrails.numbers.facts import Facts, Line
from guardrails.numbers.owners import SEVERAL
from guardrails.numbers.quantities import SPAN, Quantity

# Kinds whose words say which number it is; a bare number or a count is too often only prose.
_LABELLED = frozenset(
    {"percent", "money", "months", "days", "workdays", "minutes", "岁", "倍", "折", "time", "settlement", "次"}
)
# Of these, those that stand for what is asked and not for a condition of it.
_VALUES = frozenset({"percent", "money", "倍", "折", "time", "settlement"})
_UNPAIRED = frozenset({"phone", "date"})
_JOINED = re.compile(r"[、/]|至|到|[-~～—–]|和|或|比|较|than", re.IGNORECASE)
_ITEMS = re.compile(r"[、/]|以及|[和与及]|\band\b", re.IGNORECASE)
# Two clauses this short are siblings though they share no word ("金卡：200元", "普卡：100元").
_SHORT = 3

# Characters of the words for a bound between the two numbers of a span.
_BETWEEN = 6
# More labels than these nobody gives in a row.
_MOST = 12

Wrong = tuple[Quantity, str]


def mismatched(
    text: str,
    clauses: Sequence[tuple[int, int, Clause]],
    quantities: Sequence[Quantity],
    supported: Sequence[Quantity],
    owners: Sequence[frozenset[str]],
    lines: Sequence[Line],
    facts: Facts,
) -> Wrong | None:
    """The first number with another's label ("label") or another's partner ("pair"). lines: those of the passages it
    may come from. clauses: those of the text. owners: of each of the quantities, the products it is said of."""
    of = {one.start: codes for one, codes in zip(quantities, owners, strict=True)}
    starts = {one.start for one in supported}
    tier: Quantity | None = None
    # What is said again and again is judged once.
    judged: dict[object, bool] = {}
    for start, end, clause in clauses:
        inside = [one for one in clause.quantities if one.start in starts and one.kind not in _UNPAIRED]
        if not inside:
            continue
        codes = frozenset().union(*(of[one.start] for one in inside))
        about = [line for line in lines if not codes or facts.pieces[line.piece].products & codes]
        if (several := SEVERAL.search(text, start, end)) is not None:
            wrong = None if codes else _in_turn(text, start, several.start(), inside, about)
            if wrong is not None:
                return wrong
            continue
        groups = list(_spans(text, inside))
        for group in groups:
            alone = len(groups) == 1 if group[0].kind in _LABELLED - _VALUES else group[0].kind in _VALUES
            alone = alone and sum(one[0].kind == group[0].kind for one in groups) == 1
            after = _after(text, group[-1].end, end)
            said = (group[0].kind, group[0].keys, clause.words, text[start:end], after, codes)
            if alone and said not in judged:
                judged[said] = _has_other_label(group[0], clause.words, about, text[start:end], after)
            if alone and judged[said]:
                only = group[0].kind not in _VALUES and sum(one.kind == group[0].kind for one in quantities) == 1
                if not only or not _is_named_elsewhere(group[0], words_of(text, 0, quantities), about):
                    return group[0], "label"
        for group in groups:
            if len(group) == 2 and group[0].kind == group[1].kind == "time" and _is_no_pair(group[0], group[1], about):
                return group[1], "pair"
        # "持有不满7日，赎回费0.75%": the clause before may be nothing but the condition.
        before, tier = tier, groups[0][-1] if len(groups) == 1 and groups[0][-1].bound else None
        if len(groups) == 2:
            first, second = groups[0][-1], groups[1][0]
        elif before is not None and tier is None and len(groups) == 1 and groups[0][0].kind in _VALUES:
            first, second = before, groups[0][0]
        else:
            continue
        if (
            of[first.start] == of[second.start]
            and not first.kind == second.kind == "time"
            and not _JOINED.search(text[first.end : second.start])
            and _is_no_pair(first, second, about)
        ):
            return second, "pair"
    return None


def _spans(text: str, inside: Sequence[Quantity]) -> Iterator[list[Quantity]]:
    """Numbers one by one, the two of a span ("1万元至10万元") together."""
    group: list[Quantity] = []
    for one in inside:
        if group and not _is_span(text, group[-1], one):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _is_span(text: str, first: Quantity, second: Quantity) -> bool:
    """ "1万元至10万元", "满6个月不满24个月"."""
    if SPAN.fullmatch(text, first.end, second.start) is not None:
        return True
    bounded = (first.bound, second.bound) == ("ge", "le") and first.kind == second.kind
    return bounded and second.start - first.end <= _BETWEEN


def _in_turn(text: str, start: int, at: int, inside: Sequence[Quantity], lines: Sequence[Line]) -> Wrong | None:
    """Labels and numbers in the same order: "甲、乙的年费分别为200元和100元"."""
    values = [one for one in inside if one.start > at and one.kind in _VALUES]
    if len({one.kind for one in values}) != 1 or len(values) > _MOST:
        return None
    labels: list[tuple[int, int]] = []
    opened = start
    for match in _ITEMS.finditer(text, start, at):
        labels.append((opened, match.start()))
        opened = match.end()
    labels.append((opened, at))
    if len(labels) != len(values):
        return None
    for (left, right), value in zip(labels, values, strict=True):
        named = [one for one in inside if left <= one.start and one.end <= right]
        if len(named) == 1 and _is_no_pair(named[0], value, lines):
            return value, "pair"
        if not named and _has_other_label(value, words_of(text[left:right], left, ()), lines, text[left:right]):
            return value, "label"
    return None


def _after(text: str, start: int, end: int) -> frozenset[str]:
    return words_of(text[start:end], start, ())


def _has_other_label(
    quantity: Quantity,
    words: frozenset[str],
    lines: Sequence[Line],
    text: str,
    after: frozenset[str] = frozenset(),
) -> bool:
    """The clause's words stand around another number of the same kind, and fewer of them around this one.

    One pair of characters is enough where it tells two siblings apart (金卡 and 普卡 before 年费) and is no remark made
    after the number. text: of the clause. after: the words that follow the number.
    """
    kind = str(quantity.keys[0][0])
    own: frozenset[str] = frozenset()
    best: frozenset[str] = frozenset()
    owned: list[Clause] = []
    others: list[Clause] = []
    for line in lines:
        for other in line.clauses:
            if kind not in other.kinds:
                continue
            shared = words & (other.words if quantity.kind in _VALUES else _said_in_full(other, line))
            apart = other.keys.isdisjoint(quantity.keys)
            if not shared:
                owned += () if apart else (other,)
                continue
            if _is_denied_twin(words, other.words) or _is_of_another_sort(quantity, other, line, text):
                continue
            if apart:
                best = max(best, shared, key=len)
                others.append(other)
            else:
                own = max(own, shared, key=len)
                owned.append(other)
    if quantity.kind in _VALUES and any(_is_next_ones(quantity, words - after, line) for line in lines):
        return True
    more = best - own
    if len(best) <= len(own) or not own <= best:
        return False
    if len(more) >= 2:
        return True
    if not any(is_label(pair) and not _goes_on(pair, own, text) for pair in more - after):
        return False
    rivals = [other for other in others if words & other.words == best]
    mine = [other for other in owned if words & other.words == own]
    return any(_are_siblings(one, other, words) for one in mine for other in rivals)


def _is_next_ones(quantity: Quantity, words: frozenset[str], line: Line) -> bool:
    """ "白金卡附属卡2000元", where the line says "白金卡主卡2000元，附属卡1000元": all that the next one says of itself
    is said, and not what tells the number's own from it."""
    if quantity.keys[0] not in line.keys:
        return False
    kind = str(quantity.keys[0][0])
    alike = [clause for clause in line.clauses if kind in clause.kinds]
    return any(
        not one.keys.isdisjoint(quantity.keys)
        and other.keys.isdisjoint(quantity.keys)
        and all(word in words or "最" in word for word in other.words)
        and any(is_label(word) for word in other.words - one.words)
        and any(is_label(word) for word in one.words - words - other.words)
        for one, other in pairwise(alike)
    )


def _goes_on(pair: str, own: frozenset[str], text: str) -> bool:
    """套房 only goes on with what 二套 begins."""
    at = text.find(pair)
    return at > 0 and f"{text[at - 1]}{pair[0]}" in own


def _is_of_another_sort(quantity: Quantity, other: Clause, line: Line, text: str) -> bool:
    """ "上浮50%" is no rate that another could be taken for. text: ends with the quantity's clause."""
    if quantity.kind != "percent" or not other.keys.isdisjoint(quantity.keys):
        return False
    alike = [one for one in other.quantities if one.kind == quantity.kind]
    return bool(alike) and all(is_added(line.text, one) for one in alike) and not _SIGNED.search(text)


def _said_in_full(clause: Clause, line: Line) -> frozenset[str]:
    """A condition's clause may leave out what the sentence it is a part of has said ("；满3年的免收")."""
    own = sum(map(is_label, clause.words - line.lead))
    return clause.words | line.sentence if own <= 1 else clause.words


def _is_named_elsewhere(quantity: Quantity, words: frozenset[str], lines: Sequence[Line]) -> bool:
    """ "5天之内去办正式挂失，过期口头挂失就失效": the sentence calls the number's own label, in another clause."""
    clauses = [clause for line in lines for clause in line.clauses]
    own = [clause for clause in clauses if not clause.keys.isdisjoint(quantity.keys)]
    others = frozenset().union(*(clause.words for clause in clauses if clause not in own))
    return any(is_label(word) for clause in own for word in (clause.words - others) & words)


_SIGNED = re.compile("[加减]|上浮|下浮|上调|下调|[+-]")
_DENIALS = frozenset("未不非无没")


def _is_denied_twin(said: frozenset[str], held: frozenset[str]) -> bool:
    """Whether what is held denies what is said ("未经社保结算" and "经社保结算")."""
    if any(pair[0] in _DENIALS for pair in said):
        return False
    return any(pair[0] in _DENIALS and any(one[0] == pair[1] for one in said & held) for pair in held if len(pair) == 2)


def _are_siblings(one: Clause, other: Clause, said: frozenset[str]) -> bool:
    """Alike in what is said, each with a label of its own."""
    if not any(is_label(pair) for pair in one.words - other.words):
        return False
    if said <= other.words or (len(said) <= _SHORT and len(said - other.words) <= 1):
        return True  # it says nothing but the other's label
    return not said.isdisjoint(one.words & other.words) or max(len(one.words), len(other.words)) <= _SHORT


def _is_no_pair(first: Quantity, second: Quantity, lines: Sequence[Line]) -> bool:
    """Nowhere do the two stand together, and each has another partner: in its clause, or else in its line."""
    clauses = [clause for line in lines for clause in line.clauses]
    return _are_parted(first, second, clauses) or _are_parted(first, second, lines)


def _are_parted(first: Quantity, second: Quantity, places: Sequence[Line] | Sequence[Clause]) -> bool:
    held = [place for place in places if _holds(place, first)]
    if any(_holds(place, second) for place in held):
        return False
    return _have_other_partner(held, first, second) and _have_other_partner(
        [place for place in places if _holds(place, second)], second, first
    )


def _holds(place: Line | Clause, quantity: Quantity) -> bool:
    """The number stands there, and not as the opposite bound."""
    if place.keys.isdisjoint(quantity.keys):
        return False
    opposite = OPPOSITE.get(quantity.bound)
    return (
        any(
            not set(one.keys).isdisjoint(quantity.keys) and not (opposite and one.bound == opposite)
            for one in (*place.quantities, *(place.column if isinstance(place, Clause) else ()))
        )
        or not place.quantities
    )


def _have_other_partner(holding: Sequence[Line | Clause], quantity: Quantity, partner: Quantity) -> bool:
    """Wherever the number stands beside one of the partner's kind, and somewhere it does, it is another one."""
    kind = str(partner.keys[0][0])
    beside = [{key for key in place.keys if key[0] == kind and key not in quantity.keys} for place in holding]
    return any(beside) and not any(keys and keys <= set(partner.keys) for keys in beside)
