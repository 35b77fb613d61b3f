"""`memberline recordings`: what is done with all of them at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

import migrations
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline import settings
from records.recording_keys import MasterKeys
from records.recordings import Recordings
from records.sealing import SealedStore


@click.group()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.pass_context
def command(context: click.Context, file: Path | None) -> None:
    """The recordings of calls."""
    context.obj = settings.load(file)


@command.command()
@click.pass_obj
def rewrap(chosen: settings.Settings) -> None:
    """Have the master key of now in the place of those of before, for recordings and sealed words."""
    if not chosen.recording_key:
        raise Problem("is not set", place="recording_key", remedy="Set MEMBERLINE_RECORDING_KEY_FILE")

    async def rewrapped() -> tuple[int, int]:
        await asyncio.to_thread(migrations.upgrade, chosen.database_url)
        database = Database(chosen.database_url)
        try:
            keys = MasterKeys(chosen.recording_key, chosen.recording_old_keys)
            recordings = await Recordings(database, SystemClock(), keys).rewrap()
            return recordings, await SealedStore(database, keys).rewrap()
        finally:
            await database.close()

    recordings, words = asyncio.run(rewrapped())
    click.echo(f"wrapped anew: {recordings} recordings, {words} sealed words")
