"""A small office at noon, for the tests of the rest of the day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from scheduling.adherence.model import Planned
from scheduling.forecast.model import ForecastRow
from scheduling.intraday.model import Met, Situation
from scheduling.plan.model import Activity

DAY = datetime(2025, 3, 10, tzinfo=UTC)
OPENS, CLOSES = 8, 17
GENERAL = frozenset({"general"})


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def block(person: str, kind: str, start: float, end: float, *queues: str) -> Planned:
    return Planned(person_id=person, activity=Activity(kind), start=at(start), end=at(end), queues=frozenset(queues))


def rows(calls: float, queue: str = "general", *, begins: float = OPENS, ends: float = CLOSES) -> list[ForecastRow]:
    count = int((ends - begins) * 4)
    return [
        ForecastRow(
            queue=queue,
            start=at(begins + n / 4),
            calls=calls,
            low=calls,
            high=calls,
            handle_s=300,
            patience_s=120,
        )
        for n in range(count)
    ]


def met(offered: int, in_target: int, until: float, queue: str = "general") -> list[Met]:
    return [
        Met(queue=queue, start=at(OPENS + n / 4), offered=offered, in_target=in_target)
        for n in range(int((until - OPENS) * 4))
    ]


def phones(*people: str, start: float = OPENS, end: float = CLOSES) -> list[Planned]:
    return [block(person, "phone", start, end) for person in people]


def office(
    blocks: Iterable[Planned], *, now: float = 12, calls: float = 12, skills: dict[str, frozenset[str]] | None = None
) -> Situation:
    """One queue whose morning was 80 % in time; everybody takes its calls."""
    planned = tuple(blocks)
    return Situation(
        now=at(now),
        met=tuple(met(10, 8, now)),
        expected=tuple(row for row in rows(calls) if row.start >= at(now)),
        blocks=planned,
        skills={block.person_id: GENERAL for block in planned} | (skills or {}),
    )


SEVEN = ("p1", "p2", "p3", "p4", "p5", "p6", "p7")
