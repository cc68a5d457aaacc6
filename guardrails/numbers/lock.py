"""The number lock: every number of a released sentence stands in the evidence, of the right product, with the right
unit, bound and attribute; otherwise the sentence is not released. What the customer wrote is never
evidence: it may be told back as theirs, and reckoned with (own.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from operator import add
from typing import NamedTuple

from guardrails.catalogue import Catalogue, Mention
from guardrails.numbers.adjusted import adjusted
from guardrails.numbers.asked import Asked
from guardrails.numbers.attributes import attributes_of, is_shortened, named_in, same_words
from guardrails.numbers.branches import branches_in, branches_of
from guardrails.numbers.circumstances import OPPOSITE, Circumstances, circumstances_of, contradicted
from guardrails.numbers.clauses import Clause, clauses_of, is_label
from guardrails.numbers.currencies import in_currency
from guardrails.numbers.dates import dated
from guardrails.numbers.duties import told_otherwise
from guardrails.numbers.facts import Facts, Place
from guardrails.numbers.figures import stated
from guardrails.numbers.following import follows
from guardrails.numbers.free import says_free, told_free
from guardrails.numbers.labels import mismatched
from guardrails.numbers.multiples import multiplied
from guardrails.numbers.names import short_names, without_names
from guardrails.numbers.own import is_compared, own_figures
from guardrails.numbers.owners import Owner, owners_of, said_of_all
from guardrails.numbers.polarity import denied
from guardrails.numbers.quantities import SPAN, Key, Quantity, read_quantities
from guardrails.numbers.reckoned import follows_otherwise, is_sum_of, reckoned
from guardrails.numbers.rows import of_another_row
from guardrails.numbers.totals import totalled
from guardrails.numbers.worked import MOST_TOLD, Told, worked_out

_DIALLED = re.compile(r"(?:拨打|致电|[拨打]|热线|电话|客服|报警|call|dial|hotline|phone)[^\d]{0,12}$", re.IGNORECASE)


CAUSES = ("absent", "product", "bound", "circumstance", "attribute", "label", "pair")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A number that may not be released, and why: one of CAUSES."""

    quantity: Quantity
    cause: str


# Of what an answer has said, its later sentences reckon with these.
_AMOUNTS = frozenset({"money", "percent", "plain", "date", "折", "倍", "份", "克", "张", "股"})
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NOTHING = Asked()
_NONE: frozenset[Key] = frozenset()
# What arithmetic may answer: a number that stands nowhere, or only as something else.
_RECKONED = frozenset({"absent", "attribute"})
# Sentences whose reading is kept: quotes say the same again and again.
_KEPT = 2048


class _Said(NamedTuple):
    """attributes: what the number is said to be. owner: whose. words, clause: those around it. denied: whether what is
    said of it, as a bound, is denied. beside: the readings of the sentence's other numbers.
    branch: whose hours, telephone or address it is said to be."""

    attributes: frozenset[str]
    owner: Owner | None
    circumstances: Circumstances
    words: frozenset[str]
    clause: str
    denied: bool
    beside: frozenset[Key] = frozenset()
    branch: frozenset[str] = frozenset()


class _Sentence(NamedTuple):
    """text: without product names. said: of each quantity what is claimed."""

    text: str
    mentions: list[Mention]
    quantities: list[Quantity]
    said: Sequence[_Said]
    clauses: Sequence[tuple[int, int, Clause]]


