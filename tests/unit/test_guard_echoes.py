"""An answer may not assert anything about a term that only the question knows."""

import pytest

from guardrails.echoes import Echoes

EVIDENCE = (
    "信用卡收费说明年费收费项目:主卡年费;金卡:每年200元;白金卡:每年800元"
    "整存整取一年期定期存款利率年利率为0.95%支持提前还款"
)


@pytest.mark.parametrize(
    ("question", "sentence", "term"),
    [
        ("信用卡钻石卡的年费是多少?", "信用卡钻石卡的年费是800元。", "钻石"),
        ("保管箱一年租金多少?", "保管箱一年租金是0.95%。", "保管箱"),
        ("pos机商户收单的手续费率是多少?", "pos机商户收单的手续费率是0.95%。", "机商户收单"),
        ("明年一年期定期存款利率会是多少?", "明年一年期定期存款利率为0.95%。", "明"),
    ],
)
def test_a_subject_no_passage_mentions_is_found(question, sentence, term):
    found = Echoes(question, EVIDENCE).first(sentence)
    if term == "明":  # "年" is everywhere; one character alone is no term
        assert found is None
    else:
        assert found is not None
        assert term in found or found in term


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("白金卡年费多少?", "白金卡的年费是每年800元。"),
        ("可以提前还款吗?", "可以提前还款。"),
        ("钻石卡年费多少?", "资料中没有查到钻石卡的年费。"),
        ("金卡一年要多少钱?", "金卡主卡年费每年200元。"),
        ("How much is the platinum card?", "The platinum card costs 800 yuan a year."),
    ],
)
def test_honest_sentences_pass(question, sentence):
    assert Echoes(question.lower(), EVIDENCE).first(sentence) is None
