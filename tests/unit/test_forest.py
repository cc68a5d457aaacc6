"""The conflict alarm's forest: read as it was grown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.alarms.forest import Forest, read_forest
from app.alarms.model import Model
from eval.forest import grow

# Two trees: the first asks whether feature 0 is up to 0.5, then feature 1 up to 2; the second is a leaf alone.
_SMALL = Forest(
    roots=np.array([0, 5], np.int32),
    feature=np.array([0, -1, 1, -1, -1, -1], np.int16),
    least=np.array([0.5, 0, 2, 0, 0, 0], np.float32),
    left=np.array([1, 0, 3, 0, 0, 0], np.int32),
    share=np.array([0, 0.1, 0, 0.5, 0.9, 0.3], np.float32),
)


@pytest.mark.parametrize(("row", "chance"), [((0.5, 9), 0.2), ((0.6, 2), 0.4), ((0.6, 2.1), 0.6)])
def test_a_row_ends_in_the_leaf_its_features_lead_to_and_trees_are_averaged(
    row: tuple[float, float], chance: float
) -> None:
    odds = _SMALL.log_odds(np.array([row]))

    assert 1 / (1 + np.exp(-odds)) == pytest.approx([chance], abs=1e-6)


def test_many_rows_are_read_as_one_by_one_and_none_as_none() -> None:
    rows = np.random.default_rng(1).uniform(0, 4, (1500, 2))

    assert _SMALL.log_odds(rows).tolist() == [float(_SMALL.log_odds(row[None])[0]) for row in rows]
    assert _SMALL.log_odds(np.zeros((0, 2))).shape == (0,)


def test_what_is_sure_to_all_trees_is_finite() -> None:
    sure = Forest(*(np.array([value], kind) for value, kind in ((0, np.int32), (-1, np.int16), (0, np.float32))),
                  np.array([0], np.int32), np.array([1.0], np.float32))  # fmt: skip

    assert np.isfinite(sure.log_odds(np.zeros((1, 1)))).all()


def test_it_is_read_from_its_file_as_it_was(tmp_path: Path) -> None:
    _SMALL.save(tmp_path / "forest.npz")
    again = read_forest(tmp_path / "forest.npz")

    assert all(np.array_equal(getattr(again, name), getattr(_SMALL, name)) for name in Forest.__slots__)


def test_a_grown_forest_tells_what_no_weights_can_and_says_what_the_library_says() -> None:
    from sklearn.ensemble import ExtraTreesClassifier

    draw = np.random.default_rng(2)
    rows = draw.uniform(-1, 1, (600, 3))
    labels = (rows[:, 0] * rows[:, 1] > 0).astype(float)
    forest = grow(rows, labels, np.ones(600))
    fresh = draw.uniform(-1, 1, (400, 3))
    said = forest.log_odds(fresh)

    assert ((said > 0) == (fresh[:, 0] * fresh[:, 1] > 0)).mean() > 0.85
    peer = ExtraTreesClassifier(len(forest.roots), min_samples_leaf=2, max_features=0.3, random_state=0)
    chance = peer.fit(rows, labels).predict_proba(fresh)[:, 1]
    assert 1 / (1 + np.exp(-said)) == pytest.approx(np.clip(chance, 1e-4, 1 - 1e-4), abs=1e-3)


def test_a_model_with_a_forest_reads_the_features_and_what_the_weights_make_of_them() -> None:
    model = Model(np.array([1.0]), 1.5, alarm=0, certain=0, slope=1, offset=0, forest=_SMALL)

    odds = model.scores([[0.6, 7.0], [0.6, 7.0]])  # weighed: 2.1; the second feature is beyond the weights

    assert 1 / (1 + np.exp(-odds)) == pytest.approx([0.6, 0.6], abs=1e-6)
    assert model.scores([]).shape == (0,)
