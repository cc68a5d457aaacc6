"""The peer of our rails: the same policies as NeMo is usually configured, one flow a policy, run in order.

Every flow's action runs only its own reason's rules over the text; what it lacks (disguises, likeness, number lock)
makes the peer cheaper, not dearer. The only place outside guardrails/ that touches NeMo.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from guardrails import Guard, Message, Release, Releaser
from guardrails.engine import RuleEngine
from guardrails.normal import Normaliser
from guardrails.rules import Rule, read_rules

from nemoguardrails import LLMRails, RailsConfig  # isort: skip
from nemoguardrails.actions.rail_outcome import RailOutcome  # isort: skip
from nemoguardrails.rails.llm.options import RailType  # isort: skip


class SeparateFlows:
    """LLMRails with one flow for every reason of the contract, both directions; or for some of (side, reason) only."""

    def __init__(self, only: Collection[tuple[str, str]] | None = None) -> None:
        by_reason: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        for rule in read_rules():
            if only is None or (rule.direction, rule.reason) in only:
                by_reason[rule.direction, rule.reason].append(rule)
        names = {key: f"{key[0]}_{key[1]}" for key in by_reason}
        colang = 'define bot decline\n  "抱歉，这个我不能办理。"\n\n' + "\n".join(
            f"define subflow check {name}\n  $rail = execute run_{name}(text=${_VARIABLE[key[0]]})\n"
            "  if $rail.is_blocked\n    bot decline\n    stop\n"
            for key, name in names.items()
        )
        self.flows = len(names)
        listed = {side: [f"check {name}" for key, name in names.items() if key[0] == side] for side in _VARIABLE}
        config = RailsConfig.from_content(
            colang_content=colang,
            config={
                "colang_version": "1.0",
                "models": [],
                "rails": {side: {"flows": flows} for side, flows in listed.items()},
            },
        )
        self._rails: Any = LLMRails(config)
        normaliser = Normaliser()
        for key, name in names.items():
            self._rails.register_action(_action(RuleEngine(by_reason[key]), normaliser), name=f"run_{name}")

    async def turn(self, question: str, answer: str) -> bool:
        """A message in and an answer out; whether both passed every flow."""
        return all([await self.check_input(question), await self.check_output(question, answer)])

    async def check_input(self, question: str) -> bool:
        return await self._passes([{"role": "user", "content": question}], RailType.INPUT)

    async def check_output(self, question: str, answer: str) -> bool:
        told = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        return await self._passes(told, RailType.OUTPUT)

    async def _passes(self, messages: list[dict[str, str]], side: RailType) -> bool:
        result = await self._rails.check_async(messages, rail_types=[side])
        return "BLOCKED" not in str(result.status).upper()


_VARIABLE = {"input": "user_message", "output": "bot_message"}


def _action(engine: RuleEngine, normaliser: Normaliser) -> Callable[..., Awaitable[Any]]:
    async def check(text: str = "") -> Any:
        hits = engine.match(normaliser.normalise(text))
        return RailOutcome.block(reason=hits[0].rule.reason) if hits else RailOutcome.allow()

    return check


async def our_turn(guard: Guard, question: str, answer: str, release: Release, history: Sequence[Message] = ()) -> bool:
    """The same turn through our rails, with everything a real turn does: every sentence, then the whole answer."""
    asked = await guard.check_input(question, history)
    releaser = Releaser(guard, release)
    sentences = [*releaser.feed(answer), *releaser.finish()]
    whole = await guard.check_output(answer, releaser.checked)
    return asked.allowed and whole.allowed and not any(one.replaced for one in sentences)


async def cpu_of(turn: Callable[[], Awaitable[bool]], times: int) -> tuple[list[float], bool]:
    """CPU seconds of each of `times` turns, and whether all of them passed."""
    spent, passed = [], True
    for _ in range(times):
        started = time.process_time()
        passed = await turn() and passed
        spent.append(time.process_time() - started)
    return spent, passed
