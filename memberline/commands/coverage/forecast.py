"""`memberline coverage forecast`: how many will call, by queue and quarter hour."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click
import msgspec

from core.errors import Problem
from core.events import Message
from scheduling.forecast import checking
from scheduling.forecast.adjusting import adjusted
from scheduling.forecast.calendar import Calendar
from scheduling.forecast.forecasting import forecast
from scheduling.forecast.intraday import reforecast
from scheduling.forecast.model import AdjustedRow, Adjustment, Forecast, ForecastRow, Method
from scheduling.history import csv_file
from scheduling.history.intervals import merged
from scheduling.history.model import INTERVAL, IntervalRow

COLUMNS = ("queue", "start", "calls", "low", "high", "planned", "handle_s", "patience_s")


class Told(Message, frozen=True, kw_only=True):
    """`planned` are the forecast's rows as the changes by hand make them, each beside what it was."""

    forecast: Forecast
    planned: tuple[AdjustedRow, ...]


@click.command()
@click.argument("history", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--calendar", type=click.Path(path_type=Path), help="Holidays, mailings, campaigns, outages (YAML).")
@click.option("--zone", default="UTC", help="The site's time zone, without a calendar: America/New_York.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day; else the one after the history.")
@click.option("--weeks", default=4, type=click.IntRange(1, 52), help="How many weeks; 4 if not said.")
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="What 3/9/2026 is, where the history does not tell.")
@click.option("--adjustments", type=click.Path(path_type=Path), help="Changes by hand (JSON, a list).")
@click.option("--so-far", type=click.Path(path_type=Path), help="Today's calls (CSV): the rest of the day is forecast.")
@click.option("--method", "methods", multiple=True, type=click.Choice(get_args(Method)), help="Compare only these.")
@click.option("--format", "form", default="text", type=click.Choice(["text", "csv", "json"]), help="What is printed.")
def command(  # noqa: PLR0917 - click gives each option by itself
    history: tuple[Path, ...],
    calendar: Path | None,
    zone: str,
    first: datetime | None,
    weeks: int,
    dates: csv_file.Order | None,
    adjustments: Path | None,
    so_far: Path | None,
    methods: tuple[Method, ...],
    form: str,
) -> None:
    """Forecast the calls of each queue from its past, HISTORY: one or more CSV files with queue, start and offered.

    Several methods are tried on weeks that they have not seen, and each queue's best one makes its forecast. 'low' and
    'high' are where four of five quarter hours will lie.
    """
    given = checking.read(calendar) if calendar else Calendar(zone=zone)
    checking.check(given)
    site = ZoneInfo(given.zone)
    rows = merged(*(csv_file.read(path, site, dates) for path in history))
    if not rows:
        raise Problem("has no row", place=str(history[0]), remedy="Give it the calls of some months")
    today = csv_file.read(so_far, site, dates) if so_far else ()
    if today:
        begins = ends = max(row.start for row in today).astimezone(site).date()
    else:
        after = max(row.start for row in rows).astimezone(site).date() + timedelta(days=1)
        begins = first.date() if first else after
        ends = begins + timedelta(days=7 * weeks - 1)
    made = forecast(rows, given, begins, ends, methods=methods or get_args(Method))
    if today:
        made = msgspec.structs.replace(made, rows=_rest(made, today, given))
    planned = adjusted(made.rows, _adjustments(adjustments))
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(Told(forecast=made, planned=planned)), indent=1))
    else:
        click.echo(_csv(planned, site) if form == "csv" else _text(made, planned, site), nl=form == "text")


def _rest(made: Forecast, today: tuple[IntervalRow, ...], calendar: Calendar) -> tuple[ForecastRow, ...]:
    """The file is taken to be complete up to the end of its last interval."""
    now = max(row.start for row in today) + INTERVAL
    rows: list[ForecastRow] = []
    for queue in made.queues:
        mine = [row for row in made.rows if row.queue == queue.queue]
        came = {row.start: row.offered for row in today if row.queue == queue.queue}
        outages = [outage for outage in calendar.outages if outage.concerns(queue.queue)]
        rows += reforecast(mine, came, queue.spread, now, outages).rows
    return tuple(rows)


def _adjustments(path: Path | None) -> list[Adjustment]:
    if path is None:
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Adjustment])
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path)) from None
    except msgspec.DecodeError as error:
        raise Problem(str(error), place=str(path), remedy="Expected a list of changes as JSON") from None


def _csv(rows: tuple[AdjustedRow, ...], site: ZoneInfo) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        of, start = row.forecast, row.forecast.start.astimezone(site)
        table.writerow(
            [
                of.queue,
                start.isoformat(sep=" ", timespec="minutes"),
                of.calls,
                of.low,
                of.high,
                round(row.adjusted.calls, 3),
                of.handle_s,
                of.patience_s,
            ]
        )
    return out.getvalue()


def _text(made: Forecast, planned: tuple[AdjustedRow, ...], site: ZoneInfo) -> str:
    lines = [f"{made.first} to {made.last}, {made.zone}"]
    for queue in made.queues:
        lines += ["", f"{queue.queue}: by {queue.method}"]
        if queue.measured:
            lines.append(f"  off by, in {queue.weeks_held_back} weeks held back:  interval     day")
            lines += [
                f"    {each.method:<30}{each.interval_wape:>12.1%}{each.day_wape:>8.1%}"
                f"{'  <- the best' if each.method == queue.method else ''}"
                for each in queue.measured
            ]
        else:
            lines.append("  its history is too short to hold weeks back")
        days: dict[date, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for row in planned:
            if row.forecast.queue == queue.queue:
                day = days[row.forecast.start.astimezone(site).date()]
                day[0] += row.forecast.calls
                day[1] += row.adjusted.calls
        for when, (calls, changed) in sorted(days.items()):
            by_hand = f", by hand {changed:.0f}" if abs(changed - calls) > 0.5 else ""
            lines.append(f"  {when:%a %Y-%m-%d} {calls:8.0f} calls{by_hand}")
    return "\n".join([*lines, *(f"note: {note}" for note in made.notes)])
