"""A quarter of weeks forecast, staffed, planned and then simulated, against the planner who knows what is expected.

Each week's calls are forecast from what came before it (`scheduling.forecast`), turned into agents (80 % within 20 s in
every quarter hour, Erlang A with the calls still in progress), planned (`scheduling.plan`), and the real days simulated
with the plan (`scheduling.staffing.simulation`). The calls are those of `benchmarks.closed_loop_house`, which no
formula of the forecaster made. Of each real day's callers `copies` are drawn, all by the rates of that day.

The planner who knows has the expected calls of each quarter hour, work and patience, but not chance; the same staffing,
people, solver and limits. `days_met_percent` are days and queues whose service level was reached. `hours_ratio` is paid
hours, ours by theirs. `_twice` is all of it with twice the variance, in the past as in the weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np

from benchmarks import closed_loop_house as centre
from benchmarks.closed_loop_house import OPENS, QUEUES, SLOTS, ZONE, House, house
from benchmarks.harness import Goal, Result
from scheduling.forecast.forecasting import forecast
from scheduling.forecast.model import Method
from scheduling.plan.checking import check
from scheduling.plan.model import STEP, Activity, Need, Person, Request, Schedule, days_of
from scheduling.plan.solving import Effort, solve
from scheduling.plan.telling import paid_hours
from scheduling.staffing.load import Load
from scheduling.staffing.needed import Target, agents_needed
from scheduling.staffing.simulation import model as simulated
from scheduling.staffing.simulation.run import simulate
from scheduling.staffing.varying import carried

FIRST = date(2025, 9, 8)  # a Monday; the quarter has four holidays
PAST = 65  # weeks before
METHODS: tuple[Method, ...] = ("last_week", "four_weeks", "poisson", "regression")
TARGET = Target(service_level=0.8, within_s=20.0)
EFFORT = Effort(bound_steps=40, sweeps=3, rounds=1, work=0.1, seconds=15.0)
_MISSING = 12.0  # paid hours that an agent more in an interval is worth
_DAY = timedelta(days=1)

_People = tuple[Person, ...]
_Loads = dict[tuple[str, date], Load]  # of a queue's day: a load for each slot


def run(weeks: int = 13, copies: int = 20, seed: int = 1, pooled: int = 1) -> Result:
    """`pooled` 0: nobody knows both queues, so that none can help out where the other is understaffed."""
    people = centre.people(bool(pooled))
    figures: dict[str, float] = {}
    known: dict[str, Schedule] = {}
    last = FIRST + (7 * weeks - 1) * _DAY
    for variance, name in ((1.0, ""), (2.0, "_twice")):
        real = house(seed, FIRST - 7 * PAST * _DAY, last, variance)
        ours, theirs = _Sums(real, people, copies, seed), _Sums(real, people, copies, seed)
        for number in range(weeks):
            monday = FIRST + 7 * number * _DAY
            week = f"{monday.isocalendar().year}-W{monday.isocalendar().week:02}"
            ours.add(_planned(week, people, _forecast(real, monday)))
            if week not in known:  # what is expected does not change with the variance
                known[week] = _planned(week, people, _expected(real, monday))
            theirs.add(known[week])
        figures |= {
            f"days_met_percent{name}": 100 * ours.days_met,
            f"knowing_days_met_percent{name}": 100 * theirs.days_met,
            f"hours_ratio{name}": ours.hours / theirs.hours,
            f"paid_hours{name}": ours.hours,
            f"missing_agent_hours{name}": ours.missing_h,
            f"knowing_missing_agent_hours{name}": theirs.missing_h,
            f"service_level_percent{name}": 100 * ours.service_level,
            f"knowing_service_level_percent{name}": 100 * theirs.service_level,
            f"breaches{name}": float(ours.breaches),
        }
    goals = [Goal(f"days_met_percent{name}", ">=", 90) for name in ("", "_twice")]
    goals += [Goal(f"hours_ratio{name}", "<=", 1.05) for name in ("", "_twice")]
    return Result(figures, goals)


# --- what is to be planned for ----------------------------------------------------------------------


def _forecast(real: House, monday: date) -> _Loads:
    """From the calls before `monday` alone."""
    before = [row for row in real.rows if row.start.astimezone(ZONE).date() < monday]
    made = forecast(before, real.calendar, monday, monday + 6 * _DAY, methods=METHODS)
    columns: dict[tuple[str, date], list[list[float]]] = defaultdict(lambda: [[0.0, 1.0, 1.0] for _ in range(SLOTS)])
    for row in made.rows:
        local = row.start.astimezone(ZONE)
        slot = (local.hour * 60 + local.minute - OPENS) // STEP
        if 0 <= slot < SLOTS:
            columns[row.queue, local.date()][slot] = [row.calls, row.handle_s or 1.0, row.patience_s or np.inf]
    return {place: Load(*np.array(day).T) for place, day in columns.items()}


def _expected(real: House, monday: date) -> _Loads:
    found: _Loads = {}
    for queue in QUEUES:
        for day in (monday + i * _DAY for i in range(7)):
            calls = real.expected[queue.name][(day - real.first).days]
            if calls.any():
                found[queue.name, day] = Load(calls, queue.handle_s, queue.patience_s)
    return found


def _planned(week: str, people: _People, loads: Mapping[tuple[str, date], Load]) -> Schedule:
    need = tuple(
        Need(queue=queue, day=day, start=OPENS + STEP * slot, agents=int(agents), price=_MISSING)
        for (queue, day), load in loads.items()
        for slot, agents in enumerate(agents_needed(carried(load), TARGET).agents)
        if agents
    )
    return solve(Request(week=week, people=people, rules=centre.rules(), need=need), effort=EFFORT)


# --- what came of it --------------------------------------------------------------------------------


class _Sums:
    """Of the weeks of one planner."""

    def __init__(self, real: House, people: _People, copies: int, seed: int) -> None:
        self._real, self._people, self._copies, self._seed = real, people, copies, seed
        self._met: list[float] = []
        self._levels: list[float] = []
        self.hours = self.missing_h = 0.0
        self.breaches = 0

    def add(self, schedule: Schedule) -> None:
        request = Request(week=schedule.week, people=self._people, rules=centre.rules(), need=())
        self.hours += sum(paid_hours(request, schedule).values())
        self.missing_h += sum(short.agent_minutes for short in schedule.short) / 60
        self.breaches += len(check(schedule.week, request.people, request.rules, schedule.blocks))
        for day in days_of(schedule.week):
            self._simulate(schedule, day)

    @property
    def days_met(self) -> float:
        return float(np.mean(self._met))

    @property
    def service_level(self) -> float:
        return float(np.mean(self._levels))

    def _simulate(self, schedule: Schedule, day: date) -> None:
        place = (day - self._real.first).days
        queues = [
            simulated.Queue(
                name=queue.name,
                calls=self._real.rate[queue.name][place].tolist(),
                handle_s=[queue.handle_s],
                handle_cv=centre.HANDLE_CV,
                patience_s=queue.patience_s,
                target=TARGET,
            )
            for queue in QUEUES
            if self._real.rate[queue.name][place].any()
        ]
        agents = list(_agents(self._people, schedule, day))
        if not queues:
            return
        if not agents:  # a day that was thought to be closed
            self._met += [0.0] * len(queues)
            return
        seed = self._seed * 1_000_000 + day.toordinal()
        came = simulate(simulated.Scenario(name=str(day), queues=queues, agents=agents), self._copies, seed)
        for queue in queues:
            self._met.append(came.days_met(queue.name).mean)
            self._levels.append(came.met(queue.name).service_level.mean)


def _agents(people: _People, schedule: Schedule, day: date) -> Iterator[simulated.Agents]:
    """Who is on the phones that day, and when."""
    for person in people:
        on = [
            (centre.seconds_of(block.start), centre.seconds_of(block.end))
            for block in schedule.blocks
            if block.person_id == person.person_id and block.day == day and block.activity is Activity.PHONE
        ]
        if on:
            yield simulated.Agents(name=person.person_id, count=1, skills=person.skills, on=on)
