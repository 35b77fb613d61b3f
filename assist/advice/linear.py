"""Linear models as they are used: weights that were learnt elsewhere, a product, and a probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Softmax:
    """Probabilities that add up to one over classes. `weights` [class, feature], `bias` [class]."""

    weights: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """Of rows [row, feature]: [row, class]."""
        scores = x @ self.weights.T + self.bias
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        probabilities: Floats = scores / scores.sum(axis=-1, keepdims=True)
        return probabilities


@dataclass(frozen=True, slots=True)
class Logistic:
    """One probability. Features are centred and scaled first: `mean`, `scale`, `weights` [feature]."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def __call__(self, x: Floats) -> Floats:
        """Of rows [row, feature]: [row]."""
        scores = ((x - self.mean) / self.scale) @ self.weights + np.float32(self.bias)
        return (1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0)))).astype(np.float32)
