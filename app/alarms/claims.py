"""What passages claim in figures: (what it is about, conditions, value with unit), from table rows and from sentences.

A row gives its claims directly: the label says what the value is, the row's first cell and its other words are
conditions. In prose a clause does. Words with the same meaning count as one word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import jieba

from app.knowledge.lexical import Segmenter, read_lines
from app.knowledge.normalise import Normaliser
from app.knowledge.passage import Passage
from app.knowledge.synonyms import Thesaurus, parse
from guardrails import Quantity, read_quantities

# What kind of paper it is, not what it is about.
_PAPER = re.compile(
    r"(?:产品|业务|服务|收费|资费|价格|费率|使用|客户|相关|及|与|和|、)*"
    r"(?:说明书?|介绍|指南|须知|标准|公告|概要|规则|细则|手册|条款|要点|规定|办法|通知|一览|常见问题|问题解答|问答|表)+"
)
# A clause that sets a condition for the next ("未满1年提前还款的，", "持有满一年后，").
_CONDITION = re.compile(r"(?:的|后|时|者)$|[未不]?满|不足|超过")
_CURRENCY = re.compile(r"(?:人民币|rmb|cny)(?=\s?[\d一二两三四五六七八九十百千万])")
_ENDS_AS_CONDITION = re.compile(r"(?:的|后|时|者)$")
# For which stretch a limit or a price holds.
_PERIODS = {
    "each": re.compile(r"[每单][一]?[笔次回张份件项]|一[笔次]"),
    "day": re.compile(r"[每单当][一]?[日天]|日累计|日均|/[日天]|按日"),
    "month": re.compile(r"[每单当][一个]{0,2}月|月累计|/月|按月"),
    "year": re.compile(r"[每全当][一]?年|年度|年累计|/年|年[租收]"),
}
_EXAMPLE = re.compile(r"^[\s·•*\-]*(?:例如|比如|譬如|举例|假设|假如|以.{0,12}为例|例[:：])")
_RANGE = re.compile(r" ?(?:[-~～—–]{1,2}|至|到) ?(?:次日|当日|下午|晚上?)?")
_LINE = re.compile(r"[^\n]+")
_CELL = re.compile(r"([^:：;；,，。]{1,24})[:：]([^;；]*)")
_SENTENCE = re.compile(r"[^。！？!?;；\n]+")
_CLAUSE = re.compile(r"[^,，]+")
# What is measured, and in one currency or none; a bare number is too often only prose.
_DURATION = frozenset({"months", "days", "workdays", "minutes", "seconds"})
_UNCLAIMED = frozenset({"plain", "phone", "code", "ordinal", "words", "号", "页", "字", "位数", "期", "楼", "half-day"})
# What a word tells by its part of speech: things and qualities tell apart, deeds less, the rest nothing. A word the
# dictionary does not know is a name; the field's own terms and words with synonyms are things.
_THING, _DEED, _NOTHING = 1.0, 0.35, 0.0
_TAGS = {
    **dict.fromkeys("njbsilg", _THING),
    **dict.fromkeys("faztm", 0.6),
    "vn": 0.5,
    "v": _DEED,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure. sort: what kind of value ("money", "percent", "duration", "date" …), only equal sorts compare.

    label: the words that say what it is (its clause, its cell's label), each with its weight. wide: the words of its
    sentence or row. head: those of title, section and question. conditions: other quantities it is said together with.
    at: where in its passage it stands.
    """

    passage: Passage
    quote: str
    quantity: Quantity
    sort: str
    label: Mapping[str, float]
    own: Mapping[str, float]
    wide: Mapping[str, float]
    head: Mapping[str, float]
    conditions: Sequence[Quantity]
    text: str
    place: int = 0
    example: bool = False
    periods: frozenset[str] = frozenset()
    subject: Mapping[str, float] = field(default_factory=dict)


