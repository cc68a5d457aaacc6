"""The numbers of a turn's evidence, read once: which passage, which line and which bound each stands in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers.attributes import attributes_of
from guardrails.numbers.branches import branches_in, branches_of, carried_on
from guardrails.numbers.calendar import read_date
from guardrails.numbers.charged import charged_for
from guardrails.numbers.circumstances import NOTHING_SAID, Circumstances, circumstances_of
from guardrails.numbers.clauses import CELL_NAME, Clause, Heading, clauses_of, names_cells, words_of
from guardrails.numbers.currencies import only_currency
from guardrails.numbers.dates import dated
from guardrails.numbers.owners import owners_of
from guardrails.numbers.quantities import Key, Quantity, read_quantities
from guardrails.verdict import Evidence

_LINES = re.compile(r"[。！？!?\n]+|(?<=[A-Za-z%)])\.\s+(?=[A-Z])")
_SEMICOLON = re.compile("[;；]")
_CELLS = re.compile(r"\s*\|\s*")
_MONEY_UNIT = "[百千万亿]{0,2}(?:元|美元|港元|欧元)"
_UNIT = (
    rf"(?:[^\d()（）]{{0,8}}[:：,，、/ ]|单位|人民币|年化)?\s*([%‰]|{_MONEY_UNIT}|天|日|个?月|年|个?工作日|笔|次|张|份)"
)
# "年利率（年化，%）", "年费（人民币元）", "年利率%".
_IN_BRACKETS, _AT_END = rf"[(（]\s*{_UNIT}[^)）]{{0,4}}[)）]", r"(?<=[\u4e00-\u9fff])([%‰])"
_UNIT_IN_HEADING = re.compile(rf"{_IN_BRACKETS}|{_AT_END}\s*$")
_LABELLED = re.compile(rf"(?:{_IN_BRACKETS}|{_AT_END})\s*[:：]?\s*$")
# "（单位：万元）" over a table says it of every bare amount below.
_CAPTION = re.compile(rf"单位\s*[:：]\s*(?:人民币)?({_MONEY_UNIT})")
_AMOUNT = re.compile("[费额价款金]|收入|余额")
# A title that ends so, "外币存款利率表（年利率%）", or "单位：%", says it of every cell below that is a bare number.
_RATES = re.compile(
    r"[(（][^()（）]{0,10}([%‰])[^()（）]{0,4}[)）]\s*$|单位\s*[:：][^()（）%‰]{0,8}([%‰])|\bin ?([%‰])"
)
_BARE_CELL = re.compile(r"[+-]?\d+(?:\.\d+)?")
_RATE_MOST = 100


# What a fee is charged for is counted in either; a year is so many days, or months.
_ALSO = (("次", "笔"), ("笔", "次"))
# What a sentence may count without its unit ("you can go up to 200" of 200家).
_BARE = frozenset(
    {
        "percent",
        "money",
        "倍",
        "次",
        "笔",
        "张",
        "个",
        "份",
        "岁",
        "家",
        "户",
        "人",
        "克",
        "只",
        "期",
        "页",
        "字",
        "days",
    }
)
_COUNTED_MOST = 200
# What a count may be of, where the evidence is in English.
_COUNTED = frozenset({"次", "笔", "个", "人", "张", "份", "只", "户", "家", "岁", "期", "页"})
_CHINESE = re.compile("[\u4e00-\u9fff]")
_ENGLISH_AFTER = re.compile(" [a-z]{3,}")
_AGED = re.compile("ages? |aged |under |over |and ", re.IGNORECASE)
_WHOLE = Decimal(100)
_SHARES = frozenset("%‰")
_DAYS_OF: dict[object, Decimal] = {"days": Decimal(365), "months": Decimal(12)}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, clause or table row of a passage.

    sentence, lead: the words of the whole it is a part of, if it is one, and those before that one's colon. words: its
    own. around: of each of its quantities what it is said under; units: what it is charged for.
    """

    piece: int
    text: str
    quantities: tuple[Quantity, ...]
    keys: frozenset[Key]
    clauses: tuple[Clause, ...] = ()
    sentence: frozenset[str] = frozenset()
    lead: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    around: tuple[Circumstances, ...] = ()
    units: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number stands. line: index into Facts.lines. attributes: the fees or rates named before it there.

    words: those of its clause. owners: the products its line says it of, None where the line names none.
    branches: those whose it is, none where the evidence does not say.
    """

    line: int
    bound: str = ""
    attributes: frozenset[str] = frozenset()
    circumstances: Circumstances = NOTHING_SAID
    words: frozenset[str] = frozenset()
    owners: frozenset[str] | None = None
    branches: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage. products: codes of the products it belongs to or names."""

    text: str
    folded: str
    products: frozenset[str]
    owner: str | None


