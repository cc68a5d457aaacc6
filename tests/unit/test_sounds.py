"""Texts that sound alike share codes; English does not sound like anything."""

import pytest

from app.knowledge.sounds import Sounds

sounds = Sounds()


@pytest.mark.parametrize("typed", ["贷款利律", "dai款利率", "daikuan lilv", "代款力率"])
def test_wrong_characters_and_pinyin_sound_like_the_right_ones(typed: str) -> None:
    assert set(sounds.query_codes(typed)) >= {"dai kuan", "kuan li", "li lv"}
    assert {"dai kuan", "kuan li", "li lv"} <= set(sounds.passage_codes("贷款利率"))


def test_characters_with_two_readings_are_found_by_both() -> None:
    codes = set(sounds.passage_codes("银行"))
    assert codes >= set(sounds.query_codes("yinhang"))
    assert codes >= set(sounds.query_codes("银行"))


def test_a_look_alike_counts_less_than_what_was_written() -> None:
    codes = sounds.query_codes("货款")
    assert codes["huo kuan"] == 1.0
    assert 0 < codes["dai kuan"] < 1


def test_english_has_no_codes() -> None:
    assert sounds.query_codes("what is the credit limit") == {}


def test_sounds_many_speakers_do_not_tell_apart_are_one() -> None:
    assert set(sounds.query_codes("zhanghu")) == set(sounds.query_codes("zanhu"))


def test_an_echo_gives_the_characters_that_sound_like_the_question() -> None:
    (run,) = sounds.syllables("利律")
    assert sounds.echo("活期存款利率为0.05%").find(run) == ["利率"]
    (typed,) = sounds.syllables("nianfei")
    assert sounds.echo("白金卡年费800元").find(typed) == ["年费"]


def test_only_pinyin_reads_as_pinyin() -> None:
    assert sounds.reads_whole("xinyongka nianfei")
    assert not sounds.reads_whole("credit card nianfei")