class ClaimReader:
    """Loading takes about a second, best in a thread. cache_dir: see Segmenter."""

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._normalise = Normaliser()
        self._segment = Segmenter(cache_dir)
        self._stopwords = frozenset(word for line in read_lines("stopwords.txt") for word in line.split())
        self._terms = frozenset(self._normalise(term) for term in read_lines("terms.txt"))
        self._tags = _read_tags()
        groups, _ = parse(read_lines("synonyms.txt"), self._normalise)
        self._thesaurus = Thesaurus(groups)
        self._first = _united(groups)

    def read(self, passage: Passage) -> list[Claim]:
        title = _PAPER.sub(" ", passage.title)
        head = self._words(self._normalise("\n".join((title, passage.section, passage.question))), ())
        subject = self._words(self._normalise(f"{title}\n{passage.question}"), ())
        claims: list[Claim] = []
        for found in _LINE.finditer(passage.text):
            line = found.group()
            cells = _cells(line)
            claims += self._row(passage, line, cells, head) if cells else self._prose(passage, line, head)
        return [replace(claim, subject=subject) for claim in claims]

    def words(self, text: str) -> dict[str, float]:
        """The words of a question, by the same names as those of claims."""
        plain = self._normalise(text)
        return self._words(plain, read_quantities(plain))

    def _row(
        self, passage: Passage, line: str, cells: Sequence[tuple[str, str]], head: Mapping[str, float]
    ) -> list[Claim]:
        read = [(label, value, read_quantities(value)) for label, value in map(self._plain, cells)]
        several = len(read) > 1
        key = [read[0]] if several else []
        # What the first column is called ("存期", "卡种") is no condition, what stands in it is.
        values = [value for _, value, numbers in read[1:] if several and not numbers]
        said = " ".join([*(value for _, value, _ in key), *values])
        named = " ".join(label for label, _, _ in key)
        conditions = [number for _, _, numbers in key for number in numbers]
        row = self._words(said, read_quantities(said))
        optional = self._words(named, ())
        claims: list[Claim | None] = []
        for label, value, numbers in read[1:] if several else read:
            own = self._words(f"{label} {value}", read_quantities(f"{label} {value}"))
            for number in numbers:
                others = [*conditions, *(other for other in numbers if other is not number)]
                both, text = {**row, **own}, f"{said} {label} {value}"
                claims.append(_claim(passage, line, number, own, both, {**both, **optional}, head, others, text))
        return [claim for claim in claims if claim]

    def _plain(self, cell: tuple[str, str]) -> tuple[str, str]:
        return self._normalise(cell[0]), self._normalise(cell[1])

    def _prose(self, passage: Passage, line: str, head: Mapping[str, float]) -> list[Claim]:
        claims: list[Claim | None] = []
        for sentence in _SENTENCE.finditer(line):
            text = self._normalise(sentence.group())
            numbers = read_quantities(text)
            if not numbers:
                continue
            wide = self._words(text, numbers)
            example = _EXAMPLE.match(text) is not None
            clauses = [(clause.start(), clause.end()) for clause in _CLAUSE.finditer(text)]
            bare = [(s, e) for s, e in clauses if not any(s <= one.start < e for one in numbers)]
            for at, number in enumerate(numbers):
                start, end = next(((s, e) for s, e in clauses if s <= number.start and number.end <= e), (0, len(text)))
                if _ENDS_AS_CONDITION.search(text[start:end]):
                    continue
                inside = [one for one in numbers if start <= one.start and one.end <= end]
                label = self._words(text[start:end], [_moved(one, start) for one in inside])
                own = dict(label)
                for s, e in bare:
                    if e <= start:
                        own |= self._words(text[s:e], ())
                # The first clause names the subject of those that follow it.
                first = [one for one in numbers if one.end <= clauses[0][1]]
                opening: list[Quantity] = []
                if start > 0 and first:
                    own |= self._words(text[: first[-1].start], first[:-1])
                    opening = first[:-1]
                place = _place(text, numbers, at)
                earlier = [(s, e) for s, e in clauses if e <= start and _CONDITION.search(text[s:e])]
                before = [one for one in numbers[:at] if any(s <= one.start < e for s, e in earlier)]
                mates = [one for one in inside if one is not number and not (place and one.kind == number.kind)]
                others = [*before, *(one for one in opening if one not in before), *mates]
                made = _claim(
                    passage, sentence.group().strip(), number, label, own, wide, head, others, text[start:end]
                )
                claims.append(made and replace(made, place=place, example=example))
        return [claim for claim in claims if claim]

    def _words(self, text: str, numbers: Sequence[Quantity]) -> dict[str, float]:
        """Its words outside the numbers, synonyms as one, each with how much it tells."""
        text = _CURRENCY.sub(lambda match: " " * len(match.group()), text)
        for number in numbers:
            text = text[: number.start] + " " * (number.end - number.start) + text[number.end :]
        words: dict[str, float] = {}
        rest = list(text)
        for meaning in self._thesaurus.find(text):
            rest[meaning.start : meaning.end] = " " * (meaning.end - meaning.start)
            words[self._first[meaning.phrase]] = _THING
        for _, word in self._segment.tokens("".join(rest)):
            if word.strip() and word not in self._stopwords and any(char.isalnum() for char in word):
                weight = self._weight(word)
                if weight > 0:
                    words[word] = weight
        return words

    def _weight(self, word: str) -> float:
        if word in self._terms:
            return _THING
        tag = self._tags.get(word)
        if tag is None:
            return _THING
        return _TAGS.get(tag, _NOTHING) * min(max((self._segment.surprise(word) - 6) / 4, 0.2), 1.0)