class NumberLock:
    """Holds what does not change from turn to turn: the catalogue and the public telephone numbers (digits)."""

    def __init__(self, catalogue: Catalogue, phones: Collection[str]) -> None:
        self._catalogue = catalogue
        self._phones = frozenset(phones)
        self._levels = {one.code: one.risk_level.upper() for one in catalogue.products if one.risk_level}
        self._short = short_names(catalogue)
        self._read = lru_cache(_KEPT)(self._read_sentence)

    def ask(self, question: str) -> Asked:
        """The question (plain form) read once, for all sentences of its answer."""
        named = frozenset(mention.product.code for mention in self._catalogue.mentions(question))
        return Asked(question, named, named_in(question))

    def check(
        self, sentence: str, facts: Facts, asked: Asked = _NOTHING, kept: list[Quantity] | None = None
    ) -> Unsupported | None:
        """The first unsupported number of a sentence in plain form, or None.

        kept: the numbers that followed in the sentences before it of the same answer; those of this one are added to
        it where it passes.
        """
        text, mentions, quantities, said, clauses = self._read(sentence)
        if not quantities:
            return _told_free(text, facts, _pieces_for(facts, mentions, asked.products)) if says_free(text) else None
        if (first := _backwards(text, quantities)) is not None:
            return Unsupported(first, "bound")
        written, quantities = quantities, [in_currency(one, text, facts.currency) for one in quantities]
        if quantities != written:
            clauses = clauses_of(text, quantities)
        allowed = _pieces_for(facts, mentions, asked.products)
        alone = (
            len(asked.attributes) == 1
            and asked.asks_once
            and _CHINESE.search(text) is not None
            and not any(one.attributes for one in said)
            and not named_in(text)
        )
        fallback = asked.attributes if alone else frozenset[str]()
        supported: list[Quantity] = []
        derived: list[Quantity] = []
        failing: list[Unsupported] = []
        lines = [line for line in facts.lines if line.piece in allowed]
        # Asked of several numbers of a sentence, and seldom of any: worked out once, and only then.
        told = Told(text, quantities, mentions, facts, lines, asked)
        worked = cache(lambda: worked_out(told) | totalled(told) | multiplied(told) | adjusted(told))
        for quantity, about in zip(quantities, said, strict=True):
            # A rate that was asked about says nothing of an amount beside it ("50元起存").
            asked_of = fallback if quantity.kind == "percent" or not _is_rate(fallback) else frozenset[str]()
            about = about._replace(
                attributes=about.attributes or asked_of, owner=about.owner or _spoken_of(quantity, text, asked, facts)
            )
            if self._is_public(quantity, text) or self._is_level(quantity, about.owner, mentions):
                continue
            cause = _first_cause(quantity, about, facts, allowed)
            elsewhere = cause == "attribute" and about.attributes is asked_of and len(quantities) <= MOST_TOLD
            if elsewhere and _names_another(about, facts):
                cause = _first_cause(quantity, about._replace(attributes=frozenset()), facts, allowed)
            if cause is None:
                supported.append(quantity)
                continue
            if cause == "absent" and (
                follows(quantity, told, about.words, [*supported, *derived])
                or _counts_products(quantity, mentions, asked)
            ):
                # A later sentence may speak of a sum; a period or a count that is no figure is none.
                derived += [quantity] if quantity.kind in {"money", "percent"} else []
                continue
            if cause in {"absent", "attribute"} and quantity.start in worked():
                derived.append(quantity)
                continue
            if cause == "bound" and is_compared(quantity, [*own_figures(asked), *(kept or ())]):
                continue
            if cause not in _RECKONED or len(quantities) > MOST_TOLD:
                return Unsupported(quantity, cause)
            failing.append(Unsupported(quantity, cause))
        if failing:
            found = reckoned(told, [*supported, *derived], [one.quantity for one in failing], kept or ())
            left = next((one for one in failing if one.quantity.start not in found), None)
            if left is not None:
                return left
            derived += [one.quantity for one in failing]
        owners = [one.owner.codes if one.owner else frozenset[str]() for one in said]
        wrong = mismatched(text, clauses, quantities, supported, owners, lines, facts)
        if wrong and worked():
            # An amount of the customer's may stand in the evidence as something else.
            supported = [one for one in supported if one.start not in worked()]
            wrong = mismatched(text, clauses, quantities, supported, owners, lines, facts)
        if wrong and is_sum_of(wrong[0], told, [one for one in quantities if one is not wrong[0]]):
            # "20加10，也就是30元": a sum that the evidence happens to have as something else.
            supported = [one for one in supported if one is not wrong[0]]
            wrong = mismatched(text, clauses, quantities, supported, owners, lines, facts)
        if wrong is None and (turned := told_otherwise(text, quantities, lines)) is not None:
            return Unsupported(turned, "circumstance")
        stray = of_another_row(text, quantities, supported, facts) if wrong is None else None
        if stray is not None and not follows_otherwise(stray, told, [one for one in supported if one is not stray]):
            return Unsupported(stray, "label")
        if wrong is None and kept is not None:
            kept += [*derived, *(one for one in supported if one.kind in _AMOUNTS)]
        return Unsupported(*wrong) if wrong else None

    def _read_sentence(self, sentence: str) -> _Sentence:
        mentions = self._catalogue.mentions(sentence)
        text = without_names(sentence, mentions)
        quantities = stated(text, dated(text, read_quantities(text)))
        clauses = clauses_of(text, quantities)
        around = {
            one.start: (clause.words, text[start:end]) for start, end, clause in clauses for one in clause.quantities
        }
        together = frozenset(key for one in quantities for key in one.keys) if len(quantities) <= MOST_TOLD else _NONE
        said = [
            _Said(
                attributes,
                owner,
                circumstances,
                *around.get(quantity.start, (frozenset(), "")),
                is_denied,
                together - set(quantity.keys),
                branches,
            )
            for quantity, attributes, owner, circumstances, is_denied, branches in zip(
                quantities,
                attributes_of(text, quantities),
                owners_of(sentence, self._withshort_names(sentence, mentions), quantities),
                circumstances_of(text, quantities),
                denied(text, quantities),
                branches_of(sentence, branches_in(sentence), quantities),
                strict=True,
            )
        ]
        return _Sentence(text, mentions, quantities, said, clauses)

    def _withshort_names(self, sentence: str, mentions: list[Mention]) -> list[Mention]:
        """Where one product is named, another may be named by the beginning of its name alone."""
        if not mentions:
            return mentions
        taken = [(mention.start, mention.end) for mention in mentions]
        short = [one for one in self._short.mentions(sentence) if all(one.end <= s or one.start >= e for s, e in taken)]
        return sorted([*mentions, *short], key=lambda mention: mention.start) if short else mentions

    def _is_level(self, quantity: Quantity, owner: Owner | None, mentions: list[Mention]) -> bool:
        """The risk level of the product it is said of; of each of them, if it is said of each."""
        if quantity.kind != "code":
            return False
        codes = owner.codes if owner else {mention.product.code for mention in mentions}
        held = [code in self._levels and ("code", self._levels[code]) in quantity.keys for code in codes]
        return bool(held) and (all(held) if owner and owner.every else any(held))

    def _is_public(self, quantity: Quantity, text: str) -> bool:
        digits = re.sub(r"\D", "", quantity.text)
        if digits not in self._phones:
            return False
        return quantity.kind == "phone" or _DIALLED.search(text[: quantity.start]) is not None


