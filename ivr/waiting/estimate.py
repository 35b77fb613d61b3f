"""How long a caller will wait: pure, one formula, the same cost however many wait.

Who is at place n behind those that free agents take now is served at the (n+1)-th end of a call from now on. With s
agents at work whose calls take h seconds on average (talk and wrap-up), calls end every h/s seconds. Those in front
who give up shorten the line: with a mean patience of p seconds each of the k who are left gives up at the rate 1/p.
So the expected wait is the sum over k = 0…n of 1/(s/h + k/p): the predictor QLm of Whitt ("Improving service by
informing customers about anticipated delays", Management Science 45(2), 1999), which Ibrahim and Whitt ("Real-time
delay estimation in overloaded multiserver queues with abandonments", Management Science 55(10), 2009) found the most
exact of those that need no history of each caller. The sum is taken by the midpoint rule, as a logarithm.

Where there is nothing to count, a mean is drawn to a value that centres have (`Prior`): one long call in the first
hour must not frighten everybody away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Prior:
    """What is assumed before anything was seen, in seconds, and how many observations it weighs."""

    handle_s: float = 300.0
    handle_weight: float = 4.0
    patience_s: float = 900.0
    patience_weight: float = 2.0

    def handle(self, count: float, total_s: float) -> float:
        """Mean seconds an agent has with a call, from `count` calls that took `total_s` together."""
        return (self.handle_weight * self.handle_s + total_s) / (self.handle_weight + count)

    def patience(self, abandoned: float, waited_s: float) -> float:
        """Mean seconds until a caller gives up: all that was waited, a give-up (exponential, those served censored)."""
        return (self.patience_weight * self.patience_s + waited_s) / (self.patience_weight + abandoned)


USUAL = Prior()


@dataclass(frozen=True)
class Load:
    """A queue at one moment.

    `staffed` are agents who take its calls now or after the one that they have; `free` those of them who have none.
    `ahead` are the callers in front, call backs that hold a place there included. Means in seconds.
    """

    staffed: int
    free: int
    ahead: float
    handle_s: float
    patience_s: float


def expected_wait_s(load: Load) -> float | None:
    """Seconds until an agent takes who comes behind `ahead` others; None where nobody works."""
    if load.staffed <= 0:
        return None
    behind = load.ahead - load.free
    if behind < 0:
        return 0.0
    ends, gives_up = load.staffed / load.handle_s, 1 / load.patience_s
    below = ends - gives_up / 2
    if below <= 0:  # callers give up faster than the one agent works: only the first place counts
        return 1 / ends
    return math.log((ends + (behind + 0.5) * gives_up) / below) / gives_up


class Calibration:
    """How much longer or shorter callers of one queue wait than the formula says: learnt from who was served.

    What the formula leaves out comes in here: agents who serve other queues as well, members who are rung later than
    others, callers with a priority. Callers of long ago count less and less.
    """

    KEEPS = 0.98  # of the weight of all before, with each caller served
    WEIGHT_S = 600.0  # of the assumption that the formula is right
    LEAST, MOST = 0.5, 2.5
    WAITING = 1_000  # callers whose end is awaited; more are not learnt from

    def __init__(self) -> None:
        self._told: dict[str, float] = {}  # by Linkedid, of those who wait
        self._sum_told = self._sum_waited = 0.0

    @property
    def factor(self) -> float:
        learnt = (self.WEIGHT_S + self._sum_waited) / (self.WEIGHT_S + self._sum_told)
        return min(max(learnt, self.LEAST), self.MOST)

    def came(self, linkedid: str, expected_s: float | None) -> None:
        """Somebody begins to wait, for whom the formula says so much. Who need not wait teaches nothing."""
        if expected_s and len(self._told) < self.WAITING:
            self._told[linkedid] = expected_s

    def left(self, linkedid: str, waited_s: float, *, served: bool) -> None:
        expected_s = self._told.pop(linkedid, None)
        if expected_s is not None and served:
            self._sum_told = self.KEEPS * self._sum_told + expected_s
            self._sum_waited = self.KEEPS * self._sum_waited + waited_s
