"""A question said in the documents' own language: Cantonese in written Chinese, English in Chinese, phrase by phrase.

It is searched with and decides which rows are quoted; what customers wrote stays what the rails and the model read.
Phrases are data (`data/cantonese.txt`, `data/english.txt`): `咁樣 = 这样` a line; nothing after = leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from app.knowledge.lexical import read_lines

_HAN = re.compile(r"[㐀-鿿]")
_LATIN_WORD = re.compile(r"[a-z][a-z'’-]*")
# "fee for sending money abroad": what it is of comes first in Chinese.
_OF = re.compile(r"^(.+?)\b(?:for|of|on|with|to)\b(.+)$")
_REST = re.compile(r"[a-z'’-]+|[^\w%.㐀-鿿]+")
# So much of what an English question says must be known, or its Chinese reading would be about something else.
_KNOWN = 0.7


class Phrases:
    """Phrases and what they are in Chinese; the longest at a place counts."""

    def __init__(self, lines: Iterable[str]) -> None:
        known: dict[str, str] = {}
        for line in lines:
            names, sign, said = line.partition("=")
            if not sign:
                raise ValueError(f"phrases: {line!r}")
            known.update(dict.fromkeys((name.strip() for name in names.split("|")), said.strip()))
        self._known: Mapping[str, str] = known
        longest_first = sorted(known, key=lambda phrase: (-len(phrase), phrase))
        self._pattern = re.compile("|".join(map(_bounded, longest_first)))

    def rewrite(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._known[found[0]], text)

    def without(self, text: str) -> str:
        return self._pattern.sub(" ", text)

    def in_them(self, text: str) -> list[str]:
        return self._pattern.findall(text)


class Restating:
    """Callable on normalised text. normalise: the search's own, for the phrases of the files."""

    def __init__(self, normalise: Callable[[str], str]) -> None:
        marks, *lines = read_lines("cantonese.txt")
        self._marks = frozenset(normalise(marks.replace(" ", "")))
        self._cantonese = Phrases(normalise(line) for line in lines)
        self._english = Phrases(normalise(line) for line in read_lines("english.txt"))
        self._small = frozenset(word for line in read_lines("stopwords.txt") for word in line.split() if word.isascii())

    def marked(self, text: str) -> bool:
        """Whether one of a normalised text's characters is only ever written for Cantonese."""
        return not self._marks.isdisjoint(text)

    def written(self, text: str) -> str:
        """A marked text in written Chinese."""
        return self._cantonese.rewrite(text)

    def chinese(self, text: str) -> str | None:
        """An English question in Chinese words, in Chinese order as far as "of" tells; None where too little of it is
        known, or nothing need be said otherwise."""
        if _HAN.search(text) or not self._english.in_them(text):
            return None
        said = [word for word in _LATIN_WORD.findall(text) if word not in self._small]
        rest = self._english.rewrite(text)
        unknown = [word for word in _LATIN_WORD.findall(self._english.without(text)) if word not in self._small]
        if not said or 1 - len(unknown) / len(said) < _KNOWN:
            return None
        if parts := _OF.match(text):
            head, tail = map(self._english.rewrite, parts.groups())
            rest = f"{tail} {head}" if _HAN.search(head) and _HAN.search(tail) else rest
        return _REST.sub("", rest) or None


def _bounded(phrase: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(phrase)}(?![a-z0-9])" if phrase.isascii() else re.escape(phrase)
