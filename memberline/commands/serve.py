"""`memberline serve`: run Memberline against an Asterisk."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from pathlib import Path

import click

from memberline import settings
from memberline.service import running


@click.command()
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML); the environment adds to it."
)
def command(file: Path | None) -> None:
    """Run Memberline against an Asterisk until it is told to stop.

    Settings come from a TOML file and from MEMBERLINE_* in the environment; `memberline doctor` checks them.
    """
    allow_all_connections()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(settings.load(file)))


def allow_all_connections() -> None:
    """Each desk holds a connection open; the usual soft limit of 1,024 files would end at a thousand desks."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def serve(chosen: settings.Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(chosen) as addresses:
        click.echo(f"Memberline serves {addresses.http}")
        await stop.wait()
