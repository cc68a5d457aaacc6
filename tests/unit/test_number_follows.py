"""What follows from the evidence in other units, by a count or by a sum passes; what only looks like it does not."""

from __future__ import annotations

import pytest

from tests.number_lock import cause_of

CARD = "首年年费减免50%，年费2000元。机场贵宾厅每年6次，超出部分每次150元。质保期2年。"
DEATH = "18周岁前给付已交保险费的200%。犹豫期15日。"
REMITTANCE = "外币汇款电报费每笔100元，手续费为汇款金额的0.1%，最低50元，最高260元。"
CASH = "当日外币现钞存入超过等值1万美元须提供来源证明。"
COMPLAINT = "一般投诉15日内作出处理决定，情况复杂的可延长至60日。不满意的可在30日内申请调解。"
POINTS = "消费满20元累计1积分。500积分可兑换10元话费，2500积分可兑换50元京东卡。"
RATES = "| 币种 | 3个月 | 6个月 | 1年 |\n| 美元（%） | 0.30 | 0.50 | 0.80 |\n| 港币（%） | 0.25 | 0.45 | 0.70 |"
HOLIDAYS = "10月1日至3日全部网点停业，10月4日起部分网点营业。"
LOAN = "年化利率3.45%起，逾期罚息利率为合同利率上浮50%。日利率0.012%起。"
BONDS = "第五期期限3年，最大发行额150亿元；第六期期限5年，最大发行额150亿元。持有不满半年不计息，满半年按0.35%计息。"
MACAU = "本票每張MOP50。匯款MOP150，另加電報費MOP80。"
TRUST = "设立费为信托财产的0.5%，最低10万元。"
INTEREST = "活期存款按季结息，每季末月20日为结息日。"
TEXTS = "短信通知2元/月，前3个月免费"
LOSS = "失卡保障为挂失前72小时，最高赔付5万元。"
ONLINE = "| 项目 | 普通客户 |\n| 网银年服务费 | 300元 |"
HALVED = "手续费按金额的0.1%收取，最低50元，最高200元，留学生客户减半。退汇手续费每笔100元。"
AGED = "保费：30岁每年268元，40岁每年468元，50岁每年1088元。"
PRIME = "首套利率为LPR减30个基点，二套为LPR加10个基点。当前LPR为3.50%。First home rate: LPR minus 30 basis points."
PRIME_ALONE = "Interest rate: LPR minus 45 basis points; the current 5-year LPR is 3.50%."
SALARY = "贷款额最高为月薪的12倍。"
FUND = "T+1日确认，赎回款T+3日到账。"
ROW = "零存整取存期分1年、3年、5年，年利率1年0.65%、3年0.85%、5年0.85%。"
HOURS = "对公业务受理时间9:00-15:00。"
AGES = "借款人年龄与贷款期限之和不超过70年。"
SIBLINGS = "白金卡主卡年费2000元，附属卡年费1000元。抵押率住宅最高70%，商铺最高50%。"
VISITS = "机场贵宾厅每年6次。道路救援每年3次。"


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (CARD, "首年年费打五折。"),
        (CARD, "贵宾厅一年可以去6次，第7次起每次要付150元。"),
        (CARD, "设备保修两年，第三年起就要自己负责了。"),
        (DEATH, "孩子18岁之前身故，按已交保费的两倍给付。"),
        (REMITTANCE, "汇10万元的话手续费是100元，加上电报费共200元。"),
        (CASH, "一天存外币现钞超过1万美元，要带来源证明。"),
        (COMPLAINT, "复杂的情况可以延长，最长不超过两个月，也就是60天。"),
        (COMPLAINT, "一个月内可以申请调解。"),
        (POINTS, "每消费20元积1分。"),
        (POINTS, "500积分换10元话费，5000积分就能换100元。"),
        (POINTS, "刷200元可以得10个积分。"),
        (RATES, "美元一年定期0.80%，港币一年是0.70%，高0.1个百分点。"),
        (HOLIDAYS, "1号到3号所有网点都不开门，4号起部分网点恢复营业。"),
        (LOAN, "合同利率3.6%的话，逾期罚息就是5.4%。"),
        (LOAN, "借1万元一天利息1.2元。"),
        (BONDS, "两期加起来最多发300亿元。"),
        (MACAU, "匯款150元，加埋電報費80元，一共230元。"),
        (TRUST, "3000万的信托，设立费是15万元。"),
        (INTEREST, "活期利息一年结四次，每季最后一个月20号结息。"),
        (HOURS, "对公业务3点以后不能办。"),
        (AGES, "年龄加贷款年限不超过70。"),
        (SIBLINGS, "白金卡附属卡年费1000元，主卡2000元。"),
        (SIBLINGS, "住宅抵押率最高70%，商铺抵押率最高50%。"),
        (VISITS, "贵宾厅每年6次，道路救援每年3次。"),
        (ONLINE, "网银一年收300元服务费。"),
        (HALVED, "留学生手续费打对折，最低25元，最高100元。"),
        (AGED, "40岁的保费比30岁的每年多200元。"),
        (PRIME, "现在首套利率算下来是3.20%，二套是3.60%。"),
        (PRIME, "With LPR at 3.50%, the first home rate works out at 3.20%."),
        (SALARY, "月薪3万元的话，最多可以借36万元。"),
        (SALARY, "月薪3萬嘅話，最多可以借36萬。"),
        (PRIME_ALONE, "With LPR at 3.50%, the rate works out at 3.05%."),
        (FUND, "赎回的钱第三个工作日到。"),
        (ROW, "零存整取3年0.85%。"),
        ("二类钱包单笔5万元，日累计10万元。三类钱包单笔5000元。", "二类钱包绑了卡，单笔5万元、一天10万元。"),
        (ROW, "零存整取1年0.65%、3年0.85%。"),
        (TEXTS, "短信通知头三个月不收钱，从第四个月开始每个月2块。"),
    ],
)
def test_what_follows_passes(evidence: str, sentence: str) -> None:
    assert cause_of(evidence, sentence) is None


