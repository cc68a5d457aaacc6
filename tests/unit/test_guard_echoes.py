"""An answer may not assert anything about a thing that only the question knows; it may repeat how the question asks."""

import pytest

from guardrails.echoes import Echoes, Subjects

EVIDENCE = (
    "信用卡年费收费项目:主卡年费;金卡:每年200元;白金卡:每年800元"
    "整存整取一年期定期存款利率年利率为0.95%个人住房贷款提前还款请至少提前15天提交申请个人大额存单20万元起购"
    "手续费率标准借记卡补、换卡工本费每张5元手机银行和网上银行转账限额"
)
SUBJECTS = Subjects()


def first(question: str, sentence: str, synonyms: tuple[tuple[str, ...], ...] = ()) -> str | None:
    return Echoes(SUBJECTS.of(question.lower()), EVIDENCE, synonyms).first(sentence.lower())


@pytest.mark.parametrize(
    ("question", "sentence", "subject"),
    [
        ("信用卡钻石卡的年费是多少?", "信用卡钻石卡的年费是800元。", "钻石卡"),
        ("保管箱一年租金多少?", "保管箱一年租金是0.95%。", "保管箱"),
        ("POS机商户收单的手续费率是多少?", "POS机商户收单的手续费率是0.95%。", "pos"),
        ("明年一年期定期存款利率会是多少?", "明年一年期定期存款利率会是0.95%。", "明年"),
        ("重疾险等待期多久?", "重疾险等待期是15天。", "重疾险"),
        ("微信转账手续费多少?", "微信转账手续费是5元。", "微信"),
        ("汽车贷款的利率多少?", "汽车贷款的利率是0.95%。", "汽车"),
        ("美元存款利率多少?", "美元存款的年利率为0.95%。", "美元"),
        ("能租保管箱吗?", "保管箱可以在网点租用。", "保管箱"),
        ("保管箱一年多少钱?", "您问保管箱的话,一年是20万元。", "保管箱"),
        ("金卡能进贵宾厅吗?", "金卡可以免费进贵宾厅。", "贵宾厅"),
        ("可以存比特币吗?", "本行支持比特币。", "比特币"),
        ("可以办汽车贷款吗?", "汽车贷款可以办理。", "汽车"),
        ("经理的微信和手机号是多少?", "经理的微信是400-000-0000,手机号是资料中没有查到。", "经理"),
    ],
)
def test_a_subject_no_passage_mentions_is_found(question: str, sentence: str, subject: str) -> None:
    assert first(question, sentence) == subject


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("白金卡年费多少?", "白金卡的年费是每年800元。"),
        ("可以提前还款吗?", "可以提前还款。"),
        ("钻石卡年费多少?", "资料中没有查到钻石卡的年费。"),
        ("钻石卡年费多少?", "您问的是钻石卡的年费,资料中没有查到,一年期定期存款利率是0.95%。"),
        ("金卡一年要多少钱?", "金卡主卡年费每年200元。"),
        ("How much is the platinum card?", "The platinum card costs 800 yuan a year."),
        ("大额存单最低要多少钱才能买?", "大额存单最低要20万元才能买。"),
        ("提前还房贷需要提前几天提出申请?", "提前还房贷需要提前15天提出申请。"),
        ("补一张新的借记卡工本费多少?", "补一张新的借记卡工本费是5元。"),
        ("网银能转账吗?", "网银可以转账。"),
        ("最高能贷多少?", "您最多能贷的金额要看审批。"),
        ("租了保管箱,东西丢了谁负责?", "贵重的东西最好自己另行投保。"),
        ("孩子的卡怎么办?", "孩子的卡由监护人代办,工本费每张5元。"),
        ("压岁钱存多久好?", "压岁钱存一年期定期,年利率为0.95%。"),
        ("闺女能办白金卡吗?", "闺女办白金卡,年费每年800元。"),
        ("退休金放多久?", "退休金打算放多久由您定,一年期是0.95%。"),
        ("彩礼钱能贷吗?", "彩礼属于个人消费,以审批为准。"),
        ("新卡多少钱?", "补一张新卡每张5元。"),
        ("有人叫我转钱怎么办?", "公安唔会喺电话叫你转钱。"),
        ("能用微信查余额吗?", "有人用微信让您汇款的,请先挂断。"),
    ],
)
def test_what_only_asks_may_be_repeated(question: str, sentence: str) -> None:
    assert first(question, sentence) is None


def test_another_name_for_what_a_passage_tells_is_no_stranger() -> None:
    question, sentence = "储蓄卡补卡多少钱?", "储蓄卡补卡是5元。"
    assert first(question, sentence) == "储蓄卡"
    assert first(question, sentence, (("储蓄卡", "借记卡"),)) is None
    assert first(question, sentence, (("储蓄卡", "存折"),)) == "储蓄卡"