@dataclass(slots=True)
class Facts:
    """holds[key]: every place that has the number. text: all evidence, for names.

    currency: that of its amounts which name none, "" where it is not known.
    """

    pieces: list[Piece] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    holds: dict[Key, list[Place]] = field(default_factory=lambda: defaultdict(list))
    text: str = ""
    folded: str = ""
    currency: str = ""
    branches: set[str] = field(default_factory=set)
    # Rows of tables, once somebody asks for them.
    tables: list[Any] | None = None


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
    facts.currency = only_currency(facts.holds)
    return facts


def joined(passages: Sequence[Facts]) -> Facts:
    """The facts of passages read one by one as those of one evidence; what is joined stays as it is."""
    facts = Facts()
    for number, one in enumerate(passages):
        offset = len(facts.lines)
        facts.pieces += one.pieces
        facts.branches |= one.branches
        facts.lines += [replace(line, piece=number) for line in one.lines]
        for key, places in one.holds.items():
            facts.holds[key] += [replace(place, line=place.line + offset) for place in places]
    facts.text = "\n".join(piece.text for piece in facts.pieces)
    facts.folded = "".join(piece.folded for piece in facts.pieces)
    facts.currency = only_currency(facts.holds)
    return facts


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def _read_lines(facts: Facts, text: str, catalogue: Catalogue) -> None:
    headings: list[str] = []
    columns: list[Heading] = []
    caption = ""
    heading, carried, of = frozenset[str](), frozenset[str](), frozenset[str]()
    for line, lead, whole in _lines_of(text):
        if (said := _CAPTION.search(line) or ("|" not in line and _RATES.search(line)) or None) is not None:
            caption = next(filter(None, said.groups()))
        cells = _CELLS.split(line.strip().strip("|").strip()) if "|" in line else []
        if cells and not headings:
            headings = cells
        read = dated(line, read_quantities(line))
        quantities = [_inheriting(one, line, cells, headings, caption) for one in read]
        if cells is headings:
            columns = [Heading(words_of(cell, 0, ()), tuple(read_quantities(cell))) for cell in cells]
        heads = columns if cells and cells is not headings else ()
        clauses = [
            clause
            for _, _, clause in clauses_of(line, quantities, headings=heads, named_cells=names_cells(line), lead=lead)
        ]
        words = {one.start: clause.words for clause in clauses for one in clause.quantities}
        mentions = catalogue.mentions(line)
        everyone = frozenset(mention.product.code for mention in mentions) or None
        own = facts.pieces[0].owner
        owned = branches_in(line)
        facts.branches |= {name for one in owned for name in one.names}
        # The parts of a sentence go on with its branch, the lines below a heading with the heading's.
        carried = carried if whole and whole is of else heading
        of, heading = whole, carried_on(line, quantities, owned, heading)
        carried = frozenset(owned[-1].names) if owned else carried
        index = len(facts.lines)
        places: list[tuple[Key, Place]] = []
        around = circumstances_of(line, quantities)
        for bare, quantity, attributes, circumstances, owner, branches in zip(
            read,
            quantities,
            attributes_of(line, quantities),
            around,
            owners_of(line, mentions, quantities),
            branches_of(line, owned, quantities) if owned else [carried] * len(quantities),
            strict=True,
        ):
            keys = keys_of(quantity)
            if bare is not quantity:
                keys += keys_of(bare)
            if quantity.kind == "plain" and quantity.value is not None:
                keys += _counted_in_english(quantity.value, line, quantity.start, quantity.end)
            owners = owner.codes if owner else everyone
            if owners is not None and own is not None:
                owners |= {own}
            about = words.get(quantity.start, frozenset())
            place = Place(index, quantity.bound, attributes, circumstances, about, owners, branches)
            places += [(key, place) for key in keys]
        keys_held = frozenset(key for key, _ in places)
        own_words = words_of(line, 0, quantities)
        units = tuple(charged_for(line, quantities, around))
        held = Line(0, line, tuple(quantities), keys_held, tuple(clauses), whole, lead, own_words, tuple(around), units)
        _add_line(facts, held, places)


def _add_line(facts: Facts, line: Line, places: Sequence[tuple[Key, Place]]) -> None:
    facts.lines.append(line)
    for key, place in dict.fromkeys(places):
        facts.holds[key].append(place)


