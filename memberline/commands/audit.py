"""`memberline audit`: is the log of who looked at what whole?"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from core.events import encode
from memberline import settings
from records.audit import Audit, AuditCheck


@click.command()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path | None, as_json: bool) -> None:
    """Read the whole audit log and say whether every entry is as it was written. Exit code 1 where not."""
    chosen = settings.load(file)
    if not chosen.pepper:
        raise Problem("is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE, as for `memberline serve`")
    found = asyncio.run(_verify(chosen))
    if as_json:
        click.echo(encode(found))
    elif found.whole:
        click.echo(f"{found.entries} entries, all as they were written")
    else:
        place = f" at entry {found.broken_at}" if found.broken_at else ""
        click.echo(f"the log is not whole{place}: {found.why} ({found.entries} entries before it are)")
    sys.exit(0 if found.whole else 1)


async def _verify(chosen: settings.Settings) -> AuditCheck:
    database = Database(chosen.database_url)
    try:
        return await Audit(database, SystemClock(), chosen.pepper).verify()
    finally:
        await database.close()
