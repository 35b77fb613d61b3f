"""Which phrases are in what was heard. Words are compared without capitals, accents and marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from core.errors import Problem
from ivr.document.model import Language
from ivr.speaking.free import speakable

UNKNOWN = "[unk]"  # what a recogniser says where it heard something that the grammar does not have
Phrase = tuple[str, ...]  # its words, bare
Index = Mapping[str, Sequence[Phrase]]


class Hit(NamedTuple):
    """Words `start` up to, not including, `end` are this phrase."""

    start: int
    end: int
    phrase: Phrase

    def inside(self, other: Hit) -> bool:
        return other.start <= self.start and self.end <= other.end and len(self.phrase) < len(other.phrase)


@lru_cache(maxsize=4096)
def spoken(text: str, language: Language) -> str:
    """A phrase as a document has it, in the words that a recogniser hears: "1099-R" is "ten ninety nine r".

    Total: numbers that this language cannot say are left out. Empty where nothing is left.
    """
    try:
        said = speakable(text, language)
    except Problem:
        said = text
    letters = unicodedata.normalize("NFC", said.casefold()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = (word.strip("'") for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", letters))
    return " ".join(word for word in words if word)


@lru_cache(maxsize=4096)
def bare(word: str) -> str:
    """For comparing: "SÍ" and "si" are the same. `UNKNOWN` stays itself."""
    if word == UNKNOWN:
        return word
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalpha() and not unicodedata.combining(letter))


def phrase_of(text: str, language: Language) -> Phrase:
    return tuple(filter(None, map(bare, spoken(text, language).split())))


def indexed(phrases: Iterable[Phrase]) -> Index:
    """Phrases by their first words."""
    index: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if phrase:
            index.setdefault(phrase[0], []).append(phrase)
    return index


def found(words: Sequence[str], phrases: Index) -> list[Hit]:
    """Every place where a phrase stands among `words` (bare), but for those inside a longer one; in their order."""
    hits = [
        Hit(start, start + len(phrase), phrase)
        for start, word in enumerate(words)
        for phrase in phrases.get(word, ())
        if tuple(words[start : start + len(phrase)]) == phrase
    ]
    return sorted(hit for hit in hits if not any(hit.inside(other) for other in hits))


def contains(longer: Phrase, shorter: Phrase) -> bool:
    """Whether `shorter` stands in `longer` and is not all of it."""
    return len(shorter) < len(longer) and bool(found(longer, indexed([shorter])))


def begun(words: Sequence[str], phrases: Index) -> set[Phrase]:
    """The phrases whose beginning, and not all of it, is what was said last."""
    return {
        phrase
        for start, word in enumerate(words)
        for phrase in phrases.get(word, ())
        if len(words) - start < len(phrase) and tuple(words[start:]) == phrase[: len(words) - start]
    }


def distinctive(phrases: Mapping[Phrase, str]) -> dict[str, str]:
    """The words that stand in the phrases of one key only, and that key."""
    keys: dict[str, set[str]] = {}
    for phrase, key in phrases.items():
        for word in phrase:
            keys.setdefault(word, set()).add(key)
    return {word: next(iter(of)) for word, of in keys.items() if len(of) == 1}