def _told_free(text: str, facts: Facts, allowed: set[int]) -> Unsupported | None:
    told = told_free(text, [line for line in facts.lines if line.piece in allowed])
    return Unsupported(told, "circumstance") if told else None


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


def _spoken_of(quantity: Quantity, text: str, asked: Asked, facts: Facts) -> Owner | None:
    """All products that are spoken of, where "两款产品…都" says the number of each and names none."""
    if not said_of_all(text, quantity):
        return None
    codes = asked.products if len(asked.products) > 1 else frozenset(one.owner for one in facts.pieces if one.owner)
    return Owner(codes, every=True) if len(codes) > 1 else None


def _counts_products(quantity: Quantity, mentions: list[Mention], asked: Asked) -> bool:
    """ "这三只产品" after three names: a count of what is spoken of."""
    named = len({mention.product.code for mention in mentions})
    return quantity.kind in {"只", "个"} and quantity.value in {named, len(asked.products)} and quantity.value > 1


def _first_cause(quantity: Quantity, said: _Said, facts: Facts, allowed: set[int]) -> str | None:
    """What is wrong with the number for the product it is said of; said of every one, for the first of those."""
    owner = said.owner
    if owner is None:
        return _cause(quantity, said, facts, allowed, frozenset())
    each = [frozenset({code}) for code in sorted(owner.codes)] if owner.every else [owner.codes]
    causes = (_cause(quantity, said, facts, _pieces_of(facts, codes), codes) for codes in each)
    return next((cause for cause in causes if cause is not None), None)


