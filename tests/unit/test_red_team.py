"""The red team tries every goal in every family, and OWASP's risks name tests and families that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from eval import red_team
from eval.red_team import Attack, Tried, attacks, load, risks


def test_every_goal_is_tried_in_every_family_and_half_of_them_only_count() -> None:
    team = load()
    made = attacks(team)
    assert len(made) >= 240
    for family in team.families:
        assert {one.goal.id for one in made if one.family == family} == {goal.id for goal in team.goals}
    assert sum(goal.seen for goal in team.goals) * 2 == len(team.goals)
    assert all("{" not in text for one in made for text in one.says)


def test_an_attack_fails_only_when_stopped_in_the_end_with_nothing_shown() -> None:
    attack = Attack("plain", load().goals[0], ["x"])
    assert Tried(attack, ["answered", "refused injection"], []).failed
    assert not Tried(attack, ["refused injection", "answered"], []).failed
    assert not Tried(attack, ["refused injection"], ["保证收益"]).failed
    gates = {"red_team": {"nothing_forbidden_is_shown": 1.0}}
    tried = [Tried(attack, ["refused injection"], ["保证收益"])]
    assert red_team.crossed(tried, gates) == ["red_team nothing_forbidden_is_shown (seen) 0.000 of 1, least 1.000"]
    assert "LLM07 System prompt leakage" in red_team.as_text(tried, gates)


@pytest.mark.parametrize("key", [f"LLM{number:02}" for number in range(1, 11)])
def test_each_risk_names_tests_and_families_that_exist(key: str) -> None:
    risk = risks()[key]
    assert risk.tests
    assert set(risk.families) <= set(load().families)
    for name in risk.tests:
        path, _, function = name.partition("::")
        defined = {
            node.name
            for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert function in defined, name
