"""A text with numbers as clauses and cells: what each is about, and which numbers stand in it.

A clause is about its own words and the head it shares with its siblings ("年费：金卡200元，普卡100元"), never about the
label of the clause before it where it has one of its own; a cell is about its row's label and its column's heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add
from typing import NamedTuple

from guardrails.numbers.attributes import apart, named_in
from guardrails.numbers.quantities import Key, Quantity

# "甲支行（9:00）或乙支行（10:00）" parts behind the bracket as well.
# And each of "1年0.65%、3年0.85%" is one.
_CLAUSE_BREAK = re.compile(
    "[,，;；。！？!?\n]|但是?|不过|(?<=[)）])(?=[或和与及、以])"
    r"|(?<=[%‰元])、(?=[\d一二两三四五六十]{1,3}(?:个月|年|期)[^\d、,，;；。]{0,8}\d)"
)
_SEMICOLON = re.compile("[;；]")
_COMMA = re.compile("[,，]")
_BAR = re.compile(r"\|")
# "年利率（年化，%）：" too.
CELL_NAME = re.compile(r"\s*(?:[^:：,，。|(（]|[(（][^()（）|]{0,12}[)）]){1,16}[:：]")
_RUN = re.compile("[\u4e00-\u9fff]{2,}")
# "ATM", "gold", and the A of "A款"; an English article is no label.
_LATIN = re.compile(r"[A-Za-z]{3,}|[A-Z](?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])[A-Z](?![A-Za-z])", re.ASCII)
# "withdrawals", "reloading": the word is the same.
_ENDING = re.compile("(?<=[a-z]{4})(?:ing|ed|e?s)$")
_PLAIN_WORDS = frozenset([
    "the", "and", "for", "per", "each", "year", "yuan", "rmb", "cny",
    "with", "from", "this", "that", "are", "will", "was", "not", "you",
    "your", "can", "has", "have",
    "charged", "fee", "fees", "costs", "cost", "pay", "only", "its", "it's",
    "which", "more", "less", "than", "annual", "rate",
])  # fmt: skip
# Numerals of these kinds name what they stand beside: 一类户, 二档, 第三期.
_NAMING = frozenset({"个", "级", "号", "户", "ordinal"})
_HEAD = re.compile(r"[:：]")
# A pair with one of these joins two words and is no label.
_GLUE = frozenset("的了为是按约仅只需则即及和与或也还另再就都均共收每要花")


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a line with numbers in it: the pairs of characters of its words, its numbers, their keys and kinds.

    column: the numbers of its column's heading ("3个月"); their keys are among its own.
    """

    words: frozenset[str]
    keys: frozenset[Key]
    kinds: frozenset[str]
    quantities: tuple[Quantity, ...] = ()
    column: tuple[Quantity, ...] = ()


class Heading(NamedTuple):
    """Of a column: its words and its numbers, read once for all rows."""

    words: frozenset[str]
    quantities: tuple[Quantity, ...] = ()


_NO_HEADING = Heading(frozenset())


def clauses_of(
    text: str,
    quantities: Sequence[Quantity],
    *,
    headings: Sequence[Heading] = (),
    named_cells: bool = False,
    lead: frozenset[str] = frozenset(),
) -> list[tuple[int, int, Clause]]:
    """The clauses that hold numbers: (start, end, clause). headings: of the columns, where the text is a table's row.

    named_cells: its parts are cells that carry their names ("存期：3个月；年利率：0.65%"). lead: words before a colon
    that the text shares with others ("柜台转账：…；…").
    """
    if not quantities:
        return []
    if "|" in text or named_cells:
        return _cells_of(text, quantities, headings, _BAR if "|" in text else _SEMICOLON)
    bounds = [*pairwise((0, *(match.start() for match in _CLAUSE_BREAK.finditer(text)), len(text)))]
    about: frozenset[str] = frozenset()
    head: frozenset[str] = frozenset()
    subject: frozenset[str] = frozenset()
    found = []
    for start, end, inside in _shared_out(bounds, quantities):
        part = text[start:end]
        own = words_of(part, start, inside)
        shared = frozenset(pair for name in named_in(part) for pair in map(add, name, name[1:]))
        if any(is_label(word) for word in own - shared):
            # A clause that names little but itself shares what its siblings have in common.
            words = own | head if len(own) <= _SHORT and not shared else own
            about, subject = words, own - shared
        elif shared:
            # One that names a fee only is of what the clause before it is ("金卡年费200元，挂失费50元").
            words = about = own | subject
        elif text[start] == "、" and not own:
            words = about  # "、3年0.85%" is of what the row before it is
        elif len({one.kind for one in inside}) > 1:
            words = own | head  # "一天最多20万元": a number is the label
        else:
            words = own | about
        if (colon := _last_head(part)) >= 0:
            shared |= words_of(part[:colon], start, [one for one in inside if one.end <= start + colon])
        head = shared or head
        if inside:
            found.append((start, end, _clause(words | lead, inside)))
    return found


