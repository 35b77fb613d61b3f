"""Sentence vectors that were made before, kept in a file beside the handbook: only a changed sentence costs anew.

A number is a byte: a vector turns by less than half a degree by that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assist.handbook.meaning import DIMENSIONS, Embed, Floats
from core.errors import Problem

NAME = "phrases.npz"
_REMEDY = "Make it anew: memberline handbook learn"


class PhraseVectors:
    """Embeds what it does not know by `embed`, which is made when it is first needed."""

    def __init__(self, known: dict[int, NDArray[np.float32]], embed: Embed) -> None:
        self._known, self._embed = known, embed

    def __call__(self, phrases: Sequence[str]) -> Floats:
        """[phrase, `DIMENSIONS`], each of length one."""
        keys = [_key(phrase) for phrase in phrases]
        new = [place for place, key in enumerate(keys) if key not in self._known]
        vectors = np.zeros((len(phrases), DIMENSIONS), np.float32)
        for place, key in enumerate(keys):
            if key in self._known:
                vectors[place] = self._known[key]
        if new:
            vectors[new] = self._embed([phrases[place] for place in new])
        return vectors


def load(folder: Path, embed: Embed) -> PhraseVectors:
    """Of the file in `folder`; where there is none nothing is known. Raises `Problem` for one that is damaged."""
    path = folder / NAME
    if not path.is_file():
        return PhraseVectors({}, embed)
    try:
        with np.load(path, allow_pickle=False) as stored:
            keys, numbers = stored["keys"], stored["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise Problem("cannot be read as sentence vectors", place=str(path), remedy=_REMEDY) from error
    if numbers.shape != (len(keys), DIMENSIONS):
        raise Problem(f"has vectors of {numbers.shape}", place=str(path), remedy=_REMEDY)
    numbers /= np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), np.float32(1e-9))
    return PhraseVectors(dict(zip(map(int, keys), numbers, strict=True)), embed)


def save(folder: Path, phrases: Sequence[str], vectors: Floats) -> None:
    """`vectors` [phrase, `DIMENSIONS`]. Replaces the file whole."""
    scale = 127 / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.float32(1e-9))
    numbers = np.rint(vectors * scale).astype(np.int8)
    keys, first = np.unique(np.array([_key(phrase) for phrase in phrases], np.uint64), return_index=True)
    beside = folder / f"new-{NAME}"
    np.savez_compressed(beside, keys=keys, vectors=numbers[first])
    beside.replace(folder / NAME)


def _key(phrase: str) -> int:
    return int.from_bytes(hashlib.sha256(phrase.encode()).digest()[:8], "big")
