"""From which probability each reason acts: chosen on held-out texts, so that harmless ones are stopped no more often
than allowed. Gains and alarms are counted on written-out texts (cases, rules' examples, questions): they are what
customers are like; drawn ones are many and alike.

Emergencies have alarms of their own to spend, and may act on less: an honest person who is asked once whether all is
well loses a minute, one who is being robbed and is not heard loses what they have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.guard_suite import ALLOW, EMERGENCIES, Side
from eval.rail_examples import Example
from guardrails.engine import Hints
from guardrails.likeness import Likeness, Limits

# Of the harmless texts that were written out, the share that held-out folds may stop: all emergencies together, and all
# other reasons. Half of an answer's honest sentences are twins made to be mistaken: of the others far fewer are
# stopped.
_ALARMS: Mapping[Side, float] = {"input": 0.012, "output": 0.02}
_URGENT_ALARMS = 0.012
# No reason acts under these, whatever the folds say: beside a hint of the rules, and alone.
_LEAST: Mapping[Side, Mapping[str, float]] = {
    "input": {"hinted": 0.3, "alone": 0.5},
    "output": {"hinted": 0.3, "alone": 0.5},
}
_LEAST_URGENT = {"hinted": 0.15, "alone": 0.2}
# Where few were held out an emergency's lie between these, whatever they say.
_URGENT_OF_FEW = {"hinted": (0.2, 0.3), "alone": (0.25, 0.35)}
# From which probability an emergency is certainly one (P0); and from which a reading overrules a rule that takes a text
# for harmless ("虽然没有写保本二字，实际上不会亏"): of the topics left out, seven such sentences and no honest one.
_SURE, _SURER = 0.9, 0.95
# How many alarms may be spent at once on the next gain: emergencies are few and their gains lie apart.
_STEPS, _URGENT_STEPS = 4, 10
# Up to which probability of harm a meaning takes back a rule that yields to it, whatever is found; an emergency's stays
# far below. Of the topics that the reader was not taught, 13 of 16 false alarms of rules lay under it, one of 197 right
# alarms ("余额宝不安全对吧") and none of an emergency (the least of theirs had .5).
_MOST_LIFTED, _MOST_LIFTED_URGENT = 0.03, 0.01
_NEVER = 2.0


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What folds that had not learned a text made of it: the probability that it is not harmless, the likest reason.

    settled: texts that something else stops already (a rule, for instance), so that nothing is won or lost by them.
    """

    side: Side
    examples: Sequence[Example]
    hints: Sequence[Hints]
    harm: NDArray[np.float64]
    likest: Sequence[str]
    settled: NDArray[np.bool_]

    def acts(self, limits: Limits) -> NDArray[np.bool_]:
        """Which texts a reason acts on."""
        triples = zip(self.likest, self.harm.tolist(), self.hints, strict=True)
        return np.array([limits.reached(Likeness(name, harm, ()), hints) for name, harm, hints in triples])

    def alarms(self, limits: Limits) -> NDArray[np.bool_]:
        """Which texts an emergency acts on with certainty (P0)."""
        pairs = zip(self.likest, self.harm.tolist(), strict=True)
        certain = [name in EMERGENCIES and limits.is_certain(Likeness(name, harm, ())) for name, harm in pairs]
        alarmed: NDArray[np.bool_] = self.acts(limits) & np.array(certain)
        return alarmed


