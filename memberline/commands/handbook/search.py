"""`memberline handbook search`: as a representative searches it, from the command line."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from assist.advice.embedding import Embedder
from assist.handbook import likeness, words
from assist.handbook.finding import Finder
from assist.handbook.meaning import Prepared
from assist.handbook.ranking import Reader, applies
from core.clock import SystemClock
from core.errors import Problem
from memberline import settings
from memberline.commands.handbook.files import opened


@click.command()
@click.argument("typed", metavar="WORDS...", nargs=-1, required=True)
@click.option("--plan", help="Only what applies to this plan.")
@click.option("--tier", help='Only what applies to this tier: 2 or "Tier 2".')
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only what applies on this day. Today, if not said."
)
@click.option("--most", type=click.IntRange(1, 50), default=3, show_default=True, help="How many passages.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
def command(  # noqa: PLR0917 - click gives each option by itself
    typed: tuple[str, ...], plan: str | None, tier: str | None, day: datetime | None, most: int, file: Path | None
) -> None:
    """The passages that answer WORDS, the best first, each with the sentences that are nearest."""
    chosen = settings.load(file)
    today = day.date() if day else SystemClock().now().astimezone(ZoneInfo(chosen.site_zone)).date()
    prepared = asyncio.run(_passages(chosen, today))
    if not any(applies(each.passage, Reader(None, None, today)) for each in prepared):
        raise Problem(
            f"no document applies on {today}", place="handbook", remedy="Import one: memberline handbook import PATH"
        )
    finder = Finder(prepared, words.synonyms(), Embedder(), likeness.load())
    said = f"{' '.join(typed)} "
    found = finder.search(said, Reader(plan, tier, today), limit=most)
    console = Console(highlight=False, soft_wrap=True)
    if not found:
        console.print("nothing is found")
    for place, each in enumerate(found, start=1):
        passage = each.passage
        console.print(f"{place}. {' > '.join(passage.headings) or passage.title}", style="bold", markup=False)
        edition = passage.label or passage.version[:12]
        console.print(
            f"   {passage.document}#{passage.anchor}, edition {edition}, from {passage.effective}", markup=False
        )
        for sentence in finder.telling(passage, said):
            console.print(f"   {sentence}", markup=False)


async def _passages(chosen: settings.Settings, today: date) -> tuple[Prepared, ...]:
    async with opened(chosen) as handbook:
        return await handbook.passages(today)
