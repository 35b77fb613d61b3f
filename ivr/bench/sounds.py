"""What is said, as text: as the document writes it with its values spoken, and wholly as a voice would speak it."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import Problem
from ivr.dialog.actions import Line
from ivr.document.checks import spoken_s
from ivr.document.model import Language
from ivr.speaking.free import speakable
from ivr.speaking.words import PLACEHOLDER, fill, spoken


@dataclass(frozen=True)
class Utterance:
    """One prompt. `text` is for people, `spoken` has no digits left; `seconds` at the pace it is said at."""

    text: str
    spoken: str
    language: Language
    slow: bool
    seconds: float


def utterance(line: Line, language: Language, *, slow: bool, pace: float) -> Utterance:
    """Raises `Problem` where it has no text in this language, or its values cannot be said in it."""
    language = line.language or language
    if language not in line.prompt.texts:
        raise Problem(f"a prompt without a text in {language!r}", place=str(dict(line.prompt.texts))[:80])
    text = line.prompt.texts[language]
    said = fill(text, line.values, language)
    shown = PLACEHOLDER.sub(lambda name: spoken(line.values[name[1]], language), text)
    seconds = spoken_s(said) / (pace if slow else 1.0)
    return Utterance(text=" ".join(shown.split()), spoken=said, language=language, slow=slow, seconds=seconds)


def plain(text: str) -> str:
    """Small letters and single spaces."""
    return " ".join(text.casefold().split())


def as_spoken(text: str, language: Language) -> str:
    """Words as a voice would speak them; as they are where it could not."""
    try:
        return plain(speakable(text, language))
    except Problem:
        return plain(text)