def _lines_of(text: str) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Sentences; at semicolons too, unless every part is a cell of a row ("存期：3个月；年利率：0.65%").

    With the words that stand before a colon for all parts of a sentence ("柜台转账：1万元以下每笔5元；…"),
    and with all words of the sentence.
    """
    lines: list[tuple[str, frozenset[str], frozenset[str]]] = []
    for line in _LINES.split(text):
        parts = _SEMICOLON.split(line)
        if len(parts) > 1 and not all(CELL_NAME.match(part) for part in parts if part.strip()):
            head = CELL_NAME.match(line)
            lead = words_of(head.group(), 0, ()) if head else frozenset[str]()
            words = words_of(line, 0, ())
            lines += [(part, lead, words) for part in parts]
        else:
            lines.append((line, frozenset(), frozenset()))
    return [one for one in lines if one[0].strip()]


def keys_of(quantity: Quantity) -> list[Key]:
    """What an evidence number supports: itself, its bare value in a table, and the parts of a date."""
    keys: list[Key] = list(quantity.keys)
    if quantity.value is not None and quantity.kind in _BARE:
        keys.append(("plain", quantity.value.normalize()))
    for key in quantity.keys:
        if key[0] == "date":
            keys += _date_keys(*key[1:])
        keys += [(other, key[1]) for one, other in _ALSO if key[0] == one]
        keys += _years(*key) if key[0] in _DAYS_OF else ()
        keys += _as_often(*key[:2]) if key[0] in {"percent", "倍"} else ()
    return keys


def _counted_in_english(value: Decimal, line: str, start: int, end: int) -> Sequence[Key]:
    """What "6 lounge visits" and "2 guests" count has no measure word; a Chinese sentence gives it one."""
    if (
        value != value.to_integral_value()
        or value > _COUNTED_MOST
        or _CHINESE.search(line, max(0, start - 12), end + 12)
    ):
        return ()
    around = _ENGLISH_AFTER.match(line, end) or _AGED.search(line, max(0, start - 8), start)
    return [(kind, value.normalize()) for kind in sorted(_COUNTED)] if around else ()


def _years(kind: object, value: object) -> Sequence[Key]:
    """Whole years in months, where they are in days, and the other way round."""
    assert isinstance(value, Decimal)
    whole, rest = divmod(value, _DAYS_OF[kind])
    other = "days" if kind == "months" else "months"
    return [] if rest or not whole else [(other, (whole * _DAYS_OF[other]).normalize())]


def _as_often(kind: object, value: object) -> Sequence[Key]:
    """200% in times, and three times in hundredths; less than all of it is a share and no multiple."""
    assert isinstance(value, Decimal)
    if kind == "倍":
        return [("percent", (value * 100).normalize())] if value > 1 else []
    return [("倍", (value / 100).normalize())] if value > _WHOLE else []


def _date_keys(year: object, month: object, day: object) -> list[Key]:
    keys: list[Key] = [("date", year, month, day)]
    if month and day:
        keys += [("date", None, month, day), ("day", day)]
    if year and month:
        keys += [("date", year, month, None), ("date", None, month, None)]
    if year:
        keys.append(("date", year, None, None))
    return keys


def _is_rate_cell(quantity: Quantity, line: str, cells: Sequence[str], heading: str) -> bool:
    """A whole cell that is no row's name and stands under no heading of amounts; a decimal of a note below."""
    if not cells:
        return "." in quantity.text and Decimal(str(quantity.value)) < _RATE_MOST and "息" in line
    column = line[: quantity.start].strip().lstrip("|").count("|")
    return (
        0 < column < len(cells)
        and _BARE_CELL.fullmatch(cells[column]) is not None
        and _AMOUNT.search(heading) is None
        and Decimal(str(quantity.value)) < _RATE_MOST
    )


def _inheriting(quantity: Quantity, line: str, cells: Sequence[str], headings: Sequence[str], caption: str) -> Quantity:
    """A bare number takes the unit of its label, "年利率（%）：1.5", of its column's heading or its table's caption."""
    if quantity.kind != "plain" or not isinstance(quantity.value, Decimal):
        return quantity
    before = line[: quantity.start]
    heading, unit = before, _LABELLED.search(before)
    if unit is None and cells and headings and cells is not headings:
        column = before.strip().lstrip("|").count("|")
        heading = headings[column] if column < len(headings) else ""
        unit = _UNIT_IN_HEADING.search(heading) or _UNIT_IN_HEADING.search(cells[0])
    written = next(filter(None, unit.groups()), "") if unit else ""
    if not written and caption:
        if caption not in _SHARES:
            written = caption if _AMOUNT.search(_SEMICOLON.split(heading)[-1]) else ""
        elif _is_rate_cell(quantity, line, cells, heading):
            written = caption
    read = read_quantities(f"{quantity.text}{written}") if written else []
    if len(read) != 1:
        return quantity
    return replace(quantity, kind=read[0].kind, keys=read[0].keys, value=read[0].value)
