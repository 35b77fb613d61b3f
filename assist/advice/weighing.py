"""A call so far, summed up by destination and by topic in a few numbers each: what the last models weigh.

Kept as running best, second best, last and sum of the turns, so that the thousandth turn costs what the first did.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from assist.advice.directory import Directory
from assist.advice.model import FEATURES, TOPIC_FEATURES
from assist.advice.reading import AGENT_TELLS, CALLER_TELLS, CallerReading
from assist.conversation import AgentFacts, CallerFacts

Floats = NDArray[np.float32]
TURNS = 16.0  # after so many a call is simply long
HIGHER = 4  # the level that irate callers go to


class Running:
    """Best, second best, last and sum over turns of numbers [n]; the last turn may still grow."""

    def __init__(self, size: int) -> None:
        self.best, self.second, self.sum, self.last = (np.zeros(size, np.float32) for _ in range(4))
        self._best, self._second, self._sum = self.best, self.second, self.sum  # without the last turn

    def add(self, values: Floats, *, same_turn: bool) -> None:
        if same_turn:
            self.last = np.maximum(self.last, values)
        else:
            self._best, self._second, self._sum = self.best, self.second, self.sum
            self.last = values
        self.best = np.maximum(self._best, self.last)
        self.second = np.maximum(self._second, np.minimum(self._best, self.last))
        self.sum = self._sum + self.last


class Heard:
    """What was read of one call so far, for the agent who has it now."""

    def __init__(self, directory: Directory, caller: CallerFacts, agent: AgentFacts) -> None:
        places = directory.destinations
        count = len(places)
        self.mass, self.none, self.told = Running(count), Running(count), Running(count)
        self.topics = Running(len(directory.topics))
        self._tells = np.zeros(len(CALLER_TELLS), np.float32)
        self._agent = Running(len(AGENT_TELLS))
        self._turns = 0
        higher = [place.kept_from_level is not None and place.kept_from_level >= HIGHER for place in places]
        agency = [place.kind == "agency" for place in places]
        employer = [caller.relation == "employer" and "employer" in place.relations for place in places]
        stranger = caller.relation == "third_party" and not caller.verified
        self._higher = np.array(higher, np.float32)
        self._level_4 = np.float32(agent.level >= HIGHER)
        facts = [agent.level == 2, agent.level == 3, agent.level >= HIGHER]
        more = [stranger, caller.verified]
        priors = min(caller.prior_calls_30d, 3) / 3
        self._facts = _columns(count, *facts)
        self._caller = np.column_stack([_columns(count, *more), employer, _columns(count, priors)]).astype(np.float32)
        self._kinds = np.column_stack([higher, agency]).astype(np.float32)

    def hear_caller(self, reading: CallerReading, *, same_turn: bool) -> None:
        self._turns += not same_turn
        for running, values in (
            (self.mass, reading.mass),
            (self.none, reading.none),
            (self.told, reading.told),
            (self.topics, reading.topics),
        ):
            running.add(values, same_turn=same_turn)
        self._tells = np.maximum(self._tells, reading.tells)

    def hear_agent(self, tells: Floats, *, same_turn: bool) -> None:
        self._agent.add(tells, same_turn=same_turn)

    def tell(self, name: str) -> float:
        """How surely the caller said something of that kind, 0 to 1."""
        return float(self._tells[CALLER_TELLS.index(name)])

    def weigh(self, cues: Floats, signals: Mapping[str, float]) -> Floats:
        """[destination, feature] in the order of `FEATURES`. `cues`: points by destination; `signals`: of cues said."""
        count = len(cues)
        mass, none, told, agent = self.mass, self.none, self.told, self._agent
        best, cued = mass.best, np.clip(cues, -5.0, 5.0) / 3.0
        hostile = max(self.tell("hostile"), min(signals["hostile"] / 3.0, 1.0))
        said = (
            min(signals["trouble"] / 3.0, 1.0) + self.tell("trouble"),
            min(signals["asks_for_somebody"] / 3.0, 1.0) + self.tell("asks_for_somebody"),
            min(signals["declines"] / 3.0, 1.0) + self.tell("declines"),
            min(signals["calm"] / 3.0, 1.0) + self.tell("calm"),
        )
        beyond, over, settles = (
            agent.best + np.array([min(signals[name] / 3.0, 1.0) for name in ("beyond", "hands_over", "settles")])
        ).tolist()
        features = np.column_stack(
            [
                *(_log(best), best, mass.second, mass.sum / 3, mass.last, best - _others(best)),
                *(_log(told.best), told.best, told.second, told.last, told.sum / 3, told.best - _others(told.best)),
                *(best * told.best, mass.last * told.last),
                *(none.best, none.last, none.sum / 3, _others(best), _others(told.best)),
                *(cued, np.maximum(cued, 0) * best, _others(cued)),
                _columns(count, *said, hostile),
                hostile * self._higher,
                _columns(count, beyond, over, settles, agent.last[0], agent.last[2]),
                *(beyond * best, settles * best),
                self._facts,
                self._level_4 * best,
                self._caller,
                _columns(count, min(self._turns, TURNS) / TURNS),
                self._kinds,
            ]
        ).astype(np.float32)
        assert features.shape[1] == len(FEATURES)
        return features

    def weigh_topics(self, cues: Floats) -> Floats:
        """[topic, feature] in the order of `TOPIC_FEATURES`. `cues`: points by topic."""
        seen = self.topics
        features = np.column_stack(
            [_log(seen.best), seen.best, seen.second, seen.sum / 3, np.clip(cues, 0.0, 5.0) / 3.0]
        ).astype(np.float32)
        assert features.shape[1] == len(TOPIC_FEATURES)
        return features


def _log(values: Floats) -> Floats:
    logarithms: Floats = np.log(values + np.float32(0.02))
    return logarithms


def _others(values: Floats) -> Floats:
    """For each the greatest of all the others."""
    if len(values) < 2:
        return np.zeros_like(values)
    order = np.argsort(values)
    others = np.full_like(values, values[order[-1]])
    others[order[-1]] = values[order[-2]]
    return others


def _columns(count: int, *values: float) -> Floats:
    return np.tile(np.array(values, np.float32), (count, 1))
