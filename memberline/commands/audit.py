"""`memberline audit`: is the log of who looked at what whole?"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import click

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from core.events import encode
from memberline import settings
from records.audit import Audit, AuditCheck, Head


@click.command()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.option(
    "--expect", metavar="ID:HASH", help="An entry that an earlier check named as the newest: is it still there?"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path | None, expect: str | None, as_json: bool) -> None:
    """Read the whole audit log and say whether every entry is as it was written. Exit code 1 where not.

    What it names as the newest entry, kept on another machine, is what --expect takes.
    """
    head = None if expect is None else _head(expect)
    chosen = settings.load(file)
    if not chosen.pepper:
        raise Problem("is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE, as for `memberline serve`")
    found = asyncio.run(_verify(chosen, head))
    if as_json:
        click.echo(encode(found))
    elif found.whole:
        click.echo(f"{found.entries} entries, all as they were written; the newest is {found.last_id}:{found.head}")
    else:
        place = f" at entry {found.broken_at}" if found.broken_at else ""
        click.echo(f"the log is not whole{place}: {found.why} ({found.entries} entries before it are)")
    sys.exit(0 if found.whole else 1)


def _head(text: str) -> Head:
    number, _, chained = text.partition(":")
    if not number.isdigit() or not re.fullmatch("[0-9a-f]{64}", chained):
        raise Problem(f"{text!r} names no entry", place="--expect", remedy="Give it as an earlier check printed it")
    return Head(int(number), chained)


async def _verify(chosen: settings.Settings, head: Head | None) -> AuditCheck:
    database = Database(chosen.database_url)
    try:
        return await Audit(database, SystemClock(), chosen.pepper).verify(head)
    finally:
        await database.close()
