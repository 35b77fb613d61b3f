"""Makes the week: a bound and worths of intervals, a first schedule from them, then CP-SAT among everybody's weeks.

Nothing here depends on a clock but `Effort.seconds`: as long as that is not reached, the same request and seed give the
same schedule. How and why is told in docs/decisions/0018-how-the-week-is-made.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace

from core.events import Message
from scheduling.plan import choosing, grid
from scheduling.plan.blocks import blocks
from scheduling.plan.bounding import PASSES, Bound
from scheduling.plan.candidates import Candidate, Candidates, worths
from scheduling.plan.conflicts import relieve
from scheduling.plan.coverage import Coverage
from scheduling.plan.grid import DAYS, Floats, Grid
from scheduling.plan.model import Conflict, Need, Relief, Request, Schedule, days_of, gap, monday
from scheduling.plan.refusing import refuse
from scheduling.plan.shortages import shortages
from scheduling.plan.smoothing import Smooth
from scheduling.plan.ways import Ways, changed
from scheduling.plan.weeks import WeekFinder

_FIRST_PASSES = 10  # of the bound, before the first schedule
_NEW_WAYS = 8  # to spend a day, of each person, before each round of CP-SAT
_NOISE = 0.15  # of their prices
_WIDTHS = (1.5, 1.22, 0.99, 0.8)  # of the smooth prices, in agents, pass by pass
_HALF = 0.5  # an agent: prices are those half-way between without and with the one who is asked
_CLOSE = 1e-9
# For whom usual prices find no week: intervals that share a worth, and prices on the share, ever closer.
_UNEVEN, _REACHES, _PRICES = 2, (3.0, 0.1, 0.004), 101


class Effort(Message, frozen=True, kw_only=True):
    """How much is done at most. `work` is CP-SAT's measure, about seconds of a core; `seconds` only stops early."""

    bound_steps: int = 150
    sweeps: int = 4
    rounds: int = 40
    work: float = 0.6
    seconds: float = 60.0
    workers: int = choosing.WORKERS  # of CP-SAT; another number may make another schedule


class Progress(Message, frozen=True, kw_only=True):
    """Where the making stands. `objective` is None until there is a first schedule."""

    stage: str
    bound: float
    constant: float
    objective: float | None = None

    @property
    def gap(self) -> float | None:
        return None if self.objective is None else gap(self.objective, self.bound, self.constant)


USUAL = Effort()


