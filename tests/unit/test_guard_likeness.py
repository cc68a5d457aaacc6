"""The statistical half: fitted from the repository's own phrases, it adds to the rules and says what it saw."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from eval.fit_rails import is_fresh
from eval.guard_suite import Side, everyday, load
from eval.rail_examples import draw, examples_of, phrases_of
from guardrails import Guard
from guardrails.engine import Hints, RuleEngine
from guardrails.likeness import (
    LEARNED_FOLDER,
    Likeness,
    LikenessModel,
    Limits,
    grams_of,
    pieces_of,
    read_model,
)
from guardrails.likenesses import Likenesses
from guardrails.normal import Normaliser
from guardrails.rules import read_rules
from guardrails.verdict import EMERGENCIES


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("稳答示范银行", "400-000-0000")


@pytest.fixture(scope="module")
def model() -> LikenessModel:
    return read_model(LEARNED_FOLDER / "input.tsv")


async def test_words_no_rule_lists_are_understood_by_their_likeness(guard: Guard) -> None:
    verdict = await guard.check_input("刚才在出租车上钱夹子不见影了，里头有工资卡")
    assert (verdict.reason, verdict.priority) == ("card_loss", "P0")
    assert (await guard.check_input("出租车发票能报销吗")).allowed


async def test_a_likeness_names_its_rule_and_its_place(guard: Guard) -> None:
    text = "你好。工厂停工三个月，这期账单真的凑不齐了"
    verdict = await guard.check_input(text)
    assert verdict.rule_ids == ("in.hardship.likeness",)
    assert 0 <= verdict.spans[0].start < verdict.spans[0].end <= len(text)
    assert any(rule.id == "in.hardship.likeness" and rule.source and rule.catches for rule in guard.handbook)


@pytest.mark.parametrize(
    "question",
    [
        "我今年72了，想买理财",
        "净值跌了是不是骗人",
        "我存30万安全吗，银行倒闭了怎么办",
        "我儿子把我的钱充游戏了能追回吗",
        "我想要高一点的收益，又怕亏",
        "老年人有没有专属存款",
    ],
)
async def test_an_ordinary_question_passes(guard: Guard, question: str) -> None:
    assert (await guard.check_input(question)).allowed


def test_what_is_only_like_an_emergency_goes_to_a_person_without_the_alarm(model: LikenessModel) -> None:
    reading = Normaliser().normalise("刚才在出租车上钱夹子不见影了，里头有工资卡")
    incoming = [rule for rule in read_rules() if rule.direction == "input"]
    hints = RuleEngine(incoming).hints
    (alarm,), doubt = Likenesses(model, incoming).match([reading], hints)
    assert (alarm.rule.priority, doubt > 0.9) == ("P0", True)
    doubting = replace(model, limits=replace(model.limits, certain=dict.fromkeys(EMERGENCIES, 1.01)))
    (call,), _ = Likenesses(doubting, incoming).match([reading], hints)
    assert call.rule.priority == "P1"


def test_a_likeness_needs_less_where_the_rules_see_a_hint_and_nothing_helps_where_they_see_none_of_it() -> None:
    model = LikenessModel(
        ("allow", "anger", "fraud"), np.zeros(3, np.float32), {}, np.zeros((0, 3), np.float32),
        limits=Limits(alone={"anger": 0.9, "fraud": 0.9}, hinted={"anger": 0.5, "fraud": 0.5}),
    )  # fmt: skip
    angry, robbed = Likeness("anger", 0.7, ()), Likeness("fraud", 0.95, ())
    assert not model.acts_on(angry, Hints())
    assert model.acts_on(angry, Hints(likely=frozenset({"anger"})))
    assert not model.acts_on(replace(angry, probability=1.0), Hints(spared=frozenset({"anger"})))
    assert model.acts_on(robbed, Hints(spared=frozenset({"fraud"})))


def test_the_rules_say_what_they_suspect_and_what_they_take_for_harmless() -> None:
    engine = RuleEngine(rule for rule in read_rules() if rule.direction == "input")
    hints = engine.hints([Normaliser().normalise("我不是要投诉，只是账单上的钱不见了")])
    assert "complaint" in hints.spared
    assert "fraud" in hints.likely


@pytest.mark.parametrize("side", ["input", "output"])
def test_what_is_learned_was_learned_from_todays_examples_and_rules(side: Side) -> None:
    """Else: `python -m eval.fit_rails` in the evaluator's environment."""
    assert is_fresh(side)


