"""What a question and a passage are about: which product, account, channel, matter, currency and sort of customer.

A passage about a sibling of what was asked for answers another question, however alike the wording: the penalty of a
car loan is no mortgage's. The tree is data (`data/subjects.txt`); what it does not know stays undecided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.knowledge.lexical import read_lines

_SECTION = re.compile(r"\[(\w+)\]\s*(\S*)")
_LATIN = re.compile(r"[a-z]")

# By dimension, the subjects a text names, each as its path from the root.
Named = Mapping[str, frozenset[str]]
# The dimension in which an answer may well go another way: what the app cannot do, the branch does.
LOOSE = frozenset(("channel",))
# Dimensions of the few: what holds of a special account holds for nobody who did not name it.
NARROW = frozenset(("account",))


@dataclass(frozen=True, slots=True)
class _Dimension:
    usual: str
    paths: Mapping[str, str]
    pattern: re.Pattern[str]


class Subjects:
    """The tree. lines: see `data/subjects.txt`; a malformed one raises ValueError."""

    def __init__(self, lines: Iterable[str]) -> None:
        told: dict[str, tuple[str, dict[str, str]]] = {}
        words: dict[str, str] = {}
        for line in lines:
            if section := _SECTION.fullmatch(line.strip()):
                words = {}
                told[section[1]] = (section[2], words)
            elif line.strip() and not line.startswith("#"):
                path, sign, names = line.partition("=")
                if not sign or not told:
                    raise ValueError(f"subjects: {line!r}")
                words.update(dict.fromkeys((name.replace("_", " ") for name in names.split()), path.strip()))
        self._dimensions = {name: _Dimension(usual, paths, _any_of(paths)) for name, (usual, paths) in told.items()}

    def of(self, *texts: str) -> Named:
        """What normalised texts name. The first text that names anything of a dimension decides, the next ones only
        make it narrower. Where a subject and one below it are named, the one below is meant."""
        found: dict[str, frozenset[str]] = {}
        for text in texts:
            for name, dimension in self._dimensions.items():
                paths = {dimension.paths[word] for word in dimension.pattern.findall(text)}
                if name in found:
                    paths = {path for path in paths if any(_below(path, wider) for wider in found[name])} | found[name]
                if paths:
                    found[name] = frozenset(path for path in paths if not any(_below(other, path) for other in paths))
        return found

    def told(self, title: str, section: str, question: str, text: str) -> Named:
        """What a passage is about: a FAQ passage what it asks, or else says, its category last; a document what it
        says, its title counted with it. All normalised."""
        return self.of(question, text, section) if question else self.of(f"{title}\n{section}\n{text}")

    def astray(self, asked: Named, told: Named) -> frozenset[str]:
        """The dimensions in which a passage is about something else than what was asked for."""
        return frozenset(
            name
            for name, wanted in asked.items()
            if (there := told.get(name) or self._usual(name)) and not any(related(a, b) for a in wanted for b in there)
        )

    def narrower(self, asked: Named, told: Named) -> int:
        """In how many dimensions a passage is about something special that the question does not speak of."""
        return sum(name in told and name not in asked for name in NARROW)

    def words(self, text: str, dimension: str = "product") -> list[str]:
        """The words by which a text names subjects of a dimension, in order."""
        return self._dimensions[dimension].pattern.findall(text)

    def apart(self, text: str, dimension: str = "product") -> list[str]:
        """A question about several siblings at once ("定期和大额存单的利率分别是多少") as one question each: the words
        for the others are left out. One text, unchanged, where there are no two."""
        known = self._dimensions[dimension]
        named = list(self.of(text).get(dimension, ()))
        if len(named) < 2 or any(related(a, b) for at, a in enumerate(named) for b in named[:at]):
            return [text]
        places = {path: text.find(word) for word, path in known.paths.items() if path in named and word in text}
        ordered = sorted(named, key=lambda path: places.get(path, 0))
        return [
            known.pattern.sub(lambda word, own=path: word[0] if related(known.paths[word[0]], own) else "", text)  # type: ignore[misc]
            for path in ordered
        ]

    def _usual(self, name: str) -> frozenset[str]:
        usual = self._dimensions[name].usual
        return frozenset((usual,)) if usual else frozenset()


@lru_cache(maxsize=1)
def shipped() -> Subjects:
    return Subjects(read_lines("subjects.txt"))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Longest first; English words as whole words."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(rf"(?<![a-z]){word}(?![a-z])" if _LATIN.match(word) else word for word in longest_first))


def _below(path: str, other: str) -> bool:
    return path.startswith(f"{other}/")


def siblings(asked: Named, one: Named, other: Named, dimension: str = "product") -> bool:
    """Whether two passages are about different things of one kind (借记卡, 信用卡) and the question names neither."""
    wanted, here, there = (named.get(dimension, frozenset()) for named in (asked, one, other))
    return bool(here and there) and all(
        not related(a, b) and a.split("/")[0] == b.split("/")[0] and all(_below(a, w) and _below(b, w) for w in wanted)
        for a in here
        for b in there
    )


def related(one: str, other: str) -> bool:
    """Whether two paths are one subject, or one of them is part of the other."""
    return one == other or _below(one, other) or _below(other, one)