def _claim(
    passage: Passage,
    quote: str,
    number: Quantity,
    label: Mapping[str, float],
    own: Mapping[str, float],
    wide: Mapping[str, float],
    head: Mapping[str, float],
    others: Sequence[Quantity],
    text: str,
) -> Claim | None:
    sort = "duration" if str(number.keys[0][0]) in _DURATION else number.kind
    if sort == "money":
        sort = str(number.keys[0][0])
    if sort in _UNCLAIMED:
        return None
    periods = frozenset(name for name, pattern in _PERIODS.items() if pattern.search(text))
    return Claim(passage, quote, number, sort, label, own, wide, head, tuple(others), text, periods=periods)


def _cells(line: str) -> list[tuple[str, str]]:
    """A row's cells, or none when the line is prose."""
    parts = [part.strip() for part in re.split("[;；]", line.strip().lstrip("-*•").strip()) if part.strip()]
    matched = [_CELL.fullmatch(part) for part in parts]
    if not parts or not all(matched):
        return []
    cells = [(one.group(1), one.group(2)) for one in matched if one]
    return [] if len(cells) == 1 and re.search("[,，。]", cells[0][1]) else cells


def _united(groups: Sequence[Sequence[str]]) -> dict[str, str]:
    """One name for all words that groups connect, across groups too."""
    names: dict[str, str] = {}
    for group in groups:
        known = {names[word] for word in group if word in names} | {min(group)}
        name = min(known)
        names.update({word: name for word, old in names.items() if old in known})
        names.update(dict.fromkeys(group, name))
    return names


def _read_tags() -> dict[str, str]:
    """The first letter of each word's part of speech, from jieba's dictionary; vn, a deed as a thing, as it is."""
    tags: dict[str, str] = {}
    with (Path(jieba.__file__).parent / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, _, rest = line.partition(" ")
            tag = rest.split()[-1]
            tags[word] = tag if tag == "vn" else tag[0]
    return tags


def _place(text: str, numbers: Sequence[Quantity], at: int) -> int:
    """1: the start of a range, 2: its end, 0: no range."""
    number = numbers[at]
    after = numbers[at + 1] if at + 1 < len(numbers) else None
    before = numbers[at - 1] if at else None
    if after and after.kind == number.kind and _RANGE.fullmatch(text, number.end, after.start):
        return 1
    if before and before.kind == number.kind and _RANGE.fullmatch(text, before.end, number.start):
        return 2
    return 0


def _moved(number: Quantity, by: int) -> Quantity:
    return replace(number, start=number.start - by, end=number.end - by)
