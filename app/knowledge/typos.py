"""Mends what was typed by sound: 活期存宽利律 and "huoqi cunkuan lilv" become 活期存款利率, if the passages say so.

A stretch of whole words is replaced only by a known word of the same sound that stands in a passage, and only where
what was typed is neither a known word nor in any passage: a right word that the documents lack stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from app.knowledge.sounds import Echo, Syllable

_LONGEST = 6


def mend(
    text: str,
    runs: Sequence[Sequence[Syllable]],
    echoes: Sequence[Echo],
    borders: Collection[int],
    is_word: Callable[[str], bool],
    is_written: Callable[[str], bool],
) -> str:
    """The normalised question with its stretches mended, longest first from the left; unchanged where none is.

    runs: its syllables. echoes: the passages that sound most like it. borders: where its words start and end.
    is_written: whether a passage has a stretch.
    """
    pieces: list[str] = []
    done = 0
    for run in runs:
        at = 0
        while at < len(run) - 1:
            length, right = _longest(text, run[at : at + _LONGEST], echoes, borders, is_word, is_written)
            if right is None:
                at += 1
                continue
            pieces += (text[done : run[at].start], right)
            done = run[at + length - 1].end
            at += length
    return "".join((*pieces, text[done:]))


def _longest(
    text: str,
    syllables: Sequence[Syllable],
    echoes: Sequence[Echo],
    borders: Collection[int],
    is_word: Callable[[str], bool],
    is_written: Callable[[str], bool],
) -> tuple[int, str | None]:
    for length in range(len(syllables), 1, -1):
        stretch = syllables[:length]
        said = text[stretch[0].start : stretch[-1].end]
        if not _is_whole(stretch, borders) or (not _is_typed(stretch) and (is_word(said) or is_written(said))):
            continue
        found = Counter(word for echo in echoes for word in echo.find(stretch) if word != said and is_word(word))
        if found:
            return length, max(found, key=lambda word: (found[word], word))
    return 0, None


def _is_whole(stretch: Sequence[Syllable], borders: Collection[int]) -> bool:
    """Whole words, or a part of one pinyin word: people write 信用卡年费 without blanks in pinyin too."""
    if stretch[0].typed and all(one.word == stretch[0].word for one in stretch):
        return True
    return stretch[0].start in borders and stretch[-1].end in borders


def _is_typed(stretch: Sequence[Syllable]) -> bool:
    return any(one.typed for one in stretch)
