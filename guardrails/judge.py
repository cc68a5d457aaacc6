"""A model's opinion of a message that the engine lets pass but doubts: it may stop it, and can lift nothing.

Whoever has no opinion in time (away, slow, unclear) leaves the decision where it was: with the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from guardrails.replies import Replies
from guardrails.rules import RULES_FOLDER, Rule, RuleError, read_yaml
from guardrails.verdict import JUDGE, Verdict

ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Opinion:
    """reason: of the contract, or "allow"; "" = none, and then `why` says what was missing ("slow", "unclear" …)."""

    reason: str
    why: str = ""


class Judge(Protocol):
    """doubt: from which doubt of the engine (Verdict.doubt) it is worth asking."""

    doubt: float

    async def judge(self, text: str) -> Opinion:
        """text: one message, masked. Never raises, never takes longer than its limit."""


@dataclass(frozen=True, slots=True)
class JudgeBrief:
    """What a judge needs to know. reasons: reason -> what falls under it. categories: a guard model's -> reason."""

    reasons: Mapping[str, str]
    categories: Mapping[str, str]


def read_brief(folder: Path = RULES_FOLDER) -> JudgeBrief:
    """Raises RuleError when a category means a reason that nobody described."""
    read = read_yaml(folder / "judge.yaml")
    brief = JudgeBrief(read["reasons"], read["categories"])
    if strange := set(brief.categories.values()) - set(brief.reasons):
        raise RuleError(f"judge.yaml: no such reason: {sorted(strange)}")
    return brief


class Judgements:
    """A model's opinion as one more rule a reason: the words and severity of the reason's own mildest rule, and never
    the alarm (P0): an opinion is no certainty."""

    def __init__(self, rules: Iterable[Rule], replies: Replies, brief: JudgeBrief) -> None:
        self._replies = replies
        self._rules: dict[str, Rule] = {}
        for rule in rules:
            known = self._rules.get(rule.reason)
            if rule.reason in brief.reasons and (known is None or (rule.priority or "") > (known.priority or "")):
                catches = f"模型认为属于：{brief.reasons[rule.reason]}"
                priority = "P1" if rule.priority == "P0" else rule.priority
                name = f"in.{rule.reason}{JUDGE}"
                self._rules[rule.reason] = replace(
                    rule, id=name, catches=catches, priority=priority, matches=(), spares=()
                )
        if silent := set(brief.reasons) - set(self._rules):
            raise RuleError(f"judge.yaml: no rule has the words for {sorted(silent)}")

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules.values())

    def heed(self, verdict: Verdict, opinion: Opinion, language: str) -> Verdict:
        """Only what was let pass may change, and only to be stopped."""
        rule = self._rules.get(opinion.reason)
        if not verdict.allowed or rule is None:
            return verdict
        return replace(
            verdict,
            action=rule.action,
            reason=rule.reason,
            priority=rule.priority,
            rule_ids=(rule.id,),
            reply=self._replies.say(rule.reply, language),
            reply_key=rule.reply,
        )


def is_judged(rule_id: str) -> bool:
    """Whether a verdict's rule is a model's opinion."""
    return rule_id.endswith(JUDGE)
