"""Follow-ups stand alone after the rules, or the rules say that they are not sure."""

from datetime import UTC, date, datetime

import pytest

from app.chat.follow_up import Earlier, condense, find_subjects, remembered
from app.store.records import Said, Turn

SUBJECTS = ["稳盈一号", "稳盈二号", "畅享信用卡", "畅享白金信用卡"]


def after(previous: str, question: str):
    return condense(question, [Earlier(previous)], SUBJECTS)


@pytest.mark.parametrize(
    ("previous", "question", "expected"),
    [
        ("稳盈一号的起购金额是多少？", "那赎回费呢？", "稳盈一号的赎回费"),
        ("稳盈一号的起购金额是多少？", "它的风险等级是几级", "稳盈一号的风险等级是几级"),
        ("稳盈一号的起购金额是多少？", "那稳盈二号呢", "稳盈二号的起购金额是多少？"),
        ("信用卡金卡主卡年费多少？", "那白金卡呢？", "信用卡白金卡主卡年费多少？"),
        ("一年期定期存款利率是多少？", "三年期呢", "三年期定期存款利率是多少？"),
        ("R2适合什么样的客户？", "那R3呢？", "R3适合什么样的客户？"),
    ],
)
def test_a_follow_up_takes_the_product_spoken_of_last(previous, question, expected):
    got = after(previous, question)
    assert got.text == expected
    assert got.sure


@pytest.mark.parametrize(
    ("previous", "question", "expected"),
    [
        ("手机银行单笔最多能转多少？", "那网上银行呢", "网上银行单笔最多能转多少？"),
        ("借记卡书面挂失多少钱", "信用卡也要吗", "信用卡书面挂失多少钱"),
        ("信用卡金卡主卡年费多少？", "白金卡也收吗", "信用卡白金卡主卡年费多少？"),
        ("一年定期利率多少", "大额存单呢", "一年大额存单利率多少"),
        ("ATM一天能取多少", "那柜台呢", "柜台一天能取多少"),
    ],
)
def test_the_same_is_asked_of_another_product_or_channel(previous, question, expected):
    assert after(previous, question).text == expected


def test_over_several_turns_each_question_finds_what_it_is_about():
    earlier: list[Earlier] = []
    asked = []
    for question in ("借记卡书面挂失多少钱", "信用卡呢", "白金卡也要吗", "那能在手机银行挂失吗"):
        got = condense(question, earlier, ["借记卡", "信用卡"])
        earlier.append(Earlier(got.text))
        asked.append(got.text)
    assert asked[1:3] == ["信用卡书面挂失多少钱", "白金卡书面挂失多少钱"]
    assert "手机银行挂失" in asked[3]


def test_a_question_that_names_nothing_falls_back_on_what_was_spoken_of():
    got = after("百万医疗险的等待期是多久", "多大年纪就不能再买了")
    assert (got.text, got.fallback) == ("多大年纪就不能再买了", "百万医疗多大年纪就不能再买了")
    alone = after("百万医疗险的等待期是多久", "我想去网点取五万块现金，请问要提前几天说")
    assert (alone.text, alone.sure) == ("我想去网点取五万块现金，请问要提前几天说", True)
    assert alone.fallback == "百万医疗我想去网点取五万块现金，请问要提前几天说"


@pytest.mark.parametrize(
    "question", ["银行卡丢了怎么挂失？", "稳盈二号的起购金额是多少？", "我要投诉", "提前还房贷要交违约金吗？"]
)
def test_a_question_with_its_own_topic_is_left_alone(question):
    got = after("稳盈一号的起购金额是多少？", question)
    assert (got.text, got.sure) == (question, True)


def test_the_first_question_of_a_conversation_is_left_alone():
    assert condense("那手续费呢？", [], SUBJECTS).text == "那手续费呢？"


def test_an_attribute_without_its_owner_is_tried_both_ways():
    got = after("稳盈一号的起购金额是多少？", "赎回几天到账")
    assert got.text == "稳盈一号的赎回几天到账"
    assert not got.sure
    assert got.alternative == "赎回几天到账"


def test_a_topic_that_is_no_product_is_carried_along():
    got = after("信用卡怎么挂失？", "那要收费吗？")
    assert "信用卡怎么挂失" in got.text
    assert "要收费吗" in got.text
    assert not got.sure


def test_the_owner_may_stand_further_back_or_only_in_the_answer():
    further_back = [Earlier("稳盈一号的起购金额是多少？"), Earlier("好的谢谢")]
    only_answered = [Earlier("有什么一万元起的理财？", ("稳盈一号",))]
    assert condense("那它的费率呢", only_answered, SUBJECTS).text == "稳盈一号的费率"
    assert condense("那它的费率呢", further_back, SUBJECTS).text == "稳盈一号的费率"


def test_the_longer_name_wins():
    assert find_subjects("畅享白金信用卡年费", [*SUBJECTS, "信用卡"]) == ["畅享白金信用卡"]


def turn(question: str, status: str = "answered", standalone: str = "") -> Turn:
    day = date(2026, 11, 26)
    return Turn("t", "c", "demo", "k", question, standalone, "", status, "", "quote", day, {"status": status})


def said(text: str) -> Said:
    return Said(1, "agent", text, datetime(2026, 11, 26, tzinfo=UTC))


def test_what_a_person_said_is_what_the_next_short_question_is_about():
    talk = [turn("金卡年费多少？"), turn("我这种情况怎么办", "relayed"), said("您好。"), said("您可以申请延期还本。")]
    got = condense("那在哪里办理？", remembered(talk, SUBJECTS), SUBJECTS)
    assert (got.text, got.sure) == ("您可以申请延期还本。 在哪里办理", False)
    assert got.others == ("我这种情况 在哪里办理", "我这种情况怎么办 您可以申请延期还本。 在哪里办理")


def test_a_persons_short_answer_leaves_the_topic_to_the_question_it_answered():
    talk = [
        turn("房贷提前还款要收违约金吗？"),
        turn("你们说的我看不懂，气死我了，马上给我转人工！", "handed_off"),
        said("让您着急了。您的贷款满一年了吗？"),
        turn("满了，2024年办的", "relayed"),
        said("好的，那就不收违约金。还有其他问题吗？"),
    ]
    for question in ("那在哪里办理？", "在哪里办", "要带什么材料"):
        got = condense(question, remembered(talk, SUBJECTS), SUBJECTS)
        asked = question.removeprefix("那").rstrip("？")
        assert got.others == (f"房贷提前还款 {asked}", f"房贷提前还款要收违约金吗？ 那就不收违约金。 {asked}"), question


def test_a_product_that_a_person_named_is_the_one_meant():
    talk = [turn("稳盈一号的起购金额是多少？"), said("您也可以看看稳盈二号。")]
    assert condense("它的费率呢", remembered(talk, SUBJECTS), SUBJECTS).text == "稳盈二号的费率"


def test_greetings_and_offers_of_help_are_nothing_to_look_up():
    talk = [turn("信用卡怎么挂失？"), said("您好，很高兴为您服务！请问还有什么可以帮您？")]
    got = condense("那要收费吗？", remembered(talk, SUBJECTS), SUBJECTS)
    assert (got.text, got.others) == ("信用卡怎么挂失？ 要收费吗", ())


def test_a_question_word_is_no_term_to_put_in_the_place_of_another():
    assert after("社保卡怎么办理？", "那在哪里办理？").text == "社保卡怎么办理？ 在哪里办理"
