"""What a transcript is made of, beside its lines: words with their times, and what of them was sealed."""

from __future__ import annotations

from core.events import Message


class SpokenWord(Message, frozen=True, kw_only=True):
    """One word; seconds count from the answer, confidence from 0 to 1. A masked one says so in its text.

    `heard`: what the recogniser said where a correction put `text` in its place; of several words that one correction
    made the first has all of it, the others "".
    """

    text: str
    start_s: float
    end_s: float
    confidence: float
    heard: str | None = None


class Mask(Message, frozen=True, kw_only=True):
    """Words from `first` to `last` (exclusive) that do not show, and what they are: `assist.redaction.model.Kind`."""

    kind: str
    first: int
    last: int
    start_s: float
    end_s: float


class SealedWords(Message, frozen=True, kw_only=True):
    """Masked words that may be wanted later, encrypted; `mode` says for what: `assist.redaction.model.Mode`."""

    kind: str
    mode: str
    first: int
    last: int
    sealed: str
