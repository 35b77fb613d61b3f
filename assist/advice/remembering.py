"""Phrases that were read a moment ago are not read again: an agent takes a call over, and all of it is weighed anew."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assist.advice.reading import Embed

KEPT = 10_000  # phrases, 1.5 kB each; those that were not asked for the longest are forgotten

Floats = NDArray[np.float32]


class Remembering:
    """An embedder that remembers its last phrases; safe from several threads."""

    def __init__(self, embed: Embed, kept: int = KEPT) -> None:
        self._embed, self._kept = embed, kept
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()

    def __call__(self, phrases: Sequence[str]) -> Floats:
        with self._lock:
            known = {phrase: self._known[phrase] for phrase in phrases if phrase in self._known}
            for phrase in known:
                self._known.move_to_end(phrase)
        if new := [phrase for phrase in dict.fromkeys(phrases) if phrase not in known]:
            made = dict(zip(new, self._embed(new), strict=True))
            known |= made
            with self._lock:
                self._known |= made
                while len(self._known) > self._kept:
                    self._known.popitem(last=False)
        return np.array([known[phrase] for phrase in phrases], np.float32)
