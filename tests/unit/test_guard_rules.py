"""Every rule proves itself on its own examples, and every reason of the contract has rules and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardrails.engine import RuleEngine, is_settled, sentences_of
from guardrails.nemo import read_config
from guardrails.normal import Normaliser
from guardrails.replies import Replies
from guardrails.rules import Rule, RuleError, read_rules, read_words

RULES = read_rules()
NORMALISER = Normaliser()

INPUT_REASONS = {
    "explicit_human",
    "complaint",
    "anger",
    "fraud",
    "card_loss",
    "self_harm",
    "hardship",
    "privacy_request",
    "mis_selling",
    "vulnerable",
    "repeated_failure",
    "injection",
    "illegal",
    "guarantee_request",
    "personal_advice",
    "other_customer_data",
    "off_topic",
    "competitor_defamation",
}
# Decided by checks rather than by rules: numbers, names, personal data, links.
CHECKED_REASONS = {"unsupported_number", "wrong_entity", "pii_leak", "bad_link"}
OUTPUT_REASONS = {
    "guarantee",
    "prediction",
    "inducement",
    "deposit_confusion",
    "personal_advice",
    "asks_secret",
    "prompt_leak",
    "denial_of_complaint",
    # Beyond the contract's list, which may grow.
    "illegal_advice",
    "scam_instruction",
    "false_claim",
}


def matches(rule: Rule, text: str) -> bool:
    return bool(RuleEngine([rule]).match(NORMALISER.normalise(text)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_matches_its_own_examples_and_spares_the_others(rule: Rule) -> None:
    assert rule.matches
    assert rule.spares
    assert [text for text in rule.matches if not matches(rule, text)] == []
    assert [text for text in rule.spares if matches(rule, text)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_example_is_decided_by_its_own_reason(rule: Rule) -> None:
    engine = RuleEngine(r for r in RULES if r.direction == rule.direction)
    for text in rule.matches:
        assert engine.match(NORMALISER.normalise(text))[0].rule.reason == rule.reason, text


def test_every_reason_of_the_contract_has_a_rule() -> None:
    assert {rule.reason for rule in RULES if rule.direction == "input"} == INPUT_REASONS
    assert {rule.reason for rule in RULES if rule.direction == "output"} == OUTPUT_REASONS


def test_emergencies_are_p0_and_handed_to_a_person() -> None:
    for rule in RULES:
        if rule.reason in {"fraud", "card_loss", "self_harm"}:
            assert (rule.action, rule.priority) == ("handoff", "P0"), rule.id
        if rule.direction == "output":
            assert rule.action == "block", rule.id


def test_every_reply_has_chinese_and_english_words() -> None:
    replies = Replies(read_config().bot_messages, bank="示范银行", hotline="400-000-0000")
    for key in {rule.reply for rule in RULES} | {"核对失败", "未能核实", "隐去链接", "保护信息", "隐去内部内容"}:
        assert replies.knows(key), key
        chinese, english = replies.say(key), replies.say(key, "en")
        assert "{" not in chinese + english
        assert english.isascii() or "“" in english
        assert replies.say(key, "zh-Hant")


def test_public_numbers_are_digits() -> None:
    assert all(str(number).isdigit() for number in read_words()["phones"])


def test_a_rule_with_an_unbounded_gap_is_refused(tmp_path: Path) -> None:
    entry = (
        "- {id: x, catches: c, reason: r, action: refuse, severity: 1, source: s, cues: [a], patterns: ['a.*b'], "
        "reply: p, matches: [ab]}\n"
    )
    (tmp_path / "input_x.yaml").write_text(entry, encoding="utf-8")
    with pytest.raises(RuleError, match="without a bound"):
        read_rules(tmp_path)


def test_a_rule_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "input_x.yaml").write_text("- {id: x, pattern: [a]}\n", encoding="utf-8")
    with pytest.raises(RuleError, match="unknown fields"):
        read_rules(tmp_path)


@pytest.mark.parametrize(
    "told",
    [
        "reason: self_harm, action: handoff, priority: P0",
        "reason: injection, action: refuse",
        "reason: other_customer_data, action: refuse",
        "reason: privacy_request, action: handoff, priority: P1",
    ],
)
def test_a_rule_that_guards_people_or_the_assistant_yields_to_no_meaning(tmp_path: Path, told: str) -> None:
    entry = (
        f"- {{id: x, catches: c, {told}, severity: 1, source: s, cues: [a], patterns: [ab], reply: p, matches: [ab], "
        "meaning: lifts}\n"
    )
    (tmp_path / "input_x.yaml").write_text(entry, encoding="utf-8")
    with pytest.raises(RuleError, match="no meaning may lift"):
        read_rules(tmp_path)


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("我投诉的那件事处理完了，谢谢", True),
        ("上个月多扣的已经退给我了", True),
        ("卡找回来了", True),
        ("the fee was refunded, thanks", True),
        ("处理完了吗", False),
        ("已经处理了三次还是不行", False),
        ("你们已经退了，可是少退了五十", False),
        ("我要投诉", False),
    ],
)
def test_what_is_over_is_told_from_what_goes_on(text: str, over: bool) -> None:
    assert is_settled(NORMALISER.normalise(text).text) is over


def test_a_very_long_sentence_is_read_in_overlapping_stretches() -> None:
    text = "很长的话" * 300 + "我要投诉你们" + "还有更多" * 300
    stretches = sentences_of(text)
    assert all(len(s.text) <= 400 for s in stretches)
    assert any("我要投诉你们" in s.text for s in stretches)


SPOKEN = RuleEngine(rule for rule in RULES if rule.direction == "output")


@pytest.mark.parametrize(
    "sentence",
    [
        "信用卡在到期还款日后3天内还清即可，不会上报征信。",
        "分期当天即可生效，无需再次审核。",
        "大部分客户无需登记即可办理。",
        "消费积分每天自动入账，无需登记即可累积。",
        "理赔材料包括理赔申请书、身份证。",
        "保险责任包括意外身故赔付。",
        "保证贷款放款时间一般为3个工作日。",
        "满足一定条件即可放款。",
        "风险测评问卷需全部答完才能提交。",
        "双录时理财经理会全面说明产品风险。",
        "监护人可以用孩子的身份证和户口本到网点为孩子开户。",
        "以孩子名义开户需监护人到场。",
        "风险测评须本人完成，不能让家人代答。",
        "如果您已开启屏幕共享，请立即关闭。",
    ],
)
def test_a_plain_fact_in_the_words_of_a_bad_tip_may_be_said(sentence: str) -> None:
    assert SPOKEN.match(NORMALISER.normalise(sentence)) == []


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("您把现金分3天取，就不用登记。", "illegal_advice"),
        ("每笔卡在5万元以下就行，不会上报。", "illegal_advice"),
        ("回访的时候直接说知道就行。", "illegal_advice"),
        ("风险测评全部选最高的那项。", "illegal_advice"),
        ("用孩子的身份证再开户就行。", "illegal_advice"),
        ("不要让家人知道这件事。", "scam_instruction"),
        ("请关闭杀毒软件后下载会议软件。", "scam_instruction"),
        ("请确认您已开启屏幕共享。", "scam_instruction"),
        ("请打开屏幕共享，已经下载的软件不用管。", "scam_instruction"),
        ("我们保证贷款能批下来。", "guarantee"),
        ("我们保证人人都能获赔。", "guarantee"),
        ("这笔贷款包您批下来。", "guarantee"),
        ("贷款一定会放款。", "guarantee"),
    ],
)
def test_the_bad_tip_itself_is_withheld(sentence: str, reason: str) -> None:
    assert reason in {found.rule.reason for found in SPOKEN.match(NORMALISER.normalise(sentence))}
