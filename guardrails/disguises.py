"""Reads forbidden words out of their disguises: wrong characters of the same sound, split characters, pinyin in full or
by initials, pictures, look-alikes, signs for letters.

Only a whole word of rules/disguises.yaml is ever read out, and never against an ordinary word that stands there. The
result is a second normal form with the same map back to the customer's characters; linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guardrails.normal import NormalText, is_han
from guardrails.pairs import PairMemory
from guardrails.rules import RULES_FOLDER, read_yaml
from guardrails.spelling import Spelling, Unit
from guardrails.typed import TypedPinyin, read_trade_words

_LEET = str.maketrans("0134578@$!", "oieastbasi")
_LEET_WORD = re.compile(r"[a-z0134578@$!]{3,24}")
_ALNUM = re.compile("[a-z0-9]")
_PUNCTUATION = "。、《》「」『』【】〔〕…—"


class _Found(NamedTuple):
    term: str
    start: int
    end: int


class Disguises:
    """Holds tables, and what it has learnt of pairs of characters; share one between turns."""

    def __init__(self, tables: Mapping[str, Any], vocabulary: Iterable[str] = (), trade: Iterable[str] = ()) -> None:
        """vocabulary: words that the rules know; pinyin that is typed out is read as the commonest that sounds so.
        trade: words that a message typed wholly in pinyin is likelier to mean than others."""
        self._emoji: dict[str, str] = dict(tables["emoji"])
        self._lookalikes: dict[str, str] = dict(tables["lookalikes"])
        self._english = frozenset(str(tables["english"]).split())
        terms = str(tables["terms"]).split()
        self._spelling = Spelling(terms, tables["splits"], vocabulary)
        self._typed = TypedPinyin([*terms, *trade])
        self._memory = PairMemory(self._spelling, (*self._emoji, *self._lookalikes), _PUNCTUATION)

    def readings(self, text: NormalText) -> list[NormalText]:
        """What the text may say: as written, and what stands under a disguise. One that is typed wholly in pinyin says
        what it spells, and nothing as written."""
        plain = self._typed.read(text) or text
        unmasked = self.unmask(plain)
        return [plain] if unmasked is None else [plain, unmasked]

    def spelt(self, text: str) -> str | None:
        """What a text that is typed in pinyin spells, else None."""
        return self._typed.spelt(text.lower())

    def unmask(self, text: NormalText) -> NormalText | None:
        """The text with every disguised word in plain form, or None when there is none."""
        if self._cannot_hide(text.text):
            return None
        shown, places, changed = self._pictures(text)
        units = list(self._spelling.units(shown))
        found = list(self._search(units, shown))
        english = list(self._english_words(shown))
        if not found and not english and not changed:
            return None
        pieces: list[str] = []
        origin: list[int] = []
        at = 0
        for one in sorted([*found, *english], key=lambda f: f.start):
            if one.start < at:
                continue
            pieces.append(shown[at : one.start])
            origin += places[at : one.start]
            pieces.append(one.term)
            first, last = places[one.start], places[one.end - 1]
            origin += [min(first + i, last) for i in range(len(one.term) - 1)] + [last]
            at = one.end
        pieces.append(shown[at:])
        origin += places[at:]
        return NormalText("".join(pieces), tuple(origin), text.original)

    def _cannot_hide(self, text: str) -> bool:
        return self._memory.cannot_hide(text)

    def _pictures(self, text: NormalText) -> tuple[str, list[int], bool]:
        if text.text.isascii():
            return text.text, list(text.origin), False
        pieces: list[str] = []
        origin: list[int] = []
        changed = False
        for char, place in zip(text.text, text.origin, strict=True):
            word = self._emoji.get(char) or self._lookalikes.get(char)
            if word is not None:
                changed = True
                pieces.append(word)
                origin += [place] * len(word)
            elif char >= "\u2190" and not is_han(char) and not char.isalnum() and char not in _PUNCTUATION:
                # Any other picture is a wedge.
                changed = changed or bool(pieces and is_han(pieces[-1][-1]))
            else:
                pieces.append(char)
                origin.append(place)
        return "".join(pieces), origin, changed

    def _search(self, units: list[Unit], text: str) -> Iterator[_Found]:
        at = 0
        while at < len(units):
            unit = units[at]
            following = units[at + 1] if at + 1 < len(units) else None
            if following and unit.end == following.start and self._memory.knows_harmless(unit.text + following.text):
                at += 1
                continue
            if unit.kind == "letter" and unit.start and _ALNUM.match(text, unit.start - 1):
                # Initials stand for characters only from where their run begins.
                at += 1
                continue
            best: tuple[int, str] | None = None
            for term in self._spelling.candidates(unit, following):
                end = self._spelling.match(units, at, term, text)
                if end is not None:
                    best = (end, term)
                    break
            best = best or self._spelling.typed_at(units, at)
            if best is None:
                at += 1
                continue
            end, term = best
            yield _Found(term, unit.start, units[end - 1].end)
            at = end

    def _english_words(self, text: str) -> Iterator[_Found]:
        for match in _LEET_WORD.finditer(text):
            word = match.group().strip("!")
            if word.isalpha() or word.isdigit():
                continue
            plain = word.translate(_LEET)
            for candidate in (plain, word.replace("1", "l").translate(_LEET)):
                if candidate in self._english and candidate != word:
                    yield _Found(candidate, match.start(), match.start() + len(word))
                    break


def read_disguises(cues: Iterable[str] = (), learned: Iterable[str] = (), folder: Path = RULES_FOLDER) -> Disguises:
    """cues: of the rules; learned: of the learned half."""
    cues = list(cues)
    trade = [*cues, *read_trade_words(folder)]
    return Disguises(read_yaml(folder / "disguises.yaml"), [*cues, *learned], trade)
