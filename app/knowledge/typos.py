"""Mends what was typed by sound: 活期存宽利律 and "huoqi cunkuan lilv" become 活期存款利率, if the passages say so.

A stretch of whole words is replaced only by a known word of the same sound that stands in a passage, and only where
what was typed is neither a known word nor in any passage: a right word that the documents lack stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from app.knowledge.sounds import Echo, Syllable

_LONGEST = 6


@dataclass(frozen=True, slots=True)
class _Reader:
    """text: the question. borders: where its words start and end. doubtful: its characters in no known longer word."""

    text: str
    borders: Collection[int]
    doubtful: Collection[int]
    echoes: Sequence[Echo]
    is_word: Callable[[str], bool]
    is_written: Callable[[str], bool]

    def longest(self, syllables: Sequence[Syllable]) -> tuple[int, str | None]:
        """How many syllables from the first on are to be replaced, and by what."""
        for length in range(len(syllables), 1, -1):
            stretch = syllables[:length]
            if self._may_be_wrong(stretch):
                said = self.text[stretch[0].start : stretch[-1].end]
                found = Counter(
                    word for echo in self.echoes for word in echo.find(stretch) if word != said and self.is_word(word)
                )
                if found:
                    return length, max(found, key=lambda word: (found[word], word))
        return 0, None

    def _may_be_wrong(self, stretch: Sequence[Syllable]) -> bool:
        first, last = stretch[0], stretch[-1]
        if first.typed and all(one.word == first.word for one in stretch):
            return True  # a part of one pinyin word: 信用卡年费 is typed without blanks as well
        if first.start not in self.borders or last.end not in self.borders:
            return False
        if any(one.typed for one in stretch):
            return True
        said = self.text[first.start : last.end]
        doubted = any(one.start in self.doubtful for one in stretch)
        return doubted and not self.is_word(said) and not self.is_written(said)


def mend(
    text: str,
    tokens: Sequence[tuple[int, str]],
    runs: Sequence[Sequence[Syllable]],
    echoes: Sequence[Echo],
    is_word: Callable[[str], bool],
    is_written: Callable[[str], bool],
) -> str:
    """The normalised question with its stretches mended, longest first from the left; unchanged where none is.

    tokens: its words with their places. runs: its syllables. echoes: the passages that sound most like it.
    is_written: whether a passage has a stretch.
    """
    borders = {start for start, _ in tokens} | {start + len(word) for start, word in tokens}
    doubtful = {
        at for start, word in tokens if len(word) == 1 or not is_word(word) for at in range(start, start + len(word))
    }
    reader = _Reader(text, borders, doubtful, echoes, is_word, is_written)
    pieces: list[str] = []
    done = 0
    for run in runs:
        at = 0
        while at < len(run) - 1:
            length, right = reader.longest(run[at : at + _LONGEST])
            if right is None:
                at += 1
                continue
            pieces += (text[done : run[at].start], right)
            done = run[at + length - 1].end
            at += length
    return "".join((*pieces, text[done:]))
