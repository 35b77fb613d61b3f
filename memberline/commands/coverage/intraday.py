"""`memberline coverage intraday`: the rest of the day, and whom to move for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from core.errors import Problem
from core.events import Message
from core.yaml_places import suggestion
from scheduling.adherence import files as plans
from scheduling.adherence.model import Planned
from scheduling.forecast import checking
from scheduling.forecast.calendar import Calendar
from scheduling.forecast.forecasting import forecast
from scheduling.history import csv_file
from scheduling.history.intervals import merged
from scheduling.intraday import files, moving
from scheduling.intraday.model import (
    Level,
    Move,
    MoveRules,
    Projection,
    QueueDay,
    Situation,
    level,
    situation,
    skills_planned,
)
from scheduling.intraday.projecting import project
from scheduling.staffing.promise import promise

NAME = 20  # characters


class Told(Message, frozen=True, kw_only=True):
    """`moves` where a queue is heading for less than its target; `early_leave` are offers for where none is."""

    zone: str
    now: datetime
    projection: Projection
    moves: tuple[Move, ...]
    early_leave: tuple[Move, ...]


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("today", type=click.Path(path_type=Path))
@click.argument("history", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--calendar", type=click.Path(path_type=Path), help="Holidays, mailings, campaigns, outages (YAML).")
@click.option("--zone", default="UTC", help="The site's time zone, without a calendar: America/New_York.")
@click.option("--target", "targets", multiple=True, help="80/20: 80 % in 20 s, if not said. Or retirement=90/30; none.")
@click.option("--absent", multiple=True, metavar="PERSON", help="Is planned and will not come (back). Often, if so.")
@click.option("--format", "form", default="text", type=click.Choice(["text", "json"]), help="What is printed.")
def command(  # noqa: PLR0917 - click gives each option by itself
    plan: Path,
    today: Path,
    history: tuple[Path, ...],
    calendar: Path | None,
    zone: str,
    targets: tuple[str, ...],
    absent: tuple[str, ...],
    form: str,
) -> None:
    """Forecast the rest of a day again, tell the service level it is heading for, and whom to move.

    PLAN is the schedule as for 'adherence'; TODAY is CSV (queue, start, offered, in_target, abandoned), complete up to
    its last interval, which is taken for now; HISTORY as for 'forecast'. Whoever is moved to the phones takes the
    queues of their other phone blocks, else all.
    """
    given = checking.read(calendar) if calendar else Calendar(zone=zone)
    checking.check(given)
    site = ZoneInfo(given.zone)
    met, planned = files.read(today, site), plans.read_plan(plan, site)
    now, day = files.until(met), met[0].start.astimezone(site).date()
    rows = merged(*(csv_file.read(path, site) for path in history))
    made = forecast(rows, given, day, day)
    queues = tuple(sorted({row.queue for row in made.rows}))
    if unknown := sorted({each.queue for each in met} - set(queues)):
        raise Problem(f"nothing is forecast for {', '.join(unknown)} on {day}", place=str(today))
    promised = promise(targets)
    promised.check(queues)
    blocks = [
        block
        for mine in planned.blocks.values()
        for block in mine
        if block.start.astimezone(site).date() <= day <= block.end.astimezone(site).date()
    ]
    if not blocks:
        raise Problem(f"plans nobody on {day}", place=str(plan))
    _check_absent(absent, planned.blocks)
    of = situation(
        now,
        made.rows,
        {queue.queue: queue.spread for queue in made.queues},
        met=met,
        blocks=blocks,
        skills=skills_planned(planned.blocks, frozenset(queues)),
        promised=promised,
        absent=frozenset(absent),
        outages=given.outages,
    )
    told = _told(of, given.zone)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=1))
    else:
        click.echo("\n".join(_text(told, planned.names, site)))


def _told(of: Situation, zone: str) -> Told:
    projection = project(of)
    moves, early_leave = moving.suggestions(of, MoveRules(), projection)
    return Told(zone=zone, now=of.now.astimezone(UTC), projection=projection, moves=moves, early_leave=early_leave)


def _check_absent(absent: tuple[str, ...], blocks: Mapping[str, list[Planned]]) -> None:
    for person in absent:
        if person not in blocks:
            near = suggestion(person, list(blocks))
            remedy = f"Did you mean {near}?" if near else "Expected somebody who is planned"
            raise Problem(f"nobody is {person!r}", place="--absent", remedy=remedy)


# --- as text ----------------------------------------------------------------------------------------


def _text(told: Told, names: Mapping[str, str], site: ZoneInfo) -> Iterator[str]:
    yield f"{told.now.astimezone(site):%a %Y-%m-%d %H:%M} ({told.zone})"
    yield f"{'':{NAME}}{'so far':>20}{'rest':>20}{'to closing':>20}{'target':>9}"
    for queue in told.projection.queues:
        yield _line(queue.queue, queue.so_far, queue.projected, _target(queue))
    if len(told.projection.queues) > 1:
        yield _line("all", told.projection.so_far, told.projection.projected, "")
    yield ""
    if not told.moves and not told.early_leave:
        yield "nothing to move: no move would help, and nobody can be spared"
    if told.moves:
        yield "would help, each once those before it are done:"
        yield from (f"  {moving.told(move, names, site)}" for move in told.moves)
    if told.early_leave:
        yield "can be offered:"
        yield from (f"  {moving.told(move, names, site)}" for move in told.early_leave)


def _line(name: str, so_far: Level, projected: Level, target: str) -> str:
    rest = level(
        projected.offered - so_far.offered,
        projected.in_target - so_far.in_target,
        projected.abandoned - so_far.abandoned,
    )
    cells = "".join(f"{_level(each):>20}" for each in (so_far, rest, projected))
    return f"{name[: NAME - 1]:{NAME}}{cells}{target:>9}".rstrip()


def _level(each: Level) -> str:
    if each.service_level is None:
        return "no calls"
    return f"{each.service_level:.1%} of {each.offered:.0f}"


def _target(queue: QueueDay) -> str:
    return "none" if queue.target is None else f"{queue.target:.0%}"
