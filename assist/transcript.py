"""The transcript: what the recognisers of a call's legs heard, as utterances in time order. Pure."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

import msgspec

from assist.desk.messages import Speaker, Utterance
from assist.speech.words import Heard, Word

MOST_UTTERANCES = 5000  # some ten hours of talk; the oldest give way


class Transcript:
    """Utterances of one call. A partial one grows under its id and keeps it when final; late ones go to their place.

    Ids are made from speaker and start, so that a transcript begun anew in mid-call (after a restart) never takes an
    id that was given before.
    """

    def __init__(self) -> None:
        self._in_order: list[Utterance] = []
        self._open: dict[str, Utterance] = {}  # leg -> the utterance its speaker is in the middle of
        self._ids: set[str] = set()
        self._words: dict[str, tuple[Word, ...]] = {}  # of the open ones, by utterance

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """All of them by start, partial ones included."""
        return tuple(self._in_order)

    @property
    def finals(self) -> tuple[Utterance, ...]:
        return tuple(utterance for utterance in self._in_order if utterance.final)

    def heard(self, leg: str, speaker: Speaker, name: str, heard: Heard) -> Utterance | None:
        """Take a result of `leg`, its seconds on the call's clock; give the utterance that is new or changed.

        None where nothing changed. An utterance with empty text has been taken back: what was partly heard was no word.
        """
        before = self._open.pop(leg, None)
        if before is None:
            if not heard.text:
                return None
            utterance_id = self._new_id(speaker, heard.start_s)
        else:
            self._in_order.remove(before)
            utterance_id = before.utterance_id
        utterance = Utterance(
            utterance_id=utterance_id,
            speaker=speaker,
            name=name,
            start_s=round(heard.start_s, 2),
            end_s=round(heard.end_s, 2),
            text=heard.text,
            confidence=round(heard.confidence, 3),
            final=heard.final,
        )
        self._words.pop(utterance_id, None)
        if utterance.text:
            insort(self._in_order, utterance, key=_place)
            if not utterance.final:
                self._open[leg] = utterance
                self._words[utterance_id] = heard.words
            self._give_way()
        elif not utterance.final:
            utterance = msgspec.structs.replace(utterance, final=True)
        return None if utterance == before else utterance

    def words(self, utterance_id: str) -> tuple[Word, ...]:
        """Those of an utterance that is not final, or was left so by the end of its leg."""
        return self._words.get(utterance_id, ())

    def leg_ended(self, leg: str) -> Utterance | None:
        """The leg will say no more: what it was in the middle of stands as it is."""
        before = self._open.get(leg)
        if before is None:
            return None
        after = msgspec.structs.replace(before, final=True)
        self._in_order[self._in_order.index(before)] = after
        del self._open[leg]
        return after

    def _new_id(self, speaker: Speaker, start_s: float) -> str:
        """`c12340`: the caller's, begun 12.34 s into the call; a second one of that instant gets the next number."""
        milliseconds = round(start_s * 1000)
        while (utterance_id := f"{speaker[0]}{milliseconds}") in self._ids:
            milliseconds += 1
        self._ids.add(utterance_id)
        return utterance_id

    def _give_way(self) -> None:
        if len(self._in_order) > MOST_UTTERANCES:
            oldest = self._in_order.pop(0)
            self._ids.discard(oldest.utterance_id)
            self._open = {leg: held for leg, held in self._open.items() if held is not oldest}


def dialogue(utterances: Iterable[Utterance]) -> str:
    """For reading: one line an utterance, with the time it began."""
    return "\n".join(
        f"{int(each.start_s) // 60:3d}:{each.start_s % 60:04.1f}  {each.speaker:>6}  {each.text}" for each in utterances
    )


def _place(utterance: Utterance) -> tuple[float, float, str]:
    return utterance.start_s, utterance.end_s, utterance.utterance_id
