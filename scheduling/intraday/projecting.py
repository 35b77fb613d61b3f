"""The service level of a day to its closing: what was, and what the planned people make of what is expected. Pure.

Each interval by itself in steady state, by Erlang A where patience is known and Erlang C elsewhere, as staffing has it:
a queue left over from the interval before is not carried on. Who can take calls of several queues is counted in one of
them: people with the fewest queues first, each where there is the most work for an agent. So what people share is not
counted twice, and the gain of sharing a queue is not counted at all: the projection is a little too low rather than too
high. A person counts in an interval whose rest they spend on the phones for half of its time or more.

Cost: one table of queues x intervals x people, filled by one call of the formulas; then O(people x queues) an interval.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from scheduling.adherence.model import Planned
from scheduling.history.model import INTERVAL
from scheduling.intraday.model import Interval, Level, Met, Projection, QueueDay, Situation, level
from scheduling.plan.model import Activity
from scheduling.staffing.load import Floats, Load
from scheduling.staffing.needed import performance

Skills = frozenset[str]
Staff = Mapping[Skills, int]  # people on the phones of an interval, by the queues that they take


class Board:
    """What every number of agents makes of each interval that is still to come. Made once; moves only look it up."""

    def __init__(self, of: Situation) -> None:
        self.now = of.now.astimezone(UTC)
        self.queues = sorted({row.queue for row in of.expected} | {met.queue for met in of.met})
        self.starts = sorted({row.start.astimezone(UTC) for row in of.expected if row.start + INTERVAL > of.now})
        self.offered_so_far = float(sum(met.offered for met in of.met))
        self.targets = [of.promised.of(queue).service_level for queue in self.queues]
        shape = len(self.queues), len(self.starts)
        self.calls, handle_s = np.zeros(shape), np.ones(shape)
        patience_s, interval_s = np.full(shape, np.inf), np.full(shape, INTERVAL.total_seconds())
        at = {start: i for i, start in enumerate(self.starts)}
        for i, start in enumerate(self.starts):
            interval_s[:, i] = (start + INTERVAL - max(start, self.now)).total_seconds()
        for row in of.expected:
            i = at.get(row.start.astimezone(UTC), -1)
            if i < 0:
                continue
            q = self.queues.index(row.queue)
            self.calls[q, i] = row.calls * interval_s[q, i] / INTERVAL.total_seconds()
            handle_s[q, i] = row.handle_s
            patience_s[q, i] = row.patience_s or np.inf
        self._erlangs: list[list[float]] = (self.calls * handle_s / interval_s).T.tolist()
        self.most = len({block.person_id for block in of.blocks} | of.skills.keys())
        within_s = np.array([of.promised.of(queue).within_s for queue in self.queues])
        self._fill(handle_s, patience_s, interval_s, within_s)
        self._known: dict[tuple[int, frozenset[tuple[Skills, int]]], tuple[tuple[int, ...], float]] = {}

    def _fill(self, handle_s: Floats, patience_s: Floats, interval_s: Floats, within_s: Floats) -> None:
        """`in_target` and `abandoned`: the expected calls by queue, interval, and number of agents."""
        shape = *self.calls.shape, self.most + 1
        flat = [
            np.broadcast_to(each[..., None], shape).ravel() for each in (self.calls, handle_s, patience_s, interval_s)
        ]
        agents = np.broadcast_to(np.arange(self.most + 1), shape).ravel()
        within = np.broadcast_to(within_s[:, None, None], shape).ravel()
        if not agents.size:
            self.in_target = self.abandoned = np.zeros(shape)
            return
        met = performance(Load(*flat), agents, within)
        self.in_target = (flat[0] * met.service_level()).reshape(shape)
        self.abandoned = (flat[0] * met.abandoned).reshape(shape)

    # --- who answers what ---------------------------------------------------------------------------

    def agents(self, i: int, staff: Staff) -> tuple[int, ...]:
        """How many of them are counted on each queue in interval `i`."""
        return self._looked_up(i, staff)[0]

    def answered(self, i: int, staff: Staff) -> float:
        """Calls of all queues that are answered in time in interval `i`."""
        return self._looked_up(i, staff)[1]

    def levels(self, i: int, agents: Sequence[int]) -> list[float]:
        """The service level of each queue; 1 where nobody calls."""
        return [
            float(self.in_target[q, i, n] / self.calls[q, i]) if self.calls[q, i] else 1.0 for q, n in enumerate(agents)
        ]

    def _looked_up(self, i: int, staff: Staff) -> tuple[tuple[int, ...], float]:
        key = i, frozenset((skills, count) for skills, count in staff.items() if count)
        if key not in self._known:
            agents = self._spread(i, staff)
            self._known[key] = agents, float(sum(self.in_target[q, i, n] for q, n in enumerate(agents)))
        return self._known[key]

    def _spread(self, i: int, staff: Staff) -> tuple[int, ...]:
        work, agents = self._erlangs[i], [0] * len(self.queues)
        for skills in sorted(staff, key=lambda each: (len(each), sorted(each))):
            mine = [q for q, queue in enumerate(self.queues) if queue in skills]
            for _ in range(staff[skills] if mine else 0):
                most = max(mine, key=lambda q: work[q] / (agents[q] + 1))
                agents[most] += 1
        return tuple(agents)

    # --- who is there -------------------------------------------------------------------------------

    def seats(self, of: Situation) -> dict[str, list[Skills | None]]:
        """For each person the queues that they take in each interval; None where they are not on the phones."""
        made: dict[str, list[Skills | None]] = {}
        for person, blocks in _on_phones(of).items():
            seats: list[Skills | None] = []
            for start in self.starts:
                begins, ends = max(start, self.now), start + INTERVAL
                inside = [(_overlap(block, begins, ends), block) for block in blocks]
                there = sum(seconds for seconds, _ in inside) * 2 >= (ends - begins).total_seconds()
                block = max(inside, key=lambda each: each[0])[1]
                seats.append((block.queues or of.skills.get(person, frozenset())) if there else None)
            made[person] = seats
        return made

    def staff(self, of: Situation) -> list[Counter[Skills]]:
        """People on the phones, interval by interval."""
        made: list[Counter[Skills]] = [Counter() for _ in self.starts]
        for seats in self.seats(of).values():
            for each, skills in zip(made, seats, strict=True):
                if skills is not None:
                    each[skills] += 1
        return made


def project(of: Situation, board: Board | None = None) -> Projection:
    """So far and to closing. `board` is that of this day, where it is there already: moves do not change it."""
    board = board or Board(of)
    staff = board.staff(of)
    intervals = [_was(met) for met in of.met]
    for i, start in enumerate(board.starts):
        for q, agents in enumerate(board.agents(i, staff[i])):
            numbers = (board.calls[q, i], board.in_target[q, i, agents], board.abandoned[q, i, agents])
            met = level(*(float(number) for number in numbers))
            intervals.append(Interval(queue=board.queues[q], start=start, agents=agents, level=met))
    intervals.sort(key=lambda each: (each.queue, each.start, each.agents is not None))
    past = [each for each in intervals if each.agents is None]
    queues = tuple(
        QueueDay(
            queue=queue,
            target=target,
            so_far=_together(each for each in past if each.queue == queue),
            projected=_together(each for each in intervals if each.queue == queue),
        )
        for queue, target in zip(board.queues, board.targets, strict=True)
    )
    return Projection(intervals=tuple(intervals), queues=queues, so_far=_together(past), projected=_together(intervals))


def _on_phones(of: Situation) -> dict[str, list[Planned]]:
    """The phone blocks of each person who is there."""
    made: dict[str, list[Planned]] = defaultdict(list)
    for block in of.blocks:
        if block.activity is Activity.PHONE and block.person_id not in of.absent:
            made[block.person_id].append(block)
    return made


def _overlap(block: Planned, begins: datetime, ends: datetime) -> float:
    return max(0.0, (min(block.end, ends) - max(block.start, begins)).total_seconds())


def _was(met: Met) -> Interval:
    numbers = float(met.offered), float(met.in_target), float(met.abandoned)
    return Interval(queue=met.queue, start=met.start.astimezone(UTC), agents=None, level=level(*numbers))


def _together(intervals: Iterable[Interval]) -> Level:
    levels = [each.level for each in intervals]
    return level(
        sum(each.offered for each in levels),
        sum(each.in_target for each in levels),
        sum(each.abandoned for each in levels),
    )
