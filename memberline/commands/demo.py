"""`memberline demo`: what `make run` calls."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

import click
from rich.console import Console

from memberline.demo.running import WATCHED, running_demo
from memberline.paths import RUN
from records import sample


@click.command()
@click.option("--port", default=8000, show_default=True, help="The desk's port; another free one if it is taken.")
@click.option("--every", default=20.0, show_default=True, help="Seconds between two callers.")
@click.option("--members", default=sample.MEMBERS, show_default=True, help="How large the sample plan is.")
@click.option("--folder", default=RUN, type=click.Path(path_type=Path), help="Where everything is kept.")
def command(port: int, every: float, members: int, folder: Path) -> None:
    """Run Memberline with its own Asterisk and simulated callers, until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_demo(port, every, members, folder))


async def _demo(port: int, every: float, members: int, folder: Path) -> None:
    console = Console(highlight=False)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    people = {agent.id: agent for agent in sample.demo().agents}
    watched, supervisor = people[WATCHED], next(each for each in people.values() if each.role == "supervisor")

    def say(what: str) -> None:
        console.print(f"  {what} …", markup=False)

    async with running_demo(folder, say, port=port, members=members, every_s=every) as demo:
        console.print()
        console.print(f"Memberline is running: [bold]{demo.http}[/bold]")
        console.print(f"  sign in as agent       {watched.username} / {watched.password}")
        console.print(f"  or as supervisor       {supervisor.username} / {supervisor.password}")
        console.print("Simulated callers keep calling, the first one in need of a pension analyst.")
        console.print("Ctrl-C stops everything.")
        await stop.wait()
    console.print("Stopped.")
