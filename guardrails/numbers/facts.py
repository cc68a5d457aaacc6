"""The numbers of a turn's evidence, read once: which passage, which line and which bound each stands in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers.attributes import attributes_of
from guardrails.numbers.calendar import read_date
from guardrails.numbers.circumstances import NOTHING_SAID, Circumstances, circumstances_of
from guardrails.numbers.clauses import Clause, clauses_of, names_cells, words_of
from guardrails.numbers.owners import owners_of
from guardrails.numbers.quantities import Key, Quantity, read_quantities
from guardrails.verdict import Evidence

_LINES = re.compile(r"[。！？!?\n]+|(?<=[A-Za-z%)])\.\s+(?=[A-Z])")
_SEMICOLON = re.compile("[;；]")
_CELL = re.compile(r"\s*[^:：,，。]{1,16}[:：]")
_CELLS = re.compile(r"\s*\|\s*")
_UNIT_IN_HEADING = re.compile(
    r"[(（]\s*(?:单位[:：]?)?\s*([%‰]|[百千万亿]{0,2}(?:元|美元|港元)|天|日|个?月|年|个?工作日|笔|次|张|份)[^)）]{0,4}[)）]"
)
_LABELLED = re.compile(_UNIT_IN_HEADING.pattern + r"\s*[:：]?\s*$")


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
    """Where a number stands. line: index into Facts.lines. attributes: the fees or rates named before it there.

    words: those of its clause. owners: the products its line says it of, None where the line names none.
    """

    line: int
    bound: str = ""
    attributes: frozenset[str] = frozenset()
    circumstances: Circumstances = NOTHING_SAID
    words: frozenset[str] = frozenset()
    owners: frozenset[str] | None = None


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
    _read_lines(facts, text, catalogue)
    extra: list[Key] = []
    if passage.risk_level:
        extra.append(("code", passage.risk_level.upper()))
    if passage.product_code:
        extra.append(("code", passage.product_code.upper()))
    if passage.valid_from and (date := read_date(passage.valid_from, 0)) is not None:
        extra += _date_keys(date[0], date[1], date[2])
    if extra:
        _add_line(facts, Line(0, "", (), frozenset(extra)), [(key, Place(len(facts.lines))) for key in extra])
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
            facts.holds[key] += [replace(place, line=place.line + offset) for place in places]
    facts.text = "\n".join(piece.text for piece in facts.pieces)
    facts.folded = "".join(piece.folded for piece in facts.pieces)
    return facts


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def _read_lines(facts: Facts, text: str, catalogue: Catalogue) -> None:
    headings: list[str] = []
    for line, lead in _lines_of(text):
        quantities = read_quantities(line)
        cells = _CELLS.split(line.strip().strip("|").strip()) if "|" in line else []
        if cells and not headings:
            headings = cells
        heads = headings if cells and cells is not headings else ()
        clauses = [
            clause
            for _, _, clause in clauses_of(line, quantities, headings=heads, named_cells=names_cells(line), lead=lead)
        ]
        words = {one.start: clause.words for clause in clauses for one in clause.quantities}
        mentions = catalogue.mentions(line)
        everyone = frozenset(mention.product.code for mention in mentions) or None
        own = facts.pieces[0].owner
        index = len(facts.lines)
        places: list[tuple[Key, Place]] = []
        for quantity, attributes, circumstances, owner in zip(
            quantities,
            attributes_of(line, quantities),
            circumstances_of(line, quantities),
            owners_of(line, mentions, quantities),
            strict=True,
        ):
            keys = _keys_of(quantity)
            if quantity.kind == "plain":
                keys += _inherited(quantity, line, cells, headings)
            owners = owner.codes if owner else everyone
            if owners is not None and own is not None:
                owners |= {own}
            about = words.get(quantity.start, frozenset())
            place = Place(index, quantity.bound, attributes, circumstances, about, owners)
            places += [(key, place) for key in keys]
        keys_held = frozenset(key for key, _ in places)
        _add_line(facts, Line(0, line, tuple(quantities), keys_held, tuple(clauses)), places)


def _add_line(facts: Facts, line: Line, places: Sequence[tuple[Key, Place]]) -> None:
    facts.lines.append(line)
    for key, place in dict.fromkeys(places):
        facts.holds[key].append(place)


def _lines_of(text: str) -> list[tuple[str, frozenset[str]]]:
    """Sentences; at semicolons too, unless every part is a cell of a row ("存期：3个月；年利率：0.65%").

    With the words that stand before a colon for all parts of a sentence ("柜台转账：1万元以下每笔5元；…").
    """
    lines: list[tuple[str, frozenset[str]]] = []
    for line in _LINES.split(text):
        parts = _SEMICOLON.split(line)
        if len(parts) > 1 and not all(_CELL.match(part) for part in parts if part.strip()):
            head = _CELL.match(line)
            lead = words_of(head.group(), 0, ()) if head else frozenset[str]()
            lines += [(part, lead) for part in parts]
        else:
            lines.append((line, frozenset()))
    return [(line, lead) for line, lead in lines if line.strip()]


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
