"""What the ear needs of a speech engine. It stands beside this room, so memberline hands it in (`memberline.ear`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.document.model import Language


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word; `confidence` 0 to 1, `seconds` how long it lasted."""

    text: str
    confidence: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What one speaker said since the last pause. Not `final`: the next one replaces it, and may be empty."""

    words: tuple[HeardWord, ...]
    final: bool


class Stream(Protocol):
    """One caller's sound on its way to words. To be ended, whatever happens."""

    def feed(self, pcm: bytes, at: float) -> None:
        """8 kHz signed 16-bit mono, and when it arrived (monotonic seconds)."""

    def end(self) -> None: ...


class Recognisers(Protocol):
    """Recognisers that hear nothing but what they are told to expect."""

    @property
    def languages(self) -> frozenset[Language]:
        """Those that there is a model for."""

    def knows(self, language: Language, word: str) -> bool:
        """Whether the language's model has this word, and so can hear it."""

    def listen(self, language: Language, grammar: Sequence[str], on_heard: Callable[[Heard], None]) -> Stream:
        """Hear `grammar`'s sentences. `on_heard` is called on the event loop.

        Raises `core.threads.Overloaded` where no more callers can be listened to now.
        """
