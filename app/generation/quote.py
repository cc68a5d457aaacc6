"""Answers without a model: the sentences and table rows of the best passages that speak to the question, verbatim.

Nothing is rephrased, so nothing can be invented; the release rails see these sentences like any others.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Sequence

from app.generation.generator import GeneratorName, Request
from app.knowledge.passage import Passage
from app.knowledge.wording import asked_kinds, gives, grams, speaks_of, specifics, units, without_asking

# A phone shows about this much without scrolling.
_LONGEST = 320
# What a unit is worth for the share of the question it says itself or stands under, for having the sort of thing asked
# for, and for the quantities named; what a place in the search's order is worth; and from what share of the best unit's
# worth another is quoted beside it.
_SAID, _UNDER, _KIND, _NAMED = 1.0, 0.7, 0.25, 0.4
_RANK = 0.08
_BESIDE = 0.6
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
        for sentence in excerpt(request.standalone, request.evidence):
            yield sentence if sentence.endswith("\n") else sentence + "\n"


def excerpt(question: str, evidence: Sequence[Passage], longest: int = _LONGEST) -> list[str]:
    """Verbatim units (sentences, lines) of the evidence, in source order, at most about `longest` characters.

    The passage speaks first whose best unit, read under its headings, answers the question best: what few units of the
    evidence have of it counts most, then the sort of thing asked for (an amount, a time …) and the quantities it names
    (一年, 45岁 in 41—50周岁). The search's own order decides between equals. A FAQ's answer comes whole; otherwise the
    units that share most with the question, each with the unit that introduces it when that ends in a colon. A second
    passage adds only what the first did not say.
    """
    if not evidence:
        return []
    reading = _Reading(question, evidence)
    first, *others = sorted(range(len(evidence)), key=lambda at: -reading.worth(at))
    best = evidence[first]
    if best.question:
        return [line for line in answer_lines(best) if line.strip()]
    picked = _pick(reading.pieces[first], reading.scores[first], longest)
    room = longest - sum(map(len, picked))
    if others and room > longest // 2 and not evidence[others[0]].question:
        seen = set(picked)
        pieces, scores = reading.pieces[others[0]], reading.scores[others[0]]
        more = [unit for unit in _pick(pieces, scores, room) if unit not in seen]
        if more and _share(reading.wanted, more) > _share(reading.wanted, picked):
            picked += more
    return picked


class _Reading:
    """The evidence read for one question. pieces, scores: each passage's verbatim units, and what each is worth."""

    def __init__(self, question: str, evidence: Sequence[Passage]) -> None:
        # Of an English question a Chinese text has no word: "the" and "of" in the one English passage would decide.
        self.wanted = grams(without_asking(question)) if _HAN.search(question) else set()
        self._named, self._kinds = specifics(question), asked_kinds(question)
        self.pieces = [units(passage.text) or [passage.text] for passage in evidence]
        heads = [f"{passage.title}\n{passage.section}\n{passage.question}" for passage in evidence]
        # A FAQ's answer is quoted whole, so it is judged whole.
        texts = [
            ["\n".join(answer_lines(passage))] if passage.question else pieces
            for passage, pieces in zip(evidence, self.pieces, strict=True)
        ]
        self._weights = self._rarities([*(text for some in texts for text in some), *heads])
        self.scores = [[self._score(text, head) for text in some] for some, head in zip(texts, heads, strict=True)]

    def worth(self, at: int) -> float:
        return max(self.scores[at]) - _RANK * at

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


def _misses(named: set[str], held: set[str]) -> bool:
    """Whether a text has the units asked about, but only with other values."""
    units_held = {value.lstrip("0123456789.") for value in held}
    return any(value not in held and value.lstrip("0123456789.") in units_held for value in named if value[0].isdigit())


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
