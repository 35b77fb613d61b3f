"""The phones, as the acoustic model numbers them.

39 phones of the CMU dictionary, each in four places of a word (`_B` begin, `_I` inside, `_E` end, `_S` a word of its
own), silence, and garbage: what any speech sounds like. A phone is one state; its first 30 ms and the rest of it are
scored apart, as onset and body. Places share their scores.
"""

from __future__ import annotations

_WRITTEN = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
SPOKEN = _WRITTEN.split()
SILENCE, GARBAGE = "SIL", "SPN"
SOUNDS = [SILENCE, GARBAGE, *SPOKEN]
NAMES = [SILENCE, f"{GARBAGE}_S", *(f"{sound}_{place}" for sound in SPOKEN for place in "BIES")]
ID = {name: number for number, name in enumerate(NAMES, 1)}

# Scores (outputs of the network): one each for silence and garbage, then onset and body of every sound.
ONSET = {sound: index if index < 2 else 2 * index - 2 for index, sound in enumerate(SOUNDS)}
BODY = {sound: index if index < 2 else 2 * index - 1 for index, sound in enumerate(SOUNDS)}
SCORES = 2 + 2 * len(SPOKEN)

_PLACES = {"B": "begin", "I": "internal", "E": "end", "S": "singleton"}


def sound_of(name: str) -> str:
    return name.partition("_")[0]


def in_word(sounds: list[str]) -> list[str]:
    """["AA", "B"] -> ["AA_B", "B_E"]."""
    if len(sounds) == 1:
        return [f"{sounds[0]}_S"]
    return [f"{sounds[0]}_B", *(f"{sound}_I" for sound in sounds[1:-1]), f"{sounds[-1]}_E"]


def enter(name: str) -> int:
    """The transition id of a phone's first frame."""
    return 2 * ID[name]


def stay(name: str) -> int:
    """The transition id of each further frame."""
    return 2 * ID[name] - 1


def word_boundaries() -> str:
    """Kaldi's phones/word_boundary.int: where each phone stands in a word."""
    kinds = ("nonword" if name == SILENCE else _PLACES[name[-1]] for name in NAMES)
    return "".join(f"{number} {kind}\n" for number, kind in enumerate(kinds, 1))
