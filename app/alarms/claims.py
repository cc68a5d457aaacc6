"""What passages claim in figures: (what it is about, conditions, value with unit), from table rows and from sentences.

A row gives its claims directly: the label says what the value is, the row's first cell and its other words are
conditions. In prose a clause does. Words with the same meaning count as one word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import jieba

from app.alarms.claim import Claim
from app.alarms.currency import at_home
from app.alarms.days import LENGTHS
from app.alarms.figures import figures_of, rates_of
from app.alarms.free import FREE
from app.alarms.meanings import Meanings, shipped
from app.alarms.positions import bound_of, is_former, place_of, read_cells, shifted, units_of, without_stretches
from app.alarms.senses import Senses
from app.alarms.sorts import sort_of
from app.alarms.written import written
from app.knowledge.lexical import Segmenter, read_lines
from app.knowledge.normalise import Normaliser
from app.knowledge.passage import Passage
from app.knowledge.subjects import Named
from app.knowledge.subjects import shipped as subjects
from app.knowledge.wording import grams
from guardrails import Quantity, read_quantities

# What kind of paper it is, not what it is about.
_PAPER = re.compile(
    r"(?:产品|业务|服务|收费|资费|价格|费率|使用|客户|相关|及|与|和|、)*"
    r"(?:说明书?|介绍|指南|须知|标准|公告|概要|规则|细则|手册|条款|要点|规定|办法|通知|一览|常见问题|问题解答|问答|表)+"
)
_ANSWERS = re.compile("问")
# A clause that sets a condition for the next ("未满1年提前还款的，", "持有满一年后，").
_CONDITION = re.compile(r"(?:的|后|时|者)$|[未不]?满|不足|超过")
_CURRENCY = re.compile(r"(?:人民币|rmb|cny)(?=\s?[\d一二两三四五六七八九十百千万])")
_ENDS_AS_CONDITION = re.compile(r"(?:的|后|时|者)$")
# Names of what is measured are made with these.
_MEASURES = re.compile(r"(?:费率?|[利税]率|比例|期|额|价)$")
# Words that the segmenter does not know and that hold one of these are no names.
_FUNCTION = re.compile("[的了在会内给您须需把才会可其将就]")
# For which stretch a limit or a price holds.
_PERIODS = {
    "each": re.compile(r"[每单][一]?[笔次回张份件项]|一[笔次]"),
    "day": re.compile(r"[每单当][一]?[日天]|一[日天](?!内)|日累计|日均|/[日天]|按日"),
    "month": re.compile(r"[每单当][一个]{0,2}月|月累计|/月|按月"),
    "year": re.compile(r"[每全当][一]?年|年度|年累计|/年|年[租收]"),
}
_FIRST = re.compile("首(?=[年月])")
_EXAMPLE = re.compile(r"^[\s·•*\-]*(?:例如|比如|譬如|举例|假设|假如|以.{0,12}为例|例[:：])")
_BREAK = "\n"
_HAN = re.compile(r"[\u4e00-\u9fffa-z]")
_NUMBER = re.compile(
    r"[\d.,%‰]+|百分之[一二三四五六七八九十点零百]+|[一二两三四五六七八九十百千万亿]+(?=[元天日个年月笔次])"
)
# Ways to say that something is so.
_FILLING = re.compile(
    r"收取|收费|计收|支付|办理|申请|需要?|须|为|的|是|按|在|每|最[高低长短多少]|不[超低]过?于?|以[内上下]|请|应当?|可"
)
_LINE = re.compile(r"[^\n]+")
_SENTENCE = re.compile(r"[^。！？!?;；\n]+")
_CLAUSE = re.compile(r"[^,，]+")
# What is measured, and in one currency or none; a bare number is too often only prose.
_UNCLAIMED = frozenset({"plain", "phone", "code", "ordinal", "words", "号", "页", "位数", "楼", "half-day"})
# What a word tells by its part of speech: things and qualities tell apart, deeds less, the rest nothing. A word the
# dictionary does not know is a name; the field's own terms and words with synonyms are things.
_THING, _QUALITY, _DEED, _NOTHING = 1.0, 0.45, 0.35, 0.0
_TAGS = {
    **dict.fromkeys("njbsilg", _THING),
    **dict.fromkeys("faztm", 0.6),
    "vn": 0.5,
    "v": _DEED,
}


class ClaimReader:
    """Loading takes about a second, best in a thread. cache_dir: see Segmenter. meanings: the shipped ones by default.

    senses, meanings: what those who compare its claims read their words by.
    """

    def __init__(self, cache_dir: Path | None = None, meanings: Meanings | None = None) -> None:
        self.meanings = meanings or shipped()
        self._normalise = Normaliser()
        self._segment = Segmenter(cache_dir)
        self._stopwords = frozenset(word for line in read_lines("stopwords.txt") for word in line.split())
        self._terms = frozenset(self._normalise(term) for term in read_lines("terms.txt"))
        self._tags = _read_tags()
        self.senses = Senses(self._normalise)
        self._subjects = subjects()

    def read(self, passage: Passage) -> list[Claim]:
        title = without_kind(passage.title)
        head = self._words(self._normalise("\n".join((title, passage.section, passage.question))), ())
        subject = self._words(self._normalise(f"{title}\n{passage.question}"), ())
        claims: list[Claim] = []
        firsts = Counter(row[0][0] for line in passage.text.splitlines() if (row := read_cells(line)))
        for found in _LINE.finditer(passage.text):
            line = found.group()
            row = read_cells(line)
            if row and firsts[row[0][0]] == 1 and len(row) > 1:
                # A list of a thing's properties on one line: its first one is no key that tells rows apart.
                claims += self._row(passage, line, row[:1], head) if read_quantities(self._plain(row[0])[1]) else []
            claims += self._row(passage, line, row, head) if row else self._prose(passage, line, head)
        claims = at_home(claims, passage)
        above = "\n".join((passage.title, passage.section, passage.question))
        name = "".join(title.split())
        bare, answers = frozenset(grams(name)), _ANSWERS.search(passage.title) is not None
        page = dict(head)
        for claim in claims:
            page |= claim.wide
        whole = self._normalise(f"{above}\n{passage.text}")
        letters = frozenset(whole + self._letters(whole))
        return [
            self._spelt(
                replace(
                    claim, subject=subject, name=name, title=bare, answers=answers, page=page, page_letters=letters
                ),
                above,
            )
            for claim in claims
        ]

    def _spelt(self, claim: Claim, above: str) -> Claim:
        """With its characters, and what a bound alone says of an amount of money."""
        free = claim.quantity.kind == FREE
        letters = self._letters(claim.text.replace(claim.quantity.text, " ", 1) if free else claim.text)
        whole = self._normalise(f"{above}\n{claim.quote}") + claim.text
        measure = claim.measure
        if not measure and claim.quantity.kind == "money":
            measure = {"le": self.senses.name["限额"], "ge": self.senses.name["起点"]}.get(claim.bound, "")
        elif not measure and free:
            measure = self.senses.name["手续费"]
        said = {**claim.own, **claim.opening}
        return replace(
            claim,
            named=self._letters(claim.named) + letters,
            asking=claim.asked(claim.name, claim.passage.section),
            plainly=claim.asked(),
            topics=self._topics(claim),
            own_topics=self._subjects.of(self._normalise(claim.quote)),
            about={word: how for word, how in said.items() if how > _QUALITY and not self._is_measure(word)},
            measure=measure,
            letters=letters,
            everything=frozenset(whole + self._letters(whole)),
            spoken=frozenset(self._letters(self._normalise(f"{above.rpartition(_BREAK)[2]}\n{claim.quote}"))),
            grams=frozenset(grams(letters)),
            all_grams=frozenset(grams(whole)),
        )

    def _topics(self, claim: Claim) -> Named:
        """The sentence decides, then the section, the question and the title."""
        passage = claim.passage
        return self._subjects.of(
            *(self._normalise(text) for text in (claim.quote, passage.question, passage.section, passage.title) if text)
        )

    def _letters(self, text: str) -> str:
        """Its characters outside numbers and empty phrases, each word by the name of its sense."""
        text = _NUMBER.sub(" ", text)
        parts, at = [], 0
        for start, end, sense in self.senses.find(text):
            parts += [_FILLING.sub("", text[at:start]), "" if sense in self.senses.fillers else sense]
            at = end
        return "".join(_HAN.findall("".join([*parts, _FILLING.sub("", text[at:])])))

    def words(self, text: str) -> dict[str, float]:
        """The words of a question, by the same names as those of claims."""
        plain = self._normalise(text)
        return self._words(plain, read_quantities(plain))

    def _row(
        self, passage: Passage, line: str, cells: Sequence[tuple[str, str]], head: Mapping[str, float]
    ) -> list[Claim]:
        read = [(label, value, figures_of(value)) for label, value in map(self._plain, cells)]
        several = len(read) > 1
        key = [read[0]] if several else []
        # What the first column is called ("存期", "卡种") is no condition, what stands in it is.
        values = [value for _, value, numbers in read[1:] if several and not numbers]
        said = " ".join([*(value for _, value, _ in key), *values])
        first = " ".join(label for label, _, _ in key)
        conditions = [number for _, _, numbers in key for number in numbers]
        row = self._words(said, read_quantities(said))
        optional = self._words(first, ())
        claims: list[Claim | None] = []
        for label, value, numbers in read[1:] if several else read:
            own = self._words(f"{label} {value}", read_quantities(f"{label} {value}"))
            for number in numbers:
                others = [*conditions, *(other for other in numbers if other is not number)]
                both, text = {**row, **own}, f"{said} {label} {value}"
                sort = sort_of(value, number, self._tags)
                made = _claim(passage, line, number, sort, own, both, {**both, **optional}, head, others, text)
                named = f"{label} {value}"
                shift = len(label) + 1
                moved = [shifted(one, -shift) for one in numbers]
                measure = self._measured(named, moved, shifted(number, -shift))
                claims.append(
                    made
                    and replace(
                        made,
                        row=True,
                        measure=measure,
                        place=place_of(value, numbers, numbers.index(number)),
                        bound=bound_of(named, moved, shifted(number, -shift)),
                        per=units_of(named, moved, shifted(number, -shift)),
                    )
                )
        return [claim for claim in claims if claim]

    def _plain(self, cell: tuple[str, str]) -> tuple[str, str]:
        label, value = (self._written(text) for text in cell)
        return label, value

    def _written(self, text: str) -> str:
        return _FIRST.sub("第1", written(self._normalise(text)))

    def _prose(self, passage: Passage, line: str, head: Mapping[str, float]) -> list[Claim]:
        claims: list[Claim | None] = []
        for sentence in _SENTENCE.finditer(line):
            text = self._written(sentence.group())
            clauses = [(clause.start(), clause.end()) for clause in _CLAUSE.finditer(text)]
            numbers = without_stretches(figures_of(text), clauses)
            if not numbers:
                continue
            wide, rates = self._words(text, numbers), rates_of(text, numbers)
            example = _EXAMPLE.match(text) is not None
            bare = [(s, e) for s, e in clauses if not any(s <= one.start < e for one in numbers)]
            for at, number in enumerate(numbers):
                if is_former(text, number):
                    continue
                start, end = next(((s, e) for s, e in clauses if s <= number.start and number.end <= e), (0, len(text)))
                # A figure that only sets a condition is what is said where there is no other.
                threshold = _ENDS_AS_CONDITION.search(text[start:end]) is not None and any(
                    n.end <= start or n.start >= end for n in numbers
                )
                inside = [one for one in numbers if start <= one.start and one.end <= end]
                label = self._words(text[start:end], [shifted(one, start) for one in inside])
                own = dict(label)
                # Clauses without a figure, back to the last fact, say more about this one.
                for s, e in reversed([clause for clause in clauses if clause[1] <= start]):
                    if (s, e) not in bare and not _ENDS_AS_CONDITION.search(text[s:e]):
                        break
                    own |= self._words(text[s:e], [shifted(one, s) for one in numbers if s <= one.start < e])
                # The first clause names the subject of those that follow it.
                first = [one for one in numbers if one.end <= clauses[0][1]]
                named = text[: first[-1].start if first else clauses[0][1]]
                opening = self._words(named, first[:-1]) if start > 0 else {}
                opened = [one for one in first[:-1] if start > 0 and not place_of(text, numbers, numbers.index(one))]
                place = place_of(text, numbers, at)
                nearest = max((clause for clause in clauses if clause[1] <= start), default=(0, 0))
                sets = _CONDITION.search(text[slice(*nearest)]) is not None
                last = [one for one in numbers[:at] if nearest[0] <= one.start < nearest[1]]
                said = [shifted(one, nearest[0]) for one in last]
                timed = str(number.keys[0][0]) in LENGTHS
                before = [
                    one
                    for one, there in zip(last, said, strict=True)
                    if sets or (not timed and self._is_free(text[slice(*nearest)], said, there))
                ]
                mates = [one for one in inside if one is not number and not (place and one.kind == number.kind)]
                mates = [one for one in mates if one.kind != FREE]
                others = [*before, *mates]
                quote, sort = sentence.group().strip(), sort_of(text, number, self._tags)
                made = _claim(passage, quote, number, sort, label, own, wide, head, others, text[start:end])
                here = (text[start:end], [shifted(one, start) for one in inside], shifted(number, start))
                claims.append(
                    made
                    and replace(
                        made,
                        place=place,
                        example=example,
                        measure=self._measured(*here),
                        opening=opening,
                        opened=opened,
                        named=text[slice(*clauses[0])] if start > 0 else "",
                        bound=bound_of(*here),
                        per=units_of(*here),
                        threshold=threshold,
                    )
                )
                if made and (rate := rates.get(number.start)):
                    claims.append((claims[-1] or made).as_rate(rate))
        return [claim for claim in claims if claim]

    def _words(self, text: str, numbers: Sequence[Quantity]) -> dict[str, float]:
        """Its words outside the numbers, synonyms as one, each with how much it tells."""
        return {word: weight for _, word, weight in self._placed(text, numbers)}

    def _placed(self, text: str, numbers: Sequence[Quantity]) -> list[tuple[int, str, float]]:
        """The same with where each starts, in order."""
        text = _CURRENCY.sub(lambda match: " " * len(match.group()), text)
        for number in numbers:
            text = text[: number.start] + " " * (number.end - number.start) + text[number.end :]
        words: list[tuple[int, str, float]] = []
        rest = list(text)
        for start, end, sense in self.senses.find(text):
            rest[start:end] = " " * (end - start)
            if sense not in self.senses.fillers:
                words.append((start, sense, _THING))
        for start, word in self._segment.tokens("".join(rest)):
            word = self.senses.name.get(word, word)
            if word in self.senses.fillers or word in self._stopwords:
                continue
            if any(char.isalnum() for char in word):
                weight = self._weight(word)
                if weight > 0:
                    words.append((start, word, weight))
        return sorted(words)

    def _is_free(self, clause: str, numbers: Sequence[Quantity], number: Quantity) -> bool:
        """Whether a length of time only says of what the next clause speaks ("存半年定期，")."""
        return str(number.keys[0][0]) in LENGTHS and not self._measured(clause, numbers, number)

    def _measured(self, text: str, numbers: Sequence[Quantity], number: Quantity) -> str:
        """What the number measures: the nearest such word before it since the last number, or after it, or ""."""
        named = [(start, word) for start, word, _ in self._placed(text, numbers) if self._is_measure(word)]
        last = max((one.end for one in numbers if one.end <= number.start), default=0)
        following = min((one.start for one in numbers if one.start >= number.end), default=len(text))
        before = [word for start, word in named if last <= start < number.start]
        after = [word for start, word in named if number.end <= start < following]
        earlier = [word for start, word in named if start < last]
        return next(iter([*before[-1:], *after[:1], *earlier[-1:]]), "")

    def _is_measure(self, word: str) -> bool:
        if word in self.senses.measures:
            return True
        # 缴费 and 定期 are deeds and ways, 保费 is a price.
        return len(word) > 1 and _MEASURES.search(word) is not None and self._tags.get(word, "n") == "n"

    def _weight(self, word: str) -> float:
        if word in self._terms:
            return _THING
        tag = self._tags.get(word)
        if tag is None:
            return _DEED if _FUNCTION.search(word) else _THING
        return _TAGS.get(tag, _NOTHING) * min(max((self._segment.surprise(word) - 6) / 4, 0.2), 1.0)


def without_kind(title: str) -> str:
    """A paper's title without what kind of paper it is."""
    return _PAPER.sub(" ", title).strip()


def _claim(
    passage: Passage,
    quote: str,
    number: Quantity,
    sort: str,
    label: Mapping[str, float],
    own: Mapping[str, float],
    wide: Mapping[str, float],
    head: Mapping[str, float],
    others: Sequence[Quantity],
    text: str,
) -> Claim | None:
    if sort in _UNCLAIMED:
        return None
    periods = frozenset(name for name, pattern in _PERIODS.items() if pattern.search(text))
    return Claim(passage, quote, number, sort, label, own, wide, head, tuple(others), text, periods=periods)


def _read_tags() -> dict[str, str]:
    """The first letter of each word's part of speech, from jieba's dictionary; vn, a deed as a thing, as it is."""
    tags: dict[str, str] = {}
    with (Path(jieba.__file__).parent / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, _, rest = line.partition(" ")
            tag = rest.split()[-1]
            tags[word] = tag if tag == "vn" else tag[0]
    return tags