def choose_limits(held: HeldOut, *, few: bool = False, told: bool = False) -> Limits:
    """few: not every example was held out. told: print what goes wrong."""
    examples, harm = held.examples, held.harm
    ways = [(name, _way_of(name, hints)) for name, hints in zip(held.likest, held.hints, strict=True)]
    benign = [i for i, example in enumerate(examples) if example.written and example.reason == ALLOW]
    bad = [i for i, example in enumerate(examples) if example.written and example.reason != ALLOW]
    reasons = {example.reason for example in examples} - {ALLOW}
    every = [(reason, way) for reason in sorted(reasons) for way in ("hinted", "alone")]
    alarms = {way: sorted((harm[i] for i in benign if ways[i] == way), reverse=True) for way in every}
    caught = {way: [harm[i] for i in bad if ways[i] == way] for way in every}
    allowed = dict.fromkeys(every, 0)

    def threshold(way: tuple[str, str], alarmed: int) -> float:
        urgent = way[0] in EMERGENCIES
        highest, least = alarms[way], (_LEAST_URGENT if urgent else _LEAST[held.side])[way[1]]
        found = max(least, float(highest[alarmed]) + 0.005) if alarmed < len(highest) else least
        if urgent and few:
            lowest, most = _URGENT_OF_FEW[way[1]]
            return min(max(found, lowest), most)
        return found

    def gain(way: tuple[str, str], steps: int) -> float:
        before, after = threshold(way, allowed[way]), threshold(way, allowed[way] + steps)
        return sum(1 for value in caught[way] if after <= value < before) / steps

    def spend(share: float, some: Sequence[tuple[str, str]], most: int) -> None:
        """Alarms where they win most each, until as many are spent or nothing is won."""
        budget = int(share * len(benign))
        while budget > 0 and some:
            pairs = ((way, steps) for way in some for steps in range(1, min(most, budget) + 1))
            best, steps = max(pairs, key=lambda pair: gain(*pair))
            if gain(best, steps) == 0:
                break
            allowed[best] += steps
            budget -= steps

    spend(_URGENT_ALARMS, [way for way in every if way[0] in EMERGENCIES], _URGENT_STEPS)
    spend(_ALARMS[held.side], [way for way in every if way[0] not in EMERGENCIES], _STEPS)
    acts = defaultdict(lambda: _NEVER, {way: threshold(way, allowed[way]) for way in every})
    tops = {way: max(alarms[way], default=0.0) + 0.005 for way in every}
    certain = {r: max(_SURE, tops[r, "hinted"], tops[r, "alone"]) for r in EMERGENCIES & reasons}
    for reason in reasons - EMERGENCIES:
        spared = [harm[i] for i in benign if ways[i] == (reason, "spared")]
        certain[reason] = max(_SURER, float(max(spared, default=0.0)) + 0.005)
    limits = Limits(
        {reason: acts[reason, way] for reason, way in every if way == "alone"},
        {reason: acts[reason, way] for reason, way in every if way == "hinted"},
        dict(sorted(certain.items())),
    )
    acted = held.acts(limits)
    stopped = acted | held.settled
    missed, alarmed = [i for i in bad if not stopped[i]], [i for i in benign if stopped[i]]
    caught_all, false = int(acted[bad].sum()), int(acted[benign].sum())
    print(f"  held out, written: stopped {caught_all}/{len(bad)}, false alarms {false}/{len(benign)}")
    print(f"  with the rules: missed {len(missed)}/{len(bad)}, false alarms {len(alarmed)}/{len(benign)}")
    print(f"  of emergencies: missed {sum(examples[i].reason in EMERGENCIES for i in missed)}")
    for i in (*missed, *alarmed) if told else ():
        print(f"    {examples[i].reason} as {ways[i]} {harm[i]:.2f} {held.settled[i]}: {examples[i].text}")
    return limits


def choose_lifts(held: HeldOut, yielding: Sequence[Collection[str]]) -> tuple[Mapping[str, float], NDArray[np.bool_]]:
    """Up to which probability of harm a meaning takes back a rule of each reason that yields to it; and which texts
    that lifts. Under the least harmful text that such a rule of an emergency stops, whatever else.

    yielding: of each text the reasons of its rules where all of them yield, else none.
    """
    examples, harm = held.examples, held.harm
    ruled = [i for i, reasons in enumerate(yielding) if reasons and examples[i].written]
    least: dict[str, float] = {}
    for i in ruled:
        for reason in EMERGENCIES & set(yielding[i]) if examples[i].reason != ALLOW else ():
            least[reason] = min(least.get(reason, 1.0), float(harm[i]))
    lifts = {
        reason: min(_MOST_LIFTED_URGENT, least.get(reason, 1.0) - 0.005) if reason in EMERGENCIES else _MOST_LIFTED
        for reason in sorted({reason for reasons in yielding for reason in reasons})
    }
    lifted = np.array(
        [bool(reasons) and harm[i] <= min(lifts[reason] for reason in reasons) for i, reasons in enumerate(yielding)]
    )
    for name, harmless in (("harmful let pass", False), ("false alarms lifted", True)):
        some = [i for i in ruled if (examples[i].reason == ALLOW) is harmless]
        print(f"  rules that yield: {name} {int(lifted[some].sum())}/{len(some)}")
    return lifts, lifted


def _way_of(reason: str, hints: Hints) -> str:
    """As Limits.reached: beside a hint, alone, or not at all."""
    if reason in hints.spared:
        return "alone" if reason in EMERGENCIES else "spared"
    return "hinted" if reason in hints.likely else "alone"
