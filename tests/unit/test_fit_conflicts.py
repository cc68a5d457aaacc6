"""The shipped alarm is what a fit on the learned pairs makes, and no reader of the unseen ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval import fit_conflicts
from eval.alarms import COUNTED, FILES, Judged, pairs


def test_the_shipped_model_was_fitted_on_the_data_as_it_stands() -> None:
    shipped = json.loads(fit_conflicts.MODEL.read_text(encoding="utf-8"))

    assert shipped["read_from"] == fit_conflicts.read_from(), "run `python -m eval fit conflicts` and commit its result"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_fit_makes_the_shipped_model_bit_for_bit(tmp_path: Path) -> None:
    fit_conflicts.main(again := tmp_path / "alignment.json")

    assert again.read_bytes() == fit_conflicts.MODEL.read_bytes()
    for name in ("forest_words.npz", "forest_asking.npz"):
        assert again.with_name(name).read_bytes() == fit_conflicts.MODEL.with_name(name).read_bytes()


def test_a_paper_under_another_title_keeps_its_name_where_only_that_tells_it_apart() -> None:
    seen = pairs("seen")
    made = fit_conflicts.retitled(seen)

    assert {pair.true for pair in made} == {True, False}
    contradicting = {(pair.family, pair.other.title) for pair in seen if pair.true}
    by_id = {(pair.base.id, pair.other.id): pair for pair in seen}
    for pair in made:
        told = by_id[pair.base.id, pair.other.id].other.title
        assert pair.other.title != told
        assert pair.other.section or (pair.family, told) in contradicting


def test_no_unseen_pair_is_read_by_the_fit() -> None:
    read = {pair.half for pair in fit_conflicts.learned()}
    names = {name for half in read for name in FILES[half]}

    assert not read & set(COUNTED)
    assert not names & {name for half in COUNTED for name in FILES[half]}


def test_a_threshold_is_chosen_by_what_is_right_from_there_on() -> None:
    told = [(5.0, True), (4.0, True), (3.0, False), (2.0, True), (1.0, False), (float("-inf"), True)]
    judged = [Judged("seen", true, score, "") for score, true in told]

    assert fit_conflicts.balanced(judged) == (2.0, 0.75)
    assert fit_conflicts.even(judged) == 2.0
    assert fit_conflicts.precise(judged, 0.9) == 4.0
    assert fit_conflicts.precise(judged, 0.7) == 2.0
    assert fit_conflicts.precise(judged[2:], 0.9) == 3.0
