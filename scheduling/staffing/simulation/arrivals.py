"""Chance: the calls of many days, drawn at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.staffing.load import Floats
from scheduling.staffing.simulation.model import Queue, Scenario


class Calls(NamedTuple):
    """The calls of day d are those from `first[d]` up to `first[d + 1]`, by time. `luck`: two uniform draws each."""

    first: NDArray[np.int64]
    at_s: Floats
    queue: NDArray[np.int64]
    handle_s: Floats
    patience_s: Floats
    luck: Floats  # (calls, 2)


def draw(scenario: Scenario, days: int, seed: np.random.SeedSequence) -> Calls:
    """Each queue has its own stream of chance, so that a change to one leaves the calls of the others as they were."""
    parts, day_of = [], []
    for number, (queue, child) in enumerate(zip(scenario.queues, seed.spawn(len(scenario.queues)), strict=True)):
        day, part = _of_queue(queue, number, days, scenario.interval_s, np.random.default_rng(child))
        day_of.append(day)
        parts.append(part)
    day = np.concatenate(day_of)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[0], day))
    first = np.searchsorted(day[order], np.arange(days + 1))
    at_s, queue_of, handle_s, patience_s, luck = (column[order] for column in columns)
    return Calls(first.astype(np.int64), at_s, queue_of, handle_s, patience_s, luck)


def absences(scenario: Scenario, days: int, seed: np.random.SeedSequence) -> NDArray[np.bool_]:
    """(days, agents): who is ill on which day."""
    people = sum(group.count for group in scenario.agents)
    places = np.argsort(np.random.default_rng(seed).random((days, people)), axis=1)
    return places < scenario.ill


def _of_queue(
    queue: Queue, number: int, days: int, interval_s: float, chance: np.random.Generator
) -> tuple[NDArray[np.int64], tuple[Floats, NDArray[np.int64], Floats, Floats, Floats]]:
    intervals = len(queue.calls)
    counts = chance.poisson(np.asarray(queue.calls, np.float64), (days, intervals)).ravel()
    cell = np.repeat(np.arange(days * intervals), counts)
    interval = cell % intervals
    at_s = (interval + chance.random(cell.size)) * interval_s
    mean_s = np.broadcast_to(np.asarray(queue.handle_s, np.float64), intervals)[interval]
    handle_s = mean_s * _handle_times(queue.handle_cv, cell.size, chance)
    patience_s = chance.standard_exponential(cell.size) * queue.patience_s
    luck = chance.random((cell.size, 2))
    return cell // intervals, (at_s, np.full(cell.size, number), handle_s, patience_s, luck)


def _handle_times(cv: float | None, size: int, chance: np.random.Generator) -> Floats:
    """Of mean 1."""
    if cv is None:
        return chance.standard_exponential(size)
    variance = math.log1p(cv**2)
    return chance.lognormal(-variance / 2, math.sqrt(variance), size)
