"""What follows from the evidence though it stands nowhere in it passes: totals of a price by a count, ordinals after
the first ones, spans of days, surcharges, discounts; the same sum with another result is withheld."""

from __future__ import annotations

import pytest

from guardrails import Evidence
from guardrails.numbers import read_facts
from tests.cpu_time import cpu_seconds, keeps_pace
from tests.number_lock import CATALOGUE, LOCK, PLAIN, cause_of

FEES = (
    "短信服务费每月3元，前2个月免费。账户管理费每季度6元。存款证明20元/份。跨行取款每月前3笔免收，超出每笔4元。"
    "信用报告第3次起每次收10元。"
)
CARD = "分期手续费：6期0.80%/期，12期0.75%/期。透支按日利率0.05%计息。当年刷卡消费满6笔免次年年费。"
LOAN = "首套利率按LPR减30个基点执行。5年期以上LPR为3.50%。罚息在执行利率基础上加收50%。新客户手续费享8折优惠。"
TERMS = "可分3、6、12、24期。募集期2026年7月1日至7月15日。款项T+1日到账。购买以百元为起点。"
HONG_KONG = "保管箱年租：小型港幣600元，中型港幣1,200元。"
BRANCH = (
    "南山支行周一至周五9:00-17:00。2026年10月1日至3日休息，10月4日恢复营业。东湖支行成立于2001年3月1日，年化1.52%。"
)


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (FEES, "短信服务费一年36元。", True),
        (FEES, "短信服务费一年下来是46元。", False),
        (FEES, "账户管理费一个季度六块钱，一年合计24元。", True),
        (FEES, "账户管理费一个季度六块钱，一年合计72元。", False),
        (FEES, "短信服务费前2个月免费，之后每月3元，第一年共30元。", True),
        (FEES, "存款证明每份20元，开两份就是40元。", True),
        (FEES, "存款证明每份20元，开两份就是60元。", False),
        (CARD, "分12期每期0.75%，总手续费率9%。", True),
        (CARD, "分12期每期0.75%，总手续费率8%。", False),
        (CARD, "日利率万分之五，折合年化约18.25%。", True),
        (CARD, "一年内刷满6笔，免次年年费。", True),
    ],
)
def test_a_price_by_a_count_makes_its_total_and_no_other(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (FEES, "每个月头三笔免费，第四笔起每笔4元。", True),
        (FEES, "每月第3笔起每笔4元。", False),
        (FEES, "信用报告前两次不收费。", True),
        (FEES, "信用报告前五次不收费。", False),
        (TERMS, "下一个交易日到账。", True),
        (TERMS, "2个交易日到账。", False),
    ],
)
def test_what_comes_after_the_first_ones_is_known(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("sentence", "honest"),
    [
        ("首套利率按LPR-30BP执行，即3.20%。", True),
        ("首套利率按LPR-30BP执行，即3.80%。", False),
        ("罚息为执行利率的1.5倍。", True),
        ("罚息为执行利率的2.5倍。", False),
        ("新客户手续费按80%收取。", True),
        ("新客户手续费按70%收取。", False),
    ],
)
def test_points_surcharges_and_discounts_are_worked_out(sentence: str, honest: bool) -> None:
    assert (cause_of(LOAN, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (TERMS, "可以分3期、6期、12期或24期。", True),
        (TERMS, "可以分9期。", False),
        (TERMS, "可分4种期数。", True),
        (TERMS, "可分5种期数。", False),
        (TERMS, "募集期共15天。", True),
        (TERMS, "募集期共14天。", False),
        (TERMS, "100元起购。", True),
        (TERMS, "1000元起购。", False),
        (BRANCH, "10月1日至3日休息，4日恢复营业。", True),
        (BRANCH, "10月1日至3日休息，5日恢复营业。", False),
        (BRANCH, "南山支行周一至周五9点到5点营业。", True),
        (BRANCH, "南山支行周一至周五9点到6点营业。", False),
        (BRANCH, "东湖支行成立于2001年3月1日，年化1.52%。", True),
        ("热线24小时服务。", "热线24/7服务。", True),
        ("按0.002%收取。", "按十万分之二收取。", True),
        ("按0.002%收取。", "按十万分之三收取。", False),
    ],
)
def test_rows_spans_and_short_forms_are_read(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (HONG_KONG, "小型保管箱一年租金六百蚊。", True),
        (HONG_KONG, "小型保管箱年租人民币600元。", False),
        ("年交保费299元。", "一年保费299元，不到三百块。", True),
        ("年交保费299元。", "一年保费299元，不到四百块。", False),
        ("单笔限额100万元。动态令牌单笔限额50万元。", "单笔限额100万元，是动态令牌的两倍。", True),
        ("单笔限额100万元。动态令牌单笔限额50万元。", "单笔限额100万元，是动态令牌的三倍。", False),
        ("书面挂失每笔10元，补卡15元。", "书面挂失10元，补卡15元，两项合计25元。", True),
        ("书面挂失每笔10元，补卡15元。", "书面挂失10元，补卡15元，三项合计25元。", False),
        ("Card RMB 15. Delivery RMB 20.", "A card is RMB 15, delivery RMB 20, so RMB 35 in total.", True),
        ("Card RMB 15. Delivery RMB 20.", "A card is RMB 15, delivery RMB 20, so RMB 45 in total.", False),
        ("持有满30天免赎回费。每年收取销售服务费0.4%。", "持有满30天免赎回费，但每年收0.4%销售服务费。", True),
    ],
)
def test_amounts_in_other_words(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize("part", ["第四笔起每笔4元，", "一年共36元，", "1日至3日，", "约三百块，"])
def test_a_long_text_of_sums_takes_no_longer_than_its_length(part: str) -> None:
    facts = read_facts((Evidence(FEES + CARD, title="说明"),), CATALOGUE, PLAIN)

    def taken(times: int) -> float:
        return cpu_seconds(lambda: LOCK.check(PLAIN.plain(part * times), facts))

    taken(20)
    assert keeps_pace(taken, 200, 2000, times=30, least=0.01)


TIERS = "柜台转账：1万元（含）以下每笔5元；1万元至10万元（含）每笔10元。新客户手续费享8折优惠。"
EARLY = "未满1年提前还款的，按提前还款金额的1%收取违约金；满1年未满3年的，收取0.5%；满3年的免收。"
DEPOSIT = "大额存单：期限1年，年利率1.20%；期限3年，年利率1.55%。国债5年期票面年利率1.70%，按年付息。"
DOWN = "首套房首付比例不低于15%。"
TRANSFER = "Telegraphic transfer: 0.1% of the amount, minimum RMB 50 and maximum RMB 260."
HOURS = "Branch hours: Monday to Friday 9:00 am to 5:00 pm; Saturday 9:30 am to 4:00 pm."
RATES = "Fixed deposits: 1 year 0.95%, 3 years 1.25%."


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (TIERS, "转8000元收5元手续费。", True),
        (TIERS, "转8000元收10元手续费。", False),
        (TIERS, "新客户打8折，转5万元原本10元，折后8元。", True),
        (TIERS, "新客户打8折，转5万元原本10元，折后7元。", False),
        (EARLY, "比如放款两年后提前还20万元，违约金为20万元×0.5%=1000元。", True),
        (EARLY, "比如放款两年后提前还20万元，违约金为20万元×1%=2000元。", False),
        (DEPOSIT, "20万元存一年大额存单，到期可得利息2400元。", True),
        (DEPOSIT, "20万元存一年大额存单，到期可得利息3100元。", False),
        (DEPOSIT, "1万元买5年期国债，每年利息170元，五年共850元。", True),
        (DEPOSIT, "1万元买5年期国债，每年利息120元。", False),
        (DOWN, "200万元的首套房最低首付30万元，最多可贷170万元。", True),
        (DOWN, "200万元的首套房最低首付40万元。", False),
        (TRANSFER, "For RMB 100,000 the charge is 0.1% × 100,000 = RMB 100.", True),
        (TRANSFER, "For RMB 100,000 the charge is 0.1% × 100,000 = RMB 1000.", False),
        (RATES, "The three-year rate is 30 basis points higher than the one-year rate.", True),
        (RATES, "The three-year rate is 20 basis points higher than the one-year rate.", False),
        ("網上匯款每筆65元，分行每筆130元，另加電報費120元。", "網上匯款連電報費合計185元。", True),
        ("網上匯款每筆65元，分行每筆130元，另加電報費120元。", "網上匯款連電報費合計195元。", False),
    ],
)
def test_an_amount_of_an_example_is_worked_from(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (EARLY, "放款满三年以后再提前还款，就不用付违约金了。", True),
        ("首套住房首付款比例不低于15%，二套住房不低于25%。二套房贷利率20%。", "二套房最低25%。", True),
        ("社保内赔付90%，未经社保结算赔付70%。", "经社保结算的赔九成，未经社保结算的赔七成。", True),
        ("社保内赔付90%，未经社保结算赔付70%。", "社保内按70%赔，没经社保结算的按90%赔。", False),
        ("最高200元。ATM取款上限2万元。", "上限200元。", True),
        ("容时期3天，容差金额10元。违约金按还款额的5%收取，最低10元。", "有3天容时期，10元以内视为全额还款。", True),
        (HOURS, "Open from 9am to 5pm on weekdays and from 9:30am to 4pm on Saturdays.", True),
        (HOURS, "Open from 9am to 5pm on Saturdays.", False),
        (HOURS, "Branches open from 9am to 4pm on weekdays.", False),
        (
            "甲支行：周六9:30-15:30。乙支行：周一至周六9:00-16:30。甲支行：周一至周五9:00-17:00。",
            "周六可以去甲支行（9:30-15:30）或乙支行（9:00-16:30）。",
            True,
        ),
    ],
)
def test_no_honest_label_is_taken_for_anothers(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


POS = "扫码收款费率：小微商户0.25%。信用卡刷卡费率0.60%。流量费60元/年，首年免收。"
GOLD = "提取加工费：10克以下每克25元，10克（含）以上每克12元。赎回手续费0.5%，定投满12个月赎回手续费8折。"
LATE = "合同利率3.6%起。逾期按合同利率上浮50%计收罚息。"
NEW = "港元定期：3个月年利率2.80%，6个月2.60%。新资金3个月年利率额外加0.20%。提早提取须缴付港币200元。"
ABROAD = "Cash withdrawals abroad: 3 free per month, then RMB 20 each. Reload fee 0.5%, minimum RMB 5."
POINTS = "18积分兑换1里程，每年兑换上限5万里程。"


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (POS, "信用卡刷1000元手续费是6元。", True),
        (POS, "信用卡刷1000元手续费是8元。", False),
        (POS, "流量费第一年免收，第二年起每年60元。", True),
        (POS, "使用三年的话流量费总共120元。", True),
        (POS, "使用三年的话流量费总共160元。", False),
        (GOLD, "提取20克金条，每克加工费12元，合计240元。", True),
        (GOLD, "提取20克金条，每克加工费12元，合计340元。", False),
        (GOLD, "定投满一年，赎回手续费打八折，相当于0.4%。", True),
        (LATE, "上浮50%的意思是，合同利率3.6%的话，罚息利率就是5.4%。", True),
        (LATE, "上浮50%的意思是，合同利率3.6%的话，罚息利率就是5.6%。", False),
        (NEW, "新資金3個月定期可以有3.00%。", True),
        (NEW, "6個月定期可以有3.00%。", False),
        (NEW, "提早提取要俾200蚊。", True),
        (ABROAD, "Five withdrawals in a month would cost RMB 40.", True),
        (ABROAD, "Five withdrawals in a month would cost RMB 90.", False),
        (ABROAD, "Reloading RMB 2,000 costs RMB 10.", True),
        (POINTS, "9000积分可以换500里程。", True),
        (POINTS, "9000积分可以换600里程。", False),
        ("每年缴费上限12000元。", "一年最多缴12000元，平均每月1000元。", True),
        ("对私业务9:00-17:00，对公业务9:00-16:30。", "对公业务比对私业务早半小时结束。", True),
        ("对私业务9:00-17:00，对公业务9:00-16:30。", "对公业务比对私业务早20分钟结束。", False),
        ("购汇和结汇额度各为等值5万美元。", "购汇和结汇各有等值5万美元，合计等值10万美元。", True),
        ("新开户奖励20元，首次缴存再奖励30元。", "新开户20元，首次缴存30元，最多可得50元。", True),
        ("电讯费150元，活动期减半。", "活动期电讯费减半，只要75元。", True),
    ],
)
def test_sums_of_a_kind_a_customer_asks_for(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        ("适合C4及以上的投资者。", "C3的客户不能买。", True),
        ("适合C4及以上的投资者。", "C3的客户可以买。", False),
        ("适合C4及以上的投资者。", "C5的客户可以买。", True),
        ("口头挂失有效期5天。正式挂失7天后可补卡。", "5天之内请办正式挂失，过期口头挂失就失效了。", True),
        ("口头挂失有效期5天。正式挂失7天后可补卡。", "正式挂失5天后可补卡。", False),
        ("甲支行周日休息。乙支行周末休息。", "周日两家支行都休息。", True),
        ("周六9:00-12:00营业。", "请您尽量早一点到。", True),
        ("投诉可拨打12378。", "两条路不冲突。", True),
        ("挂失可用手机银行。", "在手机银行里操作，一分钟就好。", True),
        ("定投起点10元。", "如果三五年内要用这笔钱，请先想一想。", True),
        ("ATM取款每笔2元。短信服务费每月2元。", "短信费每月2元。", True),
        ("ATM取款每笔2元。短信服务费每月3元。", "短信费每月2元。", False),
    ],
)
def test_talk_and_short_names_are_no_claims(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


BOND = "第九期期限3年，票面年利率1.63%；第十期期限5年，票面年利率1.70%。满1年不满2年按0.79%计息，满2年不满3年按1.30%。"
BUSINESS = "年化利率3.15%起，按日计息。首次用款可领利率优惠券，利率下调20个基点。"
PHONE = "默认单笔5万元；开通刷脸后单笔50万元。普通转账次工作日到账。验证码60秒内有效。"


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (BOND, "五年期利率比三年期高7个基点。", True),
        (BOND, "五年期利率比三年期高9个基点。", False),
        (BOND, "如果您买了5万元，放了一年半提前取，按0.79%计息。", True),
        (BOND, "如果您买了5万元，放了一年半提前取，按1.30%计息。", False),
        (BUSINESS, "首次用款利率可以降0.2个百分点，最低到2.95%。", True),
        (BUSINESS, "首次用款利率可以降0.2个百分点，最低到2.85%。", False),
        (BUSINESS, "借100万元用30天，按3.15%算利息大约2625元。", True),
        (BUSINESS, "借100万元用30天，按3.15%算利息大约3625元。", False),
        (PHONE, "刷脸后的单笔限额是默认的10倍。", True),
        (PHONE, "刷脸后的单笔限额是默认的8倍。", False),
        (PHONE, "普通转账下一个工作日到账。", True),
        (PHONE, "验证码1分钟内有效。", True),
        (PHONE, "验证码2分钟内有效。", False),
        ("未还部分按日息万分之五计息。", "未还的9500元每天利息约4.75元。", True),
        ("未还部分按日息万分之五计息。", "未还的9500元每天利息约9.50元。", False),
        ("满6期后提前还款免违约金，未满6期收3%。", "办满6期之后就不收违约金了，没满6期要收3%。", True),
        ("可分12期。", "12000元分12期，每期本金1000元。", True),
        ("可分12期。", "12000元分12期，每期本金1200元。", False),
    ],
)
def test_differences_days_and_parts_of_an_example(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest
