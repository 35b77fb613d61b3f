"""The scenarios of what was said: a day each, of a forecast with its staffing, or of a scenario file. Reads files."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from core.errors import Problem
from core.yaml_places import suggestion
from scheduling.csv_lines import interval_of
from scheduling.staffing import forecast_file, staffed
from scheduling.staffing.forecast_file import Expected
from scheduling.staffing.needed import Target
from scheduling.staffing.promise import NONE
from scheduling.staffing.simulation.days import shifts, with_overflow
from scheduling.staffing.simulation.model import Agents, Queue, Scenario
from scheduling.staffing.simulation.scenario_file import Said, SaidAgents, SaidQueue
from scheduling.staffing.simulation.what_if import percent_in_seconds
from scheduling.staffing.staffed import Counted

THE_DAY = "the day"


@dataclass(frozen=True)
class Planned:
    """Scenarios by the day's name. `notes`: what the reader should know."""

    days: Mapping[str, Scenario]
    notes: tuple[str, ...] = ()


def planned(said: Said, only: Collection[date] = ()) -> Planned:
    """`only`: of all days just these. Raises `Problem`."""
    if said.forecast is None and said.staffing is None:
        return Planned({THE_DAY: _day_of_calls(said)})
    counts = staffed.read(said.staffing) if said.staffing is not None else ()
    if said.forecast is not None:
        rows = forecast_file.read(said.forecast)
        source = said.forecast
    else:
        assert said.staffing is not None
        rows, source = tuple(map(_expected, counts)), said.staffing
    return _Days(said, rows, counts, source).planned(only)


def _day_of_calls(said: Said) -> Scenario:
    queues = [
        _queue(Queue(name, of.calls or (), [of.handle_s or 1.0], of.patience_s or math.inf), of, "")
        for name, of in said.queues.items()
    ]
    return Scenario(
        name=said.name,
        queues=queues,
        agents=[_group(group, said.begins) for group in said.agents],
        interval_s=60 * (said.minutes or 15),
    )


class _Days:
    def __init__(self, said: Said, rows: Sequence[Expected], counts: Sequence[Counted], source: Path) -> None:
        self._said, self._rows, self._counts, self._source = said, rows, counts, source
        asked = None if said.minutes is None else timedelta(minutes=said.minutes)
        self._interval = interval_of(rows, asked)
        self._names = sorted({row.queue for row in rows})
        self._check()

    def planned(self, only: Collection[date]) -> Planned:
        there = sorted({row.start.date() for row in self._rows})
        if missing := sorted(set(only) - set(there)):
            remedy = f"There are {there[0]} to {there[-1]}"
            raise Problem(f"has no calls on {missing[0]}", place=str(self._source), remedy=remedy)
        notes = []
        wanted = [day for day in there if not only or day in only]
        if self._counts:
            staffed_days = {row.start.date() for row in self._counts}
            if left := [day for day in wanted if day not in staffed_days]:
                notes.append(f"{len(left)} days of the forecast are left out, since nobody is staffed: {left[0]} …")
            wanted = [day for day in wanted if day in staffed_days]
        if not wanted:
            raise Problem("has no day in common with the staffing", place=str(self._source))
        made = {f"{day:%a %Y-%m-%d}": self._day(day, notes) for day in wanted}
        return Planned(made, tuple(notes))

    def _day(self, day: date, notes: list[str]) -> Scenario:
        rows = [row for row in self._rows if row.start.date() == day]
        counts = [row for row in self._counts if row.start.date() == day]
        starts = [(row.start, row.place) for row in rows] + [(row.start, row.place) for row in counts]
        first = min(start for start, _ in starts)
        length = 1 + max(self._index(start, first, place) for start, place in starts)
        calls, handle_s, agents = (defaultdict[str, list[float]](lambda: [0.0] * length) for _ in range(3))
        for row in rows:
            at = self._index(row.start, first, row.place)
            calls[row.queue][at], handle_s[row.queue][at] = row.calls, row.handle_s
        for count in counts:
            agents[count.queue][self._index(count.start, first, count.place)] = count.agents
        queues = []
        for name in self._names:
            mine = [row for row in rows if row.queue == name]
            of = self._said.queues.get(name, SaidQueue())
            seconds = [of.handle_s] if of.handle_s else _filled(handle_s[name])
            patience_s = of.patience_s or _patience(mine)
            queues.append(_queue(Queue(name, calls[name], seconds, patience_s), of, self._target(name)))
            alone = [c for c, a in zip(calls[name], agents[name], strict=True) if c > 0 and a == 0] if counts else []
            if alone:
                notes.append(f"{name} on {day}: {sum(alone):.0f} calls come when nobody of its own is staffed")
        if self._counts:
            queues, people = self._by_counts(queues, agents)
        else:
            begins = 60 * first.hour + first.minute
            people = [_group(each, begins) for each in self._said.agents if day.weekday() in _weekdays(each)]
        return Scenario(self._said.name, queues, people, self._interval.total_seconds())

    def _by_counts(self, queues: list[Queue], agents: Mapping[str, list[float]]) -> tuple[list[Queue], list[Agents]]:
        """Each queue's agents serve it, and those whose callers overflow to them."""
        skills = {name: {name: 0} for name in self._names}
        for queue in self._names:
            for penalty, over in enumerate((o for o in self._said.overflow if o.queue == queue), 1):
                skills[over.to][queue] = penalty
        after = {name: [over.after_s for over in self._said.overflow if over.queue == name] for name in self._names}
        people = [
            group
            for name in self._names
            for group in shifts(name, [int(n) for n in agents[name]], skills[name], self._interval.total_seconds())
        ]
        return [with_overflow(queue, after[queue.name]) if after[queue.name] else queue for queue in queues], people

    def _index(self, start: datetime, first: datetime, place: str) -> int:
        whole, rest = divmod(start - first, self._interval)
        if rest:
            minutes = self._interval.total_seconds() / 60
            raise Problem(f"start is {start:%Y-%m-%d %H:%M}", place=place, remedy=f"Intervals are {minutes:g} minutes")
        return whole

    def _target(self, queue: str) -> str:
        return next((row.target for row in self._counts if row.queue == queue and row.target), "")

    def _check(self) -> None:
        """Queues that one file has and another has not."""
        said = self._said
        if self._counts and (self._counts[0].start.tzinfo is None) != (self._rows[0].start.tzinfo is None):
            place = self._counts[0].place
            raise Problem("starts have an offset in one of the files only", place=place, remedy="Write both in one way")
        for row in self._counts:
            self._known(row.queue, row.place)
        for name in said.queues:
            self._known(name, f"{said.place}, queues")
        for over in said.overflow:
            for name in (over.queue, over.to):
                self._known(name, f"{said.place}, overflow")
            if over.queue == over.to:
                raise Problem(f"from {over.queue} to itself", place=f"{said.place}, overflow")
        for group in said.agents:
            for name in group.skills:
                self._known(name, f"{said.place}, agents {group.name}")
        if self._counts and (left := sorted(set(self._names) - {row.queue for row in self._counts})):
            remedy = "Add its rows to the staffing, or take it out of the forecast"
            raise Problem(f"nobody is staffed for the queue {left[0]!r}", place=str(said.staffing), remedy=remedy)

    def _known(self, queue: str, place: str) -> None:
        if queue not in self._names:
            near = suggestion(queue, self._names)
            remedy = f"Did you mean {near}?" if near else f"There are: {', '.join(self._names)}"
            raise Problem(f"the queue {queue!r} has no calls in {self._source}", place=place, remedy=remedy)


