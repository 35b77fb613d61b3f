"""What a recogniser hears, written short, and the menus that ship."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ivr.dialog.actions import Words
from ivr.dialog.menus import FOR_A_PERSON, PERSON_KEY
from ivr.document.model import Document, Kind, Menu
from ivr.document.reading import load
from ivr.speech.recognisers import Heard, HeardWord
from memberline.paths import MENU

WORD_S = 0.3


def words(text: str, confidence: float = 1.0, **lasting: float) -> tuple[HeardWord, ...]:
    """Each a third of a second; `unknown` says how long what was not made out lasts."""
    return tuple(
        HeardWord(word, confidence, lasting.get("unknown", WORD_S) if word == "[unk]" else WORD_S)
        for word in text.split()
    )


def final(text: str, confidence: float = 1.0) -> Heard:
    return Heard(words=words(text, confidence), final=True)


def partly(text: str, confidence: float = 1.0) -> Heard:
    return Heard(words=words(text, confidence), final=False)


def menu(language: str = "en", **phrases: str) -> Words:
    """Phrases by key (`_1="my payment, payments"`), and the words for a person."""
    said = {phrase.strip(): key.strip("_") for key, listed in phrases.items() for phrase in listed.split(",")}
    return Words(phrases=dict.fromkeys(FOR_A_PERSON[language], PERSON_KEY) | said)


def asking(kind: Kind, language: str = "en") -> Words:
    return Words(kind=kind, phrases=dict.fromkeys(FOR_A_PERSON[language], PERSON_KEY))


@cache
def shipped() -> Document:
    return load(MENU)


def shipped_menus(language: str) -> Iterator[tuple[str, Words]]:
    """Every menu that may be spoken to, as the dialog asks for it."""
    for name, step in shipped().steps.items():
        if isinstance(step, Menu) and step.speech:
            said = {phrase: key for key, each in step.options.items() for phrase in each.phrases.get(language, ())}
            yield name, Words(phrases=dict.fromkeys(FOR_A_PERSON[language], PERSON_KEY) | said)
