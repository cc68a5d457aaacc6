"""The fits of the search's numbers: what pulls them, and that they learn."""

import numpy as np

from eval.bench.fitting import fit_logistic

ROWS = np.array([[-1.0], [-0.5], [0.5], [1.0]])
LABELS = np.array([0.0, 0.0, 1.0, 1.0])


def test_a_strong_ridge_keeps_the_weights_it_started_from_and_a_weak_one_learns():
    before = np.array([-3.0, 0.0])
    kept = fit_logistic(ROWS, LABELS, 1e3, np.ones(4), before)
    learnt = fit_logistic(ROWS, LABELS, 1e-3, np.ones(4), before)
    assert abs(kept[0] + 3.0) < 0.01
    assert learnt[0] > 1.0


def test_without_a_start_it_pulls_to_nothing():
    assert abs(fit_logistic(ROWS, LABELS, 1e3, np.ones(4))[0]) < 0.01
