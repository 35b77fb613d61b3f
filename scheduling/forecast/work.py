"""How long the work of a call takes, by time of day, and how long callers wait before they give up: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from scheduling.forecast.past import SLOTS, Floats
from scheduling.history.model import IntervalRow

HALF_LIFE = 56  # days: handle times change with procedures and people, sooner than callers do
_ALIKE = 150.0  # calls a slot must have had before its own mean counts as much as the day's
_LEAST_GONE = 20  # callers who gave up, before they say how patient all are


@dataclass(frozen=True)
class Work:
    """`handle_s` by slot and `patience_s`; None: the history does not tell."""

    handle_s: Floats | None
    patience_s: float | None


def work(rows: Iterable[IntervalRow], zone: ZoneInfo, until: date, closed: frozenset[date] = frozenset()) -> Work:
    """Of one queue's rows before local day `until`, days in `closed` (outages, special days) left out.

    Patience is taken as exponential, and who was answered as somebody of whom only a part was seen: the mean is all
    waiting divided by the number of those who gave up (Mandelbaum and Zeltyn, Service Engineering in Action, 2007).
    """
    sums, handled = np.zeros(SLOTS), np.zeros(SLOTS)
    waited = gone = 0.0
    people = 0
    for row in rows:
        local = row.start.astimezone(zone)
        if local.date() >= until or local.date() in closed:
            continue
        weight = 0.5 ** ((until - local.date()).days / HALF_LIFE)
        slot = local.hour * 4 + local.minute // 15
        sums[slot] += weight * row.handle_s
        handled[slot] += weight * row.handled
        waited += weight * row.wait_s
        gone += weight * row.abandoned
        people += row.abandoned
    handle_s = None
    if handled.sum() > 0 and sums.sum() > 0:
        handle_s = (sums + _ALIKE * sums.sum() / handled.sum()) / (handled + _ALIKE)
    patience_s = waited / gone if people >= _LEAST_GONE and waited > 0 else None
    return Work(handle_s, patience_s)