# So many pairs hold a label and no name of a fee.
_SHORT = 3


def _last_head(part: str) -> int:
    found = -1
    for match in _HEAD.finditer(part):
        found = match.start()
    return found


def _shared_out(
    bounds: Sequence[tuple[int, int]], quantities: Sequence[Quantity]
) -> list[tuple[int, int, list[Quantity]]]:
    """The quantities of each stretch; both are in order, so that each is looked at once."""
    found = []
    at = 0
    for start, end in bounds:
        inside = []
        while at < len(quantities) and quantities[at].end <= end:
            if quantities[at].start >= start:
                inside.append(quantities[at])
            at += 1
        while at < len(quantities) and quantities[at].start < end:
            at += 1  # a number across a break belongs to neither side
        found.append((start, end, inside))
    return found


def _cells_of(
    text: str, quantities: Sequence[Quantity], headings: Sequence[Heading], bar: re.Pattern[str]
) -> list[tuple[int, int, Clause]]:
    bounds = [*pairwise((0, *(match.end() for match in bar.finditer(text)), len(text)))]
    parts = _shared_out(bounds, quantities)
    label: frozenset[str] = frozenset()
    for start, end, inside in parts:
        if all(one.kind in _NAMING for one in inside):
            label |= words_of(text[start:end], start, inside)
    found: list[tuple[int, int, Clause]] = []
    first = 1 if text.lstrip().startswith("|") else 0
    for column, (start, end, inside) in enumerate(parts):
        if inside:
            heading = headings[column - first] if 0 <= column - first < len(headings) else _NO_HEADING
            words = label | words_of(text[start:end], start, inside) | heading.words
            found += _within_cell(text, start, end, inside, words, heading.quantities)
    return found


def _within_cell(
    text: str,
    start: int,
    end: int,
    inside: Sequence[Quantity],
    words: frozenset[str],
    column: tuple[Quantity, ...],
) -> Iterator[tuple[int, int, Clause]]:
    """A cell; its parts one by one, where each names what its amount is of ("金卡：主卡年费200元，附属卡100元")."""
    bounds = [*pairwise((start, *(match.start() for match in _COMMA.finditer(text, start, end)), end))]
    parts = [part for part in _shared_out(bounds, inside) if part[2]]
    own = [words_of(text[at:until], at, within) for at, until, within in parts]
    kinds = [[one.kind for one in within] for _, _, within in parts]
    if len(parts) < 2 or any(kind != kinds[0] for kind in kinds) or not all(any(map(is_label, one)) for one in own):
        yield start, end, _clause(words, inside, column)
        return
    # The cell's name and the fee that it names are those of every part.
    shared = words - frozenset().union(*own)
    shared |= {pair for name in named_in(text[start:end]) for pair in map(add, name, name[1:])}
    if (colon := _HEAD.search(text, start, end)) is not None:
        shared |= words_of(text[start : colon.start()], start, ())
    for (at, until, within), said in zip(parts, own, strict=True):
        yield at, until, _clause(shared | said, within, column)


def _clause(words: frozenset[str], inside: Sequence[Quantity], column: tuple[Quantity, ...] = ()) -> Clause:
    keys = frozenset(key for one in (*inside, *column) for key in one.keys)
    return Clause(words, keys, frozenset(str(key[0]) for key in keys), tuple(inside), column)


def words_of(text: str, offset: int, quantities: Sequence[Quantity]) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters outside the numbers, and Latin words. text: from `offset` of the text
    that the quantities were read from."""
    parts = []
    at = 0
    for one in quantities:
        if one.kind in _NAMING:
            continue
        parts += [text[at : one.start - offset], " " * (one.end - one.start)]
        at = one.end - offset
    text = "".join((*parts, text[at:]))
    # No pair runs on into a fee's name: 卡|年费 says nothing of either.
    text = apart(text)
    pairs: set[str] = set()
    for run in _RUN.findall(text):
        pairs.update(map(add, run, run[1:]))
    pairs.update(word if len(word) == 1 else _ENDING.sub("", word.lower()) for word in _LATIN.findall(text))
    return frozenset(pairs - _EMPTY - _PLAIN_WORDS)


def is_label(word: str) -> bool:
    return _GLUE.isdisjoint(word)


def names_cells(text: str) -> bool:
    """Whether the text is a row of cells that carry their names."""
    return _SEMICOLON.search(text) is not None and CELL_NAME.match(text) is not None


# Pairs that carry no meaning of their own.
_EMPTY = frozenset([
    "可以", "应当", "需要", "进行", "办理", "您的", "客户", "如果", "根据",
    "按照", "的话", "为您", "我们", "目前", "此外", "同时", "其中", "以及",
    "或者", "并且",
    "金额", "人民", "民币", "每年", "每月", "每笔", "每次", "最低", "最高",
    "上限", "下限", "封顶", "为限", "最长", "最多", "最短", "不超", "超过", "不低", "低于", "至少", "收取",
])  # fmt: skip
