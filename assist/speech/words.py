"""What a recogniser says it heard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One word; seconds on the same clock as the `Heard` it is part of, confidence 0 to 1.

    `heard`: what the recogniser said where `text` was put in its place by a correction, else None. Where one correction
    made several words the first has all that was heard, the others "".
    """

    text: str
    start_s: float
    end_s: float
    confidence: float
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of words of one speaker.

    Not final: the next one replaces it, and may be empty. `start_s` and `end_s` are those of the first and last word.
    """

    words: tuple[Word, ...]
    text: str
    start_s: float
    end_s: float
    confidence: float  # the mean of the words'; 0 where nothing was heard
    final: bool

    @classmethod
    def of(cls, words: tuple[Word, ...], *, final: bool, at_s: float = 0.0) -> Heard:
        """From its words; `at_s` is the time told when there are none."""
        return cls(
            words=words,
            text=" ".join(word.text for word in words),
            start_s=words[0].start_s if words else at_s,
            end_s=words[-1].end_s if words else at_s,
            confidence=sum(word.confidence for word in words) / len(words) if words else 0.0,
            final=final,
        )

    @property
    def original(self) -> str:
        """The text as the recogniser gave it, before any correction."""
        parts = (word.text if word.heard is None else word.heard for word in self.words)
        return " ".join(part for part in parts if part)
