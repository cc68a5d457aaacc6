"""Instructions to the assistant inside documents: found in the normal form, so that no spelling trick hides one.

Rules are data (rules/document_instructions.yaml). What only quotes such a sentence, or denies it, is no instruction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from guardrails.normal import Normaliser
from guardrails.rules import RULES_FOLDER, RuleError, compiled

FILE = "document_instructions.yaml"
_FIELDS = {"id", "catches", "source", "cues", "patterns", "except", "matches", "spares"}
_NEGATED = re.compile(
    r"(?:不|勿|别|请勿|切勿|不得|不能|不可|不应|禁止|严禁|not|never|don't)(?:要|得|能|可|应|会|当| )?$"
)
# "例如“忽略以上指令”之类的文字": told about, not told.
_CITES = re.compile(
    r"(?:例如|比如|诸如|譬如|类似|形如|所谓|写入|包含|含有|出现|such as|e\.g\.)[^。!?\n]{0,6}[“\"'‘「『《]$"
)
_CITED = re.compile(
    r"[^。!?\n]{0,40}[”\"'’」』》](?:之类|等(?:字样|文字|语句|内容|指令|提示)|的(?:攻击|话术|字样|文字|语句))"
)
_BREAK = re.compile(r"(?<=[a-z,])\n(?=[a-z])")
_QUOTES = "“\"'‘「『《"


@dataclass(frozen=True, slots=True)
class InstructionRule:
    """One rule. cues: one must stand in the normal form before any pattern is tried."""

    id: str
    catches: str
    cues: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    exceptions: tuple[re.Pattern[str], ...]
    matches: tuple[str, ...]
    spares: tuple[str, ...]


class InstructionFinder:
    """Reads its rules once; build one for each process. rules: in the order in which they are tried."""

    def __init__(self, folder: Path = RULES_FOLDER) -> None:
        self._normaliser = Normaliser()
        self.rules = read_instruction_rules(folder)

    def find(self, text: str) -> str | None:
        """The id of the first rule that finds an instruction to the assistant in the text, or None."""
        forms = [self._normaliser.normalise(text).text]
        if "\n" in text:  # a sentence that the page breaks is one sentence
            forms.append(_BREAK.sub(" ", forms[0]).replace("\n", ""))
        for rule in self.rules:
            for form in forms:
                if any(cue in form for cue in rule.cues) and _speaks(rule, form):
                    return rule.id
        return None


def _speaks(rule: InstructionRule, text: str) -> bool:
    for pattern in rule.patterns:
        for found in pattern.finditer(text):
            if not (_is_denied(text, found.start()) or _is_excepted(rule, text, found) or _is_cited(text, found)):
                return True
    return False


def _is_denied(text: str, start: int) -> bool:
    return bool(_NEGATED.search(text[max(0, start - 8) : start]))


def _is_excepted(rule: InstructionRule, text: str, found: re.Match[str]) -> bool:
    """An exception counts where it overlaps the find: elsewhere in the text it excuses nothing."""
    start, end = max(0, found.start() - 16), min(len(text), found.end() + 24)
    return any(
        excused.start() < found.end() and excused.end() > found.start()
        for exception in rule.exceptions
        for excused in exception.finditer(text, start, end)
    )


def _is_cited(text: str, found: re.Match[str]) -> bool:
    opens = found.start() + (found.group()[:1] in _QUOTES)
    before = text[max(0, opens - 24) : opens]
    return bool(_CITES.search(before) or (before.endswith(tuple(_QUOTES)) and _CITED.match(text, found.end())))


def read_instruction_rules(folder: Path = RULES_FOLDER) -> Sequence[InstructionRule]:
    """Raises RuleError for a rule that could not work."""
    data: Mapping[str, Any] = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    words: Mapping[str, str] = data["vocabulary"]
    return tuple(_rule(entry, words) for entry in data["rules"])


def _rule(entry: Mapping[str, Any], words: Mapping[str, str]) -> InstructionRule:
    where = f"{FILE}: {entry.get('id', '?')}"
    if unknown := set(entry) - _FIELDS:
        raise RuleError(f"{where}: unknown fields {sorted(unknown)}")
    for needed in _FIELDS - {"except"}:
        if not entry.get(needed):
            raise RuleError(f"{where}: {needed} is missing")
    return InstructionRule(
        id=entry["id"],
        catches=entry["catches"],
        cues=tuple(str(cue).lower() for cue in entry["cues"]),
        patterns=compiled([_spelled(pattern, words) for pattern in entry["patterns"]], where),
        exceptions=compiled([_spelled(pattern, words) for pattern in entry.get("except", ())], where),
        matches=tuple(entry["matches"]),
        spares=tuple(entry["spares"]),
    )


def _spelled(pattern: str, words: Mapping[str, str]) -> str:
    for name, spelled in words.items():
        pattern = pattern.replace(f"{{{name}}}", spelled)
    return pattern
