"""`memberline coverage adherence`: planned against real, who kept to the schedule."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from core.errors import Problem
from core.events import Message
from core.yaml_places import suggestion
from scheduling.adherence import bars, files
from scheduling.adherence.folding import fold
from scheduling.adherence.judging import judge
from scheduling.adherence.model import (
    PRESENCES,
    RIGHT_STATES,
    PersonDay,
    Rules,
    Seen,
    Span,
    Verdict,
)
from scheduling.adherence.reporting import days, total
from scheduling.plan.clocks import moment
from scheduling.plan.model import Activity

REASONS = (Verdict.LATE, Verdict.LEFT_EARLY, Verdict.MISSING, Verdict.WRONG, Verdict.EXCUSED, Verdict.CALL)
VERDICTS = tuple(each for each in Verdict if each is not Verdict.NOT_SCHEDULED)
MINUTES = ("scheduled", "work_planned", "worked", *VERDICTS)
COLUMNS = ("person", "day", "adherence", "conformance", *(f"{each}_min" for each in MINUTES))
MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"])
NAME = 20  # characters


class Told(Message, frozen=True, kw_only=True):
    """The days by person, each with its exceptions. `until` is as far as was judged; shares are of all together."""

    zone: str
    until: datetime
    adherence: float | None
    conformance: float | None
    days: tuple[PersonDay, ...]
    notes: tuple[str, ...]


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("events", type=click.Path(path_type=Path))
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day; else the first of the plan.")
@click.option("--to", "last", type=MOMENT, help="Last day, or the moment up to which is judged: '2026-03-09 14:00'.")
@click.option("--zone", default="UTC", help="The site's time zone: America/New_York.")
@click.option("--grace", default=60.0, type=click.FloatRange(0, 3600), help="Seconds at a block's start and end; 60.")
@click.option("--right", multiple=True, help="A state that satisfies a kind of block too: training=paused:coaching.")
@click.option("--explanations", type=click.Path(path_type=Path), help="What people said of it, and what was decided.")
@click.option("--exceptions", is_flag=True, help="Text: list every time that was not as planned.")
@click.option("--format", "form", default="text", type=click.Choice(["text", "csv", "json"]), help="What is printed.")
def command(  # noqa: PLR0917 - click gives each option by itself
    plan: Path,
    events: Path,
    first: datetime | None,
    last: datetime | None,
    zone: str,
    grace: float,
    right: tuple[str, ...],
    explanations: Path | None,
    exceptions: bool,
    form: str,
) -> None:
    """Lay a PLAN over the EVENTS of presence: adherence and conformance of each person and day, minutes by reason.

    PLAN is CSV (person, kind, start, end) or what 'coverage plan --out' stores as JSON; EVENTS is CSV (person, time,
    state, reason). Events are taken to be complete up to --to, else to the end of their last day, but not past now.
    """
    site = _zone(zone)
    rules = Rules(right=_right(right), grace_start_s=grace, grace_end_s=grace)
    planned, seen = files.read_plan(plan, site), files.read_events(events, site)
    said = files.read_explanations(explanations, site) if explanations else {}
    begins = min(block.start for blocks in planned.blocks.values() for block in blocks).astimezone(site).date()
    begins = first.date() if first else begins
    until = _until(last, seen.people, site)
    if until <= moment(begins, 0, site):
        raise Problem(f"nothing before {until.astimezone(site):%Y-%m-%d %H:%M} is asked for", place="--from and --to")
    found: list[PersonDay] = []
    spans: dict[str, tuple[Span, ...]] = {}
    late = 0
    for person in sorted({*planned.blocks, *seen.people}):
        # the evening before may reach into the first day
        since = moment(begins - timedelta(days=1), 0, site)
        folded = fold(seen.people.get(person, ()), since, until, seen.everybody)
        late += folded.out_of_order
        mine = said.get(person, [])
        judged = judge(planned.blocks.get(person, ()), folded.spells, rules, site, mine)
        ends = (until - timedelta(microseconds=1)).astimezone(site).date()
        spans[person] = tuple(span for span in judged if begins <= span.day <= ends)
        found += days(person, spans[person], rules, mine)
    adherence, conformance = total(found)
    told = Told(
        zone=site.key,
        until=until,
        adherence=adherence,
        conformance=conformance,
        days=tuple(sorted(found, key=lambda each: (each.day, each.person_id))),
        notes=tuple(_notes(planned.blocks, seen.people, late)),
    )
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=1))
    elif form == "csv":
        click.echo(_csv(told.days), nl=False)
    else:
        click.echo("\n".join(_text(told, spans, planned.names, site, exceptions)))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Problem(f"is {name!r}", place="--zone", remedy="Write it as America/New_York") from None


def _right(pairs: Sequence[str]) -> dict[Activity, frozenset[str]]:
    made = dict(RIGHT_STATES)
    for text in pairs:
        kind, _, state = (part.strip() for part in text.partition("="))
        if kind not in made or state.partition(":")[0] not in PRESENCES:
            near = suggestion(kind, [each.value for each in made])
            remedy = f"Did you mean {near}?" if near and near != kind else "Write it as training=paused:coaching"
            raise Problem(f"{text!r} is no state of a block", place="--right", remedy=remedy)
        made[Activity(kind)] |= {state}
    return made


def _until(last: datetime | None, seen: Mapping[str, Sequence[Seen]], site: ZoneInfo) -> datetime:
    """A day means all of it; the future is not judged."""
    if last is not None and (last.hour or last.minute):
        asked = last.replace(tzinfo=site).astimezone(UTC)
    else:
        day = last.date() if last else max(event.at for events in seen.values() for event in events)
        day = day.astimezone(site).date() if isinstance(day, datetime) else day
        asked = moment(day + timedelta(days=1), 0, site)
    return min(asked, datetime.now(UTC))


def _notes(planned: Mapping[str, object], seen: Mapping[str, object], out_of_order: int) -> Iterator[str]:
    if absent := sorted(planned.keys() - seen.keys()):
        yield f"no event of {_listed(absent)}: taken to have been signed out"
    if others := sorted(seen.keys() - planned.keys()):
        yield f"nothing is planned for {_listed(others)}"
    if out_of_order:
        yield f"{out_of_order} events were out of order in the file and were put in their place"


def _listed(people: Sequence[str]) -> str:
    more = f" and {len(people) - 5} more" if len(people) > 5 else ""
    return ", ".join(people[:5]) + more


# --- printed ----------------------------------------------------------------------------------------


def _csv(found: Sequence[PersonDay]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for each in found:
        shares = ["" if share is None else round(share, 4) for share in (each.adherence, each.conformance)]
        seconds = [each.scheduled_s, each.work_planned_s, each.worked_s]
        seconds += [each.by_verdict.get(verdict, 0.0) for verdict in VERDICTS]
        table.writerow([each.person_id, each.day, *shares, *(round(number / 60, 2) for number in seconds)])
    return out.getvalue()


def _text(
    told: Told, spans: Mapping[str, Sequence[Span]], names: Mapping[str, str], site: ZoneInfo, exceptions: bool
) -> Iterator[str]:
    by_day: dict[date, list[PersonDay]] = {}
    for each in told.days:
        by_day.setdefault(each.day, []).append(each)
    for day, people in by_day.items():
        of_day = {each.person_id: [span for span in spans[each.person_id] if span.day == day] for each in people}
        first, last = bars.hours(of_day.values(), day, site)
        yield f"{day:%a %Y-%m-%d} ({site.key})"
        heads = "".join(f"{head:>8}" for head in ("late", "early", "missing", "wrong", "excused", "call"))
        yield f"{'':{NAME}} {bars.scale(first, last, site)} adher  conf{heads}   minutes"
        for each in sorted(people, key=lambda one: (1.0 if one.adherence is None else one.adherence, one.person_id)):
            bar = bars.bar(of_day[each.person_id], first, last)
            yield f"{names.get(each.person_id, each.person_id)[:NAME]:{NAME}} {bar} {_shares(each)}{_minutes(each)}"
            if exceptions:
                yield from _exceptions(each, site)
        adherence, conformance = total(people)
        together = f"{_share(adherence)} {_share(conformance)}"
        yield f"{'all':{NAME}} {'':{bars.cells(first, last)}} {together}"
        yield ""
    yield from bars.LEGEND
    yield from (f"note: {note}" for note in told.notes)


def _shares(each: PersonDay) -> str:
    return f"{_share(each.adherence)} {_share(each.conformance)}"


def _share(share: float | None) -> str:
    return "    -" if share is None else f"{share:5.0%}"


def _minutes(each: PersonDay) -> str:
    minutes = [each.by_verdict.get(verdict, 0.0) / 60 for verdict in REASONS]
    return "".join(f"{number:>8.0f}" if number else f"{'.':>8}" for number in minutes)


def _exceptions(each: PersonDay, site: ZoneInfo) -> Iterator[str]:
    for one in each.exceptions:
        start, end = (when.astimezone(site) for when in (one.start, one.end))
        excused = ", excused" if one.excused else ""
        why = f" ({one.explanation.text}: {one.explanation.decision})" if one.explanation else ""
        verdict = one.verdict.replace("_", " ")
        yield f"    {start:%H:%M:%S} to {end:%H:%M:%S} {one.activity}: {verdict}, {', '.join(one.states)}{excused}{why}"
