"""How a question is looked up besides as it stands, and how what that finds joins what was found before.

A further reading costs a further look-up, so each says when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from app.knowledge.found import Found, Scored


@dataclass(frozen=True, slots=True)
class Reading:
    """texts: what is looked up, normalised. join: what was found before, with what each text found. if_lacking: only
    needed where the question as it stands found too little."""

    texts: tuple[str, ...]
    join: Callable[[Found, Sequence[Found]], Found]
    if_lacking: bool = False

    def needed(self, found: Found) -> bool:
        return not (self.if_lacking and found.sufficient)


def restated(text: str, *, if_lacking: bool = False) -> Reading:
    """The question in other words (an English one in Chinese): whichever finds more is how it is understood."""

    def join(found: Found, others: Sequence[Found]) -> Found:
        other = others[0]
        better = (other.sufficient, other.confidence) > (found.sufficient, found.confidence)
        better = better and (other.sufficient or not if_lacking)
        return replace(other, mended=other.mended or text) if better else found

    return Reading((text,), join, if_lacking)


def several(texts: Sequence[str]) -> Reading:
    """Several questions in one: the passages of each in turn. It can be answered when each can, or the whole could."""

    def join(found: Found, others: Sequence[Found]) -> Found:
        enough = all(other.sufficient for other in others)
        least = min(others, key=lambda other: other.confidence)
        return replace(
            least if enough and not found.sufficient else found,
            passages=_in_turn([*others, found] if enough else [found, *others]),
            mended=found.mended,
            synonyms=list(dict.fromkeys(group for one in (found, *others) for group in one.synonyms)),
        )

    return Reading(tuple(texts), join)


def _in_turn(found: Sequence[Found]) -> list[Scored]:
    """The best of each, then the second of each …; a passage once, as one of the questions has it that it is about."""
    kept: dict[str, Scored] = {}
    for row in zip_longest(*(one.passages for one in found)):
        for scored in row:
            if scored is not None and (scored.passage.id not in kept or kept[scored.passage.id].astray):
                kept[scored.passage.id] = scored
    return list(kept.values())
