"""What comes in, interval by interval, and what callers then meet: the values that the formulas take and give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import Problem

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
INTERVAL_S = 900.0

Counting: TypeAlias = Literal["offered", "answered", "without_short", "waits"]
"""What a service level "x % in y s" is a share of:

- `offered`: answered within y of all calls offered. An abandoned call counts against it however soon it was. The
  strictest, and what is used unless another is asked for.
- `answered`: answered within y of the calls answered. Abandoned calls are left out.
- `without_short`: answered within y of the calls offered less those abandoned within y.
- `waits`: answered or abandoned within y of all calls offered: who did not wait longer than y.
"""


@dataclass(frozen=True)
class Load:
    """The calls of intervals: numbers or arrays, which are broadcast to one shape (and one dimension at least).

    `calls` offered in an interval of `interval_s` seconds; `handle_s` seconds of an agent for each, wrap-up included;
    `patience_s` seconds that callers are ready to wait on average, infinite for callers who never give up. Raises
    `Problem` for a number that cannot be one.
    """

    calls: ArrayLike
    handle_s: ArrayLike
    patience_s: ArrayLike = np.inf
    interval_s: ArrayLike = INTERVAL_S

    def __post_init__(self) -> None:
        values = [np.asarray(getattr(self, field.name), dtype=np.float64) for field in fields(self)]
        try:
            arrays = np.broadcast_arrays(np.empty(1), *values)[1:]
        except ValueError as error:
            raise Problem(f"the arrays do not fit together: {error}", place="load") from error
        for field, array in zip(fields(self), arrays, strict=True):
            object.__setattr__(self, field.name, array)
        calls, handle_s, patience_s, interval_s = arrays
        _refuse("calls", calls, np.isfinite(calls) & (calls >= 0), "0 or more")
        _refuse("handle_s", handle_s, np.isfinite(handle_s) & (handle_s > 0), "more than 0 seconds")
        _refuse("patience_s", patience_s, patience_s > 0, "more than 0 seconds")
        _refuse("interval_s", interval_s, np.isfinite(interval_s) & (interval_s > 0), "more than 0 seconds")

    @property
    def rate(self) -> Floats:
        """Calls a second."""
        return _array(self.calls) / _array(self.interval_s)

    @property
    def erlangs(self) -> Floats:
        """The offered load: agents who would be busy on average if every call were answered at once."""
        return self.rate * _array(self.handle_s)

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Load:
        """Some of the intervals."""
        return Load(*(_array(getattr(self, field.name))[chosen] for field in fields(self)))

    def with_calls(self, calls: Floats) -> Load:
        return replace(self, calls=calls)


@dataclass(frozen=True)
class Performance:
    """What callers and agents meet in the long run; arrays of one shape, one element an interval.

    All shares are of the calls offered. A call that is abandoned takes part in `mean_wait_s` with the time until it
    was; infinite where agents are fewer than the load and nobody gives up. `occupancy` is the share of an agent's time
    on calls, 0 where there is no agent.
    """

    within_s: Floats
    waits: Floats  # share that is not answered at once
    answered_within: Floats  # within `within_s`
    answered: Floats
    abandoned: Floats
    abandoned_within: Floats
    mean_wait_s: Floats
    occupancy: Floats

    def service_level(self, counting: Counting = "offered") -> Floats:
        """1 where no call is counted at all."""
        whole = {
            "offered": np.ones_like(self.answered),
            "answered": self.answered,
            "without_short": 1 - self.abandoned_within,
            "waits": np.ones_like(self.answered),
        }[counting]
        part = self.answered_within + (self.abandoned_within if counting == "waits" else 0)
        share: Floats = np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
        return np.minimum(1, share)


def checked_agents(agents: ArrayLike, shape: tuple[int, ...]) -> Counts:
    """`agents` as whole numbers of `shape`. Raises `Problem` for half an agent or fewer than none."""
    values = np.asarray(agents, dtype=np.float64)
    _refuse("agents", values, (values >= 0) & (values == np.floor(values)) & np.isfinite(values), "a whole number")
    if values.shape not in ((), (1,), shape):
        raise Problem(
            f"{values.size} numbers of agents for {shape[0]} intervals", place="agents", remedy="Expected one each"
        )
    return np.broadcast_to(values, shape).astype(np.int64)


def smallest(meets: Callable[[Counts, NDArray[np.intp]], NDArray[np.bool_]], lowest: Counts, guess: Counts) -> Counts:
    """The smallest whole numbers ≥ `lowest` that meet what `meets(numbers, rows)` says; once met, met by all above.

    From `guess` in steps that double until the border is between two numbers, then by halves. `rows` tells which
    elements are asked about.
    """
    below, above = lowest - 1, np.full(lowest.shape, -1, dtype=np.int64)
    trial, step = np.maximum(guess, lowest), 1
    live = np.arange(lowest.size)
    while live.size:
        good = meets(trial[live], live)
        above[live[good]], below[live[~good]] = trial[live[good]], trial[live[~good]]
        live = live[(above[live] < 0) | (above[live] - below[live] > 1)]
        open_above = above[live] < 0
        fallen = np.maximum(below[live] + 1, above[live] - step)
        bounded = below[live] >= np.maximum(lowest, guess - 2 * step)[live]
        halved = (below[live] + above[live]) // 2
        trial[live] = np.where(open_above, below[live] + step, np.where(bounded, halved, fallen))
        step *= 2
    return above


def _array(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _refuse(name: str, values: Floats, good: NDArray[np.bool_], expected: str) -> None:
    if not good.all():
        at = int(np.argmin(good.ravel()))
        raise Problem(f"{name} is {values.ravel()[at]:g}", place=f"interval {at + 1}", remedy=f"Expected {expected}")
