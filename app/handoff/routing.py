"""Who should take which ticket, and how long the one at a place in the queue will wait.

Pure decisions over who is at the desk. Nobody is made to take a ticket: the offer says who fits best, and anyone may
accept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from app.handoff.rules import DeskRules
from app.store.desk import Staffing
from app.store.records import Agent

# An estimate is told in whole steps of this many seconds: it is no more exact than that.
_STEP_S = 30


def skill_for(rules: DeskRules, reason: str, question: str) -> str:
    """By the reason of the hand-over, else by what the question is about, else the first skill of all."""
    if reason in rules.skill_by_reason:
        return rules.skill_by_reason[reason]
    lowered = question.lower()
    hits = {skill: sum(word in lowered for word in words) for skill, words in rules.skill_by_words.items()}
    best = max(hits, key=lambda skill: hits[skill], default=None)
    return best if best is not None and hits[best] else rules.skills[0].id


def fits(agent: Agent, skill: str, language: str) -> bool:
    return skill in agent.skills and language in agent.languages


def offers(waiting: Sequence[tuple[str, str, str]], agents: Sequence[Agent]) -> Mapping[str, str]:
    """For each queued ticket, most urgent first, the agent it is offered to, as long as anyone has room.

    waiting: (ticket id, skill, language).
    The one with the smallest share of their capacity in use; a tie goes to the one who has taken the fewest skills,
    so that those who can do everything stay free.
    """
    load = {agent.id: agent.assigned for agent in agents}
    offered: dict[str, str] = {}
    for ticket_id, skill, language in waiting:
        free = [agent for agent in agents if fits(agent, skill, language) and load[agent.id] < agent.capacity]
        if not free:
            continue
        chosen = min(free, key=lambda agent: (load[agent.id] / agent.capacity, len(agent.skills), agent.id))
        load[chosen.id] += 1
        offered[ticket_id] = chosen.id
    return offered


class Waits:
    """How long queued tickets will wait, from the median time that the last conversations with a person took and the
    places of the agents who are there and fit. Nobody there, or too few conversations measured: not known."""

    def __init__(self, staffing: Staffing, least_measured: int) -> None:
        self._agents = staffing.agents
        measured = len(staffing.handling_s) >= least_measured
        self._handling = median(staffing.handling_s) if measured else None
        self._able: dict[tuple[str, str], list[Agent]] = {}

    def estimate_s(self, skill: str, language: str, before: Counter[tuple[str, str]]) -> int | None:
        """Seconds until somebody can take a ticket; None = not known.

        before: how many tickets stand before it, by skill and language. Those that none of its own agents can take do
        not keep it waiting.
        """
        able = self._agents_for((skill, language))
        places = sum(agent.capacity for agent in able)
        if not places:
            return None
        own = {agent.id for agent in able}
        ahead = sum(number for key, number in before.items() if any(agent.id in own for agent in self._agents_for(key)))
        free = sum(max(agent.capacity - agent.assigned, 0) for agent in able)
        if ahead < free:
            return 0
        if self._handling is None:
            return None
        seconds = self._handling * (ahead - free + 1) / places
        return max(_STEP_S, round(seconds / _STEP_S) * _STEP_S)

    def _agents_for(self, key: tuple[str, str]) -> list[Agent]:
        if key not in self._able:
            self._able[key] = [agent for agent in self._agents if fits(agent, *key)]
        return self._able[key]
