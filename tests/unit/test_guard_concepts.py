"""Concepts: what a message is made of, read from data; together they are a hint, never a decision."""

from __future__ import annotations

import pytest

from guardrails.concepts import Concepts, read_concepts
from guardrails.normal import Normaliser
from guardrails.rules import RuleError


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("我妈把验证码念给电话里的人了", {"family", "secret", "gave", "stranger"}),
        ("钱包在公交上被偷了，赶紧冻结", {"card", "lost", "block_it", "hurry"}),
        ("失业了，房贷还不上", {"misfortune", "debt", "cannot_pay"}),
        ("You may not lose your card", {"card", "deny", "you"}),
    ],
)
def test_a_text_is_read_as_who_did_what(text: str, concepts: set[str]) -> None:
    assert concepts <= set(read_concepts().found(Normaliser().normalise(text).text))


def test_what_stands_together_is_counted_once_and_in_pairs() -> None:
    concepts = Concepts({"card": "卡", "lost": "丢"}, {})
    assert concepts.features("我的卡丢了") == ["<card>", "<lost>", "<card><lost>"]
    assert concepts.features("你好") == []


def test_a_hint_needs_all_of_its_concepts() -> None:
    concepts = Concepts({"card": "卡", "lost": "丢"}, {"card_loss": ["card lost"]})
    assert list(concepts.hints("卡丢了")) == ["card_loss"]
    assert list(concepts.hints("卡在")) == []


def test_a_hint_of_unknown_concepts_and_a_gap_without_a_bound_are_refused() -> None:
    with pytest.raises(RuleError, match="unknown"):
        Concepts({"card": "卡"}, {"card_loss": ["card lost"]})
    with pytest.raises(RuleError, match="without a bound"):
        Concepts({"card": "卡.*丢"}, {})