def solve(
    request: Request,
    *,
    seed: int = 1,
    effort: Effort = USUAL,
    stopped: Callable[[], bool] = lambda: False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Schedule:
    """The week. `stopped` is asked often; once it says yes the best so far is returned, as soon as there is one."""
    refuse(request)
    if not any(each.day in days_of(request.week) for each in request.need):
        # A week that needs nobody needs none of something: arrays want one row at least.
        nothing = Need(queue="", day=monday(request.week), start=0, agents=0)
        request = replace(request, need=(nothing,))
    possible, conflicts = relieve(request)
    return _Making(possible, seed, effort, stopped, report).schedule(conflicts)


class _Making:
    def __init__(
        self,
        request: Request,
        seed: int,
        effort: Effort,
        stopped: Callable[[], bool],
        report: Callable[[Progress], None],
    ) -> None:
        self._request, self._seed, self._effort, self._report = request, seed, effort, report
        self._until, self._asked = time.monotonic() + effort.seconds, stopped
        self._grid: Grid = grid.make(request.week, request.people, request.rules, request.need, request.published)
        self._finder = finder = WeekFinder(self._grid)
        self._bound = Bound(self._grid, finder, seed)
        self._candidates = Candidates(self._grid, finder, seed)
        self._constant = self._bound.constant()
        self._draw = np.random.default_rng(seed)
        self._coverage = Coverage(self._grid)
        self._now: list[Candidate] = []
        self._ways = Ways(self._grid, finder)
        self._proven = False  # nothing better is possible

    def schedule(self, conflicts: tuple[Conflict, ...]) -> Schedule:
        self._approach(_FIRST_PASSES)
        if without := self._first():
            return self._with_any_share(without, conflicts)
        if not self._stopped():
            self._approach(PASSES - _FIRST_PASSES)
            self._climb()
            self._settle()
        for number in range(self._effort.sweeps):
            if self._stopped() or not self._sweep(f"in turns, {number + 1}"):
                break
        for number in range(self._effort.rounds):
            if self._stopped():
                break
            self._round(number)
            self._sweep(f"in turns, after CP-SAT {number + 1}")
        return self._told(conflicts)

    def _with_any_share(self, who: Sequence[int], conflicts: tuple[Conflict, ...]) -> Schedule:
        """The same, without the shares for which there may be a week, but none was found."""
        people = list(self._request.people)
        for number in who:
            person = people[number]
            conflicts += (
                Conflict(
                    person_id=person.person_id,
                    rule="share",
                    found="no week was found that has it",
                    expected=f"{person.phone_least:.1%} to {person.phone_most:.1%} on the phones",
                    relief=Relief(kind="share", person_id=person.person_id),
                ),
            )
            people[number] = replace(person, phone_least=0.0, phone_most=1.0)
        request = replace(self._request, people=tuple(people))
        return _Making(request, self._seed, self._effort, self._asked, self._report).schedule(conflicts)

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _stopped(self) -> bool:
        return self._asked() or self._left() <= 0 or self._proven

    @property
    def objective(self) -> float:
        return self._coverage.cost + sum(candidate.cost for candidate in self._now)

    def _tell(self, stage: str) -> None:
        objective = self.objective if self._now else None
        self._proven = objective is not None and objective - self._bound.value < _CLOSE
        self._report(Progress(stage=stage, bound=self._bound.value, constant=self._constant, objective=objective))

    # --- steps ------------------------------------------------------------------------------------

    def _approach(self, passes: int) -> None:
        for number in range(passes):
            if self._now and self._stopped():
                return
            self._bound.approach()
            if number % 10 == 9:
                self._tell("bound")

    def _climb(self) -> None:
        target = self._bound.estimate
        for number in range(self._effort.bound_steps):
            if self._stopped():
                return
            self._bound.climb(target)
            if number % 10 == 9:
                self._tell("bound")

    def _first(self) -> list[int]:
        """Everybody's best week at rough prices: not good, but legal. Returns for whom none was found."""
        without: list[int] = []
        worth = self._bound.worth()
        for person in range(len(self._request.people)):
            found = self._best(person, worth[self._grid.group[person]])
            week = found[0] if found else self._rare(person, worth[self._grid.group[person]])
            if week is None:
                without.append(person)
                continue
            self._now.append(week)
            self._coverage.add(int(self._grid.group[person]), week.phone.ravel())
        if not without:
            self._tell("first")
        return without

    def _rare(self, person: int, worth: Floats) -> Candidate | None:
        """A week for whom the prices find none with their share: their day is made so uneven that each price on the
        share gives another; None where that finds none, either."""
        uneven = np.repeat(self._draw.random((DAYS, -(-self._grid.size // _UNEVEN))), _UNEVEN, axis=1)
        phone: Floats = worth + uneven[:, : self._grid.size]
        near = 0.0
        for reach in _REACHES:
            more = near + np.linspace(-reach, reach, _PRICES)
            who = np.full(len(more), person)
            weeks = self._finder.find(worths(self._grid, who, np.repeat(phone[None], len(more), 0), more))
            side = self._candidates.side(who, weeks)
            if (side == 0).any():
                return self._candidates.candidate(person, weeks, int((side == 0).argmax()))
            near = float(more[min(int(np.count_nonzero(side < 0)), len(more) - 1)])
        return None

    def _best(self, person: int, worth: Floats) -> list[Candidate]:
        return self._candidates.best(person, worth, float(self._bound.prices.more[person]))

    def _settle(self) -> None:
        """From the prices of the bound to whole weeks: one person after the other, at smooth prices."""
        smooth = Smooth(self._grid)
        now = list(self._now)
        worth, key = smooth.worth(self._bound.prices.need)
        for person in range(len(now)):
            found = self._best(person, worth[self._grid.group[person]])
            now[person] = found[0] if found else now[person]
            who = np.array([person])
            smooth.put(who, smooth.answering(who, now[person].kind[None], worth, key))
        for number, width in enumerate(_WIDTHS):
            for person in self._draw.permutation(len(now)).tolist():
                if self._stopped():
                    return
                who = np.array([person])
                smooth.put(who, np.zeros((1, *self._grid.need.shape)))
                worth, key = smooth.worth(smooth.prices(width, _HALF))
                found = self._best(person, worth[self._grid.group[person]])
                now[person] = found[0] if found else now[person]
                smooth.put(who, smooth.answering(who, now[person].kind[None], worth, key))
            self._take(now)
            self._tell(f"settling, {number + 1}")

    def _take(self, weeks: Sequence[Candidate]) -> None:
        """These instead of what stands, where they are better together."""
        coverage = Coverage(self._grid)
        for candidate in weeks:
            coverage.add(int(self._grid.group[candidate.person]), candidate.phone.ravel())
        if coverage.cost + sum(candidate.cost for candidate in weeks) < self.objective - _CLOSE:
            self._coverage, self._now = coverage, list(weeks)

    def _sweep(self, stage: str) -> bool:
        """Each person in turn takes the week that is best while all others stay; False where nobody could."""
        better = False
        for person in self._draw.permutation(len(self._now)).tolist():
            if self._stopped():
                break
            group, now = int(self._grid.group[person]), self._now[person]
            self._coverage.remove(group, now.phone.ravel())
            gain = self._coverage.gains(group).reshape(now.kind.shape)
            found = self._best(person, gain)
            if found and _value(found[0], gain) > _value(now, gain) + _CLOSE:
                self._now[person], better = found[0], True
            self._coverage.add(group, self._now[person].phone.ravel())
        self._tell(stage)
        return better

    def _round(self, number: int) -> None:
        """CP-SAT chooses a day anew for everybody, from ways that are good at prices near the bound's."""
        grid, prices = self._grid, self._bound.prices
        for _ in range(_NEW_WAYS):
            noise = self._draw.uniform(-_NOISE, _NOISE, (len(self._now), *grid.need[0].shape))
            worth = np.maximum(self._bound.worth()[grid.group] + noise, 0.0)
            self._ways.collect(worth, prices.more)
        for day in range(DAYS):
            if self._stopped() or not grid.need[:, day].any():
                continue
            choices = [self._ways.choice(now, day) for now in self._now]
            limit = choosing.Limit(
                work=self._effort.work,
                seed=self._seed + number,
                seconds=self._left(),
                workers=self._effort.workers,
            )
            chosen = choosing.choose(grid, day, choices, limit, self._stopped)
            if chosen is not None:
                self._take(
                    [
                        changed(grid, now, day, choice.ways[way]) if way else now
                        for now, choice, way in zip(self._now, choices, chosen, strict=True)
                    ]
                )
            self._tell(f"CP-SAT, {number + 1}.{day + 1}")

    # --- the end ----------------------------------------------------------------------------------

    def _told(self, conflicts: tuple[Conflict, ...]) -> Schedule:
        own = sum(candidate.cost for candidate in self._now)
        short = self._coverage.short_cost
        costs = {"short": short, "penalty": self._coverage.cost - short, "people": own}
        return Schedule(
            week=self._request.week,
            blocks=tuple(block for candidate in self._now for block in blocks(self._grid, candidate)),
            objective=self.objective,
            bound=min(self._bound.value, self.objective),
            constant=self._constant,
            costs=costs,
            short=shortages(self._grid, self._coverage.short.T.reshape(self._grid.need.shape), self._now),
            conflicts=conflicts,
        )


def _value(candidate: Candidate, gain: Floats) -> float:
    return float(gain[candidate.phone].sum()) - candidate.cost
