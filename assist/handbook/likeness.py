"""Which questions are alike in a pension office: sentence vectors turned so that those with one answer lie together.

The sentence model knows English and not the trade: to it a refund of contributions and a refund of tax are near. A
matrix that is multiplied to each vector puts that right. It is learnt from questions whose section is known (those of
`asked.yaml`), each to be nearer to the others of its section than to all the rest, and kept near to doing nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assist.handbook.meaning import DIMENSIONS, Floats, Halves
from core.errors import Problem

LEARNT = Path(__file__).parents[1] / "data" / "handbook" / "likeness.npz"

_SHARP = 15.0  # how much nearer is much likelier: the likelihood of a neighbour goes with exp(_SHARP * cosine)
_NEAR_NOTHING = 0.02  # what each squared number by which the matrix differs from doing nothing costs
_STEPS = 40

Doubles = NDArray[np.float64]


class Likeness:
    """Turns vectors; those that come out have length one, too."""

    def __init__(self, matrix: Floats) -> None:
        """`matrix` [`DIMENSIONS`, `DIMENSIONS`] is multiplied to a vector from the right."""
        self.matrix = matrix

    def __call__(self, vectors: Floats | Halves) -> Floats:
        """Vectors [any number, `DIMENSIONS`]."""
        turned: Floats = vectors.astype(np.float32) @ self.matrix
        turned /= np.maximum(np.linalg.norm(turned, axis=-1, keepdims=True), np.float32(1e-9))
        return turned


def load(path: Path = LEARNT) -> Likeness:
    """Raises `Problem` where the file is missing or of another kind."""
    remedy = "Learn it anew: memberline handbook learn"
    try:
        with np.load(path, allow_pickle=False) as file:
            matrix = file["turn"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise Problem("cannot be read as what the search has learnt", place=str(path), remedy=remedy) from error
    if matrix.shape != (DIMENSIONS, DIMENSIONS):
        raise Problem(f"is a matrix of {matrix.shape}, not of {DIMENSIONS} by {DIMENSIONS}", place=str(path))
    return Likeness(matrix)


def save(likeness: Likeness, path: Path) -> None:
    np.savez_compressed(path, turn=likeness.matrix.astype(np.float16))


def learn(questions: Floats, sections: Sequence[int]) -> Likeness:
    """From vectors [question, `DIMENSIONS`] and the number of the section that answers each. Half a minute for 3,000.

    A section with one question teaches nothing; with fewer than two sections of two questions nothing is learnt."""
    numbers = np.array(sections)
    often = np.bincount(numbers, minlength=1) if len(numbers) else np.zeros(1, int)
    useful = often[numbers] > 1 if len(numbers) else np.zeros(0, bool)
    vectors, numbers = questions[useful].astype(np.float64), numbers[useful]
    if len(np.unique(numbers)) < 2:
        return Likeness(np.eye(DIMENSIONS, dtype=np.float32))
    alike = (numbers[:, None] == numbers[None, :]) & ~np.eye(len(numbers), dtype=bool)
    found = minimize(
        _loss,
        np.zeros(DIMENSIONS * DIMENSIONS),
        args=(vectors, alike),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _STEPS},
    )
    return Likeness((np.eye(DIMENSIONS) + found.x.reshape(DIMENSIONS, DIMENSIONS)).astype(np.float32))


def _loss(flat: Doubles, vectors: Doubles, alike: NDArray[np.bool_]) -> tuple[float, Doubles]:
    """Minus the mean log likelihood that a question's neighbour is one of its section, and the slope of that."""
    change = flat.reshape(DIMENSIONS, DIMENSIONS)
    moved = vectors + vectors @ change
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    turned = moved / lengths
    likely = _SHARP * (turned @ turned.T)
    np.fill_diagonal(likely, -np.inf)
    likely = np.exp(likely - likely.max(axis=1, keepdims=True))
    whole = likely.sum(axis=1, keepdims=True)
    right = likely * alike
    own = np.maximum(right.sum(axis=1, keepdims=True), 1e-12)
    loss = -float(np.log(own / whole).mean()) + _NEAR_NOTHING * float((change * change).sum()) / 2
    slope = (likely / whole - right / own) * (_SHARP / len(vectors))
    turning = (slope + slope.T) @ turned
    moving = (turning - turned * (turning * turned).sum(axis=1, keepdims=True)) / lengths
    return loss, (vectors.T @ moving + _NEAR_NOTHING * change).ravel()
