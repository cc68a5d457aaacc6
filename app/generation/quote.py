"""Answers without a model: the sentences and table rows of the best passages that speak to the question, verbatim.

Nothing is rephrased, so nothing can be invented; the release rails see these sentences like any others.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Sequence

from app.generation.generator import GeneratorName, Request
from app.knowledge.passage import Passage
from app.knowledge.subjects import LOOSE, Named, shipped
from app.knowledge.wording import asked_kinds, gives, grams, keys, speaks_of, specifics, units, without_asking

# A phone shows about this much without scrolling.
_LONGEST = 320
# What a unit is worth for the share of the question it says itself or stands under, for having the sort of thing asked
# for, and for the quantities named; what a place in the search's order is worth; and from what share of the best unit's
# worth another is quoted beside it.
_SAID, _UNDER, _KIND, _NAMED = 1.0, 0.85, 0.25, 0.4
_RANK, _STANDING = 0.08, 0.5
_ASTRAY, _ELSEWHERE = 1.0, 0.8
_BESIDE = 0.6
_CLAUSE = re.compile(r"[？?！!。；;]+")
_EACH = re.compile(r"分别|各[是自有要收]?|区别|不同|哪[个种]|比|都")
_LEAST_ASKED, _MOST_PARTS = 4, 3
_TERMS = frozenset("年月周天期")
# A row of a table ("存期：3年；年利率：1.25%") or of a list.
_ROW = re.compile(r"[-*•]|[^。！？：]{1,24}：[^。！？]*$")
_HAN = re.compile(r"[㐀-鿿]")
_LEAD = {
    "zh-Hans": "",
    "zh-Hant": "",
    "en": "Here is the exact wording of our current document (in Chinese):\n",
}


class QuoteGenerator:
    name: GeneratorName = "quote"

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """One piece a quoted sentence. Yields nothing when there is no evidence."""
        if not request.evidence:
            return
        if lead := _LEAD[request.language]:
            yield lead
        for sentence in excerpt(request.standalone, request.evidence, request.standing):
            yield sentence if sentence.endswith("\n") else sentence + "\n"


def excerpt(
    question: str, evidence: Sequence[Passage], scores: Sequence[float] = (), longest: int = _LONGEST
) -> list[str]:
    """Verbatim units (sentences, lines) of the evidence, in source order, at most about `longest` characters.

    scores: what the search gave each passage; without them only its order counts.

    The passage speaks first whose best unit, read under its headings, answers the question best: what few units of the
    evidence have of it counts most, then the sort of thing asked for (an amount, a time …) and the quantities it names
    (一年, 45岁 in 41—50周岁). The search's own order decides between equals. A FAQ's answer comes whole; otherwise the
    units that share most with the question, each with the unit that introduces it when that ends in a colon. A second
    passage adds only what the first did not say.
    """
    if not evidence:
        return []
    parts = _parts(question)
    quoted: dict[str, None] = {}
    if len(parts) > 1:
        scores = ()  # given for the whole of the question
    for part in parts:
        quoted.update(dict.fromkeys(_answering(part, evidence, scores, longest // len(parts))))
    return list(quoted)


def _parts(question: str) -> list[str]:
    """What a question asks one after the other ("年费多少？挂失收费吗？"), or of several things at once."""
    asked = [part for part in _CLAUSE.split(question) if len(_HAN.findall(part)) >= _LEAST_ASKED]
    parts = [one for part in asked or [question] for one in (shipped().apart(part) if _EACH.search(part) else [part])]
    return parts if len(parts) <= _MOST_PARTS else [question]


def _answering(question: str, evidence: Sequence[Passage], scores: Sequence[float], longest: int) -> list[str]:
    reading = _Reading(question, evidence, scores)
    first, *others = sorted(range(len(evidence)), key=lambda at: -reading.worth(at))
    best = evidence[first]
    if best.question:
        return [line for line in answer_lines(best) if line.strip()]
    picked = _pick(*reading.told(first), longest)
    room = longest - sum(map(len, picked))
    if others and room > longest // 2 and not evidence[others[0]].question:
        seen = set(picked)
        more = [unit for unit in _pick(*reading.told(others[0]), room) if unit not in seen]
        if more and _share(reading.wanted, more) > _share(reading.wanted, picked):
            picked += more
    return picked


class _Reading:
    """The evidence read for one question. pieces, scores: each passage's verbatim units, and what each is worth."""

    def __init__(self, question: str, evidence: Sequence[Passage], scores: Sequence[float]) -> None:
        # Of an English question a Chinese text has no word: "the" and "of" in the one English passage would decide.
        self.wanted = grams(without_asking(question)) if _HAN.search(question) else set()
        self._named, self._kinds = set(keys(question)), asked_kinds(question)
        self._said = specifics(question)
        self.pieces = [units(passage.text) or [passage.text] for passage in evidence]
        heads = [f"{passage.title}\n{passage.section}\n{passage.question}" for passage in evidence]
        # A FAQ's answer is quoted whole, so it is judged whole.
        texts = [
            ["\n".join(answer_lines(passage))] if passage.question else pieces
            for passage, pieces in zip(evidence, self.pieces, strict=True)
        ]
        self._weights = self._rarities([*(text for some in texts for text in some), *heads])
        standing = [_STANDING * (scores[0] - one) for one in scores] or [_RANK * at for at in range(len(evidence))]
        about = shipped().of(question.lower())
        self._behind = [behind + _astray(about, passage) for behind, passage in zip(standing, evidence, strict=True)]
        self.scores = [[self._score(text, head) for text in some] for some, head in zip(texts, heads, strict=True)]

    def worth(self, at: int) -> float:
        return max(self.scores[at]) - self._behind[at]

    def told(self, at: int) -> tuple[list[str], list[float]]:
        """The units of a passage that may be quoted, and what each is worth."""
        aside = self._aside(at)
        kept = [i for i in range(len(self.pieces[at])) if i not in aside]
        return [self.pieces[at][i] for i in kept], [self.scores[at][i] for i in kept]

    def _aside(self, at: int) -> set[int]:
        """The rows of a passage for other values than the one asked for ("存期：1年" of 三年), if it has that one."""
        if not self._said:
            return set()
        firsts = {i: piece.partition("；")[0] for i, piece in enumerate(self.pieces[at]) if _ROW.match(piece)}
        held = {i: specifics(first) for i, first in firsts.items()}
        right = {i for i, first in firsts.items() if any(speaks_of(one, first, held[i]) for one in self._said)}
        return {i for i in held if i not in right and _misses(self._said, held[i])} if right else set()

    def _rarities(self, texts: Sequence[str]) -> dict[str, float]:
        """BM25's IDF of the question's pairs; those that no text has tell nothing apart and are left out."""
        every = [grams(text) for text in texts]
        counts = {gram: sum(gram in one for one in every) for gram in self.wanted}
        return {gram: math.log(1 + (len(every) - n + 0.5) / (n + 0.5)) for gram, n in counts.items() if n}

    def _score(self, text: str, head: str) -> float:
        own, above = grams(text), grams(head)
        total = sum(self._weights.values()) or 1.0
        said = sum(weight for gram, weight in self._weights.items() if gram in own)
        under = sum(weight for gram, weight in self._weights.items() if gram in above and gram not in own)
        worth = (_SAID * said + _UNDER * under) / total
        if self._kinds and any(gives(kind, text) for kind in self._kinds):
            worth += _KIND
        if self._named:
            held = specifics(f"{head}\n{text}")
            spoken = sum(speaks_of(one, f"{head}\n{text}", held) for one in self._named)
            worth += _NAMED * (spoken / len(self._named) - (not spoken and _misses(self._named, held)))
        return worth


