"""Rules as data: what each catches, why (with its legal source), the words that call it up and its own examples.

A rule is a YAML entry; this file only reads and compiles it, and refuses a rule that could not work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from guardrails.verdict import Action, Priority

Direction = Literal["input", "output"]
RULES_FOLDER = Path(__file__).parent / "rules"
_FIELDS = {
    "id", "catches", "direction", "reason", "action", "priority", "severity", "source", "cues", "patterns", "except",
    "negation", "question", "quotes", "general", "settled", "meaning", "hearsay", "firm", "speaker", "verbatim",
    "disowned", "reply", "matches", "spares",
}  # fmt: skip
# What no embedding may take back: whose rule guards other people's data, the assistant itself, or the law.
_NEVER_LIFTED = frozenset({"injection", "other_customer_data", "privacy_request", "illegal", "self_harm"})
# A gap without a bound makes matching slower than linear.
_UNBOUNDED = re.compile(r"(?:\.|\\[swdSWD]|\])(?:[*+])(?!\?\+)")


class RuleError(ValueError):
    """A rule file that cannot be used; names the file and the rule, never a customer's text."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. severity: 0 decides before 9 when several match.

    cues: words of which one must stand in the text before any pattern is tried (normal form).
    negation: "skip" = a denied match is none ("不保本"), "count" = it counts. question: "skip" = a question is no
    match, "only" = nothing else is, "any". quotes: "skip" = words the customer only quotes are no match.
    general: "skip" = asking how or whether it is done ("怎么投诉你们") is no match. settled: "skip" = what is over
    ("已经处理完了") is no match. meaning: "lifts" = a message whose meaning is surely harmless is no match; never where
    somebody may mean to die, of personal data, or of an answer. firm: a clause that is one of these from end to end
    ("我要投诉你们") is never lifted. hearsay: "skip" = news, or what befell somebody else long ago, told before a wish,
    is no match.
    disowned: "skip" = words an answer only names, to judge or refuse them or as others' ("“稳赚”多半是骗局"), are no
    match; "count" = they are; messages are never read for it.
    speaker: "bot" = a person may say it. verbatim: "skip" = an approved document's own sentence is no match.
    """

    id: str
    catches: str
    direction: Direction
    reason: str
    action: Action
    severity: int
    source: str
    cues: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    reply: str
    priority: Priority | None = None
    exceptions: tuple[re.Pattern[str], ...] = ()
    negation: Literal["skip", "count"] = "skip"
    question: Literal["any", "skip", "only"] = "any"
    quotes: Literal["any", "skip"] = "any"
    general: Literal["any", "skip"] = "any"
    settled: Literal["any", "skip"] = "any"
    meaning: Literal["any", "lifts"] = "any"
    hearsay: Literal["any", "skip"] = "any"
    firm: tuple[re.Pattern[str], ...] = ()
    disowned: Literal["skip", "count"] = "count"
    speaker: Literal["any", "bot"] = "any"
    verbatim: Literal["any", "skip"] = "any"
    matches: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


def read_rules(folder: Path = RULES_FOLDER) -> tuple[Rule, ...]:
    """Every rule of the folder's input_*.yaml and output_*.yaml, most severe first."""
    rules: list[Rule] = []
    for path in sorted([*folder.glob("input_*.yaml"), *folder.glob("output_*.yaml")]):
        direction: Direction = "input" if path.name.startswith("input") else "output"
        for entry in read_yaml(path):
            rules.append(read_rule(entry, direction, path.name))
    if len({rule.id for rule in rules}) != len(rules):
        raise RuleError("two rules share an id")
    return tuple(sorted(rules, key=lambda rule: rule.severity))


def read_rule(entry: Mapping[str, Any], direction: Direction, file: str) -> Rule:
    """One entry compiled. Raises RuleError when it could not work."""
    where = f"{file}: {entry.get('id', '?')}"
    if unknown := set(entry) - _FIELDS:
        raise RuleError(f"{where}: unknown fields {sorted(unknown)}")
    for needed in ("id", "catches", "reason", "action", "severity", "source", "cues", "patterns", "reply", "matches"):
        if not entry.get(needed) and entry.get(needed) != 0:
            raise RuleError(f"{where}: {needed} is missing")
    if entry.get("meaning") == "lifts" and (direction == "output" or entry["reason"] in _NEVER_LIFTED):
        raise RuleError(f"{where}: no meaning may lift this rule")
    return Rule(
        id=entry["id"],
        catches=entry["catches"],
        direction=direction,
        reason=entry["reason"],
        action=cast(Action, entry["action"]),
        severity=int(entry["severity"]),
        source=entry["source"],
        cues=tuple(str(cue).lower() for cue in entry["cues"]),
        patterns=compiled(entry["patterns"], where),
        reply=entry["reply"],
        priority=cast("Priority | None", entry.get("priority")),
        exceptions=compiled(entry.get("except", ()), where),
        negation=entry.get("negation", "skip"),
        question=entry.get("question", "any"),
        quotes=entry.get("quotes", "any"),
        general=entry.get("general", "any"),
        settled=entry.get("settled", "any"),
        meaning=entry.get("meaning", "any"),
        hearsay=entry.get("hearsay", "any"),
        firm=compiled(entry.get("firm", ()), where),
        disowned=entry.get("disowned", "skip" if direction == "output" else "count"),
        speaker=entry.get("speaker", "any"),
        verbatim=entry.get("verbatim", "any"),
        matches=tuple(entry["matches"]),
        spares=tuple(entry.get("spares", ())),
    )


def compiled(patterns: Sequence[str], where: str) -> tuple[re.Pattern[str], ...]:
    compiled = []
    for pattern in patterns:
        if _UNBOUNDED.search(pattern):
            raise RuleError(f"{where}: a gap without a bound: {pattern}")
        compiled.append(re.compile(pattern))
    return tuple(compiled)


def read_yaml(path: Path) -> Any:
    """Plain data; libyaml's own parser where it is built in, ten times as fast at start."""
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def read_words(folder: Path = RULES_FOLDER) -> Mapping[str, Any]:
    """Lists that rules and checks share: public telephone numbers, other institutions, mandatory sentences."""
    return cast(Mapping[str, Any], read_yaml(folder / "words.yaml"))
