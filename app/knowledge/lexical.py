"""Chinese words and character pairs of a text, as BM25 weights under stable 32-bit term ids.

Passages are encoded in other processes and on other days than queries: the same text must give the same terms
everywhere. So the segmenter's dictionary is fixed, and product names only ever add terms beside its own.
"""

from __future__ import annotations

import logging
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

import jieba

from app.knowledge.index import SparseVector

# Saturation and length normalisation of BM25 (Robertson and Zaragoza 2009), the values of Lucene's descendants.
K1, B = 1.5, 0.75
# The length that counts as average is a constant of the layout, not a statistic of the corpus: a stored average drifts
# as documents come and go, and passages weighted under different averages would not be comparable.
WORDS_PIVOT, PAIRS_PIVOT = 130, 230

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"[{HAN}]+|[a-z0-9]+(?:[.%][a-z0-9]*)*")
_ALL_HAN = re.compile(f"[{HAN}]+")
_MEANS = re.compile(r"\w")
_WORD_FREQUENCY = 2000
_TERM_SURPRISE = 14.0


def read_lines(name: str) -> list[str]:
    """The lines of a file in app/knowledge/data, without comments and empty ones."""
    text = resources.files("app.knowledge").joinpath("data", name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def keep_dictionary(cache_dir: Path) -> None:
    """Where jieba keeps its compiled dictionary: not in the folder for temporary files, where others can write too.

    Before anything reads the dictionary; afterwards it does nothing.
    """
    if not jieba.dt.initialized:
        folder = cache_dir / "segmenter" / jieba.__version__
        with suppress(OSError):  # jieba compiles without keeping, then
            folder.mkdir(parents=True, exist_ok=True)
        jieba.dt.tmp_dir = str(folder)


class Segmenter:
    """jieba in search mode with the field's own words, in an instance of its own (jieba's global one is untouched).

    cache_dir: where the compiled dictionary is kept (a start then takes about half as long); None leaves that to jieba.
    """

    def __init__(self, cache_dir: Path | None = None) -> None:
        if cache_dir is not None:
            keep_dictionary(cache_dir)
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.FREQ, self._tokenizer.total, self._terms = _dictionary()
        self._tokenizer.initialized = True

    def __call__(self, text: str) -> list[str]:
        """Words in order, long words followed by nothing but preceded by the words inside them."""
        return [word for word in self._tokenizer.cut_for_search(text) if _MEANS.search(word)]

    def tokens(self, text: str) -> list[tuple[int, str]]:
        """Its words, each with the place it starts at."""
        out, at = [], 0
        for word in self._tokenizer.cut(text):
            out.append((at, word))
            at += len(word)
        return out

    def knows(self, word: str) -> bool:
        return bool(self._tokenizer.FREQ.get(word, 0) > 0)

    def surprise(self, word: str) -> float:
        """How rare a word is in Chinese at large: -ln of its share of running text; an unknown one as if seen once.

        The field's own terms have no share there; they are what a question is about, and count as rare.
        """
        if word in self._terms:
            return _TERM_SURPRISE
        return math.log(self._tokenizer.total / max(self._tokenizer.FREQ.get(word, 0), 1))


@cache
def _dictionary() -> tuple[dict[str, int], int, frozenset[str]]:
    """How often each word is seen, their sum, and the field's words among them. jieba's own, read once a process."""
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    frequencies, total, terms = dict(jieba.dt.FREQ), jieba.dt.total, read_lines("terms.txt")
    for term in terms:
        total += _WORD_FREQUENCY - frequencies.get(term, 0)
        frequencies[term] = _WORD_FREQUENCY
        for end in range(1, len(term)):
            frequencies.setdefault(term[:end], 0)
    return frequencies, total, frozenset(terms)


class Names:
    """Product names as whole terms, found in texts wherever the segmenter would cut them. Replaceable at run time."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._known: Mapping[str, tuple[str, ...]] = {}
        self._pattern: re.Pattern[str] | None = None
        self.replace(names)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def replace(self, names: Iterable[str]) -> None:
        """names: normalised; those of fewer than three characters are words, not names, and are left out."""
        longest_first = sorted({name for name in names if len(name) >= 3}, key=lambda name: (-len(name), name))
        if longest_first != list(self._known):
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
            self._known = {name: tuple(one for one in longest_first if one in name) for name in longest_first}

    def find(self, text: str) -> list[str]:
        """The names in a text, and those that are part of one of them."""
        known, pattern = self._known, self._pattern
        if pattern is None:
            return []
        return [part for name in pattern.findall(text) for part in known.get(name, (name,))]


def is_han(text: str) -> bool:
    return _ALL_HAN.fullmatch(text) is not None


def pairs(text: str) -> list[str]:
    """Adjacent characters of Chinese runs (a lone character as itself), and whole Latin words and numbers."""
    return [pair for _, pair in placed_pairs(text)]


def placed_pairs(text: str) -> list[tuple[int, str]]:
    """The same, each with the place it starts at."""
    out: list[tuple[int, str]] = []
    for match in _RUN.finditer(text):
        run, start = match.group(), match.start()
        if run.isascii() or len(run) == 1:
            out.append((start, run))
        else:
            out.extend((start + at, a + b) for at, (a, b) in enumerate(pairwise(run)))
    return out


def term_id(term: str) -> int:
    """CRC-32: the same number in every process and for ever. 100,000 terms collide about once."""
    return zlib.crc32(term.encode())


def passage_weights(terms: Sequence[str], pivot: float) -> SparseVector:
    """BM25 without IDF (the index applies it): tf (k1 + 1) / (tf + k1 (1 - b + b length / pivot))."""
    base = K1 * (1 - B + B * len(terms) / pivot)
    return sparse({term: count * (K1 + 1) / (count + base) for term, count in Counter(terms).items()})


def sparse(weights: Mapping[str, float]) -> SparseVector:
    """Ids ascending; of two terms with one id the heavier counts."""
    by_id: dict[int, float] = {}
    for term, weight in weights.items():
        at = term_id(term)
        by_id[at] = max(weight, by_id.get(at, 0.0))
    ids = sorted(by_id)
    return SparseVector(tuple(ids), tuple(by_id[at] for at in ids))
