import pytest

from app.alarms.claim import Claim, same_value
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import comparable
from app.settings import Settings
from eval.alarms import _passage, pairs


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(Settings(_env_file=None).cache_dir)


def claims(reader: ClaimReader, text: str) -> list[Claim]:
    return reader.read(_passage(text, text))


def test_must_not_exceed_is_an_upper_bound_and_no_lower_one(reader: ClaimReader) -> None:
    upper, lower = claims(reader, "贷款问答 | 期限不得超过3年。\n每次金额不得低于500元。")

    assert (upper.bound, lower.bound) == ("le", "ge")
    for modal in "能可应会宜":
        upper, lower = claims(reader, f"贷款问答 | 期限不{modal}超过3年。\n每次金额不{modal}低于500元。")
        assert (upper.bound, lower.bound) == ("le", "ge")


def test_a_range_in_a_table_is_compared_with_one_in_a_sentence_end_by_end(reader: ClaimReader) -> None:
    row = claims(reader, "险种说明 | 投保年龄：50至75周岁")
    sentence = claims(reader, "险种问答 | 投保年龄为50至70周岁。")

    differing = [
        (a.quantity.text, b.quantity.text)
        for a in row
        for b in sentence
        if comparable(a, b) and not same_value(a.quantity, b.quantity)
    ]

    assert differing == [("75周岁", "70周岁")]


def test_half_a_year_is_180_days_and_not_a_contradiction(reader: ClaimReader) -> None:
    (months,), (days,) = claims(reader, "险 | 等待期为6个月。"), claims(reader, "险 | 等待期为180天。")
    (other,) = claims(reader, "险 | 等待期为90天。")

    assert same_value(months.quantity, days.quantity)
    assert not same_value(months.quantity, other.quantity)


def test_no_passage_of_the_unseen_half_shares_its_id_with_one_of_the_seen() -> None:
    read = [{one.id for pair in pairs(half) for one in (pair.base, pair.other)} for half in ("seen", "unseen", "fresh")]

    assert len(set().union(*read)) == sum(map(len, read))
