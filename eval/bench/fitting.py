"""Two small fits by Newton's method: weights that rank a right candidate first, and a logistic model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 60


def fit_ranking(
    lists: Sequence[tuple[Floats, NDArray[np.bool_]]], prior: Floats, ridge: float, weights: Sequence[float]
) -> Floats:
    """Weights of a linear score under which the right rows of each list are likely (softmax over the list).

    lists: (candidates, features) with the mask of right ones, at least one each. ridge pulls towards the prior.
    """

    def look(at: Floats) -> tuple[float, Floats, Floats]:
        loss = ridge * float((at - prior) @ (at - prior))
        slope = 2 * ridge * (at - prior)
        bend = 2 * ridge * np.eye(len(at))
        for (rows, right), weight in zip(lists, weights, strict=True):
            share = weight / sum(weights)
            every, chosen = _softmax(rows @ at), _softmax(np.where(right, rows @ at, -np.inf))
            loss -= share * float(np.log(every[right].sum()))
            mean = rows.T @ every
            slope += share * (mean - rows.T @ chosen)
            bend += share * ((rows.T * every) @ rows - np.outer(mean, mean))
        return loss, slope, bend

    return _descend(look, prior)


def fit_logistic(rows: Floats, labels: Floats, ridge: float, weights: Floats) -> Floats:
    """Weights for the columns and, last, the bias, which the ridge leaves alone."""
    wide = np.hstack([rows, np.ones((len(rows), 1))])
    pull = ridge * np.r_[np.ones(rows.shape[1]), 0.0]
    share = weights / weights.sum()

    def look(at: Floats) -> tuple[float, Floats, Floats]:
        value = wide @ at
        sure = 1 / (1 + np.exp(-np.clip(value, -30, 30)))
        loss = float(share @ (np.logaddexp(0, value) - labels * value)) + float(pull @ at**2)
        slope = wide.T @ (share * (sure - labels)) + 2 * pull * at
        bend = (wide.T * (share * sure * (1 - sure))) @ wide + 2 * np.diag(pull) + 1e-9 * np.eye(len(at))
        return loss, slope, bend

    return _descend(look, np.zeros(wide.shape[1]))


def _softmax(values: Floats) -> Floats:
    odds = np.exp(values - values.max())
    return np.asarray(odds / odds.sum(), np.float64)


def _descend(look: Callable[[Floats], tuple[float, Floats, Floats]], start: Floats) -> Floats:
    """Newton with step halving; ends when a step no longer lowers the loss."""
    at, (loss, slope, bend) = start, look(start)
    for _ in range(_STEPS):
        step, size = np.linalg.solve(bend, slope), 1.0
        while size > 1e-6:
            there = at - size * step
            found = look(there)
            if found[0] < loss - 1e-12:
                break
            size /= 2
        else:
            return at
        at, (loss, slope, bend) = there, found
    return at
