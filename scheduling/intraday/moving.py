"""Moves that would help the rest of the day, and offers to leave early when too many are there. Pure.

Suggestions are found one after the other, each once those before it are followed: of all that bring nearly as many
points for an hour of a person as the best, the one that brings the most points, since five minutes here and ten there
help nobody. The effect is what `project` says with the move and without it. Intervals do not depend on each other
there, so a move's effect is the sum over its intervals, and only those are looked at while searching.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace as with_

from scheduling.adherence.model import Planned, in_order
from scheduling.history.model import INTERVAL
from scheduling.intraday.model import Move, MoveKind, MoveRules, Projection, Situation
from scheduling.intraday.projecting import Board, Skills, project
from scheduling.plan.model import RESTS, Activity

NEVER_MOVED = RESTS | {Activity.PHONE}
NEARLY = 0.8  # of the points an hour that the best move brings


class _Found(NamedTuple):
    """`calls` more (or fewer) answered in time."""

    people: tuple[str, ...]
    activity: Activity
    start: datetime
    end: datetime
    calls: float

    @property
    def hours(self) -> float:
        return len(self.people) * ((self.end - self.start) / timedelta(hours=1))


def suggestions(of: Situation, rules: MoveRules, projection: Projection) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
    """Moves where a queue is heading for less than its target, offers to leave early where none is.

    Never both: nobody is asked to the phones and offered to go home in one breath. `projection` is that of `of`.
    """
    if any(queue.is_behind for queue in projection.queues):
        return moves(of, rules), ()
    return (), early_leave(of, rules)


def moves(of: Situation, rules: MoveRules) -> tuple[Move, ...]:
    """At most `rules.most` moves to the phones, the best first; empty where none brings `rules.least_points`."""
    search = _Search(of, rules)
    made: list[Move] = []
    while len(made) < rules.most:
        all_ = [each for each in search.gains() if each.calls > 0]
        best = max((each.calls / each.hours for each in all_), default=0.0)
        good = [each for each in all_ if each.calls / each.hours >= NEARLY * best]
        found = max(good, key=lambda each: (round(each.calls, 9), -each.start.timestamp(), each.people), default=None)
        if found is None or (move := search.made("to_phones", found)).points < rules.least_points:
            break
        made.append(move)
        search.follow(move)
    return tuple(made)


def early_leave(of: Situation, rules: MoveRules) -> tuple[Move, ...]:
    """At most `rules.most` offers to go home before the end of the shift, those that cost the least first.

    None takes a queue below what is promised, in any of its intervals or for the day; nor do all of them together.
    """
    search = _Search(of, rules)
    made: list[Move] = []
    while len(made) < rules.most:
        found = max(
            search.leaves(),
            key=lambda each: (round(each.calls / each.hours, 9), each.hours, each.people),
            default=None,
        )
        if found is None:
            break
        made.append(search.made("leave_early", found))
        search.follow(made[-1])
    return tuple(made)


def apply(of: Situation, move: Move) -> Situation:
    """The situation once `move` is followed."""
    blocks: list[Planned] = []
    for block in of.blocks:
        start, end = max(block.start, move.start), min(block.end, move.end)
        if block.person_id not in move.person_ids or start >= end:
            blocks.append(block)
            continue
        if move.kind == "to_phones" and block.activity is not move.activity:
            blocks.append(block)
            continue
        if block.start < start:
            blocks.append(with_(block, end=start))
        if move.kind == "to_phones":
            queues = of.skills[block.person_id]
            blocks.append(with_(block, start=start, end=end, activity=Activity.PHONE, queues=queues))
        if end < block.end:
            blocks.append(with_(block, start=end))
    return replace(of, blocks=tuple(blocks))


def told(move: Move, names: Mapping[str, str], zone: ZoneInfo) -> str:
    """In a sentence: "pull Ana and Ben from correspondence 13:00–14:00: +6.0 points"."""
    people = [names.get(person, person) for person in move.person_ids]
    who = " and ".join([", ".join(people[:-1]), people[-1]] if people[1:] else people)
    start, end = (f"{when.astimezone(zone):%H:%M}" for when in (move.start, move.end))
    points = f"{round(move.points, 1) + 0.0:+.1f} points"  # a loss of nearly nothing is not written as -0.0
    if move.kind == "leave_early":
        return f"offer {who} to leave at {start} instead of {end}: {points}"
    return f"pull {who} from {move.activity} {start}–{end}: {points}"


class _Search:
    """The day as it would be with the suggestions so far (`now`), and what would help it next."""

    def __init__(self, of: Situation, rules: MoveRules) -> None:
        self._of, self._rules, self._board = of, rules, Board(of)
        self._soonest = self._board.now + timedelta(minutes=rules.notice_minutes)
        self._first = _share(project(of, self._board))
        self._now, self._projected = of, project(of, self._board)

    def follow(self, move: Move) -> None:
        self._now = apply(self._now, move)
        self._projected = project(self._now, self._board)

    def made(self, kind: MoveKind, found: _Found) -> Move:
        """With its effect: on top of those before it, and by itself."""
        move = Move(
            kind=kind,
            person_ids=found.people,
            activity=found.activity,
            start=found.start,
            end=found.end,
            points=0.0,
            alone=0.0,
            points_per_hour=0.0,
            service_level=0.0,
        )
        after, alone = (_share(project(apply(each, move), self._board)) for each in (self._now, self._of))
        points = 100 * (after - _share(self._projected))
        return with_(
            move,
            points=points,
            alone=100 * (alone - self._first),
            points_per_hour=points / move.person_hours,
            service_level=after,
        )

    # --- to the phones ------------------------------------------------------------------------------

    def gains(self) -> Iterator[_Found]:
        """For each activity and time the people who bring the most."""
        staff = self._board.staff(self._now)
        at = {start: i for i, start in enumerate(self._board.starts)}
        free: dict[tuple[Activity, datetime, datetime], list[str]] = defaultdict(list)
        for person, blocks in _by_person(self._now).items():
            for block in blocks if self._now.skills.get(person) else ():
                for start, end in self._windows(block, blocks):
                    free[block.activity, start, end].append(person)
        for (activity, start, end), people in free.items():
            window = range(at[start], at[end - INTERVAL] + 1)
            for names, calls in self._groups(window, [Counter(staff[i]) for i in window], people):
                yield _Found(tuple(sorted(names)), activity, start, end, calls)

    def _groups(
        self, window: range, staff: Sequence[Counter[Skills]], people: Sequence[str]
    ) -> Iterator[tuple[list[str], float]]:
        """The best one, the best two, and so on, with the calls they bring. `staff` is changed."""
        waiting: dict[Skills, list[str]] = defaultdict(list)
        for person in people:
            waiting[self._now.skills[person]].append(person)
        before = self._answered(window, staff)
        chosen: list[str] = []
        while len(chosen) < self._rules.most_people and waiting:
            gains = {skills: self._answered(window, staff, skills) - before for skills in sorted(waiting, key=sorted)}
            skills = max(gains, key=lambda each: gains[each])
            chosen.append(waiting[skills].pop(0))
            if not waiting[skills]:
                del waiting[skills]
            for each in staff:
                each[skills] += 1
            yield list(chosen), gains[skills]

    def _answered(self, window: range, staff: Sequence[Counter[Skills]], more: Skills | None = None) -> float:
        """Calls answered in time in the window, with one person more."""
        extra = Counter() if more is None else Counter({more: 1})
        return sum(self._board.answered(i, each + extra) for i, each in zip(window, staff, strict=True))

    def _windows(self, block: Planned, day: Sequence[Planned]) -> Iterator[tuple[datetime, datetime]]:
        """When the person may be taken out of `block`."""
        if block.activity not in self._rules.movable - NEVER_MOVED:
            return
        least = min(timedelta(minutes=self._rules.least_minutes), block.end - block.start)
        most = timedelta(minutes=self._rules.phone_most)
        inside = [start for start in self._board.starts if block.start <= start and start + INTERVAL <= block.end]
        for n, start in enumerate(inside):
            if start < self._soonest or not self._leaves_enough(start - block.start):
                continue
            for count, last in enumerate(inside[n:], start=1):
                end = start + count * INTERVAL
                if last + INTERVAL != end or _phone_stretch(day, start, end) > most:
                    break
                if end - start >= least and self._leaves_enough(block.end - end):
                    yield start, end

    def _leaves_enough(self, part: timedelta) -> bool:
        return not part or part >= timedelta(minutes=self._rules.least_minutes)

    # --- home ---------------------------------------------------------------------------------------

    def leaves(self) -> Iterator[_Found]:
        """For each person the longest time that they are not needed for, up to the end of their shift."""
        seats, staff = self._board.seats(self._now), self._board.staff(self._now)
        least = timedelta(minutes=self._rules.leave_least)
        may_drop = (self._rules.movable | {Activity.PHONE}) - RESTS
        for person, blocks in _by_person(self._now).items():
            end = start = blocks[-1].end
            for block in reversed(blocks):
                if block.end != start or block.activity not in may_drop:
                    break
                start = block.start
            for begins in self._board.starts:
                if begins < max(start, self._soonest) or end - begins < least:
                    continue
                calls = self._lost(staff, seats.get(person, []), begins)
                if calls is not None:
                    activity = next(block.activity for block in blocks if block.end > begins)
                    yield _Found((person,), activity, begins, end, calls)
                    break

    def _lost(self, staff: Sequence[Counter[Skills]], seats: Sequence[Skills | None], begins: datetime) -> float | None:
        """Calls no longer answered in time, as a number below 0; None where a promise would not be kept."""
        board = self._board
        by_queue: dict[int, float] = defaultdict(float)  # of the queues that have one fewer
        for i, skills in enumerate(seats):
            if board.starts[i] < begins or skills is None:
                continue
            had, has = (board.agents(i, each) for each in (staff[i], staff[i] - Counter({skills: 1})))
            for q, (old, new) in enumerate(zip(board.levels(i, had), board.levels(i, has), strict=True)):
                if had[q] == has[q]:
                    continue
                target = board.targets[q]
                if new < old and target is not None and new < target:
                    return None
                by_queue[q] += (new - old) * float(board.calls[q, i])
        for q, lost in by_queue.items():
            day = self._projected.queues[q]
            promised = 0.0 if day.target is None else day.target
            if day.projected.in_target + lost < promised * day.projected.offered:
                return None
        return sum(by_queue.values())


def _share(of: Projection) -> float:
    return 1.0 if of.projected.service_level is None else of.projected.service_level


def _phone_stretch(day: Sequence[Planned], start: datetime, end: datetime) -> timedelta:
    """How long one would be on the phones without a rest or other work, were this time on the phones too."""
    for block in reversed(day):
        if block.activity is Activity.PHONE and block.end == start:
            start = block.start
    for block in day:
        if block.activity is Activity.PHONE and block.start == end:
            end = block.end
    return end - start


def _by_person(of: Situation) -> dict[str, list[Planned]]:
    made: dict[str, list[Planned]] = defaultdict(list)
    for block in of.blocks:
        if block.person_id not in of.absent:
            made[block.person_id].append(block)
    days = {person: in_order(made[person]) for person in sorted(made)}
    return {person: day for person, day in days.items() if day}
