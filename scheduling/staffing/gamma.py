"""The two halves of a queue's state space as sums: all agents busy and callers waiting, and below that.

Both are incomplete gamma functions without the factors that overflow. For real x ≥ 0 and z > 0, with
g(x, z) = e^z z^-x Γ(x+1):

    tail(x, z)  = Σ_{k≥0} z^k / ((x+1)…(x+k))      = x e^z z^-x γ(x, z)     states above x, in terms of state x
    below(x, z) = x/z + x(x-1)/z² + …              = x e^z z^-x Γ(x, z)     states below x (x a whole number: x terms)
    tail + below = g

Each is summed where its terms are positive and shrink: the series where z ≤ x (or z ≤ 1), Legendre's continued
fraction (by Lentz's method) where z > x; the other half is the difference to g, of which it is then about a half or
more. g is known by its logarithm from Stirling's series. Cost: about 9·√x steps for the slowest element, each a few
numpy operations over those that have not converged yet. Logarithms are good to 1e-15 of themselves or 1e-12.

Source: NIST Digital Library of Mathematical Functions, 8.5.1, 8.7.1, 8.9.2 and 5.11.1, https://dlmf.nist.gov/.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EPSILON = 1e-17
TINY = 1e-300  # Lentz: stands for a denominator that is 0
EVERY = 8  # steps between two looks at who has converged
_lgamma = np.frompyfunc(math.lgamma, 1, 1)


class Halves(NamedTuple):
    """Of each element: log tail(x, z), log(tail(x, z) - 1), log below(x, z) and Σ k·t_k / Σ t_k of the tail's terms.

    Logarithms are -inf where the sum is 0.
    """

    log_tail: Floats
    log_tail_less_1: Floats
    log_below: Floats
    mean: Floats


def halves(x: Floats, z: Floats) -> Halves:
    """Both halves at once. `x` ≥ 0 and `z` ≥ 0, finite, of one shape."""
    log_tail, less_1, log_below, mean = (np.empty(x.shape) for _ in range(4))
    few = z <= np.maximum(x, 1)  # below 1 the fraction converges slowly, and the series at once
    over = ~few & (x > 0)
    none = ~few & (x == 0)
    log_g = log_whole(x, z)
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        excess, weighted = _series(x[few], z[few])
        log_tail[few] = np.log1p(excess)
        less_1[few] = np.log(excess)
        log_below[few] = log_g[few] + np.log1p(-np.exp(log_tail[few] - log_g[few]))
        log_below[few & (x == 0)] = -np.inf
        mean[few] = weighted / (1 + excess)
        below = _fraction(x[over], z[over])
        log_below[over] = np.log(below)
        log_tail[over] = log_g[over] + np.log1p(-below * np.exp(-log_g[over]))
        less_1[over] = log_tail[over] + np.log(-np.expm1(-log_tail[over]))
        mean[over] = (z[over] - x[over]) + x[over] * np.exp(-log_tail[over])
        log_tail[none], log_below[none], mean[none] = z[none], -np.inf, z[none]
        less_1[none] = z[none] + np.log(-np.expm1(-z[none]))
    return Halves(log_tail, less_1, log_below, mean)


def log_whole(x: Floats, z: Floats) -> Floats:
    """log(e^z z^-x Γ(x+1)); +inf at z = 0 < x."""
    with np.errstate(divide="ignore", invalid="ignore"):
        far = (z - x) / x
        # z - x - x log(z/x), without losing what is left of it where z is near x
        away = np.where(np.abs(far) < 0.5, x * (far - np.log1p(far)), z - x - x * np.log(z / x))
        return np.where(x == 0, z, away + 0.5 * np.log(2 * np.pi * x) + _stirling(x))


def _stirling(x: Floats) -> Floats:
    """log Γ(x+1) - (x log x - x + log √(2πx)) for x > 0."""
    result = np.zeros(x.shape)
    small = (x < 20) & (x > 0)
    low = x[small]
    result[small] = np.asarray(_lgamma(low + 1), np.float64) - (low * np.log(low) - low + 0.5 * np.log(2 * np.pi * low))
    high = x[x >= 20]
    square = 1 / high**2
    result[x >= 20] = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / high
    return result


def _series(x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Σ_{k≥1} t_k and Σ_{k≥1} k·t_k; z ≤ x."""
    total, weighted = np.zeros(x.shape), np.zeros(x.shape)
    live, base, top, term = np.arange(x.size), x, z, np.ones(x.shape)
    sums, products = np.zeros(x.shape), np.zeros(x.shape)
    k = 0
    while live.size:
        for _ in range(EVERY):
            k += 1
            term = term * (top / (base + k))
            sums += term
            products += k * term
        total[live], weighted[live] = sums, products
        # what is left is at most a geometric series of the present ratio, which only falls
        ratio = top / (base + k)
        go_on = term * (k + 1 / (1 - ratio)) * ratio > EPSILON * (1 - ratio) * products
        live, base, top, term = live[go_on], base[go_on], top[go_on], term[go_on]
        sums, products = sums[go_on], products[go_on]
    return total, weighted


def _fraction(x: Floats, z: Floats) -> Floats:
    """below(x, z) for z > x: x / (z+1-x - 1(1-x)/(z+3-x - 2(2-x)/(z+5-x - …)))."""
    result = np.zeros(x.shape)
    live, base = np.arange(x.size), x
    b = z + 1 - x
    c, d = np.full(x.shape, 1 / TINY), 1 / b
    value = d
    k = 0
    while live.size:
        for _ in range(EVERY):
            k += 1
            a = -k * (k - base)
            b = b + 2
            d = a * d + b
            d = 1 / np.where(np.abs(d) < TINY, TINY, d)
            c = b + a / c
            c = np.where(np.abs(c) < TINY, TINY, c)
            step = c * d
            value = value * step
        result[live] = value
        go_on = np.abs(step - 1) > 2e-16
        live, base, b, c, d, value = live[go_on], base[go_on], b[go_on], c[go_on], d[go_on], value[go_on]
    return x * result
