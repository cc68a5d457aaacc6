"""Texts are compared in one width, one script, one case, with nothing hidden in them."""

import pytest

from app.knowledge.normalise import Normaliser

normalise = Normaliser()


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("ＡＴＭ　１００％", "atm 100%"),
        ("手機銀行轉帳", "手机银行转帐"),
        ("保險人不負責", "保险人不负责"),
        ("安\u200b全\u2060账\ufeff户", "安全账户"),
        ("R２ 风险", "r2 风险"),
    ],
)
def test_spellings_of_one_thing_become_one(text: str, same: str) -> None:
    assert normalise(text) == normalise(same) == same


def test_blanks_inside_chinese_go_and_between_english_words_stay() -> None:
    assert normalise("保 险 人 ， 不 负责") == "保险人,不负责"
    assert normalise("Annual   Fee of the card") == "annual fee of the card"


def test_line_ends_stay_because_sentences_end_there() -> None:
    assert normalise("费率\n1.5%") == "费率\n1.5%"


def test_normalising_twice_changes_nothing() -> None:
    text = "（一） 保險 金额：１０萬元 — Gold\u00adCard"
    assert normalise(normalise(text)) == normalise(text)
