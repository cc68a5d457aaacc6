"""Concepts: what a message is made of (who, does what, to what, in which state, when), found by patterns that are data.

The learned half counts which stand together; some that stand together are a hint of a reason. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

from guardrails.rules import RULES_FOLDER, RuleError, compiled, read_yaml


class Concepts:
    """Holds compiled patterns; share one between turns. hints: reason -> groups of concepts ("card lost")."""

    def __init__(self, patterns: Mapping[str, str], hints: Mapping[str, Sequence[str]]) -> None:
        self._patterns: dict[str, re.Pattern[str]] = {
            name: compiled([pattern], f"concepts.yaml: {name}")[0] for name, pattern in patterns.items()
        }
        self._hints = {reason: tuple(frozenset(g.split()) for g in groups) for reason, groups in hints.items()}
        unknown = {name for groups in self._hints.values() for group in groups for name in group} - set(patterns)
        if unknown:
            raise RuleError(f"concepts.yaml: hints name unknown concepts {sorted(unknown)}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._patterns)

    def found(self, text: str) -> list[str]:
        """The concepts of a normalised text, in the file's order."""
        return [name for name, pattern in self._patterns.items() if pattern.search(text)]

    def features(self, text: str) -> list[str]:
        """One feature a concept and one a pair of concepts: "<lost>", "<card><lost>"."""
        found = [f"<{name}>" for name in self.found(text)]
        return [*found, *(a + b for a, b in combinations(found, 2))]

    def hints(self, text: str) -> Collection[str]:
        """The reasons a group of whose concepts is in the text."""
        found = set(self.found(text))
        return [reason for reason, groups in self._hints.items() if any(group <= found for group in groups)]


@cache
def read_concepts(folder: Path = RULES_FOLDER) -> Concepts:
    read = read_yaml(folder / "concepts.yaml")
    return Concepts(read["concepts"], read["hints"])
