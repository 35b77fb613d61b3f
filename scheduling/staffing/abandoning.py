"""Erlang A (M/M/n+M, Palm): callers whose patience is exponential and who hang up when it is over.

With x = n·patience/handle, y = a·patience/handle and the sums of `gamma`, A = tail(x, y), and U the odds of Erlang B:

    P(V > 0)             = A / (A + U)                          V: the wait that an endlessly patient caller is offered
    P(V > t) / P(V > 0)  = e^E tail(x, z) / A                   z = y e^{-t/patience}, E = y - z - n t/handle
    P(abandons | V > 0)  = M(x, y) / y                          M: mean number waiting, where any wait
    P(served, V > t)     = P(V > 0) (x/y) e^E (tail(x, z) - 1) / A
    P(abandons, W > t)   = P(V > 0) e^E tail(x, z) M(x, z) / (y A)
    E[W]                 = patience · P(abandons)

Only sums of positive terms and ratios, so small shares keep their digits. For the share that is served within t in deep
overload, which is next to nothing, the lower half of the state space is used instead of a difference of two near-ones.

Sources: C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1 (1957); O. Garnett,
A. Mandelbaum and M. Reiman, "Designing a call center with impatient customers", MSOM 4:3 (2002); A. Mandelbaum and
S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007), where J(t) is the above less a factor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from core.errors import Problem
from scheduling.staffing.erlang import odds
from scheduling.staffing.gamma import halves
from scheduling.staffing.load import Counts, Floats, Load, Performance, checked_agents


def with_abandonment(load: Load, agents: ArrayLike, within_s: ArrayLike) -> Performance:
    """Erlang A. Every `patience_s` must be finite; `within_s` ≥ 0 seconds is what the service level speaks of."""
    a = load.erlangs
    handle_s, patience_s = (np.asarray(each, np.float64) for each in (load.handle_s, load.patience_s))
    if not np.isfinite(patience_s).all():
        raise Problem("is not finite", place="patience_s", remedy="Erlang C is for callers who never give up")
    n = checked_agents(agents, a.shape)
    t = np.broadcast_to(np.asarray(within_s, np.float64), a.shape)
    calls = a > 0
    met = _met(np.where(calls, a, 1.0), n, handle_s, patience_s, t)
    nobody = {"answered_within": 1.0, "answered": 1.0}
    return Performance(
        within_s=t, **{name: np.where(calls, value, nobody.get(name, 0.0)) for name, value in met.items()}
    )


def _met(a: Floats, n: Counts, handle_s: Floats, patience_s: Floats, t: Floats) -> dict[str, Floats]:
    x, y = n * patience_s / handle_s, a * patience_s / handle_s
    z = y * np.exp(-t / patience_s)
    now, then = halves(x, y), halves(x, z)
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        at_once_odds = np.exp(np.log(odds(n, a)) - now.log_tail)
        waits = 1 / (1 + at_once_odds)
        at_once = np.where(np.isinf(at_once_odds), 1, at_once_odds * waits)
        exponent = -y * np.expm1(-t / patience_s) - n * t / handle_s
        abandoned = waits * now.mean / y
        served = at_once + waits * (x / y) * -np.expm1(-now.log_tail)
        late = waits * (x / y) * np.exp(exponent + then.log_tail_less_1 - now.log_tail)
        abandoned_late = waits * then.mean / y * np.exp(exponent + then.log_tail - now.log_tail)
        soon = np.exp(exponent + np.logaddexp(0, then.log_below) - now.log_tail)
        at_start = np.exp(np.logaddexp(0, now.log_below) - now.log_tail)
        answered_within = np.where(z > np.maximum(x, 1), at_once + waits * (x / y) * (soon - at_start), served - late)
        occupancy = np.where(n > 0, a * served / n, 0)
    return {
        "waits": waits,
        "answered_within": np.clip(answered_within, 0, 1),
        "answered": np.minimum(served, 1),
        "abandoned": abandoned,
        "abandoned_within": np.maximum(0, abandoned - abandoned_late),
        "mean_wait_s": abandoned * patience_s,
        "occupancy": np.minimum(occupancy, 1),
    }
