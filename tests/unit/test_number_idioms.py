"""Number words that state nothing pass without evidence; figures that look like them are still held back."""

from __future__ import annotations

import pytest

from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers import NumberLock, read_facts
from guardrails.numbers.listed import enumerated, sizes_beside
from guardrails.verdict import Evidence
from tests.cpu_time import cpu_seconds, keeps_pace

NORMALISER = Normaliser()
CATALOGUE = Catalogue([])
LOCK = NumberLock(CATALOGUE, {"110"})


def cause(sentence: str, *evidence: Evidence) -> str | None:
    found = read_facts(evidence, CATALOGUE, NORMALISER)
    unsupported = LOCK.check(NORMALISER.plain(sentence), found)
    return unsupported.cause if unsupported else None


STATES_NOTHING = [
    # 一 as an article or part of a word
    "每一张回单都可以在网上重新打印。",
    "每一份申请都有专人审核，请耐心等候。",
    "每一天的净值都会在晚间更新。",
    "这个问题的答案不止一个，要看您的情况。",
    "材料少一份就办不成，来之前请核对清单。",
    "系统没反应也不要重复提交，免得多一笔。",
    "我一时答不上来，已经替您转给专员。",
    "帳單一時未出，請稍後再查。",
    "还得早一点，利息自然少些。",
    "存得再少，也能攒下一点点利息。",
    "下一周期的业绩比较基准会另行公告。",
    # discourse
    "冻结和挂失是两码事，请先弄清是哪一种。",
    "能开户和能贷款是兩回事，前者只看證件。",
    "您说的是两件事，我先答退款，再答投诉。",
    "在决定之前有三个问题值得先想。",
    "费用要从两个角度看，一个是标准，一个是减免条件。",
    "我分三步来说，您边听边操作。",
    "报价与成交是两条线，不能混为一谈。",
    "公家的钱和自己的钱是两笔账。",
    "这句话有两层意思，一层说风险，一层说责任。",
    "首先，第一件事是改密码，第二件事是查流水。",
    "资料带齐，就不用再跑第三回。",
    "换一家网点再问，也不会有第二个答案。",
    "第一次使用刷脸支付要先签协议。",
    "开市第一天的走势谁也说不准。",
    # what the sentence itself lists or has spoken of
    "您可以选柜台、网银、手机银行、电话四种渠道。",
    "申请、审批、签约，三步走完才放款。",
    "本行卡分为金卡、白金卡和钻石卡三类，权益各不相同。",
    "身份证和户口本两份都要带原件。",
    "养老金账户与普通账户是两个账户，互不相通。",
    "工资卡和医保卡那两张要分开保管。",
    "评估时看三个要点：收入、负债、信用记录。",
    "办理分两步走：先预约，再到网点签字。",
    "这三项都写在合同里，签字前请逐条看。",
    "1. 登录；2. 找到“挂失”；3. 点确认。以上三步都不收费。",
    "查余额和改密码用的是两个入口，两个都在首页。",
    "两种办法都行，看您方便。",
    "Deposits, funds and insurance are three kinds of products.",
    "Either way works, and these two kinds carry different risks.",
    # names of classes, ratings, measures
    "二类账户升级要到柜台核身。",
    "新开的只能是三类户，限额以页面为准。",
    "三类钱包要绑定手机号。",
    "债券在二级市场上转让，价格随行就市。",
    "三条A也有违约的时候，評級不等於保證。",
    "七日年化只反映过去七天，不预示将来。",
    "近三个月年化是历史数，不能当承诺。",
    "万份收益，就是每一万份当天的收益。",
    # the parts of every card
    "卡背面那三位安全码请不要告诉任何人。",
    "請勿把卡背後的三個數字發給對方。",
    "忘了六位密码，可以带证件到网点重置。",
    "尾号四位对得上，才是您的卡。",
    "Never read out the three digits on the back of your card.",
    "Please keep your six-digit password to yourself.",
    # sayings
    "陌生来电要您转账的，十有八九是骗子。",
    "拉您进群荐股的，十个里面有八个是骗局。",
    "请您放一百个心，投诉会有人跟进。",
    "问一次和问两次没有区别，规定就是规定。",
    "集中押在一两个行业，波动会更大。",
    "净值有可能跌破一元，届时拿回的会少于本金。",
    "所谓“三笔钱”只是一种常见的说法。",
]  # fmt: skip


@pytest.mark.parametrize("sentence", STATES_NOTHING)
def test_a_number_word_that_states_nothing_needs_no_evidence(sentence: str) -> None:
    assert cause(sentence) is None


