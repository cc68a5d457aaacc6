"""Answers without a model: the sentences and table rows of the best passages that speak to the question, verbatim.

Nothing is rephrased, so nothing can be invented; the release rails see these sentences like any others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from app.generation.generator import GeneratorName, Request
from app.generation.reading import Reading, answer_lines, names
from app.knowledge.parting import parts
from app.knowledge.passage import Passage

# A phone shows about this much without scrolling.
_LONGEST = 320
# From what share of the best unit's worth another is quoted beside it, and of the best passage's one about a sibling.
_BESIDE, _SIBLING = 0.6, 0.7
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
        asked = request.understood or request.standalone
        for sentence in excerpt(asked, request.evidence, request.standing, synonyms=request.synonyms):
            yield sentence if sentence.endswith("\n") else sentence + "\n"


def excerpt(
    question: str,
    evidence: Sequence[Passage],
    scores: Sequence[float] = (),
    longest: int = _LONGEST,
    *,
    synonyms: Sequence[Sequence[str]] = (),
) -> list[str]:
    """Verbatim units (sentences, lines) of the evidence, in source order, at most about `longest` characters.

    scores: what the search gave each passage; without them only its order counts. synonyms: groups of a phrase of the
    question and others for the same.

    The passage speaks first whose best unit, read under its headings, answers the question best: what few units of the
    evidence have of it counts most, then the sort of thing asked for (an amount, a time …) and the quantities it names
    (一年, 45岁 in 41—50周岁). The search's own order decides between equals. A FAQ's answer comes whole; otherwise the
    units that share most with the question, each with the unit that introduces it when that ends in a colon. A second
    passage adds only what the first did not say, or speaks of a sibling (the credit card beside the debit card) where
    the question left open which was meant.
    """
    if not evidence:
        return []
    asked = parts(question, lambda part: names(part, evidence))
    quoted: dict[str, None] = {}
    if len(asked) > 1:
        scores = ()  # given for the whole of the question
    for part in asked:
        quoted.update(dict.fromkeys(_answering(Reading(part, evidence, scores, synonyms), longest // len(asked))))
    return list(quoted)


def _answering(reading: Reading, longest: int) -> list[str]:
    first, *others = sorted(range(len(reading.evidence)), key=lambda at: -reading.worth(at))
    picked = _quoted(reading, first, longest)
    least = _SIBLING * reading.answers(first)
    beside = [at for at in others if reading.siblings(first, at) and reading.answers(at) >= least]
    if beside:
        return picked + [line for line in _quoted(reading, beside[0], longest) if line not in picked]
    if reading.evidence[first].question:
        return picked
    room = longest - sum(map(len, picked))
    if others and room > longest // 2 and not reading.evidence[others[0]].question:
        seen = set(picked)
        more = [unit for unit in _pick(*reading.told(others[0]), room) if unit not in seen]
        if more and reading.share(more) > reading.share(picked):
            picked += more
    return picked


def _quoted(reading: Reading, at: int, longest: int) -> list[str]:
    passage = reading.evidence[at]
    if passage.question:
        return [line for line in answer_lines(passage) if line.strip()]
    return _pick(*reading.told(at), longest)


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
