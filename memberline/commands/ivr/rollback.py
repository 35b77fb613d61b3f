"""`memberline ivr rollback`: callers meet an earlier version of the menu, at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from core.clock import SystemClock
from core.database import Database
from ivr.versions import Stored, VersionStore
from memberline import settings


@click.command()
@click.argument("version", default="")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.option("--list", "show", is_flag=True, help="Only tell which versions there are, the current one first.")
def command(version: str, file: Path | None, show: bool) -> None:
    """Go back to an earlier VERSION of the menu (its first digits are enough); without one, to the version before.

    A running service takes it up within seconds, for new calls. It stays until the document on disk changes again.
    """
    store_url = settings.load(file).database_url
    if show:
        for each in asyncio.run(_versions(store_url)):
            click.echo(f"{each.version}  {each.used_at:%Y-%m-%d %H:%M:%S} UTC  {each.name}")
        return
    chosen = asyncio.run(_go_back(store_url, version))
    click.echo(f"new calls meet version {chosen.version} of {chosen.name} until the document changes")


async def _versions(url: str) -> tuple[Stored, ...]:
    database = Database(url)
    try:
        return await VersionStore(database, SystemClock()).newest()
    finally:
        await database.close()


async def _go_back(url: str, version: str) -> Stored:
    database = Database(url)
    try:
        return await VersionStore(database, SystemClock()).go_back(version)
    finally:
        await database.close()
