"""`memberline handbook import`: documents become editions in the database, each passage with what it is found by."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TaskID

from assist.advice.embedding import Embedder
from assist.handbook import likeness, phrase_vectors
from assist.handbook.meaning import Embed, Prepared, prepare
from assist.handbook.store import Edition, Handbook
from memberline import settings
from memberline.commands.handbook.files import Document, opened, read


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
def command(paths: tuple[Path, ...], file: Path | None) -> None:
    """Import PATHS, documents or folders of them. Where anything is wrong it is told, and nothing is imported.

    A document that is there already stays as it is. One that changed becomes a new edition; the one before applies
    until the day from which the new one does. Nothing is deleted.
    """
    chosen = settings.load(file)
    console = Console(highlight=False)
    documents = read(paths, console)
    asyncio.run(_imported(chosen, documents, console))


async def _imported(chosen: settings.Settings, documents: list[Document], console: Console) -> None:
    async with opened(chosen) as handbook:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            total = sum(len(each.imported.passages) for each in documents)
            task = progress.add_task("preparing", total=total)
            embed: Embed | None = None
            for document in documents:
                version = document.imported.document
                progress.update(task, description=f"preparing {version.document}")
                if await handbook.asked(version.version) != document.asked:
                    if embed is None:
                        embed = await asyncio.to_thread(phrase_vectors.load, likeness.LEARNT.parent, Embedder())
                    prepared = await asyncio.to_thread(_prepared, document, embed, _counting(progress, task))
                    what = await handbook.import_(version, prepared, by=getpass.getuser())
                else:
                    what = "same"
                    progress.advance(task, version.passages)
                progress.console.print(
                    f"{version.document}: {await _told(handbook, version.version, what)}", markup=False, soft_wrap=True
                )
                for remark in version.remarks:
                    progress.console.print(f"  {remark}", markup=False, soft_wrap=True)


def _prepared(document: Document, embed: Embed, report: Callable[[int], None]) -> list[Prepared]:
    return list(prepare(document.imported.passages, document.asked, embed, report))


def _counting(progress: Progress, task: TaskID) -> Callable[[int], None]:
    """Passages of one document that are done, added to those of the documents before."""
    before = progress.tasks[task].completed

    def counted(done: int) -> None:
        progress.update(task, completed=before + done)

    return counted


async def _told(handbook: Handbook, version: str, what: str) -> str:
    editions = await handbook.editions()
    mine = next(each for each in editions if each.document.version == version)
    if what == "same":
        told = "is there already"
    elif what == "asked":
        told = "is there already; what it is found by is new"
    else:
        told = f"{mine.document.passages} passages"
    return f"{told}, {_days(mine, editions)}"


def _days(mine: Edition, editions: tuple[Edition, ...]) -> str:
    if mine.begins == mine.ends:
        later = next(
            each for each in editions[::-1] if each.document.document == mine.document.document and each is not mine
        )
        return (
            f"never in force: {later.document.label or later.document.version[:12]} was imported later for "
            f"{later.document.effective}; to bring it back change its effective date"
        )
    return f"in force from {mine.begins}" + (f" until {mine.ends}" if mine.ends else "")
