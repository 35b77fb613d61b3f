"""The week's schedule: time to the first, gap to the proven bound, growth, and pyworkforce with the same need.

The centre is `benchmarks.plan_house`: eight queues, a week in quarters of an hour, breaks, shares, leave, meetings. Its
need is a quarter above what the people usually are on the phones for, so that shortage has to be placed well; a week
with people enough is measured too. The gap is of the objective without what wishes and turns cost in any case.
"""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
from pyworkforce.scheduling import MinRequiredResources

from benchmarks import plan_house
from benchmarks.harness import Goal, Result
from scheduling.plan.checking import check
from scheduling.plan.model import STEP, Need, Person, Prices, Request, Rules, Schedule, Shift, days_of
from scheduling.plan.solving import Effort, Progress, solve

PEOPLE = 200
SHORT, ENOUGH = 1.25, 0.95  # of what the people usually are on the phones for
GROWTH = (25, 50, 100, 200, 400)


def run(seconds: float = 60.0, enough: int = 0, growth: int = 0, rival: int = 0) -> Result:
    """`seconds` for each week. What takes long is on with 1: a week with people `enough`, `growth` with the number of
    people, and pyworkforce as `rival`."""
    figures = _week(PEOPLE, SHORT, seconds)
    if enough:
        figures |= {f"enough_{name}": value for name, value in _week(PEOPLE, ENOUGH, seconds).items()}
    for people in GROWTH if growth else ():
        of = figures if people == PEOPLE else _week(people, SHORT, seconds)
        figures |= {
            f"growth_seconds_to_first_{people}": of["first_feasible_s"],
            f"growth_gap_percent_{people}": of["gap_percent"],
            f"growth_breaches_{people}": of["breaches"],
        }
    if rival:
        figures |= _rival()
    return Result(figures, [Goal("first_feasible_s", "<=", 5), Goal("gap_percent", "<=", 2), Goal("breaches", "<=", 0)])


def _week(people: int, load: float, seconds: float) -> dict[str, float]:
    staff = plan_house.people(people)
    request = Request(
        week=plan_house.WEEK, people=staff, rules=plan_house.rules(), need=plan_house.need(staff, load=load)
    )
    begin = time.perf_counter()
    firsts: list[float] = []

    def report(progress: Progress) -> None:
        if progress.objective is not None:
            firsts.append(time.perf_counter() - begin)

    schedule = solve(request, effort=Effort(seconds=seconds), report=report)
    return {
        "first_feasible_s": firsts[0],
        "gap_percent": 100 * schedule.gap,
        "seconds": time.perf_counter() - begin,
        "objective": schedule.objective,
        "bound": schedule.bound,
        "constant": schedule.constant,
        "breaches": float(len(check(plan_house.WEEK, staff, request.rules, schedule.blocks))),
    }


# --- pyworkforce ------------------------------------------------------------------------------------

_AGENTS, _OPENS, _CLOSES = 100, 480, 1080
_SHIFTS = {"full": (480, range(480, 601, 30)), "six": (360, range(480, 721, 30)), "half": (240, range(480, 841, 30))}


def _rival() -> dict[str, float]:
    """One queue, shifts without rests, people who can work any of them up to five days: every need is to be met."""
    staff = plan_house.people(60)
    need = _one_queue(plan_house.need(staff, load=0.8))
    begin = time.perf_counter()
    theirs = _theirs(need)
    theirs_s, begin = time.perf_counter() - begin, time.perf_counter()
    schedule = _ours(need)
    ours_s = time.perf_counter() - begin
    ours = sum(block.minutes for block in schedule.blocks) / 60
    return {
        "paid_hours": ours,
        "rival_paid_hours": theirs,
        "paid_hours_ratio": ours / theirs,
        "least_paid_hours": schedule.bound,
        "missing_agent_hours": schedule.costs["short"] / _MISSING * STEP / 60,
        "rival_seconds": theirs_s,
        "rival_ours_seconds": ours_s,
    }


_MISSING = 50.0  # hours that may be paid to have one agent more for an interval


def _one_queue(need: tuple[Need, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Agents needed, Monday to Friday, by interval."""
    days = days_of(plan_house.WEEK)
    wanted = np.zeros((5, (_CLOSES - _OPENS) // STEP), dtype=np.int64)
    for each in need:
        if each.day in days[:5]:
            wanted[days.index(each.day), (each.start - _OPENS) // STEP] += each.agents
    return wanted


def _theirs(wanted: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float:
    """Paid hours."""
    covers, hours = {}, {}
    for name, (minutes, starts) in _SHIFTS.items():
        for start in starts:
            covers[f"{name} {start}"] = [
                int(start <= minute < start + minutes) for minute in range(_OPENS, _CLOSES, STEP)
            ]
            hours[f"{name} {start}"] = minutes // 60
    scheduler = MinRequiredResources(
        num_days=5,
        periods=wanted.shape[1],
        shifts_coverage=covers,
        required_resources=wanted.tolist(),
        max_period_concurrency=_AGENTS,
        max_shift_concurrency=_AGENTS,
        cost_dict=hours,
        max_search_time=60.0,
        num_search_workers=2,
    )
    return float(scheduler.solve()["cost"])


def _ours(wanted: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Schedule:
    shifts = tuple(
        Shift(name=name, minutes=minutes, starts=tuple(starts)) for name, (minutes, starts) in _SHIFTS.items()
    )
    first = days_of(plan_house.WEEK)[0]
    need = tuple(
        Need(
            queue="calls", day=first + timedelta(days=day), start=_OPENS + t * STEP, agents=int(agents), price=_MISSING
        )
        for (day, t), agents in np.ndenumerate(wanted)
        if agents
    )
    people = tuple(
        Person(person_id=f"p{n}", name=f"Agent {n}", level=1, hours=40, least_hours=0, skills={"calls": 0})
        for n in range(_AGENTS)
    )
    rules = Rules(shifts=shifts, duties=(), stretch_most=480, prices=Prices(hour=1.0))
    return solve(Request(week=plan_house.WEEK, people=people, rules=rules, need=need), effort=Effort(seconds=60))
