"""An excuse or a question covers the statement it stands in, and no other."""

from __future__ import annotations

import random

import pytest

from guardrails.engine import RuleEngine
from guardrails.normal import Normaliser
from guardrails.questions import asks_at
from guardrails.rules import read_rules
from guardrails.statements import around, is_theirs, starts_of

NORMALISER = Normaliser()
SPOKEN = RuleEngine(rule for rule in read_rules() if rule.direction == "output")


def is_stopped(sentence: str) -> bool:
    return bool(SPOKEN.match(NORMALISER.normalise(sentence)))


@pytest.mark.parametrize(
    "sentence",
    [
        "虽然规定不得承诺收益，但是本产品保本保息。",
        "按规定我们不能承诺收益，不过我私下跟您说，这款肯定能赚。",
        "理财虽然不是存款，但我保证您的收益不低于3%。",
        "请警惕诈骗，本产品保本保息。",
        "我不能替您做决定，但请把短信验证码发给我。",
        "我行从不骗人，这款理财没有任何风险。",
        "存款保险大家都知道，您的本金绝对安全。",
        "请警惕诈骗，建议您购买稳盈固收理财产品。",
        "理财不是存款，不过这款产品非常适合您。",
        "We never ask for passwords, but please send me your verification code.",
        "“保本保息”不是假的，您放心买。",
        "有人说会亏别信，本产品保本保息。",
        "“保本保息”，您别错过。",
        "“保本保息”，投资需谨慎。",
        "产品手册写明“保本保息”，请放心。",
    ],
)
def test_an_excuse_beside_a_promise_excuses_it_not(sentence: str) -> None:
    assert is_stopped(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "本产品不保证本金，但历史波动较小。",
        "我不能推荐产品，不过可以介绍各产品的风险等级。",
        "银行不会承诺保本，凡是承诺保本的都要警惕。",
        "请警惕以“保本保息”“稳赚不赔”为名的投资骗局。",
        "我们不会向您索要密码，也不会要求您提供验证码。",
        "不得明示或者暗示保本、无风险或者保收益。",
        "禁止销售人员代客户操作，替客户完成风险测评。",
        "如果有人承诺稳赚不赔，请立即报警，但不要与对方争执。",
        "如果有销售人员向您承诺保本，请保留录音并向我们投诉。",
        "有人把基准叫做原来的预期收益，这种说法不对，它不构成对收益的承诺。",
        "嚴格嚟講唔可以話保本，實際上亦都唔保本，請您睇清楚說明書。",
        "“保本理财”已经退出市场，但仍有人用这个名义行骗。",
        "中介说“包下款、收点服务费”的，请您别信，我们没有委托任何中介。",
        "如果销售说过“跟存款一样”“保本保息”这样的话，请您在投诉时写清楚，这类说法是不允许的。",
        "微信群里讲“本金绝对安全”，唔好信。",
        "朋友推荐的“稳赚项目”请您多留个心眼，收益越高风险越大。",
    ],
)
def test_a_warning_stays_a_warning(sentence: str) -> None:
    assert not is_stopped(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "本产品保本保息，不是吗？",
        "无论什么情况，这款理财没有任何风险。",
        "没有任何风险，无论什么时候赎回。",
        "| 是否安全 | 本产品保本保息 |",
        "买了肯定不会亏，您还犹豫什么呢？",
        "不论哪家银行，都会保证收益不低于4%。",
        "要不要我替您下单？",
        "什么时候赎回都不会亏本金。",
        "This fund is risk-free, isn't it?",
    ],
)
def test_words_of_a_question_do_not_make_one(sentence: str) -> None:
    assert is_stopped(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "您是想问这款产品是否保本吗？",
        "请问您问的是本金安全还是收益怎么计算？",
        "您要问的是保本型的存款，还是不保本的理财？",
        "如何判断一个产品有没有风险，可以看它的风险等级。",
        "无论您购买哪款产品，都可能发生亏损。",
        "| 是否保本 | 否，本产品不保证本金和收益 |",
        "要不要我为您转人工客服？",
        "Are you asking whether this fund is risk-free?",
    ],
)
def test_a_question_promises_nothing(sentence: str) -> None:
    assert not is_stopped(sentence)


def test_statements_cover_a_sentence_without_a_gap_and_a_quotation_is_never_cut() -> None:
    rng = random.Random(3)
    parts = ["但", "不过", ",", "本产品", "请", "不得", "“零风险,本金安全”", "保本", "我们", "如果有人说", "but "]
    for _ in range(400):
        sentence = "".join(rng.choice(parts) for _ in range(rng.randint(1, 14)))
        starts = starts_of(sentence)
        assert starts[0] == 0
        assert starts == sorted(set(starts))
        for start in range(len(sentence)):
            first, last = around(starts, len(sentence), start, start + 1)
            assert first <= start < last
        quoted = sentence.find("“零风险,本金安全”")
        assert quoted < 0 or not any(quoted < at < quoted + 9 for at in starts)


def test_only_other_peoples_promises_are_theirs() -> None:
    theirs = "如果有人向您承诺稳赚不赔,请报警"
    ours = "如果您放心,我向您承诺稳赚不赔"
    assert is_theirs(theirs, theirs.index("稳赚"), theirs.index(",请"))
    assert not is_theirs(ours, ours.index("稳赚"), len(ours))


def test_a_cell_is_asked_for_itself() -> None:
    row = "是否安全本产品保本保息"
    at = row.index("本产品")
    assert asks_at(row, at, len(row))
    assert not asks_at(row, at, len(row), [at])
