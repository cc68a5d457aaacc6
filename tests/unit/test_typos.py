"""Typos are mended by the passages' own words, and right words are left alone."""

import pytest

from app.knowledge.lexical import Segmenter
from app.knowledge.sounds import Sounds
from app.knowledge.typos import mend
from tests.fakes import shared_segmenter

PASSAGES = ["活期存款利率为0.05%", "借记卡遗失请办理挂失,房贷提前还款收违约金", "银行账户的限额"]
sounds = Sounds()


@pytest.fixture(scope="module")
def segment() -> Segmenter:
    return shared_segmenter()


def mended(text: str, segment: Segmenter) -> str:
    return mend(
        text,
        segment.tokens(text),
        sounds.syllables(text),
        [sounds.echo(passage) for passage in PASSAGES],
        segment.knows,
        lambda stretch: any(stretch in passage for passage in PASSAGES),
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("活期存宽利律多少", "活期存款利率多少"),
        ("fangdai tiqian huankuan", "房贷 提前还款"),
        ("fangdaitiqianhuankuan", "房贷提前还款"),
        ("解记卡丢了", "借记卡丢了"),
        ("dai款", "dai款"),
    ],
)
def test_what_sounds_right_is_mended(typed: str, meant: str, segment: Segmenter) -> None:
    assert mended(typed, segment) == meant


def test_a_known_word_the_passages_lack_is_never_turned_into_another(segment: Segmenter) -> None:
    assert mended("行长是谁", segment) == "行长是谁"
    assert mended("货款", segment) == "货款"


def test_words_are_not_cut_to_make_others(segment: Segmenter) -> None:
    assert mended("打钱到别的银行收费吗", segment) == "打钱到别的银行收费吗"


def test_nothing_is_mended_without_passages(segment: Segmenter) -> None:
    assert mend("存宽", [(0, "存宽")], sounds.syllables("存宽"), [], segment.knows, lambda _: False) == "存宽"