STATES_A_FACT = [
    # beside 一 as an article
    "每一笔收费五元。",
    "每人最多一张。",
    "每月可以多一次免费取现。",
    "每天仅限一笔。",
    "至少一份证明。",
    "下午一时停止受理。",
    "营业至一时。",
    "一时三十分开市。",
    "今晚一点系统维护。",
    "到期后一周内到账。",
    # beside discourse
    "每月免费两次。",
    "跨行转账免费三笔。",
    "最多处理两件事。",
    "分三期还款。",
    "分3期，手续费全免。",
    "两个工作日到账。",
    "第一次取现免手续费。",
    "第一年免年费。",
    "第二天到账。",
    "第一笔转账优惠。",
    "第三个月起计息。",
    "密码至少含两个数字。",
    "第二个孩子可以享受。",
    "第二件八折。",
    "第一次逾期不上征信。",
    "第一次扣款失败后会再扣。",
    "一时开门，三时关门。",
    "两张卡都免年费。",
    "两个账户都收管理费。",
    "取现和转账两笔都免手续费。",
    "我行和他行转账两笔免费。",
    "存款利率分三档：1.5%、1.8%、2.0%。",
    # beside lists: another length, another unit, a limit
    "需要三份材料。",
    "5类费用减免。",
    "可以办两张附属卡。",
    "本人和配偶最多两张附属卡。",
    "您可以选柜台、网银、手机银行五种路子。",
    "申请、审批、签约，四步走完才放款。",
    "评估时看四个标准：收入、负债、信用记录。",
    "1. 登录；2. 找到“挂失”；3. 点确认。以上五步都不收费。",
    "取现、转账、汇款每月免费三次。",
    "存款、理财和基金可以提前三天赎回。",
    "取款和转账每月免费2次。",
    "提供两份材料：请到柜台办理，带好预约号，不要迟到。",
    "这5类费用减免，直接享受。",
    "这三年利率不变。",
    "那两天可以免费兑换。",
    "Deposits, funds and insurance are four kinds of products.",
    "You get two transfers for nothing.",
    "The three cards are free.",
    # beside names of classes and measures
    "您名下可以开5类账户。",
    "该产品的风险等级为二级。",
    "二级产品适合您。",
    "七日年化为百分之二。",
    "七日年化稳定，提前七天通知即可赎回。",
    "持有七日可赎回。",
    "年化收益稳定，满一年可赎回。",
    "起购一万份。",
    "评级三十个A级企业。",
    # beside the parts of a card
    "密码是八位。",
    "后三位客户可获礼品。",
    "六位客户中奖。",
    "安全码有五位。",
    "Your password has 8 digits.",
    # beside sayings
    "一百个名额先到先得。",
    "十个网点可以办理。",
    "一两天到账。",
    "一两个工作日到账。",
    "跌破一元二就止损。",
    "手续费一元。",
    "起购金额不足一元的不受理。",
    "限时“三笔免费”。",
    "收一次和收两次的费用相差十元。",
    "三十天内发放，六年到期，四十岁以下可办。",
]  # fmt: skip


@pytest.mark.parametrize("sentence", STATES_A_FACT)
def test_a_figure_beside_such_words_is_still_held_back(sentence: str) -> None:
    assert cause(sentence) == "absent"


def test_a_figure_is_released_with_its_evidence_as_before() -> None:
    evidence = Evidence("每月免费取现3次，最多办理两张附属卡，需要三份材料。每一笔收费5元。", title="借记卡")
    for sentence in ("每月免费取现三次。", "最多两张附属卡。", "需要三份材料。", "每一笔5元。"):
        assert cause(sentence, evidence) is None


@pytest.mark.parametrize(
    ("text", "count", "sizes"),
    [
        ("甲、乙、丙三类", "三类", {3}),
        ("甲、乙和丙三类", "三类", {2 + 1, 2}),
        ("甲和乙是两类", "两类", {2}),
        ("甲和乙两类", "两类", set()),
        ("能买甲,三类", "三类", set()),
        ("看三点:甲、乙、丙", "三点", {3}),
        ("a, b and c are three kinds", "three", {3}),
    ],
)
def test_lists_are_counted(text: str, count: str, sizes: set[int]) -> None:
    start = text.index(count)
    assert sizes_beside(text, start, start + len(count)) == sizes


def test_numbered_lists_are_counted() -> None:
    assert enumerated("1. 甲;2. 乙;3. 丙。以上三步") == 3
    assert enumerated("利率1.5%,起购2.0万元") == 0


def test_time_grows_with_length_alone() -> None:
    def taken(times: int) -> float:
        return cpu_seconds(
            lambda: cause("存款、理财和基金三类，每一笔两回事，卡背三位，这两项“四笔钱”的说法一时" * times)
        )

    taken(10)
    assert keeps_pace(taken, 40, 400, times=30, least=0.02)