@pytest.mark.parametrize(
    ("evidence", "sentence", "cause"),
    [
        (CARD, "首年年费打六折。", "absent"),
        (CARD, "贵宾厅一年可以去6次，第8次起每次要付150元。", "absent"),
        (CARD, "质保期第三年起。", "absent"),
        (DEATH, "孩子18岁之前身故，按已交保费的三倍给付。", "absent"),
        (REMITTANCE, "汇10万元的话手续费是100元，加上电报费共250元。", "absent"),
        (COMPLAINT, "最长不超过三个月。", "absent"),
        (COMPLAINT, "网上转账一个月内到账。", "absent"),
        (POINTS, "500积分换10元话费，5000积分就能换120元。", "absent"),
        (POINTS, "刷200元可以得20个积分。", "absent"),
        (RATES, "存1万美元一年，到期利息是70美元。", "absent"),
        (RATES, "美元三个月0.50%，六个月0.30%。", "pair"),
        (HOLIDAYS, "每月4号休息。", "absent"),
        (HOLIDAYS, "5号起部分网点恢复营业。", "absent"),
        (LOAN, "合同利率3.6%的话，逾期罚息就是5.8%。", "absent"),
        (BONDS, "两期加起来最多发400亿元。", "absent"),
        (BONDS, "持有不满半年按0.35%计息。", "circumstance"),
        (MACAU, "本票每張200元。", "absent"),
        (TRUST, "3000万的信托，设立费是20万元。", "absent"),
        (INTEREST, "活期利息一年结十二次。", "absent"),
        (LOSS, "挂失后72小时内最高赔付5万元。", "circumstance"),
        (HOURS, "4点以后不能办。", "absent"),
        (HALVED, "留学生手续费打对折，最低35元。", "absent"),
        (AGED, "40岁的保费比30岁的每年多300元。", "absent"),
        (PRIME, "现在首套利率算下来是3.70%。", "absent"),
        (PRIME, "现在首套利率算下来是3.60%。", "absent"),
        (SALARY, "月薪3万元的话，最多可以借30万元。", "absent"),
        (PRIME_ALONE, "With LPR at 3.50%, the rate works out at 3.95%.", "absent"),
        (FUND, "赎回的钱第二个工作日到。", "absent"),
        (ROW, "零存整取3年0.65%。", "pair"),
        (HOURS, "早上3点以后不能办。", "absent"),
        (AGES, "年龄加贷款年限不超过75。", "absent"),
        (SIBLINGS, "白金卡附属卡年费2000元。", "label"),
        (SIBLINGS, "商铺抵押率最高70%。", "label"),
        (VISITS, "贵宾厅每年3次，道路救援每年6次。", "label"),
    ],
)
def test_what_does_not_follow_is_stopped(evidence: str, sentence: str, cause: str) -> None:
    assert cause_of(evidence, sentence) == cause


def test_a_sentence_about_another_thing_than_was_asked_keeps_its_number() -> None:
    evidence = "普通卡年费300元，附属卡年费150元。逾期费用为每月200元。"
    assert cause_of(evidence, "逾期还款每个月收200元。", question="年费多少") is None
    assert cause_of(evidence, "附属卡是200元。", question="年费多少") == "attribute"


def test_interest_is_reckoned_from_a_column_of_its_term() -> None:
    assert cause_of(RATES, "存1万美元一年，到期利息是80美元。", question="美元存一年") is None
    assert cause_of(RATES, "存1万美元一年，到期利息是70美元。", question="美元存一年") == "absent"
