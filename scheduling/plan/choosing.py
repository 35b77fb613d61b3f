"""A day of everybody's week, chosen together: what CP-SAT decides.

Each person has some ways to spend the day, all legal in their week. Chosen is one for each, so that what is short, what
penalties and what wishes cost is least; the share of the week on the phones, which joins the days, is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from scheduling.plan.grid import PHONE, Grid, Ints

SCALE = 1000  # of prices, which CP-SAT takes as whole numbers
WORKERS = 2

_Sum = cp_model.LinearExpr


@dataclass(frozen=True, eq=False)
class DayWay:
    """One way to spend a day: a shift (-1: none) and what fills it; `kind[t]`."""

    option: int
    kind: Ints
    cost: float

    @property
    def phone(self) -> int:
        return int(np.count_nonzero(self.kind == PHONE))


@dataclass(frozen=True)
class Choice:
    """A person's ways, the first of which stands now; least and most intervals on the phones that day."""

    person: int
    ways: Sequence[DayWay]
    phone: tuple[int, int]


@dataclass(frozen=True)
class Limit:
    """`work` is CP-SAT's own measure (about seconds of one core), so that a limit gives the same schedule anywhere."""

    work: float
    seed: int
    seconds: float  # stops as well, whatever is done by then
    workers: int = WORKERS


def choose(
    grid: Grid, day: int, choices: Sequence[Choice], limit: Limit, stopped: Callable[[], bool]
) -> list[int] | None:
    """Which way for each person; None where none was found in time."""
    model = cp_model.CpModel()
    chosen = [[model.new_bool_var("") for _ in choice.ways] for choice in choices]
    costs: list[cp_model.LinearExprT] = []
    there: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for variables, choice in zip(chosen, choices, strict=True):
        model.add_exactly_one(variables)
        least, most = choice.phone
        phone = [way.phone for way in choice.ways]
        if min(phone) < least or max(phone) > most:
            model.add_linear_constraint(_Sum.weighted_sum(variables, phone), least, most)
        group = int(grid.group[choice.person])
        for number, (variable, way) in enumerate(zip(variables, choice.ways, strict=True)):
            model.add_hint(variable, number == 0)
            costs.append(round(way.cost * SCALE) * variable)
            for t in np.flatnonzero(way.kind == PHONE).tolist():
                there.setdefault((group, t), []).append(variable)
    for t in range(grid.size):
        costs += _cover(model, grid, (day, t), {g: come for (g, at), come in there.items() if at == t})
    model.minimize(_Sum.sum(costs))
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = limit.workers
    parameters.catch_sigint_signal = False  # who asks for the week decides what Ctrl-C means
    parameters.interleave_search = True  # the same whatever the machine's threads do
    parameters.random_seed = limit.seed % 2**31
    parameters.max_deterministic_time = limit.work
    parameters.max_time_in_seconds = max(0.1, limit.seconds)
    status = solver.solve(model, _Stop(stopped))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [next(i for i, each in enumerate(variables) if solver.boolean_value(each)) for variables in chosen]


def _cover(
    model: cp_model.CpModel, grid: Grid, at: tuple[int, int], there: dict[int, list[cp_model.IntVar]]
) -> list[cp_model.LinearExprT]:
    """Who on the phones answers what in an interval; what it costs, with what is short."""
    costs: list[cp_model.LinearExprT] = []
    need, price = grid.need[:, *at], grid.price[:, *at]
    taking: dict[int, list[cp_model.IntVar]] = {k: [] for k in np.flatnonzero(need).tolist()}
    for group, come in there.items():
        own = []
        for k, takers in taking.items():
            if grid.less[group, k] < price[k]:
                taker = model.new_int_var(0, min(int(need[k]), len(come)), "")
                own.append(taker)
                takers.append(taker)
                costs.append(round(grid.less[group, k] * SCALE) * taker)
        if own:
            model.add(_Sum.sum(own) <= _Sum.sum(come))
    for k, takers in taking.items():
        short = model.new_int_var(0, int(need[k]), "")
        model.add(_Sum.sum(takers) + short >= int(need[k]))
        costs.append(round(price[k] * SCALE) * short)
    return costs


class _Stop(cp_model.CpSolverSolutionCallback):
    """Ends the search at the next solution once it is asked to."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        super().__init__()
        self._stopped = stopped

    def on_solution_callback(self) -> None:
        if self._stopped():
            self.stop_search()
