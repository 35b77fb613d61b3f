"""Erlang B and Erlang C: telephone lines that are all taken, and callers who wait as long as it takes.

Both are kept as the odds U_n = (1 - B_n) / B_n of a free line, by U_0 = 0, U_n = (n / a)(1 + U_{n-1}): sums of positive
terms, so nothing cancels, and a U too large for a float is a blocking of 0. Compiled by Numba: n steps of a nanosecond.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges", Elektroteknikeren 13 (1917); R. B. Cooper, Introduction to Queueing Theory, 2nd ed. (1981), 3.3-3.4 and
exercises on the recursion; L. Kleinrock, Queueing Systems I (1975), 3.4-3.5.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import Problem
from scheduling.staffing.load import Counts, Floats, Load, Performance, checked_agents, smallest


def erlang_b(lines: ArrayLike, erlangs: ArrayLike) -> Floats:
    """The share of calls that find all `lines` taken and are lost (M/G/n/n), of `erlangs` ≥ 0 offered."""
    n, a = _pair(lines, erlangs)
    return np.asarray(1 / (1 + odds(n, a)))


def erlang_c(agents: ArrayLike, erlangs: ArrayLike) -> Floats:
    """The share of callers who are not answered at once and wait (M/M/n); 1 where `agents` ≤ `erlangs` > 0."""
    n, a = _pair(agents, erlangs)
    return np.asarray(1 / (1 + _at_once_odds(n, a)))


def lines_needed(erlangs: ArrayLike, blocking: ArrayLike) -> Counts:
    """The fewest lines of a trunk on which at most the share `blocking` (0…1, not 0) of calls finds all taken."""
    a, most = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, np.float64)) for each in (erlangs, blocking)))
    if not ((most > 0) & (most <= 1)).all():
        raise Problem("is no share of calls", place="blocking", remedy="Expected more than 0, at most 1, say 0.01")
    _check_erlangs(a)

    def meets(lines: Counts, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        return np.asarray(1 / (1 + odds(lines, a[rows])) <= most[rows])

    lines = smallest(meets, np.zeros(a.shape, np.int64), np.ceil(a).astype(np.int64))
    return np.where(a > 0, lines, 0)


def without_abandonment(load: Load, agents: ArrayLike, within_s: ArrayLike) -> Performance:
    """Erlang C: what callers meet who never give up; `within_s` seconds is what the service level speaks of.

    P(wait > t) = C e^{-(n-a) t / handle_s} and E[wait] = C handle_s / (n - a). Where the agents are not more than the
    load the queue grows without end: everybody waits, forever.
    """
    a, handle_s = load.erlangs, np.asarray(load.handle_s, np.float64)
    n = checked_agents(agents, a.shape)
    t = np.broadcast_to(np.asarray(within_s, np.float64), a.shape)
    at_once_odds = _at_once_odds(n, a)
    stable = (n > a) | (a == 0)
    waits = 1 / (1 + at_once_odds)
    spare = np.maximum(n - a, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        at_once = np.where(np.isinf(at_once_odds), 1, at_once_odds * waits)
        mean_wait_s = np.where(stable, np.where(waits > 0, waits * handle_s / spare, 0), np.inf)
        occupancy = np.where(n > 0, np.minimum(1, a / n), 0)
    none = np.zeros(a.shape)
    return Performance(
        within_s=t,
        waits=waits,
        answered_within=at_once + waits * -np.expm1(-spare * t / handle_s),
        answered=np.where(stable, 1, np.divide(n, a, out=np.ones(a.shape), where=a > 0)),
        abandoned=none,
        abandoned_within=none,
        mean_wait_s=mean_wait_s,
        occupancy=occupancy,
    )


def odds(lines: Counts, erlangs: Floats) -> Floats:
    """(1 - B) / B of Erlang B, one-dimensional arrays; inf where B is too small for a float (or the load is 0)."""
    result = np.empty(lines.shape)
    _recursion(lines, erlangs, result)
    return result


@numba.njit(cache=True, error_model="numpy")
def _recursion(lines: Counts, erlangs: Floats, result: Floats) -> None:
    for row in range(lines.size):
        inverse, value = 1 / erlangs[row], 0.0
        for n in range(1, lines[row] + 1):
            value = (value + 1) * (inverse * n)
        result[row] = value


def _at_once_odds(agents: Counts, erlangs: Floats) -> Floats:
    """(1 - C) / C = U (1 - a/n); 0 where the queue grows without end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spare = np.where(agents > 0, np.maximum(0, (agents - erlangs) / agents), 0)
        free = odds(agents, erlangs) * spare
    return np.where(spare > 0, free, np.where(erlangs == 0, np.inf, 0))


def _pair(agents: ArrayLike, erlangs: ArrayLike) -> tuple[Counts, Floats]:
    a = np.asarray(erlangs, np.float64)
    _check_erlangs(a)
    shape = np.broadcast_shapes((1,), np.shape(agents), a.shape)
    if len(shape) > 1:
        raise Problem(f"has {len(shape)} dimensions", place="agents, erlangs", remedy="Expected one at most")
    return checked_agents(agents, shape), np.broadcast_to(a, shape).astype(np.float64)


def _check_erlangs(erlangs: Floats) -> None:
    if not (np.isfinite(erlangs) & (erlangs >= 0)).all():
        raise Problem("is no load", place="erlangs", remedy="Expected 0 or more")