def _astray(asked: Named, passage: Passage) -> float:
    """What a passage loses that is about a sibling of what was asked for."""
    parts = (passage.title, passage.section, passage.question, passage.text)
    astray = shipped().astray(asked, shipped().told(*(part.lower() for part in parts)))
    return _ASTRAY * len(astray - LOOSE) + _ELSEWHERE * len(astray & LOOSE)


def _misses(named: set[str], held: set[str]) -> bool:
    """Whether a text has the units asked about, but only with other values."""
    units_held = {_unit(value) for value in held}
    return any(value not in held and _unit(value) in units_held for value in named if value[0].isdigit())


def _unit(value: str) -> str:
    """A term is a term, whether it counts years or months."""
    unit = value.lstrip("0123456789.")
    return "期" if unit in _TERMS else unit


def answer_lines(passage: Passage) -> list[str]:
    """The answer of a FAQ passage as verbatim lines, its question left out."""
    text = passage.text
    if passage.question and text.lstrip("问：: \n").startswith(passage.question):
        text = text.lstrip("问：: \n")[len(passage.question) :].lstrip("\n 　")
        text = re.sub(r"^(?:答|A)\s*[：:]\s*", "", text)
    return text.split("\n")


def _share(wanted: set[str], texts: Sequence[str]) -> float:
    return len(wanted & grams("".join(texts))) / (len(wanted) or 1)


def _pick(pieces: Sequence[str], scores: Sequence[float], room: int) -> list[str]:
    if sum(map(len, pieces)) <= room:
        return list(pieces)
    worth = [score / (len(piece) + 40) ** 0.25 for score, piece in zip(scores, pieces, strict=True)]
    chosen: set[int] = set()
    used = 0
    for at in sorted(range(len(pieces)), key=lambda i: (-worth[i], i)):
        group = [at]
        if at and pieces[at - 1].endswith(("：", ":")):
            group.insert(0, at - 1)
        # A table row means nothing without its header line.
        if pieces[at].startswith("|"):
            header = next((i for i, piece in enumerate(pieces) if piece.startswith("|")), at)
            group.insert(0, header)
        cost = sum(len(pieces[i]) for i in group if i not in chosen)
        if chosen and (used + cost > room or worth[at] < _BESIDE * max(worth)):
            break
        chosen.update(group)
        used += cost
    return [pieces[i] for i in sorted(chosen)]
