"""The numbers of a turn's evidence, read once: which passage, which line and which bound each stands in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from operator import add

from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers.attributes import attributes_of
from guardrails.numbers.calendar import read_date
from guardrails.numbers.quantities import Key, Quantity, read_quantities
from guardrails.verdict import Evidence

_LINES = re.compile(r"[。！？!?\n]+")
_SEMICOLON = re.compile("[;；]")
_CELL = re.compile(r"\s*[^:：,，。]{1,16}[:：]")
_CELLS = re.compile(r"\s*\|\s*")
_UNIT_IN_HEADING = re.compile(
    r"[(（]\s*(?:单位[:：]?)?\s*([%‰]|[百千万亿]{0,2}(?:元|美元|港元)|天|日|个?月|年|个?工作日|笔|次|张|份)[^)）]{0,4}[)）]"
)
_LABELLED = re.compile(_UNIT_IN_HEADING.pattern + r"\s*[:：]?\s*$")


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a line with numbers in it: the character pairs of its words, and the keys and kinds of its numbers."""

    words: frozenset[str]
    keys: frozenset[Key]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, clause or table row of a passage."""

    piece: int
    text: str
    quantities: tuple[Quantity, ...]
    keys: frozenset[Key]
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number stands. line: index into Facts.lines. attributes: the fees or rates named before it there."""

    line: int
    bound: str = ""
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage. products: codes of the products it belongs to or names."""

    text: str
    folded: str
    products: frozenset[str]
    owner: str | None


@dataclass(slots=True)
class Facts:
    """holds[key]: every place that has the number. text: all evidence, for names."""

    pieces: list[Piece] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    holds: dict[Key, list[Place]] = field(default_factory=lambda: defaultdict(list))
    text: str = ""
    folded: str = ""


def read_facts(evidence: Sequence[Evidence], catalogue: Catalogue, normaliser: Normaliser) -> Facts:
    """Read every passage once; a sentence is then checked by lookups."""
    return joined([read_passage(passage, catalogue, normaliser) for passage in evidence])


def read_passage(passage: Evidence, catalogue: Catalogue, normaliser: Normaliser) -> Facts:
    """One passage alone. Depends on nothing else: a passage that comes back need not be read again."""
    facts = Facts()
    head = "\n".join(part for part in (passage.title, passage.section) if part)
    text = normaliser.plain(f"{head}\n{passage.text}")
    codes = {mention.product.code for mention in catalogue.mentions(text)}
    if passage.product_code:
        codes.add(passage.product_code)
    facts.pieces.append(Piece(text, _fold(text), frozenset(codes), passage.product_code))
    _read_lines(facts, text)
    extra: list[Key] = []
    if passage.risk_level:
        extra.append(("code", passage.risk_level.upper()))
    if passage.product_code:
        extra.append(("code", passage.product_code.upper()))
    if passage.valid_from and (date := read_date(passage.valid_from, 0)) is not None:
        extra += _date_keys(date[0], date[1], date[2])
    if extra:
        _add_line(facts, "", (), [(key, "", frozenset()) for key in extra])
    facts.text = text
    facts.folded = facts.pieces[0].folded
    return facts


def joined(passages: Sequence[Facts]) -> Facts:
    """The facts of passages read one by one as those of one evidence; what is joined stays as it is."""
    facts = Facts()
    for number, one in enumerate(passages):
        offset = len(facts.lines)
        facts.pieces += one.pieces
        facts.lines += [Line(number, line.text, line.quantities, line.keys, line.clauses) for line in one.lines]
        for key, places in one.holds.items():
            facts.holds[key] += [Place(place.line + offset, place.bound, place.attributes) for place in places]
    facts.text = "\n".join(piece.text for piece in facts.pieces)
    facts.folded = "".join(piece.folded for piece in facts.pieces)
    return facts


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def _read_lines(facts: Facts, text: str) -> None:
    headings: list[str] = []
    for line in _lines_of(text):
        quantities = read_quantities(line)
        cells = _CELLS.split(line.strip().strip("|")) if "|" in line else []
        if cells and not headings:
            headings = cells
        places: list[tuple[Key, str, frozenset[str]]] = []
        for quantity, attributes in zip(quantities, attributes_of(line, quantities), strict=True):
            keys = _keys_of(quantity)
            if quantity.kind == "plain":
                keys += _inherited(quantity, line, cells, headings)
            places += [(key, quantity.bound, attributes) for key in keys]
        _add_line(facts, line, tuple(quantities), places)


def _lines_of(text: str) -> list[str]:
    """Sentences; at semicolons too, unless every part is a cell of a row ("存期：3个月；年利率：0.65%")."""
    lines: list[str] = []
    for line in _LINES.split(text):
        parts = _SEMICOLON.split(line)
        if len(parts) > 1 and not all(_CELL.match(part) for part in parts if part.strip()):
            lines += parts
        else:
            lines.append(line)
    return [line for line in lines if line.strip()]


def _add_line(
    facts: Facts,
    text: str,
    quantities: tuple[Quantity, ...],
    places: Sequence[tuple[Key, str, frozenset[str]]],
) -> None:
    index = len(facts.lines)
    keys = frozenset(key for key, _, _ in places)
    is_row = "|" in text or (_SEMICOLON.search(text) is not None and _CELL.match(text) is not None)
    clauses = clauses_of(text, quantities, whole=is_row)
    facts.lines.append(Line(0, text, quantities, keys, tuple(clause for _, _, clause in clauses)))
    for key, bound, attributes in dict.fromkeys(places):
        facts.holds[key].append(Place(index, bound, attributes))


# A clause with fewer pairs of characters does not say which number it gives.
_TELLING = 2
_CLAUSE_BREAK = re.compile("[,，;；。！？!?\n]|但是?|不过")
_WORD_RUN = re.compile("[\u4e00-\u9fff]{2,}")


def clauses_of(text: str, quantities: Sequence[Quantity], *, whole: bool = False) -> list[tuple[int, int, Clause]]:
    """The clauses that hold numbers: (start, end, clause). whole: the text is one clause (a table row).

    A clause that says nothing but its number ("…手续费为1%，最低25元") is about what the clause before it is about.
    """
    if not quantities:
        return []
    ends = [] if whole else [m.start() for m in _CLAUSE_BREAK.finditer(text)]
    bounds = [*pairwise((0, *ends, len(text)))]
    found = []
    for at, (start, end) in enumerate(bounds):
        inside = [q for q in quantities if start <= q.start and q.end <= end]
        if inside:
            keys = frozenset(key for q in inside for key in q.keys)
            about = _subject(text, bounds[: at + 1], quantities)
            found.append((start, end, Clause(about, keys, frozenset(str(key[0]) for key in keys))))
    return found


def _subject(text: str, bounds: Sequence[tuple[int, int]], quantities: Sequence[Quantity]) -> frozenset[str]:
    """The words of the last clause, and of as many before it as it takes to say anything."""
    about: frozenset[str] = frozenset()
    for start, end in reversed(bounds):
        inside = [q for q in quantities if start <= q.start and q.end <= end]
        words = _words(text[start:end], start, inside)
        about |= words
        if len(words) >= _TELLING:
            break
    return about


def _words(text: str, offset: int, quantities: Sequence[Quantity]) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters outside the numbers."""
    for quantity in quantities:
        at = quantity.start - offset
        text = text[:at] + " " * (quantity.end - quantity.start) + text[quantity.end - offset :]
    pairs: set[str] = set()
    for run in _WORD_RUN.findall(text):
        pairs.update(map(add, run, run[1:]))
    return frozenset(pairs - _EMPTY)


