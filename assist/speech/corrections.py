"""Corrections: what a recogniser hears for a term that it does not know, and what is meant ("a new at he": annuity).

A table in YAML, `heard: meant` a line. The longest match wins, from left to right; what came of a correction is not
corrected again. Times are kept: the words meant share the time of those heard, and what was heard stays beside them.

Why a table: vosk can be told what to expect at run time only by a grammar, and then hears nothing else; there is no
way to give single words more weight in a running recogniser (docs/decisions/0017).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from assist.speech.words import Heard, Word
from core.yaml_places import YamlReader, cut

MOST = 5000  # corrections in one table
LONGEST = 8  # words on either side
_WORD = r"[^\W\d_A-Z](?:[^\W\d_A-Z]|['-])*"
_HEARD = re.compile(rf"{_WORD}(?: {_WORD})*")
_MEANT = re.compile(r"[\w'.-]+(?: [\w'.-]+)*")


class Corrections:
    """A table, applied to results of one language. Pure; may be shared by all legs and threads."""

    def __init__(self, table: Mapping[str, str]) -> None:
        """`table`: heard to meant, each in words parted by single blanks, in the model's own spelling."""
        self._meant = {tuple(heard.split()): tuple(meant.split()) for heard, meant in table.items()}
        # By the first word, the longest first: most words begin nothing, and cost one look.
        self._begun: dict[str, list[tuple[str, ...]]] = {}
        for heard in sorted(self._meant, key=len, reverse=True):
            self._begun.setdefault(heard[0], []).append(heard)

    def __len__(self) -> int:
        return len(self._meant)

    def apply(self, heard: Heard) -> Heard:
        """The result as it was meant; the same object where nothing is to be corrected."""
        if not any(word.text in self._begun for word in heard.words):
            return heard
        words: list[Word] = []
        at, changed = 0, False
        while at < len(heard.words):
            match = self._match(heard.words, at)
            if match is None:
                words.append(heard.words[at])
                at += 1
            else:
                words += _in_place_of(heard.words[at : at + len(match)], self._meant[match])
                at, changed = at + len(match), True
        if not changed:
            return heard
        corrected = Heard.of(tuple(words), final=heard.final, at_s=heard.start_s)
        return replace(corrected, start_s=heard.start_s, end_s=heard.end_s, confidence=heard.confidence)

    def _match(self, words: tuple[Word, ...], at: int) -> tuple[str, ...] | None:
        for heard in self._begun.get(words[at].text, ()):
            following = words[at : at + len(heard)]
            if len(following) == len(heard) and all(
                word.text == text and word.heard is None for word, text in zip(following, heard, strict=True)
            ):
                return heard
        return None


NONE = Corrections({})


def _in_place_of(heard: Iterable[Word], meant: tuple[str, ...]) -> list[Word]:
    """Word for word where the numbers agree; else equal parts of the time and the least confidence."""
    before = tuple(heard)
    if len(before) == len(meant):
        return [replace(word, text=text, heard=word.text) for word, text in zip(before, meant, strict=True)]
    start, end = before[0].start_s, before[-1].end_s
    step = (end - start) / len(meant)
    confidence = min(word.confidence for word in before)
    said = " ".join(word.text for word in before)
    return [
        Word(text, start + step * number, start + step * (number + 1), confidence, said if number == 0 else "")
        for number, text in enumerate(meant)
    ]


def load(path: Path) -> Corrections:
    """Read a table. Raises `Problem` with everything that is wrong, each with file, line and column."""
    reader = YamlReader(path)
    table: dict[str, str] = {}
    for name, (key, value) in reader.entries(reader.root, optional=None).items():
        wrong = len(reader.findings)
        heard, meant = " ".join(name.split()), " ".join(reader.text(value).split())
        if not _HEARD.fullmatch(heard) or len(heard.split()) > LONGEST:
            reader.note(key, cut(name), f"1 to {LONGEST} words in lower case as they are heard, without digits")
        elif heard in table:
            reader.note(key, f"{cut(heard)} twice", "it once")
        if len(reader.findings) == wrong and not (_MEANT.fullmatch(meant) and len(meant.split()) <= LONGEST):
            reader.note(value, cut(meant) if meant else "nothing", f"the 1 to {LONGEST} words that were meant")
        elif meant == heard:
            reader.note(value, "what was heard", "something else")
        table[heard] = meant
    if len(table) > MOST:
        reader.note(reader.root, f"{len(table)} corrections", f"{MOST} at most")
    reader.finish()
    return Corrections(table)
