"""What a turn starts from, and what it has gathered so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.generation.generator import GeneratorName, Language
from app.knowledge.found import Found
from app.knowledge.passage import Audience
from app.store.records import Conversation
from guardrails import Customer, Message, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Ask:
    """One customer's message. history: given by callers that keep their own (OpenAI clients); None = ours."""

    turn_id: str
    conversation: Conversation
    text: str
    as_of: date
    customer: Customer = field(default_factory=Customer)
    audiences: tuple[Audience, ...] = ("public",)
    history: Sequence[Message] | None = None


@dataclass(slots=True)
class Progress:
    """What one running turn knows; everything in it may be stored (texts are masked before they come here)."""

    language: Language = "zh-Hans"
    question: str = ""
    # The question less what only tells personal data, pinyin as the Chinese it spells; and whether any was masked.
    asked: str = ""
    masked: bool = False
    warned: bool = False
    standalone: str = ""
    generator: GeneratorName = "rule"
    found: Found | None = None
    searched_at: datetime | None = None
    stage: str = "retrieving"
    shown: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    rule_ids: list[str] = field(default_factory=list)
    verdicts: list[Mapping[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    freeze: Mapping[str, str] | None = None
    standing: Standing | None = None
    conflict: Sequence[Mapping[str, str]] = ()
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All that the customer was shown."""
        return "".join(self.shown)

    def note(self, verdict: Verdict, side: str) -> None:
        """What the rails said of one side ("input", "output"), with their timings."""
        self.rule_ids.extend(rule for rule in verdict.rule_ids if rule not in self.rule_ids)
        self.verdicts.append(
            {"side": side, "action": verdict.action, "reason": verdict.reason, "rule_ids": list(verdict.rule_ids)}
        )
        for stage, value in verdict.timings.items():
            self.timings[f"rails.{side}.{stage}"] = value
