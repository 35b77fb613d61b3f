"""`memberline handbook list`: the editions, the oldest import first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from assist.handbook.store import Edition
from core.events import encode
from memberline import settings
from memberline.commands.handbook.files import opened

HEADS = ("document", "edition", "from", "until", "plans", "tiers", "passages", "imported", "by")

WIDTH = 160  # characters: a name that is cut is of no use, and a terminal wraps


@click.command()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line for each edition.")
def command(file: Path | None, as_json: bool) -> None:
    """All editions of all documents, those that apply no longer among them. "never": another took its day."""
    chosen = settings.load(file)
    editions = asyncio.run(_editions(chosen))
    if as_json:
        for each in editions:
            click.echo(encode(each))
        return
    if not editions:
        click.echo("no document was imported")
        return
    table = Table(box=None, pad_edge=False)
    for head in HEADS:
        table.add_column(head, no_wrap=True)
    for each in editions:
        table.add_row(*_row(each, ZoneInfo(chosen.site_zone)))
    Console(highlight=False, width=WIDTH).print(table)


def _row(edition: Edition, zone: ZoneInfo) -> tuple[str, ...]:
    document = edition.document
    never = edition.begins == edition.ends
    return (
        document.document,
        document.label or document.version[:12],
        str(edition.begins),
        "never" if never else str(edition.ends or ""),
        ", ".join(document.plans) or "all",
        ", ".join(document.tiers) or "all",
        str(document.passages),
        f"{edition.imported_at.astimezone(zone):%Y-%m-%d %H:%M}",
        edition.imported_by,
    )


async def _editions(chosen: settings.Settings) -> tuple[Edition, ...]:
    async with opened(chosen) as handbook:
        return await handbook.editions()
