"""People's days as short words: blocks and states by the clock of one day, for the tests of adherence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.adherence.folding import fold
from scheduling.adherence.judging import judge
from scheduling.adherence.model import Explanation, PersonDay, Planned, Rules, Seen, Span, Spell, Verdict
from scheduling.adherence.reporting import days
from scheduling.plan.model import Activity

DAY = datetime(2025, 3, 10, tzinfo=UTC)
HERE = ZoneInfo("UTC")


def at(clock: str) -> datetime:
    """ "9:00", "9:00:30", or of the next day "33:00"."""
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def plan(*blocks: str) -> list[Planned]:
    """Each as "phone 8:00 10:00"."""
    parts = (block.split() for block in blocks)
    return [
        Planned(person_id="ana", activity=Activity(kind), start=at(start), end=at(end)) for kind, start, end in parts
    ]


def told(*events: str) -> list[Seen]:
    """Each as "8:00 available" or "10:00 paused:break"."""
    made = []
    for event in events:
        clock, state = event.split()
        presence, _, reason = state.partition(":")
        made.append(Seen(at=at(clock), presence=presence, reason=reason))
    return made


def spells(*events: str, until: str = "24:00") -> tuple[Spell, ...]:
    return fold(told(*events), DAY, at(until)).spells


def judged(
    blocks: list[Planned],
    states: tuple[Spell, ...],
    rules: Rules | None = None,
    explanations: tuple[Explanation, ...] = (),
    zone: ZoneInfo = HERE,
) -> tuple[Span, ...]:
    return judge(blocks, states, rules or Rules(), zone, explanations)


def day(
    blocks: list[Planned],
    states: tuple[Spell, ...],
    rules: Rules | None = None,
    explanations: tuple[Explanation, ...] = (),
) -> PersonDay:
    """The report of the only day."""
    (found,) = days("ana", judged(blocks, states, rules, explanations), rules or Rules(), explanations)
    return found


def scheduled(spans: tuple[Span, ...]) -> list[str]:
    """What was planned, as "9:00 9:12 late"; the right times left out."""
    return [
        f"{_clock(span.start)} {_clock(span.end)} {span.verdict}"
        for span in spans
        if span.activity is not None and span.verdict is not Verdict.RIGHT
    ]


def _clock(moment: datetime) -> str:
    since = moment - DAY
    seconds = int(since.total_seconds())
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text
