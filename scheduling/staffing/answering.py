"""The mean speed of answer: how long those waited who were answered. Without abandonment, all of them.

Erlang A's mean wait counts who gave up, too. A caller who finds k waiting is next after k + 1 departures at rates
n/handle + j/patience, and is served with the share that telescopes to state n + k + 1; with x and y as in `abandoning`
and t_k = y^k / ((x+1)…(x+k)),

    E[W, served] = patience · P(V > 0) · (x/y) · Σ_k t_k h_k / Σ_k t_k        h_k = 1/(x+1) + … + 1/(x+k)

Sums of positive terms.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from scheduling.staffing.load import Counts, Floats, Load, Performance

EPSILON = 1e-16
EVERY = 8
LARGE = 1e250
REACH = 9.0  # standard deviations of a Poisson distribution, which the terms are like: e^-40 is left


def speed_of_answer_s(load: Load, agents: Counts, met: Performance) -> Floats:
    """Seconds, one element an interval, of what `performance` told of `agents`; infinite where nobody is answered."""
    handle_s, patience_s = (np.asarray(each, np.float64) for each in (load.handle_s, load.patience_s))
    result = np.array(met.mean_wait_s)
    some = np.isfinite(patience_s) & (load.erlangs > 0)
    n, seconds, a = agents[some], patience_s[some], load.erlangs[some]
    x, y = n * seconds / handle_s[some], a * seconds / handle_s[some]
    served = seconds * met.waits[some] * (x / y) * _mean_harmonic(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        result[some] = np.where(n > 0, served / met.answered[some], np.inf)
    return result


def _mean_harmonic(x: Floats, y: Floats) -> Floats:
    """Σ t_k h_k / Σ t_k. Terms rise up to k = y - x: far below that they are nothing, so the sum begins near it."""
    result = np.zeros(x.shape)
    live = np.arange(x.size)
    first = np.maximum(0, np.floor(y - x - REACH * np.sqrt(y)))
    base, top = x + first, y
    harmonic = digamma(base + 1) - digamma(x + 1)
    term, total, weighted = np.ones(x.shape), np.ones(x.shape), harmonic
    k = 0
    while live.size:
        for _ in range(EVERY):
            k += 1
            term = term * (top / (base + k))
            harmonic = harmonic + 1 / (base + k)
            total = total + term
            weighted = weighted + term * harmonic
        scale = np.where(total > LARGE, 1 / LARGE, 1.0)
        term, total, weighted = term * scale, total * scale, weighted * scale
        result[live] = weighted / total
        # what is left is at most a geometric series of the present ratio, once that is below 1
        ratio = top / (base + k)
        with np.errstate(divide="ignore"):
            left = np.where(ratio < 1, term * (harmonic + 1) / (1 - ratio) ** 2, np.inf)
        go_on = left > EPSILON * weighted
        live, base, top, term = live[go_on], base[go_on], top[go_on], term[go_on]
        harmonic, total, weighted = harmonic[go_on], total[go_on], weighted[go_on]
    return result
