"""Whether the passages found are enough to answer from: the flag that decides abstention.

A logistic model over what the best passages have of the question. Its weights come from questions that the corpus
answers and questions that it does not (`python -m eval.bench.calibrate`); no word list decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.knowledge.analysis import Question, Unit
from app.knowledge.fusion import FEATURES, Candidates, Rows, View, matches
from app.knowledge.parameters import Parameters
from app.knowledge.wording import asked_kinds, equal_forms, gives, keys, speaks_of

EVIDENCE: Final = (
    "covered",  # share of the question's characters that the best passage has, best of three
    "sentence",  # the same for the best sentence of the three
    "rare_words",  # share of its words that the three best have, words rare in Chinese at large counting more
    "unspecific",  # share of the terms (四年期, 36期) and codes it names that none of the three has
    "dense",  # best cosine
    "near",  # best cosine of a single sentence
    "nearest",  # how far that stands above the other candidates' best sentences
    "margin",  # how far the best cosine stands above the other candidates'
    "beyond",  # share of what it says beyond the product's name that the best sentence, read under its section, has
    "sortless",  # 1 when it asks for an amount, a time, a place or a person and the best sentence has none
    "astray",  # in how many dimensions the best passage is about something else than was asked for, least of the three
    "elsewhere",  # the same of the channel
    "score",  # the best passage's by fusion
    "lead",  # how far that stands above the next five
    "named",  # the best passage's features of fusion
    "words",
    "shared",  # its "covered" there
    "asked",
    "short",  # 1 for a question of one unit, 1/2 for two …
)

# What only an embedding tells.
MEANING: Final = frozenset({"dense", "near", "nearest", "margin"})

_TOP, _NEXT = 3, 5
_OF_THE_BEST = {"named": "named", "words": "words", "shared": "covered", "asked": "asked"}
# So many candidates there are, and the mean cosine above the floor of one (measured: .149 and, of sentences, .133).
_MANY, _ORDINARY = 40, 0.14
_EXACT = frozenset("年月周天日期级号岁")
_SENTENCE = re.compile(r"[^。;；!?！？\n]+")
_COLUMN = {name: at for at, name in enumerate(FEATURES)}


def judge(question: Question, candidates: Candidates, fused: Rows, parameters: Parameters) -> tuple[bool, float]:
    """Sufficient or not, and the confidence 0..1 behind it. Nothing found, or nothing said, is never sufficient."""
    return weigh(evidence(question, candidates, fused), parameters)


def weigh(features: Mapping[str, float], parameters: Parameters) -> tuple[bool, float]:
    """The same for evidence gathered before; none at all is never sufficient."""
    if not features:
        return False, 0.0
    weights = parameters.sufficiency
    value = weights["bias"] + sum(weights.get(name, 0.0) * amount for name, amount in features.items())
    confidence = 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
    return confidence >= parameters.threshold, confidence


def evidence(question: Question, candidates: Candidates, fused: Rows) -> Mapping[str, float]:
    """The features of EVIDENCE; none when nothing was found, or nothing said that could be."""
    if not len(fused) or not question.units:
        return {}
    best = [int(at) for at in np.argsort(-fused, kind="stable")[:_TOP]]
    views = [candidates.views[at] for at in best]
    spelt = matches(question.units, [view.whole for view in views])
    places = _places(question.units)
    there = candidates.rows[:, _COLUMN["astray"]] == 0
    about = candidates.rows[there] if there.any() else candidates.rows
    dense, near = about[:, _COLUMN["dense"]], about[:, _COLUMN["sentence"]]
    beyond, sortless = _answering(question, views)
    return {
        "covered": _best_share(spelt, places),
        "sentence": _best_share(_sentences(question.units, views), places),
        "rare_words": _rare_words(question, views),
        "unspecific": _unspecific(question, views),
        "dense": float(dense.max()),
        "near": float(near.max()),
        "nearest": _above(near),
        "margin": _above(dense),
        "beyond": beyond,
        "sortless": sortless,
        "astray": float(candidates.rows[best, _COLUMN["astray"]].min()),
        "elsewhere": float(candidates.rows[best, _COLUMN["elsewhere"]].min()),
        "score": float(fused[best[0]]),
        "lead": _lead(fused),
        **{name: float(candidates.rows[best[0], _COLUMN[of]]) for name, of in _OF_THE_BEST.items()},
        "short": 1 / max(len(question.units), 1),
    }


def _above(cosines: Rows) -> float:
    """How far the best stands above the others. A small corpus has no others to tell an ordinary cosine by: those that
    are missing count as one."""
    missing = max(_MANY - len(cosines), 0)
    return float(cosines.max() - (cosines.sum() + missing * _ORDINARY) / (len(cosines) + missing))


def _lead(fused: Rows) -> float:
    ordered = np.sort(fused)[::-1]
    return float(ordered[0] - ordered[1 : 1 + _NEXT].mean()) if len(ordered) > 1 else float(ordered[0])


def _rare_words(question: Question, views: Sequence[View]) -> float:
    total = sum(question.rarities.values())
    there = sum(rare for word, rare in question.rarities.items() if any(word in view.whole for view in views))
    return there / total if total else 1.0


def _unspecific(question: Question, views: Sequence[View]) -> float:
    """Terms and codes must be there as asked where they say which one is meant: before a word that a passage has, or at
    the end. An age may fall into a range, an amount between those of a table."""
    asked = {
        one
        for one, before in keys(question.text).items()
        if (one[-1] in _EXACT or one.isascii()) and (not before or any(before in view.whole for view in views))
    }
    return sum(not any(_has(view, one) for view in views) for one in asked) / len(asked) if asked else 0.0


def _has(view: View, specific: str) -> bool:
    if specific[-1] == "岁":
        return speaks_of(specific, view.whole, view.specifics)
    return not view.specifics.isdisjoint(equal_forms(specific))


def _answering(question: Question, views: Sequence[View]) -> tuple[float, float]:
    """With the answer in hand: what the best sentence has of the question's units that are no part of its title, and
    whether it lacks every sort of thing asked for."""
    kinds = asked_kinds(question.text)
    best, lacking = 0.0, 1.0
    for view in views:
        own = [unit for unit in question.units if not any(form in view.title for form in unit.forms)]
        texts = view.statements
        shares = (matches(own, texts) | matches(own, [view.under])).mean(1) if own else np.ones(len(texts))
        for text, share in zip(texts, shares.tolist(), strict=True):
            lacks = float(bool(kinds) and not any(gives(kind, text) for kind in kinds))
            if (share, -lacks) > (best, -lacking):
                best, lacking = share, lacks
    return best, lacking if kinds else 0.0


def _sentences(units: Sequence[Unit], views: Sequence[View]) -> NDArray[np.bool_]:
    """(sentences, units): what each sentence of the passages has, their title and section counted as part of it."""
    parts = []
    for view in views:
        found = matches(units, [view.head, *_SENTENCE.findall(view.text)])
        parts.append(found | found[:1])
    return np.concatenate(parts)


def _places(units: Sequence[Unit]) -> NDArray[np.bool_]:
    """(units, characters of the question): where each stands."""
    places = np.zeros((len(units), max((unit.end for unit in units), default=0)), np.bool_)
    for row, unit in enumerate(units):
        places[row, unit.start : unit.end] = True
    return places


def _best_share(has: NDArray[np.bool_], places: NDArray[np.bool_]) -> float:
    """The best row's share of the characters said that some unit there covers: a pair across a word border may well
    be absent, so pairs themselves are not counted."""
    said = int(places.any(0).sum())
    return float((has.astype(np.float32) @ places > 0).sum(1).max()) / said if said else 0.0
