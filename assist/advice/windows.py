"""A stretch of talk cut into overlapping windows of about a sentence, for models that read a sentence at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assist.cues import Word

SIZE = 12  # words of a window
STEP = 6  # words from one window to the next
WHOLE = 32  # words up to which a stretch is read as a whole, too


@dataclass(frozen=True, slots=True)
class Window:
    """Words `start` to `end` (exclusive) of what was cut."""

    text: str
    start: int
    end: int


def windows(words: Sequence[Word], since: int = 0) -> list[Window]:
    """Windows over words, those that hold a word from `since` on: the earlier ones were read before."""
    spans: list[tuple[int, int]] = []
    if len(words) <= SIZE + STEP // 2:
        spans.append((0, len(words)))
    else:
        spans += [(start, min(start + SIZE, len(words))) for start in range(0, len(words) - STEP, STEP)]
        if len(words) <= WHOLE:
            spans.append((0, len(words)))
    return [
        Window(" ".join(word.text for word in words[start:end]), start, end)
        for start, end in spans
        if end > since and end > start
    ]
