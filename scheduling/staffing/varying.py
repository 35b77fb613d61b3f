"""Loads that change during the day: the calls still in progress when the next interval begins.

`agents_needed` treats each interval as if it had always been so. Where calls are long for the interval (a counselling
call of half an hour, say), who is busy now came earlier, and the peak of work comes after the peak of calls. The
correction is the modified offered load: the load of the same calls on endless agents,

    m' = rate(t) - m / handle,

solved for a rate constant in each interval. An interval then needs what its highest m needs (m rises or falls
throughout an interval, so that is the one at its start or its end), since the agents of an interval stay the same.

The correction is for intervals that are staffed well. A queue left over from an understaffed interval is none of its
business: that is what the simulation is for.

Sources: O. Jennings, A. Mandelbaum, W. Massey and W. Whitt, "Server staffing to meet time-varying demand", Management
Science 42:10 (1996); L. Green, P. Kolesar and W. Whitt, "Coping with time-varying demand when setting staffing
requirements for a service system", Production and Operations Management 16:1 (2007).
"""

from __future__ import annotations

import numpy as np

from scheduling.staffing.load import Floats, Load


def carried(load: Load, before: float = 0.0) -> Load:
    """The load with the calls still in progress: `load`'s elements are the intervals of one day, in order.

    `before` is the calls in progress when the first begins. The `calls` of the result are those that would make the
    modified offered load by themselves.
    """
    steady = load.erlangs
    handle_s, interval_s = np.asarray(load.handle_s, np.float64), np.asarray(load.interval_s, np.float64)
    kept = np.exp(-interval_s / handle_s)
    highest: Floats = np.empty(steady.shape)
    now = before
    for i, goal in enumerate(steady.tolist()):
        then = goal + (now - goal) * float(kept[i])
        highest[i] = max(now, then)
        now = then
    return load.with_calls(highest * interval_s / handle_s)
