"""A citation mark is a claim: it stands only where a passage supports the sentence."""

from app.chat.citing import Citer
from app.knowledge.passage import Passage, passage_id, text_sha256


def passage(
    text: str, title: str = "畅享信用卡", ordinal: int = 0, question: str = "", section: str = "费用"
) -> Passage:
    return Passage(
        id=passage_id("d", 1, ordinal, text),
        document_id="d",
        version=1,
        ordinal=ordinal,
        tenant="demo",
        kind="product",
        title=title,
        section=section,
        text=text,
        sha256=text_sha256(text),
        question=question,
    )


FEES = passage("年费为每年300元，刷卡满6次免次年年费。挂失手续费每卡50元。", ordinal=0)
RATES = passage("三年期定期存款年利率为1.5%。提前支取按活期利率计息。", "定期存款", 1)


def test_a_sentence_is_bound_to_the_passage_and_the_words_that_support_it():
    citer = Citer([RATES, FEES], lambda text: text)
    assert citer.cite("挂失手续费是每张卡50元。") == 1
    assert citer.cite("三年期的年利率为1.5%。") == 2
    first, second = citer.citations()
    assert (first["passage_id"], first["quote"]) == (FEES.id, "挂失手续费每卡50元。")
    assert first["quote"] in FEES.text
    assert (second["n"], second["quote"]) == (2, "三年期定期存款年利率为1.5%。")


def test_the_same_passage_keeps_its_number():
    citer = Citer([FEES], lambda text: text)
    assert citer.cite("年费为每年300元。") == citer.cite("刷卡满6次免次年年费。") == 1


def test_a_sentence_nothing_supports_gets_no_mark():
    citer = Citer([FEES, RATES], lambda text: text)
    assert citer.cite("感谢您的耐心等待，祝您生活愉快！") is None
    assert citer.citations() == []


def test_an_english_sentence_is_bound_by_its_figures():
    citer = Citer([FEES, RATES], lambda text: text)
    assert citer.cite("The three-year rate is 1.5% a year.") == 1
    assert citer.citations()[0]["passage_id"] == RATES.id
    assert citer.cite("Please contact us at any time.") is None
