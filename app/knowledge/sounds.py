"""How texts sound: pairs of toneless pinyin syllables, so that 贷款利律, dai款 and "daikuan lilv" find 贷款利率.

The same codes come from right characters, wrong characters of the same sound, and typed pinyin; look-alike characters
are read as each other on the question's side. No vocabulary is kept and nothing is compared with an edit distance, so
a lookup costs what any sparse term costs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pypinyin.constants import PINYIN_DICT

from app.knowledge.lexical import HAN, is_han, read_lines

_PIECE = re.compile(rf"[{HAN}]+|[a-z]+")
# Toned vowels by their plain letter; ü is typed v.
_TONES = str.maketrans(
    "āáǎàēéěèêếềīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ",
    "aaaaeeeeeeeiiiioooouuuuvvvvvnnnm",
)
# Syllables that are English words or parts of them more often than a customer's pinyin.
_NOT_PINYIN = frozenset(["a", "o", "m", "n", "ng", "hm", "hng", "lo", "yo", "eng"])
_LONGEST = 6
# A look-alike, or a Chinese character's second reading, is a guess: it counts less than what was written.
_GUESS = 0.6


@dataclass(frozen=True, slots=True)
class Syllable:
    """At [start, end) of a question. readings: codes with their weights. word: where its pinyin word starts, -1 for a
    Chinese character."""

    start: int
    end: int
    readings: Mapping[str, float]
    word: int = -1

    @property
    def typed(self) -> bool:
        return self.word >= 0


class Echo:
    """Where a text sounds like something else."""

    def __init__(self, text: str, readings: Mapping[int, tuple[str, ...]]) -> None:
        self._text, self._readings = text, readings
        self._places: dict[str, list[int]] = {}
        for at, codes in readings.items():
            for right in readings.get(at + 1, ()):
                for left in codes:
                    self._places.setdefault(_code(left, right), []).append(at)

    def find(self, syllables: Sequence[Syllable]) -> list[str]:
        """The characters of the text that sound like the syllables (two or more), once for each place."""
        first, second = syllables[0].readings, syllables[1].readings
        starts = {at for a in first for b in second for at in self._places.get(_code(a, b), ())}
        length = len(syllables)
        return [self._text[at : at + length] for at in sorted(starts) if self._goes_on(at + 2, syllables[2:])]

    def _goes_on(self, at: int, syllables: Sequence[Syllable]) -> bool:
        return all(
            not syllable.readings.keys().isdisjoint(self._readings.get(at + n, ()))
            for n, syllable in enumerate(syllables)
        )


class Sounds:
    """Reads characters and pinyin as codes. Stateless after construction."""

    def __init__(self) -> None:
        self._also: dict[str, tuple[str, ...]] = {}
        self._like: dict[str, tuple[str, ...]] = {}
        for line in read_lines("readings.txt"):
            character, sort, *others = line.split()
            table = self._also if sort == "also" else self._like
            table[character] = table.get(character, ()) + tuple(others)
        self._first: dict[str, str] = {
            chr(code): readings.partition(",")[0].translate(_TONES) for code, readings in PINYIN_DICT.items()
        }
        self._syllables = frozenset(
            syllable for syllable in self._first.values() if syllable.isascii() and syllable not in _NOT_PINYIN
        )

    def passage_codes(self, text: str) -> list[str]:
        """Pair codes of a normalised text: every combination where a character has a second reading."""
        codes: list[str] = []
        for run in _PIECE.findall(text):
            if not run.isascii():
                readings = [self._readings(character) for character in run]
                for left, right in pairwise(readings):
                    codes.extend(_code(a, b) for a in left for b in right)
        return codes

    def query_codes(self, text: str) -> dict[str, float]:
        """Pair codes of a normalised question with their weights; typed pinyin joins the characters beside it."""
        weights: dict[str, float] = {}
        for run in self.syllables(text):
            for left, right in pairwise(run):
                for a, wa in left.readings.items():
                    for b, wb in right.readings.items():
                        code = _code(a, b)
                        weights[code] = max(weights.get(code, 0.0), wa * wb)
        return weights

    def syllables(self, text: str) -> list[list[Syllable]]:
        """Runs of syllables that sound one after the other: Chinese characters, and pinyin that was typed."""
        runs: list[list[Syllable]] = [[]]
        last = 0
        for match in _PIECE.finditer(text):
            if text[last : match.start()].strip():
                runs.append([])
            piece, at, last = match.group(), match.start(), match.end()
            if not piece.isascii():
                runs[-1].extend(Syllable(at + n, at + n + 1, self._guesses(c)) for n, c in enumerate(piece))
            elif (typed := self._split(piece)) is None:
                runs.append([])
            else:
                for syllable in typed:
                    runs[-1].append(Syllable(at, at + len(syllable), {_folded(syllable): 1.0}, match.start()))
                    at += len(syllable)
        return [run for run in runs if run]

    def reads_whole(self, text: str) -> bool:
        """Whether every Latin word of a text is pinyin (and there is one): the customer types Chinese by its sound."""
        words = re.findall(r"[a-z]+", text.lower())
        return bool(words) and all(self._split(word) is not None for word in words)

    def echo(self, text: str) -> Echo:
        """A normalised text to be searched by sound."""
        return Echo(text, {at: self._readings(c) for at, c in enumerate(text) if is_han(c)})

    def _readings(self, character: str) -> tuple[str, ...]:
        return tuple(_folded(one) for one in (self._first.get(character, character), *self._also.get(character, ())))

    def _guesses(self, character: str) -> dict[str, float]:
        guesses = {_folded(self._first.get(character, character)): 1.0}
        for other in self._like.get(character, ()):
            guesses.setdefault(_folded(self._first.get(other, other)), _GUESS)
        return guesses

    def _split(self, letters: str) -> Sequence[str] | None:
        """The letters as the fewest pinyin syllables, the first ones long (xian e, not xia ne); None for others."""
        if len(letters) > 60:
            return None
        best: list[tuple[str, ...] | None] = [()] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LONGEST), end):
                before = best[start]
                if before is None or letters[start:end] not in self._syllables:
                    continue
                known = best[end]
                if known is None or len(before) < len(known):
                    best[end] = (*before, letters[start:end])
        return best[-1] or None


def _code(left: str, right: str) -> str:
    return f"{left} {right}"


@lru_cache(maxsize=2048)
def _folded(syllable: str) -> str:
    """zh ch sh as z c s and ing eng ang as in en an: what many speakers do not tell apart."""
    if len(syllable) > 2 and syllable[1] == "h" and syllable[0] in "zcs":
        syllable = syllable[0] + syllable[2:]
    if syllable.endswith("ng") and len(syllable) > 2 and syllable[-3] in "aei":
        syllable = syllable[:-1]
    return syllable
