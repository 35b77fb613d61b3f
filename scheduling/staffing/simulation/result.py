"""What came of simulated days: shares and means, each with the interval that chance leaves.

A share over several days is the quotient of two sums (calls in time by calls offered), so a day of many calls counts
for more. Its confidence interval is by the delta method over the days, which are independent, with Student's t.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from scheduling.staffing.load import Counting, Floats
from scheduling.staffing.simulation import state as s
from scheduling.staffing.simulation.model import Scenario

CONFIDENCE = 0.99


@dataclass(frozen=True)
class Estimate:
    """A mean and its 99 % confidence interval. All are NaN where there was nothing to take a mean of."""

    mean: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Met:
    """Calls a day, and what they met. Waits in seconds; shares are of the calls that stayed in the line."""

    offered: Estimate
    answered: Estimate
    abandoned: Estimate
    called_back: Estimate  # took a call back; of these
    reached: Estimate  # were talked to
    service_level: Estimate
    abandoned_share: Estimate
    answer_s: Estimate  # mean speed of answer, of the answered
    wait_s: Estimate  # of the answered and the abandoned
    back_s: Estimate  # from the call to the turn of who took a call back
    occupancy: Estimate  # of the agents who serve the queue, whatever they talked about


@dataclass(frozen=True)
class Result:
    """All days of a scenario; `on_s` (days, groups, intervals) is how long agents were to be on the telephones."""

    scenario: Scenario
    tally: s.Tally
    on_s: Floats

    def met(self, queue: str | None = None, intervals: slice = slice(None)) -> Met:
        """Of one queue (None: of all), of calls that came in some intervals of the day."""
        chosen = [n for n, each in enumerate(self.scenario.queues) if queue in (None, each.name)]
        columns = self.tally.calls[:, :, intervals].sum(axis=2)  # (days, q, columns)
        of_queues = columns[:, chosen]
        total = of_queues.sum(axis=1)
        stayed = of_queues[:, :, s.OFFERED] - of_queues[:, :, s.CALLED_BACK]
        part, whole = zip(
            *(_level(of_queues[:, n], stayed[:, n], self._counting(q)) for n, q in enumerate(chosen)), strict=True
        )
        busy, on = self._agents(chosen, intervals)
        return Met(
            offered=mean(total[:, s.OFFERED]),
            answered=mean(total[:, s.ANSWERED]),
            abandoned=mean(total[:, s.ABANDONED]),
            called_back=mean(total[:, s.CALLED_BACK]),
            reached=mean(total[:, s.REACHED]),
            service_level=ratio(sum(part), sum(whole)),
            abandoned_share=ratio(total[:, s.ABANDONED], stayed.sum(axis=1)),
            answer_s=ratio(total[:, s.WAIT_ANSWERED_S], total[:, s.ANSWERED]),
            wait_s=ratio(total[:, s.WAIT_S], total[:, s.ANSWERED] + total[:, s.ABANDONED]),
            back_s=ratio(total[:, s.WAIT_BACK_S], total[:, s.CALLED_BACK]),
            occupancy=ratio(busy, on),
        )

    def longest_s(self, queue: str | None = None) -> Estimate:
        """The longest wait of a day."""
        chosen = [n for n, each in enumerate(self.scenario.queues) if queue in (None, each.name)]
        return mean(self.tally.longest_s[:, chosen].max(axis=1))

    def days_met(self, queue: str) -> Estimate:
        """The share of days on which the queue's service level was reached; 1 for a queue that promises none."""
        number = [each.name for each in self.scenario.queues].index(queue)
        goal = self.scenario.queues[number].target.service_level
        columns = self.tally.calls[:, number].sum(axis=1)
        part, whole = _level(columns, columns[:, s.OFFERED] - columns[:, s.CALLED_BACK], self._counting(number))
        return mean((part >= (goal or 0) * whole).astype(np.float64))

    @property
    def on_phone_h(self) -> Estimate:
        """Hours on the telephones as planned, less who was ill."""
        return mean(self.on_s.sum(axis=(1, 2)) / 3600)

    @property
    def overtime_h(self) -> Estimate:
        return mean(self.tally.overtime_s.sum(axis=1) / 3600)

    def _counting(self, queue: int) -> Counting:
        return self.scenario.queues[queue].target.counting

    def _agents(self, queues: Sequence[int], intervals: slice) -> tuple[Floats, Floats]:
        """Busy and available seconds of who serves any of the queues. Who is on a call is there, whatever the plan."""
        names = [self.scenario.queues[n] for n in queues]
        groups = [g for g, each in enumerate(self.scenario.agents) if any(self.scenario.serves(each, q) for q in names)]
        busy = self.tally.busy_s[:, groups][:, :, intervals].sum(axis=(1, 2))
        on = self.on_s[:, groups][:, :, intervals].sum(axis=(1, 2))
        whole_day = len(range(*intervals.indices(self.scenario.intervals))) == self.scenario.intervals
        overtime = self.tally.overtime_s[:, groups].sum(axis=1) if whole_day else 0
        return busy, np.maximum(busy, on + overtime)


def on_phone_s(scenario: Scenario, away: NDArray[np.bool_]) -> Floats:
    """(days, groups, intervals) seconds on the telephones of who is not away; the last interval has no end."""
    edges = np.arange(scenario.intervals + 1) * scenario.interval_s
    edges[-1] = max([edges[-1], *(ends for group in scenario.agents for _, ends in group.on)])
    whole = np.empty((away.shape[0], len(scenario.agents), scenario.intervals))
    at = 0
    for number, group in enumerate(scenario.agents):
        present = group.count - away[:, at : at + group.count].sum(axis=1)
        at += group.count
        each = np.zeros(scenario.intervals)
        for begins, ends in group.on:
            each += np.maximum(0, np.minimum(edges[1:], ends) - np.maximum(edges[:-1], begins))
        whole[:, number] = present[:, None] * each
    return whole


def mean(values: Floats) -> Estimate:
    """Of one value a day."""
    return ratio(values, np.ones_like(values))


def ratio(parts: Floats, wholes: Floats) -> Estimate:
    """Σ parts / Σ wholes over the days."""
    days, whole = len(wholes), float(wholes.sum())
    if whole == 0:
        return Estimate(math.nan, math.nan, math.nan)
    middle = float(parts.sum()) / whole
    spread = float(np.sqrt(np.sum((parts - middle * wholes) ** 2) / (days - 1) * days)) / whole
    reach = float(stdtrit(days - 1, (1 + CONFIDENCE) / 2)) * spread
    return Estimate(middle, middle - reach, middle + reach)


def _level(columns: Floats, stayed: Floats, counting: Counting) -> tuple[Floats, Floats]:
    """Calls in time and calls that count, a day; who took a call back left the line and counts in neither."""
    within, short = columns[:, s.WITHIN], columns[:, s.ABANDONED_WITHIN]
    if counting == "answered":
        return within, columns[:, s.ANSWERED]
    if counting == "without_short":
        return within, stayed - short
    return (within + short if counting == "waits" else within), stayed
