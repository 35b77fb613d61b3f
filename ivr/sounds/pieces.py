"""A line of the dialog as a piece of sound that can be made: what it is called, and how it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import Problem
from ivr.document.model import Language, Prompt
from ivr.sounds import levels, recorded
from ivr.sounds.levels import Levelled
from ivr.sounds.voices import Voice
from ivr.speaking.values import AnyValue
from ivr.speaking.words import fill, placeholders

LONGEST_TEXT = 3000  # characters


@dataclass(frozen=True)
class Piece:
    """`key` is a hash of all that the sound depends on. `make` blocks. `private`: it holds a caller's own values."""

    key: str
    make: Callable[[], Levelled]
    private: bool = False


def key_of(*parts: object) -> str:
    """A name by content: the same parts, the same sound."""
    return hashlib.sha256(msgspec.json.encode([levels.REVISION, *parts])).hexdigest()[:32]


def spoken(
    prompt: Prompt, values: Mapping[str, AnyValue], language: Language, pace: float, voices: Mapping[Language, Voice]
) -> Piece:
    """By a voice. Raises `Problem` where there is no text, no voice, or no way to say a value."""
    text, voice = prompt.texts.get(language), voices.get(language)
    if text is None or voice is None:
        what, there = ("text", prompt.texts) if text is None else ("voice", voices)
        remedy = f"There is one in: {', '.join(sorted(there)) or 'none'}"
        raise Problem(f"no {what} in {language!r}", place=f"prompt {about(prompt)!r}", remedy=remedy)
    said = fill(text, values, language)
    if len(said) > LONGEST_TEXT:
        remedy = f"Expected {LONGEST_TEXT} at most"
        raise Problem(
            f"{len(said)} characters are too many to be spoken", place=f"prompt {about(prompt)!r}", remedy=remedy
        )
    return Piece(
        key=key_of("spoken", voice.name, voice.revision, language, pace, said),
        make=lambda: levels.levelled(*voice.speak(said, language, pace)),
        private=bool(placeholders(text)),
    )


def played(path: Path, digest: str, pace: float) -> Piece:
    """From a recording."""

    def make() -> Levelled:
        samples, rate = recorded.read(path)
        try:
            return levels.levelled(recorded.stretched(samples, rate, pace), rate)
        except Problem as problem:
            raise Problem(problem.what, place=str(path), remedy=problem.remedy) from problem

    return Piece(key=key_of("recorded", digest, pace), make=make)


def silent(seconds: float) -> Piece:
    return Piece(key=key_of("silence", seconds), make=lambda: levels.silence(seconds))


def about(prompt: Prompt) -> str:
    """How messages name a prompt: by what it says first, without any value."""
    text = next(iter(prompt.texts.values()), "") or next(iter(prompt.recorded.values()), "")
    return text if len(text) <= 60 else f"{text[:57]}..."
