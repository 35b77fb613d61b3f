"""`memberline appointments`: the times that counsellors offer, which members book by telephone."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

import migrations
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline import settings
from records.appointments import Appointments, Slot

COLUMNS = ("counsellor", "begins", "minutes", "place")
WHEN = "%Y-%m-%d %H:%M"
LONGEST_MIN = 480
MOST_LINES, MOST_TOLD = 20_000, 20


class Time(NamedTuple):
    """A line of a calendar file."""

    counsellor: str
    begins_at: datetime
    ends_at: datetime
    place: str


@click.group()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.pass_context
def command(context: click.Context, file: Path | None) -> None:
    """Counsellors' times: offered, taken back, and who is free when. Members book them in the menu."""
    context.obj = settings.load(file)


@command.command()
@click.argument("calendar", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def offer(chosen: settings.Settings, calendar: Path) -> None:
    """Offer the times of CALENDAR: CSV with the columns counsellor, begins (2026-12-01 09:30), minutes and place.

    The place is spoken to callers ("room 4 at the main office", "by telephone"). A time that was offered before stays
    as it is, so the same file may be given again.
    """
    times = read(calendar, ZoneInfo(chosen.site_zone), SystemClock().now())

    async def offered() -> int:
        async with _opened(chosen) as appointments:
            return sum([await appointments.offer(*time) for time in times])

    new = asyncio.run(offered())
    click.echo(f"{new} offered, {len(times) - new} were offered already")


@command.command()
@click.argument("counsellor")
@click.argument("begins")
@click.pass_obj
def withdraw(chosen: settings.Settings, counsellor: str, begins: str) -> None:
    """Take back a time that nobody has booked: COUNSELLOR and BEGINS as they were offered."""
    begins_at = _moment(begins, ZoneInfo(chosen.site_zone))

    async def withdrawn() -> bool:
        async with _opened(chosen) as appointments:
            return await appointments.withdraw(counsellor, begins_at)

    if not asyncio.run(withdrawn()):
        raise Problem(
            f"{counsellor} has no free time at {begins}", place="withdraw", remedy="It is booked, or was never offered"
        )
    click.echo("taken back")


@command.command("list")
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True)
@click.pass_obj
def show(chosen: settings.Settings, days: int) -> None:
    """The times of the next days, free and booked; of who has booked only the reference is told."""
    now, zone = SystemClock().now(), ZoneInfo(chosen.site_zone)

    async def found() -> tuple[Slot, ...]:
        async with _opened(chosen) as appointments:
            return await appointments.between(now, now + timedelta(days=days))

    slots = asyncio.run(found())
    if not slots:
        click.echo("no time is offered")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("begins", "minutes", "counsellor", "place", "booked"):
        table.add_column(head)
    for slot in slots:
        minutes = int((slot.ends_at - slot.begins_at).total_seconds() // 60)
        begins = f"{slot.begins_at.astimezone(zone):{WHEN}}"
        table.add_row(begins, str(minutes), slot.counsellor_id, slot.place, slot.reference)
    Console(highlight=False).print(table)


def read(calendar: Path, zone: ZoneInfo, now: datetime) -> list[Time]:
    """The times of a calendar file, seen from `now`. Raises `Problem` naming each line that cannot be used, and why."""
    try:
        with calendar.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                expected = f"The first line names the columns: {', '.join(COLUMNS)}"
                raise Problem(f"has no column {missing[0]}", place=str(calendar), remedy=expected)
            return _times(calendar, rows, zone, now)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"is no CSV file in UTF-8: {error}", place=str(calendar)) from error


def _times(calendar: Path, rows: csv.DictReader[str], zone: ZoneInfo, now: datetime) -> list[Time]:
    times: list[Time] = []
    wrong: list[str] = []
    for row in rows:
        if rows.line_num > MOST_LINES:
            raise Problem(f"has more than {MOST_LINES} lines", place=str(calendar), remedy="Give it in parts")
        try:
            times.append(_time(row, zone, now))
        except Problem as problem:
            wrong.append(f"{calendar}:{rows.line_num}: {problem}")
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} lines more"] if len(wrong) > MOST_TOLD else []
        raise Problem("\n".join(["nothing was offered", *wrong[:MOST_TOLD], *more]))
    return times


def _time(row: dict[str, str], zone: ZoneInfo, now: datetime) -> Time:
    counsellor, begins, minutes, place = ((row[name] or "").strip() for name in COLUMNS)
    for name, text, most in (("counsellor", counsellor, 36), ("place", place, 80)):
        if not 0 < len(text) <= most:
            raise Problem(f"has {len(text)} characters", place=name, remedy=f"Write 1 to {most}")
    begins_at = _moment(begins, zone)
    if begins_at <= now:
        raise Problem(f"{begins} is over", place="begins", remedy="Offer times to come")
    if not (minutes.isascii() and minutes.isdigit() and 0 < int(minutes) <= LONGEST_MIN):
        raise Problem(f"{minutes!r} is no length", place="minutes", remedy=f"Write 1 to {LONGEST_MIN}")
    return Time(counsellor, begins_at, begins_at + timedelta(minutes=int(minutes)), place)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.strptime(text, WHEN).replace(tzinfo=zone)
    except ValueError:
        raise Problem(f"{text!r} is no time", place="begins", remedy="Write it as 2026-12-01 09:30") from None


@asynccontextmanager
async def _opened(chosen: settings.Settings) -> AsyncIterator[Appointments]:
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    try:
        yield Appointments(database, SystemClock())
    finally:
        await database.close()
