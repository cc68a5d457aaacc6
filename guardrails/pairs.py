"""Remembers which two neighbouring characters no disguise begins with, so that most honest sentences need no search.

Exact: in what the memory lets by, the search finds nothing. It only saves the search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import add

from guardrails.spelling import DIGITS, GAP, Spelling

# What is known of pairs is kept; a hostile stream of rare ones starts it afresh.
_KEPT = 200_000
_FIRST_HAN, _LAST_HAN = 0x3400, 0x9FFF
_LETTER = re.compile("[a-z]")
# Above the last of these, whatever is neither Chinese nor punctuation may be a picture.
_LAST_PLAIN = 0x218F


class PairMemory:
    """Grows with what it meets, up to a bound; share one between turns. pictures: characters that stand for others."""

    def __init__(self, spelling: Spelling, pictures: Iterable[str], punctuation: str) -> None:
        self._spelling = spelling
        self._harmless: set[str] = set()
        # Pairs that a disguise may begin with, and of which terms.
        self._suspect: dict[str, tuple[str, ...]] = {}
        # What pairs of neighbours do not tell: Latin runs, pictures, signs for letters, and a gap that may pull apart.
        telling = {ord(char) for picture in ("@$", *pictures) for char in picture} | set(range(ord("a"), ord("z") + 1))
        plain = {*range(_LAST_PLAIN + 1), *range(_FIRST_HAN, _LAST_HAN + 1), *map(ord, punctuation)} - telling
        self._strange = re.compile(f"[^{_ranges(plain)}]")
        gap, alone, han = re.escape("".join(sorted(GAP))), "".join(DIGITS), _ranges(range(_FIRST_HAN, _LAST_HAN + 1))
        before = rf"(?:(?<=[{han}].)|(?<=[{alone}].)(?<!\d[{alone}].))"
        self._apart = re.compile(rf"[{gap}]{before}[{gap}]*(?:[{han}]|[{alone}](?!\d))", re.DOTALL)
        self._shouted = re.compile(r"\d!\d")

    def knows_harmless(self, pair: str) -> bool:
        return pair in self._harmless

    def cannot_hide(self, text: str) -> bool:
        """Whether no disguise begins at any two neighbouring characters of the text."""
        pairs = {*map(add, text, text[1:])}
        pairs -= self._harmless
        if unknown := pairs - self._suspect.keys():
            self._learn(unknown)
            pairs -= self._harmless
        if self._strange.search(text) or self._apart.search(text) or ("!" in text and self._shouted.search(text)):
            return False
        return not any(self._begins_at(text, pair) for pair in pairs)

    def _learn(self, pairs: set[str]) -> None:
        if len(self._harmless) + len(self._suspect) + len(pairs) > _KEPT:
            self._harmless.clear()
            self._suspect.clear()
        for pair in pairs:
            terms = self._terms_that_begin(pair)
            # A letter is read by its whole run, never by its neighbour alone.
            if terms or _LETTER.search(pair):
                self._suspect[pair] = terms
            else:
                self._harmless.add(pair)

    def _terms_that_begin(self, pair: str) -> tuple[str, ...]:
        """The terms that a disguise may begin with these two characters side by side, whatever follows."""
        units = list(self._spelling.units(pair))
        if len(units) != 2:
            return ()
        candidates = self._spelling.candidates(*units)
        return tuple(term for term in candidates if self._spelling.may_spell(units, term, pair))

    def _begins_at(self, text: str, pair: str) -> bool:
        """Whether a disguise begins where the pair stands. What stands before it is not asked."""
        at = text.find(pair)
        while at >= 0:
            stretch = text[at : at + self._spelling.farthest]
            units = list(self._spelling.units(stretch))
            if any(self._spelling.match(units, 0, term, stretch) for term in self._suspect[pair]):
                return True
            at = text.find(pair, at + 1)
        return False


def _ranges(codes: Iterable[int]) -> str:
    """The characters of a class, neighbours as one range."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)
