"""Checks of a customer's message: the input rules, and what only the last turns show (the same question again)."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from guardrails.asking import clauses_that_ask
from guardrails.disguises import Disguises
from guardrails.engine import Hit, RuleEngine
from guardrails.likeness import is_short
from guardrails.likenesses import Likenesses
from guardrails.masking import mask
from guardrails.normal import Normaliser, NormalText
from guardrails.replies import Replies
from guardrails.verdict import EMERGENCIES, Meant, Message, Verdict

# Turns of history that are read; older ones change no decision.
_REMEMBERED = 12
_SAME_QUESTION = 0.7
_TIMES = 3


class MessageChecks:
    """The engine half of the input rail; NeMo's flow calls check()."""

    def __init__(
        self,
        engine: RuleEngine,
        normaliser: Normaliser,
        replies: Replies,
        phones: Collection[str],
        disguises: Disguises,
        likenesses: Likenesses,
    ) -> None:
        self._engine = engine
        self._normaliser = normaliser
        self._disguises = disguises
        self._likenesses = likenesses
        self._replies = replies
        self._phones = phones

    def check(self, text: str, history: Sequence[Message], language: str, meant: Meant | None = None) -> Verdict:
        """allow | refuse | handoff. The most severe rule decides; every rule that matched is named. meant: the
        message's embedding, where it is known."""
        started = time.perf_counter()
        normal = self._normaliser.normalise(text)
        readings = self._disguises.readings(normal)
        folded = time.perf_counter()
        hits = self._engine.match_readings(readings if readings[0] is normal else [normal, *readings])
        liftable = (
            bool(hits)
            and all(hit.rule.meaning == "lifts" and not hit.firm for hit in hits)
            and _reads_meaning(readings)
        )
        if liftable and meant is not None and self._likenesses.lifts(readings, hits, meant):
            hits, liftable = [], False
        asking = self._without_personal_data(text)
        if asking is not None:
            readings = self._disguises.readings(asking)
        guessed = meant is not None and self._disguises.spelt(text) is not None
        likely, doubt = self._likenesses.match(readings, self._engine.hints, meant, guessed=guessed)
        hits += [hit for hit in likely if _may_join(hit, hits)]
        hits.sort(key=lambda hit: hit.rule.severity)
        masked = mask(text, self._phones)
        plain = mask(readings[-1].text, self._phones) if _is_disguised(text, readings) else ""
        timings = {"normalise": (folded - started) * 1000, "rules": (time.perf_counter() - folded) * 1000}
        if hits:
            rule = hits[0].rule
            return Verdict(
                action=rule.action,
                reason=rule.reason,
                priority=rule.priority,
                rule_ids=tuple(hit.rule.id for hit in hits),
                reply=self._replies.say(rule.reply, language),
                reply_key=rule.reply,
                masked_text=masked,
                spans=tuple(hit.span for hit in hits),
                timings=timings,
                liftable=liftable,
                undisguised=plain,
            )
        if (asking is None or asking.text) and self._asked_again(normal.text, history):
            return Verdict(
                action="handoff",
                reason="repeated_failure",
                priority="P2",
                rule_ids=("in.repeated_failure.same_question",),
                reply=self._replies.say("多次未解决", language),
                reply_key="多次未解决",
                masked_text=masked,
                timings=timings,
            )
        return Verdict(action="allow", masked_text=masked, timings=timings, doubt=doubt, undisguised=plain)

    def spelt(self, text: str) -> str:
        """The text, in Chinese where it is typed in pinyin."""
        return self._disguises.spelt(text) or text

    def _without_personal_data(self, text: str) -> NormalText | None:
        """The clauses that say more, where some do not: a list of one's numbers is like the tale of somebody who was
        robbed of them, and tells nothing."""
        kept = clauses_that_ask(text, self._phones)
        if sum(end - start for start, end in kept) == len(text):
            return None
        places = [at for start, end in kept for at in range(start, end)]
        normal = self._normaliser.normalise("".join(text[at] for at in places))
        return NormalText(normal.text, [places[at] for at in normal.origin], text)

    @property
    def reader(self) -> str:
        return self._likenesses.reader

    def is_open(self, verdict: Verdict, meant: Meant) -> bool:
        """Whether the message's meaning can change what was decided without it."""
        if verdict.allowed:
            return self._likenesses.may_turn(meant)
        return verdict.by_wording and self._likenesses.reads(meant)

    def _asked_again(self, text: str, history: Sequence[Message]) -> bool:
        """The third time the same question is put in other clothes, the answers have not helped."""
        wanted = _pairs(text)
        if len(wanted) < 4:
            return False
        count, numerals = 1, _numerals(text[:500])
        for message in history[-_REMEMBERED:]:
            if message.role == "customer":
                earlier = self._normaliser.normalise(message.text[:500]).text
                if _numerals(earlier) != numerals:
                    # 一年期 and 两年期 are two questions in the same words.
                    continue
                pairs = _pairs(earlier)
                union = len(wanted | pairs)
                count += bool(union) and len(wanted & pairs) / union >= _SAME_QUESTION
        return count >= _TIMES


def _reads_meaning(readings: Sequence[NormalText]) -> bool:
    return len(readings) == 1 and is_short(readings[0].text)


def _is_disguised(text: str, readings: Sequence[NormalText]) -> bool:
    """Whether an embedder would not see what the rules do: characters pulled apart, or others in their place."""
    return (len(readings) > 1 or len(readings[0].text) < len(text.strip())) and is_short(readings[-1].text)


def _may_join(likely: Hit, ruled: Sequence[Hit]) -> bool:
    """What a rule has decided only an emergency can change: a certain one, or one beside a bare refusal. Whom a rule
    brings to a person anyway is not alarmed by a resemblance."""
    if not ruled:
        return True
    if likely.rule.reason not in EMERGENCIES or any(hit.rule.reason == likely.rule.reason for hit in ruled):
        return False
    return likely.rule.priority == "P0" or all(hit.rule.action == "refuse" for hit in ruled)


def _numerals(text: str) -> str:
    return "".join(char for char in text if char.isdigit() or char in "一二三四五六七八九十两半")


def _pairs(text: str) -> set[str]:
    kept = "".join(char for char in text[:500] if char.isalnum())
    return {kept[i : i + 2] for i in range(len(kept) - 1)}
