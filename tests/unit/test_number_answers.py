"""The natural answers that the number lock is counted on: whole, half of them unseen, and read as answers are."""

from __future__ import annotations

from itertools import chain

import pytest

from eval import number_answers
from eval.number_answers import Matter


@pytest.fixture(scope="module")
def matters() -> list[Matter]:
    return list(chain.from_iterable(number_answers.load().values()))


@pytest.mark.parametrize(
    ("hands", "seen", "count", "honest", "wrong"),
    [
        ("abcd", True, 92, 534, 276),
        ("abcd", False, 88, 518, 264),
        ("efgh", True, 92, 605, 368),
        ("efgh", False, 92, 609, 366),
    ],
)
def test_both_halves_have_the_sizes_that_the_gates_tell(
    hands: str, seen: bool, count: int, honest: int, wrong: int
) -> None:
    of_hands = chain.from_iterable(number_answers.load()[hand] for hand in hands)
    half = [matter for matter in of_hands if matter.seen is seen]
    assert len(half) == count
    assert sum(len(matter.honest) for matter in half) == honest
    assert sum(len(matter.wrong) for matter in half) == wrong


def test_every_matter_is_whole_and_occurs_once(matters: list[Matter]) -> None:
    assert len({matter.matter for matter in matters}) == len(matters)
    for matter in matters:
        texts = (matter.title, matter.passage, matter.asked, *matter.honest, *matter.wrong)
        assert all(text.strip() for text in texts), matter.matter
        assert len(matter.honest) >= 5, matter.matter
        assert len(matter.wrong) >= 3, matter.matter


def test_no_sentence_is_both_honest_and_wrong(matters: list[Matter]) -> None:
    assert [matter.matter for matter in matters if {*matter.honest} & {*matter.wrong}] == []


def test_the_sentences_of_an_answer_are_read_in_turn_and_counted_by_what_they_should_be() -> None:
    matter = Matter(
        matter="remittance",
        seen=True,
        title="汇款",
        passage="手续费为汇款金额的0.1%。电讯费150元。",
        asked="汇20万要多少钱",
        honest=("20万的0.1%，手续费是200元。", "加上电讯费150元，一共350元。"),
        wrong=("这450元不退。", "电讯费180元。"),
    )
    lock = number_answers.lock()
    report = number_answers.run(lock, {"own": [matter]})
    assert report.misses == []
    assert [len(report.shares[claim].by_half["seen"]) for claim in number_answers.CLAIMS[:2]] == [2, 2]

    later = matter.model_copy(update={"honest": matter.honest[1:]})
    assert [miss.how for miss in number_answers.run(lock, {"own": [later]}).misses] == ["honest_answer_sentences_pass"]
