"""The days of a forecast, each a scenario of its own, and what came of all of them together. Pure.

A day ends with its last caller, so that no queue is carried over the night. What is told of several days sums the same
simulation of each, so that its interval is right whatever the days have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduling.staffing.load import INTERVAL_S, Counts, Floats, Load
from scheduling.staffing.needed import agents_needed
from scheduling.staffing.simulation import state as s
from scheduling.staffing.simulation.model import Agents, Queue, Scenario
from scheduling.staffing.simulation.result import Estimate, Result, mean, ratio
from scheduling.staffing.simulation.run import simulate


@dataclass(frozen=True)
class Outcome:
    """What callers of a queue meet on some days, together; `calls` and hours are the sum of these days, on average."""

    calls: Estimate
    service_level: Estimate
    abandonment: Estimate
    asa_s: Estimate
    occupancy: Estimate


@dataclass(frozen=True)
class Cost:
    """Hours of agents: as planned; there, less who is ill; overtime; and what the targets need by the formulas."""

    agent_h: float
    present_h: float
    overtime_h: float
    needed_h: float


@dataclass(frozen=True)
class Played:
    """Days by their names, in order, each simulated as often."""

    days: Mapping[str, Result]

    @property
    def queues(self) -> list[str]:
        return list(dict.fromkeys(q.name for result in self.days.values() for q in result.scenario.queues))

    def outcome(self, queue: str | None = None, day: str | None = None) -> Outcome:
        """Of one queue (None: all) on one day (None: all). Shares are of the calls that stayed in the line."""
        results = [result for name, result in self.days.items() if day in (None, name)]
        columns: Floats = np.asarray(sum(_columns(result, queue) for result in results))
        busy, there = (np.asarray(sum(parts)) for parts in zip(*(_agents(r, queue) for r in results), strict=True))
        stayed = columns[:, s.OFFERED] - columns[:, s.CALLED_BACK]
        return Outcome(
            calls=mean(columns[:, s.OFFERED]),
            service_level=ratio(columns[:, s.WITHIN], stayed),
            abandonment=ratio(columns[:, s.ABANDONED], stayed),
            asa_s=ratio(columns[:, s.WAIT_ANSWERED_S], columns[:, s.ANSWERED]),
            occupancy=ratio(busy, there),
        )

    def cost(self) -> Cost:
        results = list(self.days.values())
        return Cost(
            agent_h=sum(result.scenario.on_phone_h for result in results),
            present_h=sum(result.on_phone_h.mean for result in results),
            overtime_h=sum(result.overtime_h.mean for result in results),
            needed_h=sum(needed_h(result.scenario) for result in results),
        )


def play(days: Mapping[str, Scenario], times: int = 200, seed: int = 1) -> Played:
    """Each day `times` times. The same seed gives the same callers, whatever is changed about the agents."""
    return Played(
        {
            name: simulate(scenario, times, int(np.random.SeedSequence([seed, number]).generate_state(1)[0]))
            for number, (name, scenario) in enumerate(days.items())
        }
    )


def needed_h(scenario: Scenario) -> float:
    """Hours on the telephones that each queue's target needs by itself, by the formulas."""
    agents = 0
    for queue in scenario.queues:
        load = Load(np.asarray(queue.calls), np.asarray(queue.handle_s), queue.patience_s, scenario.interval_s)
        agents += int(agents_needed(load, queue.target).agents.sum())
    return agents * scenario.interval_s / 3600


def shifts(
    queue: str, agents: Sequence[int], skills: Mapping[str, int], interval_s: float = INTERVAL_S
) -> list[Agents]:
    """Agents of whom so many are on the telephones in each interval: the first is there whenever anybody is."""
    groups: list[Agents] = []
    for number in range(1, max(agents, default=0) + 1):
        on = _spans([count >= number for count in agents], interval_s)
        if groups and groups[-1].on == on:
            groups[-1] = replace(groups[-1], count=groups[-1].count + 1)
        else:
            groups.append(Agents(f"{queue} {len(groups) + 1}", 1, skills, on))
    return groups


def with_overflow(queue: Queue, after_s: Sequence[float]) -> Queue:
    """Other agents, of penalty 1, 2, …, are asked after so many seconds each."""
    widen = [(0.0, 0), *((seconds, number) for number, seconds in enumerate(after_s, 1))]
    return replace(queue, widen=widen)


def _spans(there: Sequence[bool], interval_s: float) -> list[tuple[float, float]]:
    edges: Counts = np.flatnonzero(np.diff(np.array([False, *there, False], np.int8)))
    return [(begins * interval_s, ends * interval_s) for begins, ends in edges.reshape(-1, 2).tolist()]


def _columns(result: Result, queue: str | None) -> Floats:
    """(times, columns)"""
    chosen = [number for number, each in enumerate(result.scenario.queues) if queue in (None, each.name)]
    whole: Floats = result.tally.calls[:, chosen].sum(axis=(1, 2))
    return whole


def _agents(result: Result, queue: str | None) -> tuple[Floats, Floats]:
    """(times,) busy seconds, and seconds there, of who serves the queue; who ends a call after hours is still there."""
    scenario = result.scenario
    queues = [each for each in scenario.queues if queue in (None, each.name)]
    groups = [g for g, each in enumerate(scenario.agents) if any(scenario.serves(each, q) for q in queues)]
    busy = result.tally.busy_s[:, groups].sum(axis=(1, 2))
    there = result.on_s[:, groups].sum(axis=(1, 2)) + result.tally.overtime_s[:, groups].sum(axis=1)
    return busy, np.maximum(busy, there)
