"""Simulate days of a scenario."""

from __future__ import annotations

import math

import numpy as np

from core.errors import Problem
from scheduling.staffing.simulation.arrivals import absences, draw
from scheduling.staffing.simulation.kernel import simulate_days
from scheduling.staffing.simulation.model import Agents, Queue, Scenario
from scheduling.staffing.simulation.result import Result, on_phone_s
from scheduling.staffing.simulation.state import COLUMNS, Rules, Tally

FEWEST_DAYS, MOST_DAYS = 10, 100_000
CALLS_AT_ONCE = 1_000_000  # some 60 bytes each
NO_LIMIT = 2**31


def simulate(scenario: Scenario, days: int = 200, seed: int = 1) -> Result:
    """`days` days that differ by chance alone. The same seed gives the same days.

    Two scenarios with one seed and the same calls meet the same callers with the same patience, in the same order, so
    that they can be compared day by day. Raises `Problem`.
    """
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise Problem(f"{days} days", place="simulation", remedy=f"Expected {FEWEST_DAYS} to {MOST_DAYS}")
    rules = _rules(scenario)
    sizes = (len(scenario.queues), scenario.intervals, len(scenario.agents))
    tally = _tally(days, *sizes)
    on_s = np.empty((days, *tally.busy_s.shape[1:]))
    expected = max(1.0, sum(sum(queue.calls) for queue in scenario.queues))
    batch = max(1, int(CALLS_AT_ONCE / expected))
    for begins in range(0, days, batch):
        part = slice(begins, min(days, begins + batch))
        count = part.stop - begins
        of_calls, of_absences = np.random.SeedSequence([seed, begins]).spawn(2)
        away = absences(scenario, count, of_absences)
        simulate_days(rules, draw(scenario, count, of_calls), away, Tally(*(whole[part] for whole in tally)))
        on_s[part] = on_phone_s(scenario, away)
    return Result(scenario, tally, on_s)


def _tally(days: int, queues: int, intervals: int, groups: int) -> Tally:
    return Tally(
        calls=np.zeros((days, queues, intervals, COLUMNS)),
        busy_s=np.zeros((days, groups, intervals)),
        overtime_s=np.zeros((days, groups)),
        longest_s=np.zeros((days, queues)),
    )


def _rules(scenario: Scenario) -> Rules:
    queues = scenario.queues
    people = [(number, group) for number, group in enumerate(scenario.agents) for _ in range(group.count)]
    changes = sorted(
        (at_s, on, agent)  # off before on, so that agents who hand over to each other are not both there
        for agent, (_, group) in enumerate(people)
        for interval in _joined(group)
        for at_s, on in zip(interval, (True, False), strict=True)
    )
    steps = max(1, *(len(queue.widen) for queue in queues))
    step_s = np.full((len(queues), steps), math.inf)
    step_penalty = np.full((len(queues), steps), NO_LIMIT)
    for number, queue in enumerate(queues):
        for at, (seconds, penalty) in enumerate(queue.widen or [(0, NO_LIMIT)]):
            step_s[number, at], step_penalty[number, at] = seconds, penalty
    backs = [queue.call_backs for queue in queues]
    penalties = [[_penalty(scenario, group, queue) for queue in queues] for _, group in people]
    return Rules(
        priority=np.array([queue.priority for queue in queues], np.int64),
        within_s=np.array([queue.target.within_s for queue in queues], np.float64),
        step_s=step_s,
        step_penalty=step_penalty,
        back_above_s=np.array([math.inf if back is None else back.offer_above_s for back in backs]),
        back_accepted=np.array([0.0 if back is None else back.accepted for back in backs]),
        back_reached=np.array([0.0 if back is None else back.reached for back in backs]),
        mean_handle_s=np.array([_mean_handle_s(queue) for queue in queues]),
        penalty=np.array(penalties, np.int64).reshape(len(people), len(queues)),
        group=np.array([number for number, _ in people], np.int64),
        change_s=np.array([at_s for at_s, _, _ in changes], np.float64),
        change_agent=np.array([agent for _, _, agent in changes], np.int64),
        change_on=np.array([on for _, on, _ in changes], np.bool_),
        interval_s=float(scenario.interval_s),
    )


def _joined(group: Agents) -> list[tuple[float, float]]:
    """Times on the telephones that meet are one: nobody is off for an instant between them."""
    joined: list[tuple[float, float]] = []
    for begins, ends in sorted(group.on):
        if joined and joined[-1][1] == begins:
            joined[-1] = (joined[-1][0], ends)
        else:
            joined.append((begins, ends))
    return joined


def _penalty(scenario: Scenario, group: Agents, queue: Queue) -> int:
    return group.skills[queue.name] if scenario.serves(group, queue) else -1


def _mean_handle_s(queue: Queue) -> float:
    calls = sum(queue.calls)
    each = np.broadcast_to(np.asarray(queue.handle_s, np.float64), len(queue.calls))
    return float(np.average(each, weights=queue.calls)) if calls else float(each.mean())