def _names_another(said: _Said, facts: Facts) -> bool:
    """ "逾期每月收200元", asked of the 年费: the clause names what the evidence says nothing of the 年费 of."""
    words = {word for attribute in said.attributes for word in same_words(attribute)}
    of_it, of_others = set[str](), set[str]()
    for line in facts.lines:
        for clause in line.clauses:
            shared = said.words & clause.words
            of_others |= {word for word in shared if is_label(word)}
            of_it |= shared if any(word in line.text for word in words) else set()
    return bool(of_others - of_it)


def _pieces_of(facts: Facts, codes: frozenset[str]) -> set[int]:
    return {i for i, piece in enumerate(facts.pieces) if piece.products & codes}


def _cause(quantity: Quantity, said: _Said, facts: Facts, allowed: set[int], codes: frozenset[str]) -> str | None:
    """codes: of the products it is said of; empty where no product is named."""
    everywhere = [place for key in quantity.keys for place in facts.holds.get(key, ())]
    if not everywhere:
        return "absent"
    here = [
        place
        for place in everywhere
        if facts.lines[place.line].piece in allowed and (not codes or place.owners is None or place.owners & codes)
    ]
    if not here:
        return "product"
    if said.branch and not said.branch.isdisjoint(facts.branches):
        here = [place for place in here if not place.branches or not place.branches.isdisjoint(said.branch)]
        if not here:
            return "label"
    opposite = OPPOSITE.get(quantity.bound)
    if opposite and quantity.kind != "date" and all(place.bound == opposite for place in here):
        return None if _is_complement(quantity, said, facts, here) else "bound"
    if quantity.kind in {"percent", "money"} and not any(_is_of(said.attributes, facts, place) for place in here):
        return "attribute"
    near = [place.circumstances for place in _nearest(said, facts, here)]
    return contradicted(said.circumstances, near, said.clause)


def _is_complement(quantity: Quantity, said: _Said, facts: Facts, here: Sequence[Place]) -> bool:
    """The other side of the bound, with the opposite said of it. here: places with the opposite bound."""
    lines = [facts.lines[place.line] for place in here]
    return all(
        is_denied is not said.denied
        for line in lines
        for one, is_denied in zip(line.quantities, denied(line.text, line.quantities), strict=True)
        if one.bound and not set(one.keys).isdisjoint(quantity.keys)
    )


def _nearest(said: _Said, facts: Facts, here: list[Place]) -> list[Place]:
    """The places that speak of the same thing: of the attribute, then those that share the most words with the clause.

    Another fee of the same amount excuses nothing.
    """
    places = [place for place in here if _is_of(said.attributes, facts, place)] or here
    most = max(len(said.words & place.words) for place in places)
    return [
        place
        for place in places
        if len(said.words & place.words) == most
        # One word may be chance; a line that holds the sentence's other numbers too is none.
        or (most <= 1 and not said.beside.isdisjoint(facts.lines[place.line].keys))
    ]


def _is_of(attributes: frozenset[str], facts: Facts, place: Place) -> bool:
    """A number said to be an 年费 must come from a passage that speaks of one, and be no other fee's there."""
    if not attributes:
        return True
    words = {word for attribute in attributes for word in same_words(attribute)}
    line = facts.lines[place.line]
    if not _CHINESE.search(line.text):
        return True  # what a passage in English calls it is not known
    if place.attributes:
        if any(_names(place.words, attribute) for attribute in attributes):
            return True  # "最低还款额未还部分的5%收取违约金"
        return any(word in name or name in words for name in place.attributes for word in words) or any(
            is_shortened(attribute, line.text) for attribute in attributes if attribute[-1:] == "费"
        )
    return any(word in line.text or word in facts.pieces[line.piece].text for word in words)


def _names(words: frozenset[str], attribute: str) -> bool:
    """Whether a clause speaks of a fee in full, wherever in it."""
    return (
        len(attribute) > _A_NAME
        and attribute[-1] in "费金"
        and all(map(words.__contains__, map(add, attribute, attribute[1:])))
    )


_A_NAME = 2


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
