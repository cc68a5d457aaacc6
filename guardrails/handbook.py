"""Every rule and check by its id, in words: what it catches, why, by which law, and how the customer is answered.

What must stay true: whatever id a verdict names has an entry here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from guardrails.rules import RULES_FOLDER, Direction, Rule, RuleError, read_yaml
from guardrails.verdict import JUDGE, LIKENESS, Action, Priority

Kind = Literal["rule", "likeness", "judge", "check"]


@dataclass(frozen=True, slots=True)
class RuleNote:
    """One entry. kind: "rule" = words and patterns, "likeness" = the learned half, "judge" = a model's
    opinion, "check" = a comparison.

    severity: 0 decides before 9 when several match. reply: the customer's words, Simplified Chinese.
    matches, spares: examples that are caught, and near misses that are not.
    """

    id: str
    kind: Kind
    direction: Direction
    reason: str
    action: Action
    priority: Priority | None
    severity: int
    catches: str
    source: str
    reply_key: str
    reply: str = ""
    matches: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


class Handbook:
    """Iterates incoming before outgoing, most severe first."""

    def __init__(self, notes: Iterable[RuleNote]) -> None:
        ordered = sorted(notes, key=lambda note: (note.direction, note.severity, note.id))
        self._notes: Mapping[str, RuleNote] = {note.id: note for note in ordered}

    def __iter__(self) -> Iterator[RuleNote]:
        return iter(self._notes.values())

    def __len__(self) -> int:
        return len(self._notes)

    def get(self, rule_id: str) -> RuleNote | None:
        return self._notes.get(rule_id)


def read_checks(folder: Path = RULES_FOLDER) -> list[RuleNote]:
    """The entries of checks.yaml. Raises RuleError when one lacks a field."""
    return [_check(entry) for entry in read_yaml(folder / "checks.yaml")]


def _check(entry: Mapping[str, Any]) -> RuleNote:
    try:
        return RuleNote(
            id=entry["id"],
            kind="check",
            direction=entry["direction"],
            reason=entry["reason"],
            action=entry["action"],
            priority=entry.get("priority"),
            severity=int(entry["severity"]),
            catches=entry["catches"],
            source=entry["source"],
            reply_key=entry["reply"],
        )
    except KeyError as missing:
        raise RuleError(f"checks.yaml: {entry.get('id', '?')}: {missing} is missing") from None


def note_of(rule: Rule) -> RuleNote:
    return RuleNote(
        id=rule.id,
        kind="likeness" if rule.id.endswith(LIKENESS) else "judge" if rule.id.endswith(JUDGE) else "rule",
        direction=rule.direction,
        reason=rule.reason,
        action=rule.action,
        priority=rule.priority,
        severity=rule.severity,
        catches=rule.catches,
        source=rule.source,
        reply_key=rule.reply,
        matches=rule.matches,
        spares=rule.spares,
    )
