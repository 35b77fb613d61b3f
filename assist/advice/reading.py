"""What words tell, as numbers: each window of a stretch is read by the models, the strongest of each kind counts.

Costs one embedding a window (some 6 to 15 ms): the one part of the advice that is worth a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from assist.advice.directory import Directory
from assist.advice.matters import NOWHERE, Matter
from assist.advice.model import AdviserModel
from assist.advice.windows import Window
from assist.desk.messages import HeardAlarm

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]  # phrases to vectors [phrase, dimension]

CALLER_TELLS = ("hostile", "upset", "calm", "trouble", "declines", "asks_for_somebody")
ALARMS: tuple[HeardAlarm, ...] = get_args(HeardAlarm)
AGENT_TELLS = ("beyond", "hands_over", "settles")


@dataclass(frozen=True, slots=True)
class Quoted:
    """The window that speaks most for a destination: its words in the stretch, and the matter that it is."""

    points: float
    start: int
    end: int
    matter: int


@dataclass(frozen=True, slots=True)
class CallerReading:
    """Probabilities 0 to 1: `mass` of matters that a destination finishes, `none` of near ones that nobody else must,
    `told` of the words speaking for it, each [destination]; `topics` [topic]; `tells` and `alarms` by their names.
    """

    mass: Floats
    none: Floats
    told: Floats
    topics: Floats
    tells: Floats
    alarms: Floats
    quoted: tuple[Quoted, ...]


class Reader:
    """Reads for the matters of one plan. Raises `ValueError` for a model that was made for another directory."""

    def __init__(self, directory: Directory, matters: Sequence[Matter], model: AdviserModel, embed: Embed) -> None:
        learnt, places = model.learnt, [place.id for place in directory.destinations]
        if list(learnt.destinations) != places or list(learnt.topics) != [topic.id for topic in directory.topics]:
            raise ValueError("the model was learnt for other destinations or topics")
        if list(learnt.matters) != [matter.id for matter in matters]:
            raise ValueError("the model was learnt from other matters")
        self._model, self._embed = model, embed
        self._places = len(places)
        self._to_place = _table([[matter.destination == place for matter in matters] for place in places])
        subjects = [
            {topic for each in matters if each.destination == place for topic in each.topics} for place in places
        ]
        self._to_none = _table(
            [
                [matter.destination == NOWHERE and bool(subject & set(matter.topics)) for matter in matters]
                for subject in subjects
            ]
        )
        self._to_topic = _table([[topic in matter.topics for matter in matters] for topic in learnt.topics])
        self._to_tell = _table([[matter.signal == name for matter in matters] for name in CALLER_TELLS])

    def caller(self, found: Sequence[Window]) -> CallerReading | None:
        """None: there was nothing to read."""
        if not found:
            return None
        vectors = self._embed([window.text for window in found])
        meant = self._model.matters(vectors)
        mass, told = meant @ self._to_place.T, self._model.evidence(vectors)[:, : self._places]
        speaks = mass + told
        quoted = []
        for place, row in enumerate(speaks.argmax(axis=0)):
            matter = int((meant[row] * self._to_place[place]).argmax())
            quoted.append(Quoted(float(speaks[row, place]), found[row].start, found[row].end, matter))
        return CallerReading(
            mass=mass.max(axis=0),
            none=(meant @ self._to_none.T).max(axis=0),
            told=told.max(axis=0),
            topics=(meant @ self._to_topic.T).max(axis=0),
            tells=(meant @ self._to_tell.T).max(axis=0),
            alarms=self._model.alarms(vectors)[:, : len(ALARMS)].max(axis=0),
            quoted=tuple(quoted),
        )

    def agent(self, found: Sequence[Window]) -> Floats:
        """By `AGENT_TELLS`: 0 to 1."""
        if not found:
            return np.zeros(len(AGENT_TELLS), np.float32)
        told: Floats = self._model.agent(self._embed([window.text for window in found])).max(axis=0)
        return told[: len(AGENT_TELLS)]


def _table(rows: list[list[bool]]) -> Floats:
    return np.array(rows, np.float32)
