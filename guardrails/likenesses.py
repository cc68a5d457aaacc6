"""The learned half as rules: what a text is most like by its wording and, where it is known, by its meaning.

A second opinion: it adds to what rules decide, and lifts of it only what its rule allows and the meaning is sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from guardrails.engine import Hints, Hit
from guardrails.likeness import Likeness, LikenessModel, Limits, is_short
from guardrails.meaning import DOUBTED, Meaning
from guardrails.normal import NormalText
from guardrails.rules import Rule
from guardrails.verdict import LIKENESS, Meant, Span

# How far a meaning is believed where the words themselves are a guess: of messages typed in pinyin one character in ten
# is read wrongly, and nonsense is like nothing that is harmless.
_GUESSED = 0.73


@dataclass(frozen=True, slots=True)
class _Judged:
    likeness: Likeness
    reading: NormalText
    limits: Limits


class Likenesses:
    """The model as one more rule a reason: the words, priority and severity of the reason's own mildest rule.

    What is only like its examples may be the least of them: a page's small print is no beating. meaning: reads an
    embedding of the text beside its wording; None = wording alone.
    """

    def __init__(self, model: LikenessModel, rules: Iterable[Rule], meaning: Meaning | None = None) -> None:
        if meaning is not None and meaning.reasons != model.reasons:
            raise ValueError("the meaning was fitted for other reasons than the wording")
        self._model = model
        self._meaning = meaning
        self._rules: dict[str, Rule] = {}
        for rule in rules:
            known = self._rules.get(rule.reason)
            if rule.reason in model.reasons and (known is None or (rule.priority or "") > (known.priority or "")):
                name = rule.id.split(".", 1)[0] + f".{rule.reason}{LIKENESS}"
                catches = f"说法与“{rule.catches}”的例句相近（由字词组合和意思判断）"
                self._rules[rule.reason] = replace(rule, id=name, catches=catches, matches=(), spares=())

    @property
    def reader(self) -> str:
        """Whose embeddings its meaning was fitted on; "" without one."""
        return self._meaning.embedder if self._meaning is not None else ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules.values())

    def match(
        self,
        readings: Sequence[NormalText],
        hints: Callable[[Sequence[NormalText]], Hints],
        meant: Meant | None = None,
        *,
        guessed: bool = False,
    ) -> tuple[list[Hit], float]:
        """At most one hit: what any reading of the text is most like; and how probable it is that the text is not
        harmless. The hit's span covers the strongest n-grams.

        hints: what the rules see, asked only where it matters. meant: the text's embedding. guessed: the text is what
        another one, typed in pinyin, probably says. What is only like an
        emergency, not certainly one, is brought to a person without the alarm (P1).
        """
        judged = self._judge(readings, meant, _GUESSED if guessed else 1.0)
        doubt = max((one.likeness.probability for one in judged), default=0.0)
        acted = [one for one in judged if one.limits.excess(one.likeness) >= 0]
        if not acted:
            return [], doubt
        seen = hints(readings)
        acted = [one for one in acted if one.limits.reached(one.likeness, seen)]
        return ([self._hit(acted)] if acted else []), doubt

    def _hit(self, acted: Sequence[_Judged]) -> Hit:
        most = max(acted, key=lambda one: one.likeness.probability)
        rule, reading = self._rules[most.likeness.reason], most.reading
        if rule.priority == "P0" and not most.limits.is_certain(most.likeness):
            rule = replace(rule, priority="P1")
        places = most.likeness.places or self._model.places(reading.text, most.likeness.reason)
        first, last = 0, len(reading.text)
        if places:
            first, last = places[0][0], max(end for _, end in places)
        start, end = reading.span(first, last)
        return Hit(rule, Span(start, end, rule.id, reading.text[first:last]))

    def reads(self, meant: Meant) -> bool:
        return self._meaning is not None and self._meaning.fits(meant)

    def doubts(self, readings: Sequence[NormalText]) -> bool:
        """Whether a sentence's wording leaves enough doubt for its meaning to be asked for.

        One that wears a disguise, or is long, is read by its wording alone.
        """
        if self._meaning is None or len(readings) > 1 or not is_short(readings[0].text):
            return False
        likeness = self._model.read(readings[0].text)
        return likeness is not None and likeness.probability >= DOUBTED

    def may_turn(self, meant: Meant) -> bool:
        """Whether a message that its wording lets pass may be stopped for its meaning."""
        return self._meaning is not None and self._meaning.fits(meant) and not self._meaning.is_calm(meant)

    def lifts(self, readings: Sequence[NormalText], ruled: Sequence[Hit], meant: Meant) -> bool:
        """Whether the meaning of a message is so surely harmless that the rules which matched are taken back. Never of
        what wears a disguise, nor of a long message."""
        mixed = self._mix(readings[0], meant) if len(readings) == 1 else None
        return mixed is not None and all(
            mixed.limits.lifted(mixed.likeness.probability, hit.rule.reason) for hit in ruled
        )

    def _judge(self, readings: Sequence[NormalText], meant: Meant | None, believed: float) -> list[_Judged]:
        """The meaning is that of the last reading, under any disguise. What was taken off may have been none (a text of
        more readings than one): the meaning may add to what the wordings tell, and takes nothing from them."""
        judged: list[_Judged] = []
        for reading in readings:
            mixed = self._mix(reading, meant) if reading is readings[-1] else None
            if mixed is not None:
                probability = believed * mixed.likeness.probability
                judged.append(replace(mixed, likeness=replace(mixed.likeness, probability=probability)))
            if (mixed is None or len(readings) > 1) and (likeness := self._model.read(reading.text)) is not None:
                judged.append(_Judged(likeness, reading, self._model.limits))
        return judged

    def _mix(self, reading: NormalText, meant: Meant | None) -> _Judged | None:
        """A meaning is of a whole short message; in a long one it is about everything, and the wording stands alone."""
        if self._meaning is None or meant is None or not self._meaning.fits(meant) or not is_short(reading.text):
            return None
        likeness = self._meaning.mix(self._model.scores(reading.text), meant)
        return _Judged(likeness, reading, self._meaning.limits)
