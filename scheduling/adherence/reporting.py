"""A person's days from the spans that were judged: adherence, conformance, minutes by reason, exceptions. Pure.

Costs O(spans), and O(minutes) for the minutes one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from scheduling.adherence.model import (
    IN,
    OUT,
    Deviation,
    Explanation,
    PersonDay,
    Rules,
    Span,
    Verdict,
    is_rest,
    state_name,
)

MINUTE = timedelta(minutes=1)


def days(
    person_id: str, spans: Iterable[Span], rules: Rules, explanations: Sequence[Explanation] = ()
) -> tuple[PersonDay, ...]:
    """Of each day on which something was planned or worked. `explanations` are this person's, decided or not."""
    by_day: dict[date, list[Span]] = defaultdict(list)
    for span in spans:
        by_day[span.day].append(span)
    made = (_day(person_id, day, by_day[day], rules, explanations) for day in sorted(by_day))
    return tuple(each for each in made if each.scheduled_s or each.worked_s)


def total(of: Sequence[PersonDay]) -> tuple[float | None, float | None]:
    """Adherence and conformance of several days or people together, weighed by their time; None: nothing planned."""
    heard = sum(each.scheduled_s - each.unknown_s for each in of)
    return (
        _share(sum(each.adherent_s for each in of), heard),
        _share(sum(each.worked_s for each in of), sum(each.work_planned_s for each in of)),
    )


def by_minute(spans: Sequence[Span], start: datetime, end: datetime) -> tuple[Verdict, ...]:
    """One verdict for each minute from `start` up to `end`: that which lasts longest in it, of two the earlier.

    A minute of which nothing is known, and nothing was planned, is `not_scheduled`.
    """
    made: list[Verdict] = []
    n, at = 0, start
    while at < end:
        then = at + MINUTE
        while n < len(spans) and spans[n].end <= at:
            n += 1
        lasts: dict[Verdict, timedelta] = {}
        ahead = n
        while ahead < len(spans) and spans[ahead].start < then:
            span = spans[ahead]
            inside = min(span.end, then) - max(span.start, at)
            lasts[span.verdict] = lasts.get(span.verdict, timedelta()) + inside
            ahead += 1
        made.append(max(lasts, key=lambda each: lasts[each]) if lasts else Verdict.NOT_SCHEDULED)
        at = then
    return tuple(made)


def _day(
    person_id: str, day: date, spans: Sequence[Span], rules: Rules, explanations: Sequence[Explanation]
) -> PersonDay:
    by_verdict: dict[Verdict, float] = defaultdict(float)
    scheduled_s = planned_s = worked_s = 0.0
    for span in spans:
        if rules.is_work(span.presence, span.reason):
            worked_s += span.seconds
        if span.activity is None:
            continue
        scheduled_s += span.seconds
        by_verdict[span.verdict] += span.seconds
        if not is_rest(span.activity) and span.verdict is not Verdict.UNKNOWN:
            planned_s += span.seconds
    adherent_s = sum(seconds for verdict, seconds in by_verdict.items() if verdict in IN)
    unknown_s = by_verdict.get(Verdict.UNKNOWN, 0.0)
    return PersonDay(
        person_id=person_id,
        day=day,
        scheduled_s=scheduled_s,
        unknown_s=unknown_s,
        adherent_s=adherent_s,
        excused_s=by_verdict.get(Verdict.EXCUSED, 0.0),
        work_planned_s=planned_s,
        worked_s=worked_s,
        adherence=_share(adherent_s, scheduled_s - unknown_s),
        conformance=_share(worked_s, planned_s),
        by_verdict={verdict: by_verdict[verdict] for verdict in Verdict if verdict in by_verdict},
        exceptions=_exceptions(spans, explanations),
    )


def _exceptions(spans: Iterable[Span], explanations: Sequence[Explanation]) -> tuple[Deviation, ...]:
    """Spans that touch, of one activity and verdict, as one."""
    runs: list[list[Span]] = []
    for span in spans:
        if span.verdict not in OUT and span.verdict is not Verdict.EXCUSED:
            continue
        if runs and runs[-1][-1].end == span.start and _kind(runs[-1][-1]) == _kind(span):
            runs[-1].append(span)
        else:
            runs.append([span])
    return tuple(_deviation(run, explanations) for run in runs)


def _kind(span: Span) -> tuple[object, ...]:
    return span.verdict, span.was, span.activity


def _deviation(run: Sequence[Span], explanations: Sequence[Explanation]) -> Deviation:
    first, end = run[0], run[-1].end
    assert first.activity is not None
    excused = first.verdict is Verdict.EXCUSED
    return Deviation(
        start=first.start,
        end=end,
        verdict=first.was or first.verdict,
        activity=first.activity,
        states=tuple(state_name(span.presence, span.reason) for span in run),
        excused=excused,
        explanation=next(
            (
                each
                for each in explanations
                if each.start < end and first.start < each.end and (each.decision == "approved") == excused
            ),
            None,
        ),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
