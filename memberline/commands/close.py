"""`memberline close`: a queue, or everything, closed by announcement; a running service carries it out in a second."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

import migrations
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from core.events import encode
from ivr.closing_texts import texts
from ivr.closure_store import ClosureStore
from ivr.closures import EVERYTHING, Appointments, Callbacks, CloseAsked, Closure, Waiting, problems, tidied
from ivr.document import reading
from ivr.document.model import Document, Queue
from ivr.self_service.catalogue import SPECS
from memberline import queues, settings
from memberline.operators import who
from memberline.paths import MENU
from records.audit import Audit

_IN = re.compile(r"\+(?:(\d{1,3})h)?(?:(\d{1,4})m)?")
_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
_TIMES = "a time (15:00), a day with it ('2026-03-11 08:00'), or so much later (+2h, +90m)"


@click.command()
@click.argument("queue", default="")
@click.option("--all", "everything", is_flag=True, help="The whole centre.")
@click.option("--from", "begins", default="", metavar="TIME", help=f"Left out: now. Else {_TIMES}.")
@click.option("--until", "ends", default="", metavar="TIME", help="When it ends by itself, as seen from its beginning.")
@click.option("--why", default="", help="In a few words, for colleagues.")
@click.option("--say-en", default="", metavar="TEXT", help="What callers hear in English; left out: a standard text.")
@click.option("--say-es", default="", metavar="TEXT", help="The same in Spanish.")
@click.option("--say", "others", nargs=2, multiple=True, metavar="LANGUAGE TEXT", help="The same in another language.")
@click.option("--waiting", type=click.Choice(get_args(Waiting)), default="stay", show_default=True)
@click.option("--callbacks", type=click.Choice(get_args(Callbacks)), default="keep", show_default=True)
@click.option("--appointments", type=click.Choice(get_args(Appointments)), default="tell", show_default=True)
@click.option("--list", "show", is_flag=True, help="Only tell what is closed, and what will be.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print JSON.")
@click.option("--end", default="", metavar="ID", help="Open again what was closed (`all`: all of it), or take it back.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
def command(
    queue: str,
    *,
    everything: bool,
    begins: str,
    ends: str,
    why: str,
    say_en: str,
    say_es: str,
    others: tuple[tuple[str, str], ...],
    waiting: Waiting,
    callbacks: Callbacks,
    appointments: Appointments,
    show: bool,
    as_json: bool,
    end: str,
    file: Path | None,
) -> None:
    """Close QUEUE, or --all, with a spoken message; it opens again by itself.

    Whoever waits then stays and is served (--waiting stay), hears the message and what is possible (leave), or is
    called back and keeps the place (callback).
    """
    chosen = settings.load(file)
    zone = ZoneInfo(chosen.site_zone)
    if show:
        _show(asyncio.run(_current(chosen)), zone, as_json=as_json)
        return
    if end:
        for closure in asyncio.run(_ended(chosen, end)):
            click.echo(f"{_what(closure)} takes calls again, in its hours")
        return
    if everything == bool(queue):
        raise Problem("say what is closed", place="close", remedy="Name a queue, or give --all")
    now = SystemClock().now()
    said = {language: text for language, text in (("en", say_en), ("es", say_es), *others) if text}
    begins_at = moment(begins, now, zone, "--from") if begins else None
    document = reading.load(Path(chosen.menu) if chosen.menu else MENU, SPECS)
    asked = CloseAsked(
        queue=EVERYTHING if everything else queue,
        begins_at=begins_at,
        ends_at=moment(ends, begins_at or now, zone, "--until"),
        message={**_standard(document), **said},
        why=why,
        waiting=waiting,
        callbacks=callbacks,
        appointments=appointments,
    )
    if wrong := problems(asked, now, _queues(chosen, document), document.languages):
        raise Problem("\n".join(wrong), place="close")
    closure = asyncio.run(_closed(chosen, asked))
    click.echo(f"{_what(closure)} is closed {_span(closure, zone)} ({closure.closure_id})")


def moment(text: str, now: datetime, zone: ZoneInfo, place: str) -> datetime:
    """What `_TIMES` says, seen from `now`, in the site's zone; a time alone is the next one of that name."""
    local = now.astimezone(zone)
    if (ahead := _IN.fullmatch(text)) and any(ahead.groups()):
        return now + timedelta(hours=int(ahead[1] or 0), minutes=int(ahead[2] or 0))
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise Problem(f"{text!r} is no time", place=place, remedy=f"Give {_TIMES}") from None
    today = datetime.combine(local.date(), clock, tzinfo=zone)
    return today if today > now else datetime.combine(local.date() + timedelta(days=1), clock, tzinfo=zone)


def _standard(document: Document) -> dict[str, str]:
    return {language: text for language, text in texts().standard.items() if language in document.languages}


def _queues(chosen: settings.Settings, document: Document) -> tuple[str, ...]:
    """Those that the menu leads to, and those that are described in a file."""
    led = {step.queue for step in document.steps.values() if isinstance(step, Queue)}
    return tuple(sorted(led | set(queues.load(chosen.queues))))


async def _closed(chosen: settings.Settings, asked: CloseAsked) -> Closure:
    async with _opened(chosen) as (store, audit):
        by = who()[:36]
        return await store.add(tidied(asked), by, SystemClock().now(), audit.note(by, "close"))


async def _current(chosen: settings.Settings) -> tuple[Closure, ...]:
    async with _opened(chosen) as (store, _):
        return await store.current(SystemClock().now())


async def _ended(chosen: settings.Settings, which: str) -> tuple[Closure, ...]:
    async with _opened(chosen) as (store, audit):
        now, by = SystemClock().now(), who()[:36]
        found = [each for each in await store.current(now) if which in ("all", each.closure_id)]
        if not found and which != "all":
            raise Problem("nothing of this id is closed", place=which, remedy="See `memberline close --list`")
        for each in found:
            await store.end(each.closure_id, by, now, audit.note(by, "open"))
        return tuple(found)


@asynccontextmanager
async def _opened(chosen: settings.Settings) -> AsyncIterator[tuple[ClosureStore, Audit]]:
    if not chosen.pepper:
        raise Problem("is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE, as for `memberline serve`")
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    try:
        yield ClosureStore(database), Audit(database, SystemClock(), chosen.pepper)
    finally:
        await database.close()


def _show(closures: tuple[Closure, ...], zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        click.echo(encode(closures))
        return
    if not closures:
        click.echo("nothing is closed by announcement")
        return
    table, now = Table(box=None, pad_edge=False), SystemClock().now()
    for head in ("what", "when", "why", "by", "id"):
        table.add_column(head)
    for one in closures:
        later = "" if one.in_force(now) else " (later)"
        table.add_row(_what(one), f"{_span(one, zone)}{later}", one.why, one.closed_by, one.closure_id)
    Console(highlight=False).print(table)


def _what(closure: Closure) -> str:
    return closure.queue or "everything"


def _span(closure: Closure, zone: ZoneInfo) -> str:
    begins, ends = (each.astimezone(zone) for each in (closure.begins_at, closure.ends_at))
    return f"from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}"
