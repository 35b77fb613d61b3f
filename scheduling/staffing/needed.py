"""From load and target to agents: on the telephones, and on the schedule, where shrinkage takes some of each hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import Problem
from scheduling.staffing.abandoning import with_abandonment
from scheduling.staffing.erlang import without_abandonment
from scheduling.staffing.load import Counting, Counts, Floats, Load, Performance, checked_agents, smallest

MOST_AGENTS = 1_000_000


@dataclass(frozen=True)
class Target:
    """What is promised; each is None where nothing is, and all that is said must be met.

    `service_level` (0…1) of calls within `within_s` seconds, counted as `counting` says (see `Counting`); at most the
    share `max_abandoned` of calls; at most `max_occupancy` of the agents' time on calls. Raises `Problem` for a share
    that is none, or that no number of agents reaches.
    """

    service_level: float | None = 0.8
    within_s: float = 20.0
    counting: Counting = "offered"
    max_abandoned: float | None = None
    max_occupancy: float | None = None

    def __post_init__(self) -> None:
        if self.service_level is not None and not 0 < self.service_level < 1:
            raise _no_share("service_level", self.service_level)
        if not (np.isfinite(self.within_s) and self.within_s >= 0):
            raise Problem(f"{self.within_s:g} is no time", place="within_s", remedy="Expected 0 seconds or more")
        if self.max_abandoned is not None and not 0 < self.max_abandoned < 1:
            raise _no_share("max_abandoned", self.max_abandoned)
        if self.max_occupancy is not None and not 0 < self.max_occupancy <= 1:
            raise _no_share("max_occupancy", self.max_occupancy)
        if self.service_level is None and self.max_abandoned is None and self.max_occupancy is None:
            raise Problem("promises nothing", place="target", remedy="Give a service level, or a limit")

    def met(self, performance: Performance) -> NDArray[np.bool_]:
        good = np.isfinite(performance.mean_wait_s)
        if self.service_level is not None:
            good &= performance.service_level(self.counting) >= self.service_level
        if self.max_abandoned is not None:
            good &= performance.abandoned <= self.max_abandoned
        if self.max_occupancy is not None:
            good &= performance.occupancy <= self.max_occupancy
        return good


@dataclass(frozen=True)
class Staffing:
    """One element an interval: `agents` on the telephones, `scheduled` with shrinkage, and what callers then meet."""

    agents: Counts
    scheduled: Counts
    performance: Performance


def performance(load: Load, agents: ArrayLike, within_s: ArrayLike) -> Performance:
    """Erlang A where patience is finite, Erlang C elsewhere; one element an interval."""
    patient = np.isinf(np.asarray(load.patience_s))
    if patient.all():
        return without_abandonment(load, agents, within_s)
    if not patient.any():
        return with_abandonment(load, agents, within_s)
    n = checked_agents(agents, patient.shape)
    t = np.broadcast_to(np.asarray(within_s, np.float64), patient.shape)
    parts = (
        (patient, without_abandonment(load.rows(patient), n[patient], t[patient])),
        (~patient, with_abandonment(load.rows(~patient), n[~patient], t[~patient])),
    )
    whole = {name: np.empty(patient.shape) for name in vars(parts[0][1])}
    for chosen, part in parts:
        for name, values in vars(part).items():
            whole[name][chosen] = values
    return Performance(**whole)


def agents_needed(load: Load, target: Target, shrinkage: ArrayLike = 0.0) -> Staffing:
    """The fewest agents that meet the target in each interval by itself, in steady state; none where no call comes.

    `shrinkage` (0…1, not 1) is the share of scheduled time that is not spent on the telephones: breaks, training,
    leave, illness. Both numbers are rounded up, since 0.2 of an agent answers no call. Raises `Problem`.
    """
    a = load.erlangs
    if a.max(initial=0) > MOST_AGENTS / 2:
        raise Problem(f"a load of {a.max():g} erlangs", place="load", remedy=f"Expected {MOST_AGENTS // 2} at most")

    def meets(agents: Counts, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        return target.met(performance(load.rows(rows), agents, target.within_s))

    safe = np.ceil(a + np.sqrt(a)).astype(np.int64)
    # nobody would meet a limit on occupancy, or a share of no answered calls: where calls come there is at least one
    agents = np.where(a > 0, smallest(meets, np.ones(a.shape, np.int64), safe), 0)
    return Staffing(agents, scheduled(agents, shrinkage), performance(load, agents, target.within_s))


def scheduled(agents: ArrayLike, shrinkage: ArrayLike) -> Counts:
    """The agents to schedule so that `agents` are on the telephones."""
    share = np.asarray(shrinkage, np.float64)
    if not ((share >= 0) & (share < 1)).all():
        raise Problem("is no shrinkage", place="shrinkage", remedy="Expected 0 or more and less than 1, say 0.3")
    needed: Floats = np.asarray(agents, np.float64) / (1 - share)
    return np.ceil(np.round(needed, 9)).astype(np.int64)  # 7 / 0.7 is 10, not 11


def _no_share(name: str, value: float) -> Problem:
    return Problem(f"{value:g} is no share that can be reached", place=name, remedy="Expected between 0 and 1, say 0.8")
