"""Staffing sums: their digits against a high-precision reference, their speed, and the simulation against both.

The reference is not made by the formulas that are measured: Erlang B and C by their recursion with 40 digits, Erlang A
by its states summed one by one, and the share answered within a time by integrating over the wait that a caller is
offered (Palm). `max_relative_error` is the largest of all shares and waits that are not too small for a float, on a
grid of 1 to 5,000 agents, of loads from a tenth to 1.5 of them. `not_finite` counts what is no number, or a share that
is none, over a wider grid still.

The rival is pyworkforce's Erlang C, asked the same: the agents that each interval of four weeks needs for 80/20. Ours
answers all at once, as `memberline coverage staff` does; `speed_ratio_week` is of one week of them;
`speed_ratio_single` of one question at a time, where the arrays are no help.

Simulated days (`simulation_inside`) are steady for long, so that the formulas hold; of each case the service level, the
mean wait, the occupancy and the share who give up lie inside the simulation's own 99 % interval, or do not.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator

import mpmath
import numpy as np
from pyworkforce.queuing import ErlangC

from benchmarks.harness import Goal, Result, interleaved
from scheduling.staffing.abandoning import with_abandonment
from scheduling.staffing.answering import speed_of_answer_s
from scheduling.staffing.erlang import erlang_b, erlang_c, without_abandonment
from scheduling.staffing.load import Load, checked_agents
from scheduling.staffing.needed import Target, agents_needed, performance
from scheduling.staffing.simulation.model import Agents, Queue, Scenario
from scheduling.staffing.simulation.run import simulate

DIGITS = 40
SMALLEST = 1e-280  # below that a float has fewer digits
HANDLE_S = 256.0  # a power of two, and so is the interval: the load that is asked about is the load meant
AGENTS = (1, 2, 5, 10, 30, 100, 300, 1000, 2500, 5000)
BUSY = (0.1, 0.5, 0.8, 0.95, 0.99, 1.0, 1.1, 1.5)
PATIENCE_S = (16.0, 256.0, 2048.0)
WITHIN_S = (0.0, 20.0, 120.0)
INTERVALS, STEADY = 160, slice(40, 140)
CASES = [
    (math.inf, 4, 2.5), (math.inf, 12, 10.0), (math.inf, 14, 10.0), (math.inf, 33, 30.0), (math.inf, 110, 100.0),
    (60.0, 2, 2.0), (60.0, 10, 10.0), (180.0, 9, 10.0), (180.0, 12, 10.0), (180.0, 30, 30.0), (300.0, 80, 100.0),
    (300.0, 100, 100.0),
]  # fmt: skip


def run(days: int = 300, repeats: int = 5, largest: int = 5000) -> Result:
    figures = _errors([n for n in AGENTS if n <= largest])
    figures["not_finite"] = float(_not_finite())
    figures |= _speed(repeats)
    figures |= _inside(days)
    figures["simulated_days_per_s"] = _days_per_s(repeats)
    goals = (
        Goal("max_relative_error", "<=", 1e-9),
        Goal("digits", ">=", 9),
        Goal("not_finite", "<=", 0),
        Goal("speed_ratio", ">=", 20),
        Goal("same_answers_share", ">=", 1),
        Goal("simulation_inside", ">=", 0.93),
    )
    return Result(figures, goals)


# --- digits -----------------------------------------------------------------------------------------


def _errors(agents: list[int]) -> dict[str, float]:
    """Also as `digits`, since the report rounds to four places."""
    largest: dict[str, float] = {}
    for formula, error in itertools.chain(_errors_without(agents), _errors_with(agents)):
        largest[formula] = max(largest.get(formula, 0.0), error)
    worst = max(largest.values())
    digits = {f"digits_{formula}": -math.log10(max(error, 1e-17)) for formula, error in largest.items()}
    return {"max_relative_error": worst, "digits": -math.log10(max(worst, 1e-17))} | digits


def _errors_without(agents: list[int]) -> Iterator[tuple[str, float]]:
    for n, busy in itertools.product(agents, BUSY):
        a = n * busy
        blocked = _blocked(n, a)
        yield "erlang_b", _error(float(erlang_b(n, a)[0]), blocked)
        if n <= a:
            continue
        with mpmath.workdps(DIGITS):
            waits = n * blocked / (n - a * (1 - blocked))
            yield "erlang_c", _error(float(erlang_c(n, a)[0]), waits)
            for within_s in WITHIN_S:
                met = without_abandonment(Load(a, HANDLE_S, interval_s=HANDLE_S), n, within_s)
                late = waits * mpmath.exp(-(n - mpmath.mpf(a)) * within_s / HANDLE_S)
                yield "erlang_c", _error(float(met.answered_within[0]), 1 - late)
                yield "erlang_c", _error(float(met.mean_wait_s[0]), waits * HANDLE_S / (n - mpmath.mpf(a)))


def _errors_with(agents: list[int]) -> Iterator[tuple[str, float]]:
    for n, busy, patience_s in itertools.product(agents, BUSY, PATIENCE_S):
        a = n * busy
        load = Load(a, HANDLE_S, patience_s, HANDLE_S)
        with mpmath.workdps(DIGITS):
            at_once, waits, abandoned, answer_s = _by_states(n, a, patience_s)
            for within_s in WITHIN_S:
                met = with_abandonment(load, n, within_s)
                in_time = at_once + waits * _served_within(n, a, patience_s, within_s)
                yield "erlang_a", _error(float(met.answered_within[0]), in_time)
            yield "erlang_a", _error(float(met.waits[0]), waits)
            yield "erlang_a", _error(float(met.abandoned[0]), abandoned)
            yield "erlang_a", _error(float(met.mean_wait_s[0]), abandoned * patience_s)
            yield "erlang_a", _error(float(met.occupancy[0]), a * (1 - abandoned) / n)
            told_s = speed_of_answer_s(load, checked_agents(n, (1,)), met)
            yield "speed_of_answer", _error(float(told_s[0]), answer_s)


def _error(found: float, true: mpmath.mpf) -> float:
    return float(abs(found - true) / true) if true > SMALLEST else float(abs(found) > SMALLEST)


def _blocked(n: int, a: float) -> mpmath.mpf:
    with mpmath.workdps(DIGITS):
        inverse, load = mpmath.mpf(1), mpmath.mpf(a)
        for lines in range(1, n + 1):
            inverse = 1 + inverse * lines / load
        return 1 / inverse


def _by_states(n: int, a: float, patience_s: float) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf, mpmath.mpf]:
    """(who does not wait, who does, who gives up, speed of answer) of the birth and death process, from state n on."""
    load, leaving = mpmath.mpf(a), mpmath.mpf(HANDLE_S) / patience_s  # per handle time
    below, weight = mpmath.mpf(0), mpmath.mpf(1)
    for state in range(n, 0, -1):
        weight = weight * state / load
        below += weight
    weight, above, waiting, answered_waits, hours = mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0), 0
    length, most = 0, mpmath.mpf(1)
    while weight > most * mpmath.mpf(10) ** -(DIGITS - 5) or length < 10:
        length += 1
        rate = n + length * leaving
        hours += 1 / rate
        weight = weight * load / rate
        most = max(most, weight)
        above += weight
        waiting += length * weight
        answered_waits += weight * hours  # who finds length - 1 waiting and is served, by n/load
    total = below + above
    abandoned = waiting / total * leaving / load
    answer = answered_waits / total * n / load / (1 - abandoned)
    return below / total, above / total, abandoned, answer * HANDLE_S


def _served_within(n: int, a: float, patience_s: float, within_s: float) -> mpmath.mpf:
    """Of who waits: the share that is served within the time. g(s): the offered wait, s in units of patience."""
    x, y = mpmath.mpf(n) * patience_s / HANDLE_S, mpmath.mpf(a) * patience_s / HANDLE_S
    peak = mpmath.log(y / x) if y > x else mpmath.mpf(0)
    height = y * (1 - mpmath.exp(-peak)) - x * peak
    width = 1 / mpmath.sqrt(max(x, y)) if abs(y - x) < mpmath.sqrt(x) or y > x else 1 / (x - y)
    limit = mpmath.mpf(within_s) / patience_s

    def offered(s: mpmath.mpf) -> mpmath.mpf:
        return mpmath.exp(y * (1 - mpmath.exp(-s)) - x * s - height)

    steps = [peak + width * step for step in (-40, -20, -10, -5, -2, 0, 2, 5, 10, 20, 40, 80, 200)]
    edges = sorted({mpmath.mpf(0), limit, *(step for step in steps if step > 0)})
    with mpmath.workdps(25):
        whole = mpmath.quad(offered, edges)
        if limit == 0:
            return mpmath.mpf(0)
        start = [edge for edge in edges if edge <= limit]
        if y > x and limit < peak:  # the integrand is steep at the limit: its own scale there
            start = sorted({*start, *(limit - limit / 2**power for power in range(1, 16))})
        return mpmath.quad(lambda s: mpmath.exp(-s) * offered(s), start) / whole


def _not_finite() -> int:
    n, busy, patience_s = (
        np.array(column)
        for column in zip(
            *itertools.product(
                (1, 3, 50, 700, 5000), (1e-9, 1e-3, 0.3, 0.999, 1, 1.001, 2, 20), (1e-3, 1, 300, 1e4, np.inf)
            ),
            strict=True,
        )
    )
    load = Load(n * busy, HANDLE_S, patience_s, HANDLE_S)
    found = 0
    for within_s in (0.0, 20.0, 1e5):
        met = performance(load, n, within_s)
        for name, values in vars(met).items():
            endless = np.isinf(patience_s) & (busy >= 1) if name == "mean_wait_s" else np.zeros(n.shape, bool)
            found += int((~np.isfinite(values) & ~endless).sum())
            if not name.endswith("_s"):
                found += int(((values < 0) | (values > 1)).sum())
        answer_s = speed_of_answer_s(load, checked_agents(n, n.shape), met)
        found += int((~np.isfinite(answer_s) & np.isfinite(met.mean_wait_s)).sum())
    return found


# --- speed ------------------------------------------------------------------------------------------


def _speed(repeats: int) -> dict[str, float]:
    """Four weeks of four queues, twenty days of nine hours: what `coverage forecast` gives if not told otherwise."""
    random = np.random.default_rng(7)
    calls = random.uniform(1, 300, 4 * 20 * 36).round(1)
    handle_s = random.uniform(180, 600, calls.size).round()
    target, load = Target(0.8, 20), Load(calls, handle_s)
    week = load.rows(np.arange(720))
    questions = list(zip(calls.tolist(), handle_s.tolist(), strict=True))

    def theirs(asked: list[tuple[float, float]]) -> list[int]:
        each = (ErlangC(transactions=c, aht=s / 60, asa=20 / 60, interval=15) for c, s in asked)
        return [one.required_positions(service_level=0.8)["raw_positions"] for one in each]

    def singly(asked: list[tuple[float, float]]) -> list[int]:
        return [int(agents_needed(Load(c, s), target).agents[0]) for c, s in asked]

    same = np.mean(agents_needed(load, target).agents == np.array(theirs(questions)))
    ours_s, theirs_s, ours_week_s, theirs_week_s, singly_s = interleaved(
        repeats,
        lambda: _timed(lambda: agents_needed(load, target)),
        lambda: _timed(lambda: theirs(questions)),
        lambda: _timed(lambda: agents_needed(week, target)),
        lambda: _timed(lambda: theirs(questions[:720])),
        lambda: _timed(lambda: singly(questions[:60])),
    )
    return {
        "speed_ratio": theirs_s / ours_s,
        "speed_ratio_week": theirs_week_s / ours_week_s,
        "speed_ratio_single": (theirs_s / len(questions)) / (singly_s / 60),
        "same_answers_share": float(same),
        "ours_ms": 1000 * ours_s,
        "pyworkforce_ms": 1000 * theirs_s,
    }


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# --- simulation -------------------------------------------------------------------------------------


def _inside(days: int) -> dict[str, float]:
    """`inside_…` are the share of each case's four figures."""
    figures: dict[str, float] = {}
    every: list[bool] = []
    for patience_s, agents, erlangs in CASES:
        queue = Queue("all", [erlangs * 3] * INTERVALS, [300.0], patience_s)
        people = Agents("all", agents, {"all": 0}, [(0, INTERVALS * 900.0)])
        met = simulate(Scenario("steady", [queue], [people]), days, seed=11).met(intervals=STEADY)
        formula = performance(Load(erlangs * 3, 300.0, patience_s), agents, 20.0)
        inside = [
            met.service_level.holds(float(formula.service_level()[0])),
            met.wait_s.holds(float(formula.mean_wait_s[0])),
            met.occupancy.holds(float(formula.occupancy[0])),
            met.abandoned_share.holds(float(formula.abandoned[0])),
        ]
        every += inside
        kind = "c" if math.isinf(patience_s) else f"a{patience_s:.0f}s"
        figures[f"inside_{kind}_{agents}_agents_{erlangs:g}_erlangs"] = float(np.mean(inside))
    return {"simulation_inside": float(np.mean(every))} | figures


def _days_per_s(repeats: int, days: int = 200) -> float:
    """Days of 1,400 calls in four queues, 65 agents, a third of whom serve two."""
    sizes = {
        "general": (22.0, 330.0, 31),
        "retirement": (9.5, 560.0, 20),
        "health": (6.0, 450.0, 11),
        "spanish": (1.3, 390.0, 3),
    }
    queues = [Queue(name, [calls] * 36, [handle_s], 280.0) for name, (calls, handle_s, _) in sizes.items()]
    hours = [(0.0, 36 * 900.0)]
    people = []
    for name, (_, _, count) in sizes.items():
        people.append(Agents(name, count - count // 3, {name: 0}, hours))
        people.append(Agents(f"{name} and general", count // 3, {name: 0} | {"general": int(name != "general")}, hours))
    scenario = Scenario("a day", queues, people)
    simulate(scenario, 10)  # compiled, or fetched from where compiled code is kept
    seconds = interleaved(repeats, lambda: _timed(lambda: simulate(scenario, days)))
    return days / seconds[0]