def _expected(row: Counted) -> Expected:
    """Where there is no forecast the staffing has to tell the calls."""
    if row.calls is None or row.handle_s is None:
        missing = "calls" if row.calls is None else "handle_s"
        raise Problem(f"{missing} is empty", place=row.place, remedy="Write it, or give --forecast")
    return Expected(
        queue=row.queue,
        start=row.start,
        calls=row.calls,
        handle_s=row.handle_s,
        patience_s=row.patience_s,
        place=row.place,
    )


def _queue(queue: Queue, of: SaidQueue, target: str) -> Queue:
    """With what is said of it; `target` as in a staffing file."""
    level = of.target or (percent_in_seconds(target) if target and target != NONE else None)
    return replace(
        queue,
        handle_cv=of.handle_cv,
        priority=of.priority,
        widen=of.widen,
        level=of.level,
        call_backs=of.call_backs,
        target=Target(*level) if level else queue.target,
    )


def _group(said: SaidAgents, begins: int) -> Agents:
    """Hours before the day's first interval are not on it."""
    on = [(60.0 * max(0, start - begins), 60.0 * (end - begins)) for start, end in said.on if end > begins]
    return Agents(said.name, said.count, said.skills, on, said.level)


def _weekdays(said: SaidAgents) -> Collection[int]:
    return said.weekdays or range(7)


def _filled(handle_s: Sequence[float]) -> list[float]:
    """Intervals without a row have no calls: any handle time will do there."""
    known = [seconds for seconds in handle_s if seconds > 0]
    usual = float(np.mean(known)) if known else 1.0
    return [seconds or usual for seconds in handle_s]


def _patience(rows: Sequence[Expected]) -> float:
    """One mean for the day: the rates at which callers give up, weighted by the calls."""
    calls = [row.calls for row in rows]
    rates = [1 / row.patience_s if row.patience_s else 0.0 for row in rows]
    rate = float(np.average(rates, weights=calls)) if sum(calls) > 0 else 0.0
    return 1 / rate if rate > 0 else math.inf
