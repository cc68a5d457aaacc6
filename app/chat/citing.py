"""Binds each released sentence to the passage that supports it, with the verbatim words that do.

A sentence that no passage supports gets no mark: a citation is a claim, and ours must hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.knowledge.passage import Passage
from app.knowledge.wording import grams, units

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Share of a sentence's character pairs that must stand in the passage.
_SUPPORT = 0.4


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    grams: frozenset[str]


class Citer:
    """One turn's citations, numbered in order of first use.

    bound: False takes the passages in turn, whatever they say (evaluation only).
    """

    def __init__(self, evidence: Sequence[Passage], simplify: Callable[[str], str], *, bound: bool = True) -> None:
        self._evidence = evidence
        self._bound, self._next = bound, 0
        self._simplify = simplify
        self._units = [self._prepare(passage) for passage in evidence]
        self._whole = [grams(passage.question + "\n" + passage.text) for passage in evidence]
        self._numbers = [set(_NUMBER.findall(passage.text.replace(",", ""))) for passage in evidence]
        self._cited: dict[int, tuple[int, str]] = {}

    def _prepare(self, passage: Passage) -> list[_Unit]:
        return [_Unit(unit, frozenset(grams(unit))) for unit in units(passage.text)]

    def cite(self, sentence: str) -> int | None:
        """The citation number of the passage that supports the sentence best, or None."""
        plain = self._simplify(sentence)
        wanted = grams(plain)
        if not wanted or not self._evidence:
            return None
        numbers = set(_NUMBER.findall(plain.replace(",", "")))
        if not self._bound:
            self._next += 1
            return self._number(-self._next % len(self._evidence), wanted, numbers)
        han = any("㐀" <= char <= "鿿" for char in plain)
        best, support = 0, -1.0
        for at, whole in enumerate(self._whole):
            share = len(wanted & whole) / len(wanted)
            if numbers:
                share += len(numbers & self._numbers[at]) / len(numbers)
            if share > support + 1e-9:
                best, support = at, share
        # An English sentence shares only its numbers with a Chinese passage.
        enough = _SUPPORT if han else (1.0 if numbers else _SUPPORT)
        if support < enough:
            return None
        return self._number(best, wanted, numbers)

    def _number(self, at: int, wanted: set[str], numbers: set[str]) -> int:
        if at not in self._cited:
            self._cited[at] = (len(self._cited) + 1, self._quote(at, wanted, numbers))
        return self._cited[at][0]

    def _quote(self, at: int, wanted: set[str], numbers: set[str]) -> str:
        if not self._units[at]:
            return ""

        def fit(unit: _Unit) -> float:
            held = sum(number in unit.text.replace(",", "") for number in numbers)
            return len(wanted & unit.grams) / (len(wanted) or 1) + held

        return max(self._units[at], key=fit).text

    def citations(self) -> list[dict[str, Any]]:
        """The `citations` of the contract, by number; `text` is the whole passage for the reader to open."""
        rows = []
        for at, (number, quote) in sorted(self._cited.items(), key=lambda item: item[1][0]):
            rows.append(describe(self._evidence[at], number, quote))
        return rows


def describe(passage: Passage, number: int, quote: str) -> dict[str, Any]:
    return {
        "n": number,
        "passage_id": passage.id,
        "document_id": passage.document_id,
        "version": passage.version,
        "title": passage.title,
        "section": passage.section,
        "page": passage.page,
        "quote": quote,
        "text": passage.text,
        "question": passage.question,
        "kind": passage.kind,
        "valid_from": passage.valid_from.isoformat() if passage.valid_from else None,
        "valid_to": passage.valid_to.isoformat() if passage.valid_to else None,
    }
