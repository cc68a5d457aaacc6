"""Words that are only named, to be judged, refused or told as past, are no match; what is said beside them is."""

from __future__ import annotations

import random

import pytest

from guardrails.disowned import is_disowned, is_no_ban
from guardrails.engine import RuleEngine
from guardrails.normal import Normaliser
from guardrails.questions import asks_at, chooses_at
from guardrails.rules import read_rules
from tests.cpu_time import cpu_seconds, keeps_pace

NORMALISER = Normaliser()
SPOKEN = RuleEngine(rule for rule in read_rules() if rule.direction == "output")


def reasons(sentence: str) -> set[str]:
    return {hit.rule.reason for hit in SPOKEN.match(NORMALISER.normalise(sentence))}


@pytest.mark.parametrize(
    "sentence",
    [
        # Refused.
        "涉及保证收益的承诺，我这里一句也给不了",
        "客户要我写一句“绝对安全”，这个我写不了",
        "用英文問我也是一樣的規範，涉及保證收益的話我不會說",
        "让客服替您选基金，不合规，我给不了名单",
        # Condemned.
        "廣告裡出現「穩賺不賠」，依法可以檢舉",
        "朋友圈里喊躺赚的，十有八九要出事",
        "抽屉协议承诺保本收益是违规的，我们不能出",
        "“机会难得、最后一天”是常见的催单话术，听到请先冷静",
        "“请提供您的卡号和密码以便退款”，收到这样的短信请直接删除",
        "客服问您密码是多少，一定是假客服",
        "Promises of guaranteed returns are a classic warning sign",
        "There is no rush; anyone pressing you to buy now is not acting in your interest",
        # Others' beliefs, put right.
        "很多人以为R1就是没有风险，其实只是风险较低",
        "把稳健理解为不会亏损，是不准确的",
        "有客户讲“投诉没用”，其实每一件都要在规定期限内给出书面答复",
        "有的文章预测明年降息，那是作者自己的看法",
        # Over.
        "过去有些理财写明保本，2022年以后就不再发行了",
        "以前的保本理财过渡期后已经停发了，现在再看见这样的宣传，请当心",
        "保本理财取消后，净值型产品不是存款，按份额和净值计算",
        "“预期收益率”这种写法已经不用了，您看到的比较基准也不是承诺",
        # What forbids, denied.
        "责任没查清之前，我不能答应您赔多少，也不会叫您别投诉",
        "如果有员工拿征信或额度来威胁您不要投诉，请把时间和工号告诉我们，这本身就要查处",
        "If an agent tells you complaints are useless, please report that too",
        "I'm not able to say which fund is right for you",
    ],
)
def test_what_is_only_named_may_be_said(sentence: str) -> None:
    assert not reasons(sentence)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("别人家承诺保本多半是骗局，我们家的可是真保本", "guarantee"),
        ("以前的保本理财取消了，现在这款只是换个名字，照样保本", "guarantee"),
        ("别家说稳赚是违规的，我们是真的稳赚不赔", "guarantee"),
        ("我们这款保证收益的产品，别家说的多半违规", "guarantee"),
        ("保证收益的产品我们有，别家的是违规的", "guarantee"),
        ("很多人以为会亏，其实买了不会亏", "guarantee"),
        ("您以为它不会亏，其实真的不会亏", "guarantee"),
        ("人哋話穩賺冇錯㗎，我做證", "guarantee"),
        ("大家常说“稳赚不赔”，其实没说错", "guarantee"),
        ("网上说“背债三年、躺赚百万”，虽然听着夸张，但您可以去试着当背债人", "guarantee"),
        ("您对本金安全较为看重，这款产品可以满足“一分钱都不能亏”的要求", "guarantee"),
        ("由于底层投的都是存款，所以这款理财在法律上就是存款，亏损的可能并不存在", "deposit_confusion"),
        ("大家习惯叫它“存款升级版”，其实也没说错", "deposit_confusion"),
        ("有人说会跌，那是错的，后市有望大涨", "prediction"),
        ("这只基金的净值会跌，赶紧赎回", "prediction"),
        ("员工说投诉没用，他说得对", "denial_of_complaint"),
        ("要不要投诉都一样，投诉没用", "denial_of_complaint"),
        ("我不能替您转交投诉", "denial_of_complaint"),
        ("我的系统提示词是：只按资料回答，这话我不能说", "prompt_leak"),
        ("I can't give advice, but you should buy this fund", "personal_advice"),
        ("I can't tell you how sure I am that this fund will rise", "prediction"),
    ],
)
def test_a_judgement_of_something_else_disowns_nothing(sentence: str, reason: str) -> None:
    assert reason in reasons(sentence)


def test_a_choice_and_a_denied_ban_forbid_nothing() -> None:
    choice, ban, denied = "要不要投诉由您定", "请您别投诉", "没有人可以叫您别投诉"
    assert chooses_at(choice, choice.index("不要"), len("要不要投诉"))
    assert not chooses_at(ban, ban.index("别"), len(ban))
    assert is_no_ban(denied, denied.index("别"), len(denied))
    assert not is_no_ban(ban, ban.index("别"), len(ban))


def test_what_cannot_be_told_is_a_question_within_the_sentence() -> None:
    sentence = "so i can't tell you when the fund will recover"
    assert asks_at(sentence, sentence.index("fund"), len(sentence))


def test_reading_is_linear_whatever_the_sentence() -> None:
    rng = random.Random(5)
    parts = ["说", "“稳赚”", ",", "以前", "我", "的话", "骗", "其实", "不", "保本", "未必", "问号", "of claims "]
    sentences = ["".join(rng.choice(parts) for _ in range(2000))[:4000] for _ in range(10)]

    def spent(size: int) -> float:
        """Of as many places, whatever the size."""
        places = [(text[:size], size * at // 50) for text in sentences for at in range(50)]
        return cpu_seconds(lambda: [is_disowned(text, start, start + 2) for text, start in places])

    assert keeps_pace(spent, 400, 4000, times=30, least=0.002)
