"""Whether something was said in a turn, and in which order.

Words are looked for as the document writes them, with values spoken, and as a voice speaks them: "press 1" and "press
one", "$1,200" and "one thousand two hundred dollars" are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from ivr.bench.sounds import Utterance, as_spoken, plain

_PATTERN = re.compile(r"/(.+)/", re.DOTALL)


class _Turn(Protocol):
    @property
    def heard(self) -> Sequence[Utterance]: ...


class _Walk(Protocol):
    @property
    def turns(self) -> Sequence[_Turn]: ...


class Hearing:
    """What is heard in the turn that is the last one now, as it grows. What was found is not found again."""

    def __init__(self, walk: _Walk) -> None:
        self._walk, self._turn = walk, len(walk.turns) - 1
        self._written = self._spoken = 0  # how far each way to write it has been heard

    def finds(self, text: str) -> bool:
        """Look on from what was found last; move on where it is found."""
        heard = self._heard
        written, spoken = _joined(heard, _text), _joined(heard, _said)
        if end := self._end(text, written, spoken, self._written, self._spoken):
            self._written, self._spoken = end
            return True
        return False

    def anywhere(self, text: str) -> bool:
        heard = self._heard
        return self._end(text, _joined(heard, _text), _joined(heard, _said), 0, 0) is not None

    def told(self) -> str:
        """What was heard after what was found last."""
        rest = " ".join(each.text for each in self._heard)
        return f'heard "{rest}"' if rest else "heard nothing"

    @property
    def _heard(self) -> Sequence[Utterance]:
        return self._walk.turns[self._turn].heard

    def _end(self, text: str, written: str, spoken: str, at: int, spoken_at: int) -> tuple[int, int] | None:
        """Where it ends in both ways to write what was heard; in the one where it was not found, at that prompt.

        What is there as it is written is looked for in that way only: it is not found again as it is spoken.
        """
        if pattern := _PATTERN.fullmatch(text):
            found = re.compile(pattern[1], re.IGNORECASE)
            if found.search(written):
                match = found.search(written, at)
                return match and (match.end(), max(spoken_at, self._prompt(match.start(), _text, _said)))
            match = found.search(spoken, spoken_at)
            return match and (max(at, self._prompt(match.start(), _said, _text)), match.end())
        wanted = plain(text)
        if wanted in written:
            start = written.find(wanted, at)
            return None if start < 0 else (start + len(wanted), max(spoken_at, self._prompt(start, _text, _said)))
        for language in dict.fromkeys(each.language for each in self._heard):
            wanted = as_spoken(text, language)
            if wanted and (start := spoken.find(wanted, spoken_at)) >= 0:
                return max(at, self._prompt(start, _said, _text)), start + len(wanted)
        return None

    def _prompt(self, at: int, one: Callable[[Utterance], str], other: Callable[[Utterance], str]) -> int:
        """The place in the other way to write it at which the prompt begins that has `at` in this one."""
        here = there = 0
        for each in self._heard:
            length = len(one(each)) + 1
            if at < here + length:
                break
            here += length
            there += len(other(each)) + 1
        return there


def _text(utterance: Utterance) -> str:
    return plain(utterance.text)


def _said(utterance: Utterance) -> str:
    return plain(utterance.spoken)


def _joined(heard: Sequence[Utterance], way: Callable[[Utterance], str]) -> str:
    return " ".join(map(way, heard))