# Pairs that carry no meaning of their own.
_EMPTY = frozenset(
    [
        "可以",
        "应当",
        "需要",
        "进行",
        "办理",
        "您的",
        "客户",
        "如果",
        "根据",
        "按照",
        "的话",
        "为您",
        "我们",
        "目前",
        "此外",
        "同时",
        "其中",
        "以及",
        "或者",
        "并且",
        "金额",
        "人民",
        "民币",
        "每年",
        "每月",
        "每笔",
        "每次",
        "最低",
        "最高",
        "最长",
        "最多",
        "最短",
        "不超",
        "超过",
        "不低",
        "低于",
        "至少",
        "收取",
    ]
)


def _keys_of(quantity: Quantity) -> list[Key]:
    """What an evidence number supports: itself, its bare value in a table, and the parts of a date."""
    keys: list[Key] = list(quantity.keys)
    if quantity.value is not None and quantity.kind in {"percent", "money", "倍", "次", "笔", "张", "个", "份", "岁"}:
        keys.append(("plain", quantity.value.normalize()))
    for key in quantity.keys:
        if key[0] == "date":
            keys += _date_keys(*key[1:])
    return keys


def _date_keys(year: object, month: object, day: object) -> list[Key]:
    keys: list[Key] = [("date", year, month, day)]
    if month and day:
        keys.append(("date", None, month, day))
    if year and month:
        keys += [("date", year, month, None), ("date", None, month, None)]
    if year:
        keys.append(("date", year, None, None))
    return keys


def _inherited(quantity: Quantity, line: str, cells: Sequence[str], headings: Sequence[str]) -> list[Key]:
    """A bare number takes the unit of its label, "年利率（%）：1.5", or of its column's heading."""
    label = _LABELLED.search(line[: quantity.start])
    unit = label.group(1) if label else None
    if unit is None and cells and headings and cells is not headings:
        column = line[: quantity.start].strip().lstrip("|").count("|")
        if column < len(headings) and (heading := _UNIT_IN_HEADING.search(headings[column])) is not None:
            unit = heading.group(1)
    if unit is None or not isinstance(quantity.value, Decimal):
        return []
    return [key for read in read_quantities(f"{quantity.text}{unit}") for key in _keys_of(read)]
