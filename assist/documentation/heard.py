"""A call as the documenter reads it: each speaker's words in a row, and where in the transcript each of them stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assist.conversation import Speaker, Turn
from assist.cues import Word, words
from records.contact import Said

_SPOKEN = re.compile(r"\S+")


@dataclass(frozen=True)
class Heard:
    """What one speaker said until the other spoke: one utterance or several. Fillers and stuttered words are left out.

    `places`: for each word its utterance and its number there, as the utterance splits at spaces.
    """

    number: int
    speaker: Speaker
    words: tuple[Word, ...]
    places: tuple[tuple[str, int], ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)

    def said(self, first: int, last: int) -> tuple[Said, ...]:
        """Where words `first` to `last` (exclusive) are in the transcript: a span for each utterance they touch."""
        spans: dict[str, tuple[int, int]] = {}
        for utterance_id, place in self.places[first:last]:
            begin, _ = spans.get(utterance_id, (place, place))
            spans[utterance_id] = (begin, place + 1)
        return tuple(Said(utterance_id=name, first=begin, last=end) for name, (begin, end) in spans.items())

    def all_said(self) -> tuple[Said, ...]:
        return self.said(0, len(self.words))


def heard(turns: Iterable[Turn]) -> tuple[Heard, ...]:
    """The turns of a call, utterances of the same speaker in a row joined, empty ones left out."""
    rows: list[tuple[Speaker, list[Word], list[tuple[str, int]]]] = []
    for turn in turns:
        spoken = words(turn.text)
        if not spoken:
            continue
        if not rows or rows[-1][0] != turn.speaker:
            rows.append((turn.speaker, [], []))
        begins = [match.start() for match in _SPOKEN.finditer(turn.text)]
        rows[-1][1].extend(spoken)
        rows[-1][2].extend((turn.utterance_id, bisect_right(begins, word.start) - 1) for word in spoken)
    return tuple(
        Heard(number, speaker, tuple(spoken), tuple(places)) for number, (speaker, spoken, places) in enumerate(rows)
    )


def joined(spans: Iterable[Sequence[Said]]) -> tuple[Said, ...]:
    """Several spans as one list, each once."""
    return tuple(dict.fromkeys(span for each in spans for span in each))