async def test_a_rule_is_never_lifted_by_a_harmless_likeness(guard: Guard, model: LikenessModel) -> None:
    """A message that the model is sure is harmless is still stopped when a rule matches."""
    text = "人工"
    likeness = model.read(Normaliser().normalise(text).text)
    assert likeness is None or not model.acts_on(likeness)
    assert (await guard.check_input(text)).rule_ids == ("in.explicit_human.ask",)


async def test_whom_a_rule_brings_to_a_person_is_not_alarmed_by_a_resemblance(guard: Guard) -> None:
    verdict = await guard.check_input("答的不是我要的")
    assert (verdict.reason, verdict.priority) == ("repeated_failure", "P2")


async def test_who_is_beaten_at_home_is_told_where_help_is(guard: Guard) -> None:
    verdict = await guard.check_input("我老公打我")
    assert (verdict.reason, verdict.priority) == ("vulnerable", "P0")
    assert "110" in verdict.reply


def test_everyday_questions_are_many_in_both_halves() -> None:
    halves = [question.seen for question in everyday()]
    assert halves.count(True) >= 400
    assert halves.count(False) >= 150


def test_no_unseen_case_is_among_what_was_learned() -> None:
    for side in get_args(Side):
        learned = {example.text for example in examples_of(side)}
        assert not [case.text for case in load().of(side, seen=False) if case.text in learned]


def test_every_reason_has_a_threshold_and_an_emergency_is_certain_only_with_strong_evidence(
    model: LikenessModel,
) -> None:
    assert set(model.limits.alone) == set(model.reasons) - {"allow"}
    least = {reason: 0.2 if reason in EMERGENCIES else 0.5 for reason in model.limits.alone}
    assert all(least[reason] <= at <= 1.05 for reason, at in model.limits.alone.items())
    assert set(model.limits.certain) == set(model.limits.alone)
    assert min(model.limits.certain.values()) >= 0.9
    assert min(at for reason, at in model.limits.certain.items() if reason not in EMERGENCIES) >= 0.95


def test_a_danger_is_not_diluted_by_a_long_message(model: LikenessModel) -> None:
    short = model.read("我被骗子骗了五万块")
    padded = model.read("我想了解一下定期存款的利率和期限。" * 60 + "我被骗子骗了五万块。" + "谢谢您的回答。" * 60)
    assert short is not None
    assert padded is not None
    assert model.acts_on(short)
    assert model.acts_on(padded)


async def test_a_greeting_is_like_nothing(guard: Guard) -> None:
    for text in ("你好", "您好！", "谢谢", "好的", "嗯"):
        assert (await guard.check_input(text)).allowed, text


def test_unknown_text_is_harmless(model: LikenessModel) -> None:
    assert model.read("") is None
    nothing = replace(model, rows={})
    assert nothing.read("我被骗了") is None


def test_pieces_cover_a_long_text() -> None:
    text = "一二三四五六七八九十" * 60
    covered = {at for piece, start in pieces_of(text) for at in range(start, start + len(piece))}
    assert covered == set(range(len(text)))
    assert all(text[start : start + len(piece)] == piece for piece, start in pieces_of(text))


def test_grams_know_where_they_stand() -> None:
    text = "转账转账"
    found = grams_of(text)
    assert found["转账"] == 0
    assert found["账转"] == 1
    assert found["^转"] == -1


def test_phrases_name_only_classes_that_exist_and_draw_to_plain_text() -> None:
    for side in get_args(Side):
        classes, listed = phrases_of(side)
        for _, phrases in listed:
            for phrase in phrases:
                assert not set(draw(phrase, classes, random.Random(1))) & set("[]<>|"), phrase
