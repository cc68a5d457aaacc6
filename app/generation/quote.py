"""Answers without a model: the sentences and table rows of the best passages that speak to the question, verbatim.

Nothing is rephrased, so nothing can be invented; the release rails see these sentences like any others.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from app.generation.generator import GeneratorName, Request
from app.knowledge.passage import Passage
from app.knowledge.wording import grams, specifics, units

# A phone shows about this much without scrolling.
_LONGEST = 320
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

    The best passage speaks first, but not one that names another value where the question names one (一年 for 三年)
    when a later passage names the right one. A FAQ's answer comes whole; otherwise the units that share most with
    the question, each with the unit that introduces it when that ends in a colon. A second passage adds only what
    the first did not say.
    """
    wanted, named = grams(question), specifics(question)
    ranked = sorted(evidence, key=lambda passage: _misses(named, specifics(_whole(passage))))
    if not any(named <= specifics(_whole(passage)) for passage in evidence):
        ranked = list(evidence)
    best = ranked[0]
    if best.question:
        return [line for line in answer_lines(best) if line.strip()]
    picked = _pick(best, wanted, named, longest)
    room = longest - sum(map(len, picked))
    if len(ranked) > 1 and room > longest // 2 and not ranked[1].question:
        seen = set(picked)
        more = [unit for unit in _pick(ranked[1], wanted, named, room) if unit not in seen]
        if more and _share(wanted, more) > _share(wanted, picked):
            picked += more
    return picked


def _misses(named: set[str], held: set[str]) -> bool:
    """Whether a text has the units asked about, but only with other values."""
    units_held = {value.lstrip("0123456789.") for value in held}
    return any(value not in held and value.lstrip("0123456789.") in units_held for value in named if value[0].isdigit())


def _whole(passage: Passage) -> str:
    return f"{passage.title}\n{passage.section}\n{passage.question}\n{passage.text}"


def answer_lines(passage: Passage) -> list[str]:
    """The answer of a FAQ passage as verbatim lines, its question left out."""
    text = passage.text
    if passage.question and text.lstrip("问：: \n").startswith(passage.question):
        text = text.lstrip("问：: \n")[len(passage.question) :].lstrip("\n 　")
        text = re.sub(r"^(?:答|A)\s*[：:]\s*", "", text)
    return text.split("\n")


def _share(wanted: set[str], texts: Sequence[str]) -> float:
    return len(wanted & grams("".join(texts))) / (len(wanted) or 1)


def _pick(passage: Passage, wanted: set[str], named: set[str], room: int) -> list[str]:
    pieces = units(passage.text)
    if sum(map(len, pieces)) <= room:
        return pieces
    scores = [len(wanted & grams(piece)) / (len(piece) + 20) ** 0.5 + len(named & specifics(piece)) for piece in pieces]
    chosen: set[int] = set()
    used = 0
    for at in sorted(range(len(pieces)), key=lambda i: (-scores[i], i)):
        group = [at]
        if at and pieces[at - 1].endswith(("：", ":")):
            group.insert(0, at - 1)
        # A table row means nothing without its header line.
        if pieces[at].startswith("|"):
            header = next((i for i, piece in enumerate(pieces) if piece.startswith("|")), at)
            group.insert(0, header)
        cost = sum(len(pieces[i]) for i in group if i not in chosen)
        if chosen and (used + cost > room or scores[at] <= 0):
            break
        chosen.update(group)
        used += cost
    return [pieces[i] for i in sorted(chosen)]
