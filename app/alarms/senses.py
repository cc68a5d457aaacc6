"""Words by their meaning where two passages are compared: synonyms as one word, exclusive alternatives, fillers, and
words that make it another price, group or event. The data is app/alarms/data/senses.txt; its header names the marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources

from app.knowledge.normalise import Normaliser

_LATIN = re.compile(r"[a-z0-9]+")


class Senses:
    """name: of a word its sense's, the first of its group. fillers, marks, measures: names of senses.

    rivals: groups of names of which a thing has one.
    """

    def __init__(self, normalise: Normaliser, lines: Sequence[str] | None = None) -> None:
        self.name: dict[str, str] = {}
        self.rivals: list[frozenset[str]] = []
        self.fillers: frozenset[str] = frozenset()
        self.marks: frozenset[str] = frozenset()
        self.measures: frozenset[str] = frozenset()
        read = [line for line in (_shipped() if lines is None else lines) if line.strip() and not line.startswith("#")]
        for line in read:
            if "=" in line:
                words = [normalise(word) for word in line.split("=")]
                names = {self.name[word] for word in words if word in self.name}
                first = min(names, default=words[0])
                self.name.update(dict.fromkeys(words, first))
        for line in read:
            if "=" not in line:
                self._class(line, normalise)
        # A single character is a word only where the segmenter says so.
        longest_first = sorted((word for word in self.name if len(word) > 1), key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(_bounded, longest_first)))

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and sense of every known word of a normalised text, leftmost and longest."""
        return [(match.start(), match.end(), self.name[match.group()]) for match in self._pattern.finditer(text)]

    def _class(self, line: str, normalise: Normaliser) -> None:
        sign, rest = (line[0], line[1:]) if line[0] in "~!@" else ("|", line)
        words = [normalise(word) for word in (rest.split("|") if sign == "|" else rest.split())]
        names = [self.name.setdefault(word, word) for word in words]
        if sign == "~":
            self.fillers |= frozenset(names)
        elif sign == "!":
            self.marks |= frozenset(names)
        elif sign == "@":
            self.measures |= frozenset(names)
        else:
            self.rivals.append(frozenset(names))


def _bounded(word: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if _LATIN.fullmatch(word) else re.escape(word)


def _shipped() -> list[str]:
    return resources.files("app.alarms").joinpath("data", "senses.txt").read_text(encoding="utf-8").splitlines()
