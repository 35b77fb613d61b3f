"""A person's day as a row of characters, one for a quarter of an hour. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.adherence.model import GONE, OUT, UNKNOWN, Span, Verdict
from scheduling.plan.clocks import moment

CELL = timedelta(minutes=15)
SHOWN = timedelta(minutes=5)  # what is out of adherence shows from here on, though it be the smaller part of its cell
_SCALE = 8  # cells from one hour that is written to the next

LETTERS = {
    Verdict.RIGHT: "#",
    Verdict.GRACE: "#",
    Verdict.CALL: "c",
    Verdict.EXCUSED: "x",
    Verdict.LATE: "L",
    Verdict.LEFT_EARLY: "E",
    Verdict.MISSING: "M",
    Verdict.WRONG: "W",
    Verdict.UNKNOWN: "?",
    Verdict.NOT_SCHEDULED: "+",
}
LEGEND = (
    "# as planned   L late   E left early   M missing   W wrong state   c call past the end   x excused",
    "? not known   + there, but nothing was planned   (a character is a quarter of an hour)",
)


def hours(people: Iterable[Sequence[Span]], day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the full hour before the first thing that is drawn to the one after the last; UTC."""
    drawn = [span for spans in people for span in spans if _drawn(span)]
    midnight = moment(day, 0, zone)
    hour = timedelta(hours=1)
    first = min((span.start for span in drawn), default=midnight)
    last = max((span.end for span in drawn), default=midnight + hour)
    return midnight + (first - midnight) // hour * hour, midnight - (midnight - last) // hour * hour


def cells(first: datetime, last: datetime) -> int:
    return (last - first) // CELL


def scale(first: datetime, last: datetime, zone: ZoneInfo) -> str:
    """The hours above the bars, as the site's clocks show them."""
    width = cells(first, last)
    marks = (f"{(first + n * CELL).astimezone(zone).hour:<{_SCALE}}" for n in range(0, width, _SCALE))
    return "".join(marks)[:width].ljust(width)


def bar(spans: Sequence[Span], first: datetime, last: datetime) -> str:
    """One character for each quarter: what was out of adherence for 5 minutes, else what lasted longest."""
    drawn, made, n = [span for span in spans if _drawn(span)], "", 0
    at = first.astimezone(UTC)
    while at < last:
        while n < len(drawn) and drawn[n].end <= at:
            n += 1
        lasts: dict[Verdict, timedelta] = {}
        ahead = n
        while ahead < len(drawn) and drawn[ahead].start < at + CELL:
            span = drawn[ahead]
            lasts[span.verdict] = lasts.get(span.verdict, timedelta()) + min(span.end, at + CELL) - max(span.start, at)
            ahead += 1
        made += _letter(lasts)
        at += CELL
    return made


def _drawn(span: Span) -> bool:
    """Not the time in which nothing was planned and nobody was there."""
    return span.verdict is not Verdict.NOT_SCHEDULED or span.presence not in GONE | {UNKNOWN}


def _letter(lasts: dict[Verdict, timedelta]) -> str:
    if not lasts:
        return "."
    out = {verdict: length for verdict, length in lasts.items() if verdict in OUT and length >= SHOWN}
    shown = out or lasts
    return LETTERS[max(shown, key=lambda each: shown[each])]
