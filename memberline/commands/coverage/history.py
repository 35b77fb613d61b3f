"""`memberline coverage history`: the calls of the past, from files or our own queues, as one file or kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

import migrations
from core.database import Database
from core.errors import Problem
from memberline import settings
from scheduling.history import csv_file, queue_log, xlsx_file
from scheduling.history.intervals import gaps, intervals, merged
from scheduling.history.model import IntervalRow, interval_of
from scheduling.history.store import History

ENDINGS = (".csv", ".xlsx")


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--zone", default="UTC", help="The site's time zone: America/New_York. For times without an offset.")
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="What 3/9/2026 is, where a file does not tell.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to: a name that ends in .csv or .xlsx.")
@click.option("--keep", is_flag=True, help="Store what FILES say in Memberline's database, for its own forecasts.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Without FILES: the first day of our own queues.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Without FILES: the day after the last.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
def command(  # noqa: PLR0917 - click gives each option by itself
    files: tuple[Path, ...],
    zone: str,
    dates: csv_file.Order | None,
    output: Path | None,
    keep: bool,
    since: datetime | None,
    until: datetime | None,
    file: Path | None,
) -> None:
    """Bring the past of the queues together: FILES are CSV (a name that ends in .csv) or Asterisk's queue_log.

    Where two have the same quarter hour of a queue, the later one counts. Without FILES it is what Memberline itself
    has kept, from --since up to --until.
    """
    site = _zone(zone)
    if output and output.suffix not in ENDINGS:
        raise Problem(f"ends in {output.suffix!r}", place=str(output), remedy=f"Use one of {', '.join(ENDINGS)}")
    if files:
        rows = merged(*(_read(path, site, dates) for path in files))
        if keep:
            asyncio.run(_keep(settings.load(file), rows))
    elif since and until and since < until and not keep:
        begins, ends = (day.replace(tzinfo=site).astimezone(UTC) for day in (since, until))
        rows = asyncio.run(_kept(settings.load(file), interval_of(begins), interval_of(ends)))
    else:
        raise Problem("there is nothing to read", remedy="Name files, or --since and --until, a later day")
    if output:
        _write(output, rows, site)
    click.echo(_told(rows, site))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Problem(f"is {name!r}", place="--zone", remedy="Write it as America/New_York") from None


def _read(path: Path, site: ZoneInfo, dates: csv_file.Order | None) -> tuple[IntervalRow, ...]:
    if path.suffix == ".csv":
        return csv_file.read(path, site, dates)
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            return intervals(queue_log.read(lines, str(path)).visits)
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a CSV or queue_log") from None


def _write(output: Path, rows: Sequence[IntervalRow], site: ZoneInfo) -> None:
    content = xlsx_file.workbook(rows, site) if output.suffix == ".xlsx" else csv_file.written(rows).encode()
    try:
        output.write_bytes(content)
    except OSError as error:
        raise Problem(f"cannot be written ({error.strerror})", place=str(output)) from None


async def _keep(chosen: settings.Settings, rows: Sequence[IntervalRow]) -> None:
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    try:
        await History(database).import_intervals(rows)
    finally:
        await database.close()


async def _kept(chosen: settings.Settings, since: datetime, until: datetime) -> tuple[IntervalRow, ...]:
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    try:
        return await History(database).rows(since, until)
    finally:
        await database.close()


def _told(rows: Sequence[IntervalRow], site: ZoneInfo) -> str:
    if not rows:
        return "no calls"
    lines = []
    for queue in sorted({row.queue for row in rows}):
        mine = [row for row in rows if row.queue == queue]
        first, last = (row.start.astimezone(site).date() for row in (mine[0], mine[-1]))
        days = (last - first) // timedelta(days=1) + 1
        calls = sum(row.offered for row in mine)
        lines.append(f"{queue}: {calls} calls in {days} days, {first} to {last}")
    return "\n".join([*lines, *map(str, gaps(rows, site))])
